// RocksDB's log of messages, the files LOG and LOG.old.* beside its data.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstdarg>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

namespace reel {

/// What cannot be written is left out: of RocksDB's own logger the line after one that met a full
/// disk ends the process (7.8, as Debian builds it). Thread-safe.
class InfoLog final : public rocksdb::Logger {
 public:
  /// `file`: null: there is none, and nothing is written.
  explicit InfoLog(std::unique_ptr<rocksdb::FSWritableFile> file) : file_(std::move(file)) {}

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override;
  [[nodiscard]] size_t GetLogFileSize() const override;

 private:
  mutable std::mutex mutex_;
  const std::unique_ptr<rocksdb::FSWritableFile> file_;
  size_t bytes_ = 0;
};

}  // namespace reel

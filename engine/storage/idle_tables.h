// Table files that nobody reads just now, kept open: a short read takes less than opening its file.
#pragma once

#include <rocksdb/file_system.h>
#include <rocksdb/listener.h>

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "storage/database.h"
#include "storage/segment_layout.h"

namespace reel {

/// A table file of pages, open, and where the rows of one extent lie in it.
struct OpenTable {
  Family family = Family::kPages;
  uint64_t extent = 0;
  std::string path;
  ExtentLayout layout;
  std::unique_ptr<rocksdb::FSRandomAccessFile> file;
  /// IdleTables::epoch from before the file was looked for.
  uint64_t epoch = 0;
};

/// A file has one reader at a time: what the system guesses of its next read belongs to the open
/// file. None is kept beyond its deletion, so its space is free no later for this. Thread-safe.
class IdleTables final : public rocksdb::EventListener {
 public:
  /// One with pages `first` and `last` of the extent; null where none is idle.
  std::unique_ptr<OpenTable> Take(Family family, uint64_t extent, uint32_t first, uint32_t last);

  /// Keeps the file, or closes it.
  void Give(std::unique_ptr<OpenTable> table);

  [[nodiscard]] uint64_t epoch() const;

  void OnTableFileDeleted(const rocksdb::TableFileDeletionInfo& info) override;

 private:
  using Tables = std::list<std::unique_ptr<OpenTable>>;

  mutable std::mutex mutex_;
  Tables tables_;  // the one given last comes first
  // Of deletions so far. Of a file that was looked for before the latest, nobody knows whether it
  // is the one.
  uint64_t epoch_ = 0;
};

}  // namespace reel

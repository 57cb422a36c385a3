// Cuts a stream of bytes into one video and publishes it.
#pragma once

#include <reel/video.h>

#include <memory>
#include <optional>
#include <string>

namespace reel {

class VideoWriterImpl final : public VideoWriter {
 public:
  /// REQUIRES: `options` and `attributes` were checked.
  VideoWriterImpl(std::string key, VideoAttributes attributes, const ChunkingOptions& options,
                  std::optional<uint64_t> size, uint64_t version,
                  std::unique_ptr<EntryWriter> entry)
      : key_(std::move(key)),
        attributes_(std::move(attributes)),
        options_(options),
        declared_size_(size),
        version_(version),
        entry_(std::move(entry)) {}

  Status Append(std::string_view data) override;
  Result<VideoInfo> Commit() override;

 private:
  std::string key_;
  VideoAttributes attributes_;
  ChunkingOptions options_;
  std::optional<uint64_t> declared_size_;
  uint64_t version_;
  uint64_t checked_chunks_ = 0;
  std::unique_ptr<EntryWriter> entry_;
};

}  // namespace reel

// Reads a video by absolute offsets: directly, ahead of sequential reads, or as a stream.
#pragma once

#include <reel/video.h>

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "video/chunk_source.h"
#include "video/fetch_window.h"

namespace reel {

class VideoReaderImpl final : public VideoReader {
 public:
  VideoReaderImpl(std::shared_ptr<ChunkSource> source, bool may_fetch_ahead)
      : source_(std::move(source)), may_fetch_ahead_(may_fetch_ahead) {}

  [[nodiscard]] const VideoInfo& info() const override { return source_->info(); }
  Status Borrow(uint64_t offset, uint64_t length, BorrowedBytes* out) const override;
  Result<size_t> Read(uint64_t offset, std::span<char> buffer) const override;
  StreamResult Stream(ByteRange range, const StreamSink& sink,
                      const std::stop_token& stop) const override;
  [[nodiscard]] std::vector<FilledRange> filled() const override;

 private:
  // Reads that follow each other, and what was fetched ahead of them.
  struct Sequence {
    uint64_t next = 0;
    uint64_t bytes = 0;
    std::unique_ptr<FetchWindow> window;
    // What is left of the block that the last read ended in.
    FetchWindow::Block block;
    std::vector<std::string_view> rest;
  };

  Status BorrowByWindow(ByteRange range, Attempt first_attempt, BorrowedBytes* out) const;
  Result<size_t> ReadDirectly(uint64_t offset, std::span<char> buffer) const;
  Status ReadAhead(std::span<char> buffer) const;
  void NoteFilled(const std::vector<FilledRange>& filled) const;

  const std::shared_ptr<ChunkSource> source_;
  const bool may_fetch_ahead_;
  mutable std::mutex sequence_mutex_;
  mutable Sequence sequence_;
  mutable std::mutex filled_mutex_;
  mutable std::vector<FilledRange> filled_;
};

}  // namespace reel

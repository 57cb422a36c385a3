// Reads a video by absolute offsets, from whichever entries hold the bytes.
#pragma once

#include <reel/video.h>

#include <memory>

namespace reel {

class VideoReaderImpl final : public VideoReader {
 public:
  VideoReaderImpl(VideoInfo info, std::unique_ptr<EntryView> view)
      : info_(std::move(info)), view_(std::move(view)) {}

  [[nodiscard]] const VideoInfo& info() const override { return info_; }
  Status Borrow(uint64_t offset, uint64_t length, BorrowedBytes* out) const override;
  Result<size_t> Read(uint64_t offset, std::span<char> buffer) const override;

 private:
  VideoInfo info_;
  std::unique_ptr<EntryView> view_;
};

}  // namespace reel

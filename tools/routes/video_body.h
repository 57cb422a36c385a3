// Parts of a video as the body of a response.
#pragma once

#include <reel/byte_range.h>
#include <reel/video.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tools/http/message.h"

namespace reel::routes {

/// The names of the header field, and of the trailer, that tell which bytes of a video are zeros
/// because they could not be had (FaultPolicy::kDegrade): "bytes=0-4,10-14".
inline constexpr const char* kFilledField = "X-Reel-Filled";

/// Sends texts and ranges of a video one after another, each byte verified.
class VideoBody final : public http::BodySource {
 public:
  using Piece = std::variant<std::string, ByteRange>;

  /// REQUIRES: the ranges lie within the video.
  VideoBody(std::shared_ptr<const VideoReader> reader, std::vector<Piece> pieces);

  /// What was filled so far is told in a trailer, and the body goes without a length.
  void TellFilledInTrailer() { in_trailer_ = true; }

  /// Reads what Next will give first. Whatever is filled in there is known before the header goes.
  Status ReadAhead(size_t bytes_max);

  [[nodiscard]] std::optional<uint64_t> size() const override;
  Status Next(size_t bytes_max, BorrowedBytes* out) override;
  [[nodiscard]] http::Headers trailers() const override;

 private:
  Status Read(size_t bytes_max, BorrowedBytes* out);

  std::shared_ptr<const VideoReader> reader_;
  std::vector<Piece> pieces_;
  uint64_t size_ = 0;
  bool in_trailer_ = false;
  std::optional<BorrowedBytes> ahead_;
  size_t piece_ = 0;
  uint64_t sent_of_piece_ = 0;
};

/// The value of kFilledField; empty where nothing was filled.
std::string FilledText(const std::vector<FilledRange>& filled);

}  // namespace reel::routes

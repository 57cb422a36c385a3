#include "tools/routes/video_body.h"

#include <algorithm>
#include <utility>

namespace reel::routes {
namespace {

uint64_t BytesIn(const VideoBody::Piece& piece) {
  const auto* range = std::get_if<ByteRange>(&piece);
  return range != nullptr ? range->length : std::get<std::string>(piece).size();
}

// Blocks end where pages do, of any size up to this, so that no page is read and verified for two.
// Smaller blocks end where pages of the usual size do.
constexpr uint64_t kBlockEnds = 64U << 10;

uint64_t BlockFrom(uint64_t offset, uint64_t bytes_max) {
  const uint64_t ends = std::min(kBlockEnds, bytes_max);
  return (offset + bytes_max) / ends * ends - offset;
}

}  // namespace

VideoBody::VideoBody(std::shared_ptr<const VideoReader> reader, std::vector<Piece> pieces)
    : reader_(std::move(reader)), pieces_(std::move(pieces)) {
  for (const Piece& piece : pieces_) {
    size_ += BytesIn(piece);
  }
}

std::optional<uint64_t> VideoBody::size() const {
  return in_trailer_ ? std::nullopt : std::optional(size_);
}

Status VideoBody::ReadAhead(size_t bytes_max) {
  BorrowedBytes bytes;
  REEL_RETURN_IF_ERROR(Read(bytes_max, &bytes));
  ahead_ = std::move(bytes);
  return Status::Ok();
}

Status VideoBody::Next(size_t bytes_max, BorrowedBytes* out) {
  if (ahead_) {
    *out = *std::exchange(ahead_, std::nullopt);
    return Status::Ok();
  }
  return Read(bytes_max, out);
}

Status VideoBody::Read(size_t bytes_max, BorrowedBytes* out) {
  out->Clear();
  while (piece_ < pieces_.size() && sent_of_piece_ == BytesIn(pieces_[piece_])) {
    ++piece_;
    sent_of_piece_ = 0;
  }
  if (piece_ == pieces_.size()) {
    return Status::Ok();
  }
  if (const auto* text = std::get_if<std::string>(&pieces_[piece_])) {
    out->AppendCopy(*text);
    sent_of_piece_ = text->size();
    return Status::Ok();
  }
  const auto& range = std::get<ByteRange>(pieces_[piece_]);
  const uint64_t offset = range.offset + sent_of_piece_;
  const uint64_t bytes = std::min(range.length - sent_of_piece_, BlockFrom(offset, bytes_max));
  REEL_RETURN_IF_ERROR(reader_->Borrow(offset, bytes, out));
  sent_of_piece_ += out->size();
  return out->size() > 0 ? Status::Ok() : Status(Code::kIoError, "the video ended early");
}

http::Headers VideoBody::trailers() const {
  const std::string filled = FilledText(reader_->filled());
  http::Headers headers;
  if (!filled.empty()) {
    headers.Add(kFilledField, filled);
  }
  return headers;
}

std::string FilledText(const std::vector<FilledRange>& filled) {
  std::string text;
  for (const FilledRange& one : filled) {
    text += (text.empty() ? "bytes=" : ",") + std::to_string(one.range.offset) + "-" +
            std::to_string(one.range.offset + one.range.length - 1);
  }
  return text;
}

}  // namespace reel::routes

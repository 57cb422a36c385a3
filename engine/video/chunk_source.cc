#include "video/chunk_source.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/hash.h"

namespace reel {
namespace {

// Longer reads are no hot pages: they would push out what is.
constexpr uint64_t kCachedReadBytesMax = uint64_t{256} << 10;

constexpr std::string_view kFetched = "chunk.fetched";
constexpr std::string_view kLate = "chunk.late";

std::string ChunkName(const VideoInfo& info, uint32_t chunk) {
  return info.chunked ? "chunk " + std::to_string(chunk) + " of \"" + info.key + "\""
                      : "\"" + info.key + "\"";
}

Status WrongSize(const VideoInfo& info, uint32_t chunk, uint64_t got, uint64_t wanted) {
  return {Code::kCorruption, ChunkName(info, chunk) + " gave " + std::to_string(got) +
                                 " bytes in the place of " + std::to_string(wanted) +
                                 " (store this video again)"};
}

/// Calls back with the slices behind the first `from` bytes.
template <typename Visit>
void VisitBehind(const BorrowedBytes& bytes, size_t from, Visit visit) {
  for (const std::string_view slice : bytes.slices()) {
    const size_t skipped = std::min(from, slice.size());
    from -= skipped;
    visit(slice.substr(skipped));
  }
}

Status WrongBytes(const VideoInfo& info, uint32_t chunk) {
  return {Code::kCorruption, ChunkName(info, chunk) +
                                 " does not fit its hash: it is damaged, or of another generation "
                                 "(open the video again, else store it again)"};
}

}  // namespace

ChunkSource::ChunkSource(VideoInfo info, std::unique_ptr<EntryView> view, LibraryReads* reads,
                         Options options)
    : info_(std::move(info)),
      view_(std::move(view)),
      map_(info_.size, info_.chunked ? info_.chunk_size : info_.size),
      reads_(reads),
      options_(std::move(options)) {}

size_t ChunkSource::MemoryFor(const ChunkSlice& slice) const {
  const uint64_t page = view_->page_size();
  // A page more at either end, and a block of memory for each piece that is read.
  constexpr size_t kBlockBytes = size_t{128} << 10;
  if (IsRemote()) {
    return map_.RangeOf(slice.chunk).length + 2 * page + kBlockBytes;
  }
  // Compressed pages and what becomes of them.
  return 2 * (slice.length + 2 * page) + kBlockBytes;
}

Status ChunkSource::ReadView(const ChunkSlice& slice, BorrowedBytes* out) const {
  const size_t before = out->size();
  REEL_RETURN_IF_ERROR(info_.chunked
                           ? view_->ReadChunk(slice.chunk, slice.offset, slice.length, out)
                           : view_->ReadValue(slice.offset, slice.length, out));
  const size_t got = out->size() - before;
  return got == slice.length ? Status::Ok() : WrongSize(info_, slice.chunk, got, slice.length);
}

Result<Hash128> ChunkSource::HashOf(uint32_t chunk) const {
  return info_.chunked ? view_->ChunkHash(chunk) : Result<Hash128>(info_.xxh3);
}

// Nobody below has verified these bytes, and only a whole chunk has a hash.
Status ChunkSource::ReadWhole(const ChunkSlice& slice, BorrowedBytes* out) const {
  const size_t before = out->size();
  REEL_RETURN_IF_ERROR(ReadView({slice.chunk, 0, map_.RangeOf(slice.chunk).length}, out));
  const auto hash = HashOf(slice.chunk);
  if (!hash.ok()) {
    return hash.status();
  }
  Hasher128 hasher;
  VisitBehind(*out, before, [&](std::string_view bytes) { hasher.Update(bytes); });
  if (hasher.Digest() != *hash) {
    return WrongBytes(info_, slice.chunk);
  }
  out->Keep(before, slice.offset, slice.length);
  return Status::Ok();
}

Status ChunkSource::ReadThroughCache(const ChunkSlice& slice, BorrowedBytes* out) {
  ReadCache& cache = reads_->parts().cache;
  const uint64_t page_size = view_->page_size();
  const uint64_t chunk_bytes = map_.RangeOf(slice.chunk).length;
  const auto first = static_cast<uint32_t>(slice.offset / page_size);
  const auto last = static_cast<uint32_t>((slice.offset + slice.length - 1) / page_size);
  const auto key = [&](uint32_t page) {
    return ReadCache::Key{reads_->id(), info_.generation, slice.chunk, page};
  };
  const size_t before = out->size();
  uint32_t page = first;
  for (; page <= last; ++page) {
    const ReadCache::Page bytes = cache.Find(key(page), options_.fetch.edge_cache_ttl_s);
    if (bytes == nullptr) {
      break;
    }
    const uint64_t start = page * page_size;
    const uint64_t from = std::max(start, slice.offset) - start;
    const uint64_t to = std::min(start + bytes->size(), slice.offset + slice.length) - start;
    out->Append(std::string_view(*bytes).substr(from, to - from));
    out->Pin(bytes);
  }
  if (page > last) {
    return Status::Ok();
  }
  // Whole pages: no more is read from the disk for them.
  out->Keep(before, 0, 0);
  const uint64_t start = first * page_size;
  const uint64_t end = std::min((last + 1) * page_size, chunk_bytes);
  const ChunkSlice pages{slice.chunk, start, end - start};
  REEL_RETURN_IF_ERROR(ReadWhole(pages, out));
  std::string copy;
  for (page = first; page <= last; ++page) {
    if (!cache.IsHot(key(page))) {
      continue;
    }
    if (copy.empty()) {
      VisitBehind(*out, before, [&](std::string_view bytes) { copy += bytes; });
    }
    cache.Insert(key(page), copy.substr((page - first) * page_size, page_size));
  }
  out->Keep(before, slice.offset - start, slice.length);
  return Status::Ok();
}

Status ChunkSource::ReadStored(const ChunkSlice& slice, BorrowedBytes* out) {
  // Of local videos the system has the bytes in memory too, and verifying them once more takes less
  // than keeping copies of them (docs/benchmarks.md).
  if (!IsRemote()) {
    return ReadView(slice, out);
  }
  return options_.fetch.use_edge_cache && slice.length <= kCachedReadBytesMax
             ? ReadThroughCache(slice, out)
             : ReadWhole(slice, out);
}

Status ChunkSource::ReadFallback(const ChunkSlice& slice,
                                 const std::shared_ptr<BufferPool::Client>& client,
                                 BorrowedBytes* out) {
  const ByteRange range = map_.RangeOf(slice.chunk);
  const std::lock_guard lock(healing_);
  // The blocks of one local chunk fail together, and the first of them has healed it for all.
  if (!IsRemote() && healed_.contains(slice.chunk)) {
    const size_t before = out->size();
    if (ReadStored(slice, out).ok()) {
      return Status::Ok();
    }
    out->Keep(before, 0, 0);
  }
  const int64_t begin_ms = clock().SteadyMillis();
  auto paid = reads_->parts().buffers.Take(client, range.length,
                                           begin_ms + options_.fetch.timeout_ms, std::stop_token());
  if (!paid.ok()) {
    return paid.status();
  }
  const auto given = options_.fallback(info_, slice.chunk, range);
  if (!given.ok()) {
    return given.status().WithContext("fallback for " + ChunkName(info_, slice.chunk));
  }
  if (given->size() != range.length) {
    return WrongSize(info_, slice.chunk, given->size(), range.length).WithContext("fallback");
  }
  const auto hash = HashOf(slice.chunk);
  if (!hash.ok()) {
    return hash.status();
  }
  if (HashWhole(*given) != *hash) {
    return WrongBytes(info_, slice.chunk).WithContext("fallback");
  }
  const Status healed =
      view_->Repair(info_.chunked ? std::optional<uint32_t>(slice.chunk) : std::nullopt, *given);
  if (healed.ok()) {
    healed_.insert(slice.chunk);
  }
  Log(healed.ok() ? "chunk.healed" : "chunk.notHealed", {slice.chunk, 0, range.length},
      Attempt::kFallback, clock().SteadyMillis() - begin_ms, healed.message());
  out->AppendCopy(std::string_view(*given).substr(slice.offset, slice.length));
  return Status::Ok();
}

Status ChunkSource::Read(const ChunkSlice& slice, Attempt attempt,
                         const std::shared_ptr<BufferPool::Client>& client, BorrowedBytes* out) {
  ++reads_->parts().fetches;
  return attempt == Attempt::kFallback ? ReadFallback(slice, client, out) : ReadStored(slice, out);
}

void ChunkSource::Log(std::string_view event, const ChunkSlice& slice, Attempt attempt,
                      int64_t milliseconds, std::string_view detail) const {
  if (options_.log == nullptr) {
    return;
  }
  LogEvent entry;
  entry.event = event;
  entry.key = info_.key;
  entry.chunk = slice.chunk;
  entry.offset = map_.RangeOf(slice.chunk).offset + slice.offset;
  entry.length = slice.length;
  entry.attempt = static_cast<uint32_t>(attempt) + 1;
  entry.milliseconds = milliseconds;
  entry.detail = detail;
  entry.is_routine = event == kFetched || event == kLate;
  options_.log->Add(std::move(entry));
}

void ChunkSource::LogAttempt(const ChunkSlice& slice, Attempt attempt, int64_t begin_ms,
                             const Status& outcome) const {
  if (options_.log != nullptr && (!outcome.ok() || options_.fetch.log_chunk_operations)) {
    Log(outcome.ok() ? kFetched : "chunk.failed", slice, attempt, clock().SteadyMillis() - begin_ms,
        outcome.message());
  }
}

void ChunkSource::LogLate(const ChunkSlice& slice, Attempt attempt, int64_t milliseconds) const {
  // That it timed out was told. Most often nobody wants it any more: a player has moved elsewhere.
  if (options_.fetch.log_chunk_operations) {
    Log(kLate, slice, attempt, milliseconds, "");
  }
}

std::optional<Attempt> ChunkSource::AttemptAfter(Attempt attempt) const {
  switch (attempt) {
    case Attempt::kFirst:
      return Attempt::kAgain;
    case Attempt::kAgain:
      return options_.fallback ? std::optional(Attempt::kFallback) : std::nullopt;
    case Attempt::kFallback:
      break;
  }
  return std::nullopt;
}

}  // namespace reel

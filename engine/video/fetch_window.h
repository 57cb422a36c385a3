// Fetches a range of a video ahead of its consumer, a few chunks at a time, and hands it over in
// order.
//
// Each fetch is queued, running, ready or failed, and belongs to one attempt, which has a ticket. A
// consumer that has waited for an attempt as long as it may, or that has gone, takes the ticket
// away: what comes back under an old ticket is thrown away. So there are no timers to cancel, and
// how long a consumer takes counts for nothing.
#pragma once

#include <reel/video.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "base/buffer_pool.h"
#include "video/chunk_source.h"

namespace reel {

/// One consumer calls Next; all else is thread-safe. Destroyed, it stops fetching at once: what is
/// queued is not begun, and what is running is thrown away.
class FetchWindow {
 public:
  /// Consecutive bytes of the range. Returns its memory when it is destroyed.
  class Block {
   public:
    Block() = default;
    /// Zeros in the place of bytes that could not be had.
    explicit Block(uint64_t zeros);
    Block(BufferPool::Buffer buffer) : buffer_(std::move(buffer)) {}  // NOLINT

    [[nodiscard]] std::span<const std::string_view> slices();

   private:
    std::optional<BufferPool::Buffer> buffer_;
    std::vector<std::string_view> zeros_;
  };

  /// REQUIRES: the source's video has the range. The first fetch begins with `first_attempt`.
  FetchWindow(std::shared_ptr<ChunkSource> source, ByteRange range,
              Attempt first_attempt = Attempt::kFirst);
  ~FetchWindow();
  FetchWindow(const FetchWindow&) = delete;
  FetchWindow& operator=(const FetchWindow&) = delete;

  /// The next bytes; an empty optional at the end of the range. Waits for them, and starts fetching
  /// what follows. kAborted when asked to stop; otherwise what became of the last attempt for bytes
  /// that the source's policy does not let it fill.
  Result<std::optional<Block>> Next(const std::stop_token& stop);

  /// What was filled so far.
  [[nodiscard]] const std::vector<FilledRange>& filled() const { return filled_; }

 private:
  struct Fetch;
  struct State;
  using Buffer = BufferPool::Buffer;

  Status Fill(bool may_wait, const std::stop_token& stop);
  Result<Buffer> TakeBuffer(const ChunkSlice& slice, const std::stop_token& stop);
  void Start(const std::shared_ptr<Fetch>& fetch);
  Status GiveUp(const std::shared_ptr<Fetch>& fetch, std::unique_lock<std::mutex>* lock,
                const std::stop_token& stop);
  Result<std::shared_ptr<Fetch>> TakeFirst(const std::stop_token& stop);
  bool FillInstead(const Fetch& fetch);
  [[nodiscard]] ChunkSlice PlanAt(uint64_t offset) const;

  std::shared_ptr<State> state_;
  std::shared_ptr<BufferPool::Client> client_;
  const uint64_t end_;
  Attempt first_attempt_;
  uint64_t block_bytes_;
  // Bytes up to here are zeros that were not handed over yet.
  uint64_t zeros_until_ = 0;
  uint64_t handed_over_;
  std::vector<FilledRange> filled_;
};

}  // namespace reel

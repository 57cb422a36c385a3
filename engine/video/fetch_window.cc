#include "video/fetch_window.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace reel {
namespace {

// The first block of a range is small, so that its first byte comes soon; then each is twice as
// large, up to what is still fast to hand from one processor to another (docs/benchmarks.md).
constexpr uint64_t kFirstBlockBytes = uint64_t{64} << 10;
constexpr uint64_t kBlockBytesMax = uint64_t{512} << 10;

constexpr size_t kZeroBytes = size_t{64} << 10;
constexpr std::array<char, kZeroBytes> kZeros{};

}  // namespace

FetchWindow::Block::Block(uint64_t zeros) {
  for (; zeros > 0; zeros -= zeros_.back().size()) {
    zeros_.emplace_back(kZeros.data(), std::min<uint64_t>(zeros, kZeroBytes));
  }
}

std::span<const std::string_view> FetchWindow::Block::slices() {
  return buffer_ ? buffer_->bytes().slices() : std::span<const std::string_view>(zeros_);
}

struct FetchWindow::Fetch {
  enum class Phase : uint8_t { kQueued, kRunning, kReady, kFailed };

  uint64_t offset = 0;  // in the video
  ChunkSlice slice;
  Attempt attempt = Attempt::kFirst;
  Phase phase = Phase::kQueued;
  uint64_t ticket = 0;
  int64_t since_ms = 0;  // when the attempt was queued, and then when it began
  std::optional<Buffer> buffer;
  Status failure;

  // The first failure gives the code, all of them the message, those that say the same once.
  void AddFailure(const Status& status) {
    if (failure.ok()) {
      failure = status;
    } else if (!failure.message().ends_with(status.message())) {
      failure = {failure.code(), failure.message() + "; then " + status.message()};
    }
  }
};

// Shared with the threads that fetch, which may come back when the window is gone.
struct FetchWindow::State {
  explicit State(std::shared_ptr<ChunkSource> of) : source(std::move(of)) {}

  // Runs one attempt after the other until one succeeds, the last fails, or the ticket is void.
  void Run(const std::shared_ptr<Fetch>& fetch, uint64_t ticket,
           const std::shared_ptr<BufferPool::Client>& client);

  // Gives up what is behind the first fetch, or all of it if nobody waits for that.
  void GiveBack();

  // Voids a fetch. Its memory is to be freed when the mutex is not held any more.
  static void Void(Fetch* fetch, std::vector<Buffer>* freed) {
    ++fetch->ticket;
    if (fetch->buffer) {
      freed->push_back(*std::move(fetch->buffer));
      fetch->buffer.reset();
    }
  }

  const std::shared_ptr<ChunkSource> source;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::shared_ptr<Fetch>> ahead;
  uint64_t next = 0;  // the first byte that no fetch is for
  bool is_awaited = false;
};

void FetchWindow::State::Run(const std::shared_ptr<Fetch>& fetch, uint64_t ticket,
                             const std::shared_ptr<BufferPool::Client>& client) {
  const Clock& clock = source->clock();
  std::unique_lock lock(mutex);
  if (fetch->ticket != ticket) {
    return;
  }
  Buffer buffer = *std::move(fetch->buffer);
  fetch->buffer.reset();
  fetch->phase = Fetch::Phase::kRunning;
  while (true) {
    const Attempt attempt = fetch->attempt;
    const int64_t since_ms = clock.SteadyMillis();
    fetch->since_ms = since_ms;
    lock.unlock();
    buffer.bytes().Clear();
    const Status read = source->Read(fetch->slice, attempt, client, &buffer.bytes());
    if (read.ok()) {
      buffer.Settle();  // a further attempt needs all of it
    }
    source->LogAttempt(fetch->slice, attempt, since_ms, read);
    lock.lock();
    if (fetch->ticket != ticket) {
      lock.unlock();
      ++source->reads()->parts().late_fetches;
      source->LogLate(fetch->slice, attempt, clock.SteadyMillis() - since_ms);
      return;
    }
    if (read.ok()) {
      fetch->buffer = std::move(buffer);
      fetch->phase = Fetch::Phase::kReady;
      break;
    }
    fetch->AddFailure(read);
    const auto following = source->AttemptAfter(attempt);
    if (!following) {
      fetch->phase = Fetch::Phase::kFailed;
      break;
    }
    fetch->attempt = *following;
  }
  changed.notify_all();
}

void FetchWindow::State::GiveBack() {
  std::vector<Buffer> freed;
  const std::lock_guard lock(mutex);
  while (ahead.size() > (is_awaited ? 1 : 0)) {
    next = ahead.back()->offset;
    Void(ahead.back().get(), &freed);
    ahead.pop_back();
  }
}

FetchWindow::FetchWindow(std::shared_ptr<ChunkSource> source, ByteRange range,
                         Attempt first_attempt)
    : state_(std::make_shared<State>(std::move(source))),
      client_(
          state_->source->reads()->parts().buffers.NewClient([weak = std::weak_ptr<State>(state_)] {
            if (const auto state = weak.lock()) {
              state->GiveBack();
            }
          })),
      end_(range.offset + range.length),
      first_attempt_(first_attempt),
      block_bytes_(kFirstBlockBytes),
      handed_over_(range.offset) {
  state_->next = range.offset;
}

FetchWindow::~FetchWindow() {
  std::vector<Buffer> freed;
  const std::lock_guard lock(state_->mutex);
  for (const auto& fetch : state_->ahead) {
    State::Void(fetch.get(), &freed);
  }
  state_->ahead.clear();
}

ChunkSlice FetchWindow::PlanAt(uint64_t offset) const {
  const ChunkSource& source = *state_->source;
  ChunkSlice slice = source.map().SliceAt(offset, end_);
  if (!source.IsRemote()) {
    slice.length = std::min(slice.length, block_bytes_);
  }
  return slice;
}

// Keeps as many fetches going as the settings allow and there is memory for. Where it may wait for
// memory, one at least.
Status FetchWindow::Fill(bool may_wait, const std::stop_token& stop) {
  ChunkSource& source = *state_->source;
  BufferPool& buffers = source.reads()->parts().buffers;
  std::unique_lock lock(state_->mutex);
  while (state_->next < end_ && state_->ahead.size() < source.fetch_options().parallel_fetches) {
    auto fetch = std::make_shared<Fetch>();
    fetch->offset = state_->next;
    fetch->slice = PlanAt(fetch->offset);
    auto buffer = buffers.TryTake(client_, source.MemoryFor(fetch->slice));
    if (buffer) {
      block_bytes_ = std::min(2 * block_bytes_, kBlockBytesMax);
    } else if (may_wait && state_->ahead.empty()) {
      // Where memory is scarce, small blocks: more streams get on.
      block_bytes_ = kFirstBlockBytes;
      fetch->slice = PlanAt(fetch->offset);
      lock.unlock();
      auto taken = TakeBuffer(fetch->slice, stop);
      lock.lock();
      if (!taken.ok()) {
        return taken.status();
      }
      buffer = *std::move(taken);
    } else {
      break;
    }
    fetch->attempt = std::exchange(first_attempt_, Attempt::kFirst);
    fetch->buffer = *std::move(buffer);
    state_->next += fetch->slice.length;
    state_->ahead.push_back(fetch);
    Start(fetch);
  }
  return Status::Ok();
}

// Waits for memory as long as a fetch may take. REQUIRES: the mutex is not held.
Result<BufferPool::Buffer> FetchWindow::TakeBuffer(const ChunkSlice& slice,
                                                   const std::stop_token& stop) {
  const ChunkSource& source = *state_->source;
  return source.reads()->parts().buffers.Take(
      client_, source.MemoryFor(slice),
      source.clock().SteadyMillis() + source.fetch_options().timeout_ms, stop);
}

// Starts an attempt that has its buffer. REQUIRES: the mutex is held.
void FetchWindow::Start(const std::shared_ptr<Fetch>& fetch) {
  fetch->since_ms = state_->source->clock().SteadyMillis();
  fetch->phase = Fetch::Phase::kQueued;
  state_->source->reads()->Submit([state = state_, fetch, ticket = fetch->ticket,
                                   client = client_] { state->Run(fetch, ticket, client); });
}

// Gives up an attempt that took too long, and starts the next one if there is one.
Status FetchWindow::GiveUp(const std::shared_ptr<Fetch>& fetch, std::unique_lock<std::mutex>* lock,
                           const std::stop_token& stop) {
  ChunkSource& source = *state_->source;
  ++fetch->ticket;
  const Attempt attempt = fetch->attempt;
  fetch->AddFailure({Code::kTimedOut, "a fetch of \"" + source.info().key + "\" took more than " +
                                          std::to_string(source.fetch_options().timeout_ms) +
                                          " ms (raise timeoutMs, or look at the store below)"});
  const auto following = source.AttemptAfter(attempt);
  if (following) {
    fetch->attempt = *following;
  } else {
    fetch->phase = Fetch::Phase::kFailed;
  }
  lock->unlock();
  source.Log("chunk.timedOut", fetch->slice, attempt, source.fetch_options().timeout_ms, "");
  // What is running keeps its buffer until it comes back.
  std::optional<Buffer> fresh;
  if (following && !fetch->buffer) {
    auto taken = TakeBuffer(fetch->slice, stop);
    if (!taken.ok()) {
      lock->lock();
      return taken.status();
    }
    fresh = *std::move(taken);
  }
  lock->lock();
  if (fresh) {
    fetch->buffer = *std::move(fresh);
  }
  if (following) {
    Start(fetch);
  }
  return Status::Ok();
}

// Waits for the first fetch, and takes it out; null where there is none.
Result<std::shared_ptr<FetchWindow::Fetch>> FetchWindow::TakeFirst(const std::stop_token& stop) {
  const Clock& clock = state_->source->clock();
  const int64_t timeout_ms = state_->source->fetch_options().timeout_ms;
  std::unique_lock lock(state_->mutex);
  if (state_->ahead.empty()) {
    return std::shared_ptr<Fetch>();
  }
  const std::shared_ptr<Fetch> fetch = state_->ahead.front();
  state_->is_awaited = true;
  Status status;
  while (status.ok() && fetch->phase != Fetch::Phase::kReady &&
         fetch->phase != Fetch::Phase::kFailed) {
    if (stop.stop_requested()) {
      status = {Code::kAborted, "stopped"};
    } else if (clock.SteadyMillis() < fetch->since_ms + timeout_ms) {
      clock.WaitUntil(&state_->changed, &lock, fetch->since_ms + timeout_ms);
    } else {
      status = GiveUp(fetch, &lock, stop);
    }
  }
  state_->is_awaited = false;
  if (!status.ok()) {
    return status;
  }
  state_->ahead.pop_front();
  return fetch;
}

// Passes over what a failed fetch leaves of its chunk, where the policy allows it.
bool FetchWindow::FillInstead(const Fetch& fetch) {
  const ChunkSource& source = *state_->source;
  if (source.policy() == FaultPolicy::kStrict || source.map().IsCritical(fetch.slice.chunk)) {
    return false;
  }
  const uint64_t lost = source.map().SliceAt(fetch.offset, end_).length;
  zeros_until_ = fetch.offset + lost;
  filled_.push_back({fetch.slice.chunk, {fetch.offset, lost}, fetch.failure});
  source.Log("chunk.filled", {fetch.slice.chunk, fetch.slice.offset, lost}, fetch.attempt, 0,
             fetch.failure.message());
  std::vector<Buffer> freed;
  const std::lock_guard lock(state_->mutex);
  while (!state_->ahead.empty() && state_->ahead.front()->offset < zeros_until_) {
    State::Void(state_->ahead.front().get(), &freed);
    state_->ahead.pop_front();
  }
  state_->next = std::max(state_->next, zeros_until_);
  return true;
}

Result<std::optional<FetchWindow::Block>> FetchWindow::Next(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] {
    { const std::lock_guard lock(state_->mutex); }
    state_->changed.notify_all();
    state_->source->reads()->parts().buffers.Wake();
  });
  while (handed_over_ < end_) {
    if (stop.stop_requested()) {
      return Status(Code::kAborted, "stopped");
    }
    if (handed_over_ < zeros_until_) {
      const uint64_t zeros = std::min(zeros_until_ - handed_over_, kBlockBytesMax);
      handed_over_ += zeros;
      return std::optional<Block>(zeros);
    }
    REEL_RETURN_IF_ERROR(Fill(/*may_wait=*/true, stop));
    auto first = TakeFirst(stop);
    if (!first.ok()) {
      return first.status();
    }
    const std::shared_ptr<Fetch> fetch = *std::move(first);
    if (fetch == nullptr) {
      continue;  // given back before it could be awaited
    }
    if (fetch->phase == Fetch::Phase::kReady) {
      handed_over_ += fetch->slice.length;
      REEL_RETURN_IF_ERROR(Fill(/*may_wait=*/false, stop));
      return std::optional<Block>(*std::move(fetch->buffer));
    }
    if (!FillInstead(*fetch)) {
      return fetch->failure;
    }
  }
  return std::optional<Block>();
}

}  // namespace reel

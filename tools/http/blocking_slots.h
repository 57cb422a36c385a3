// How many threads may block at a time, and who waits for connections meanwhile.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace reel::http {

/// How long a call that may block is likely to.
enum class Blocks : uint8_t {
  /// As good as done: most are.
  kBriefly,
  /// As long as a disk takes to sync.
  kLong,
};

/// Lets coroutines block in the thread that they are in: the switch to another thread, and the one
/// back, would take longer than most calls do. So nobody else is woken for a call until it has
/// lasted for a millisecond; then another thread of its io_context takes over. Where long calls
/// come from several callers, it takes over as soon as one begins. Thread-safe.
class BlockingSlots {
 public:
  explicit BlockingSlots(size_t slots);
  /// REQUIRES: nobody is in Run.
  ~BlockingSlots();

  BlockingSlots(const BlockingSlots&) = delete;
  BlockingSlots& operator=(const BlockingSlots&) = delete;

  /// Calls `work` when there is a slot for it, in the coroutine's thread; it does not throw. The
  /// coroutine runs in `lane`, which has more threads than there are slots. `caller`: makes one
  /// call at a time.
  template <typename Work>
  boost::asio::awaitable<void> Run(boost::asio::io_context* lane, const void* caller, Blocks blocks,
                                   Work work) {
    if (!Take()) {
      co_await Wait();
    }
    const size_t call = Begin(lane, caller, blocks);
    work();
    if (End(call)) {
      // Whoever has the slot now waits in a queue of this thread's own.
      co_await boost::asio::post(boost::asio::use_awaitable);
    }
  }

 private:
  using Clock = std::chrono::steady_clock;

  struct Call {
    /// Null: none.
    boost::asio::io_context* lane = nullptr;
    /// When another thread takes over.
    Clock::time_point relief;
    bool is_relieved = false;
  };

  bool Take();
  /// Nothing while there is no slot; otherwise `resume` has been called.
  void TakeOrQueue(std::function<void()> resume);
  size_t Begin(boost::asio::io_context* lane, const void* caller, Blocks blocks);
  /// True: the slot went to somebody who waited.
  bool End(size_t call);
  void Watch();
  void RelieveLongCalls();

  boost::asio::awaitable<void> Wait() {
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
        [this](auto handler) {
          // Shared, because a function can be copied and a handler cannot.
          auto shared = std::make_shared<decltype(handler)>(std::move(handler));
          TakeOrQueue([shared = std::move(shared)] {
            const auto executor = boost::asio::get_associated_executor(*shared);
            boost::asio::post(executor, [shared] { std::move (*shared)(); });
          });
        },
        boost::asio::use_awaitable);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  size_t free_;
  std::deque<std::function<void()>> waiting_;
  std::vector<Call> calls_;
  /// Places in `calls_` that are not used.
  std::vector<size_t> places_;
  /// Since somebody last looked at the calls.
  bool was_used_ = false;
  bool is_relief_due_ = false;
  /// Of each lane, whose long call was the last.
  std::map<boost::asio::io_context*, const void*> last_long_;
  bool is_watching_ = false;
  bool ending_ = false;
  std::thread watcher_;
};

}  // namespace reel::http

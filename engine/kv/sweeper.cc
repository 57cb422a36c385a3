#include <reel/sweeper.h>

#include <utility>

namespace reel {

Sweeper::Sweeper(Store* store, std::chrono::milliseconds interval,
                 std::function<void(const Status&)> report)
    : store_(store), interval_(interval), report_(std::move(report)) {
  thread_ = std::thread([this] { Run(); });
}

Sweeper::~Sweeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stop_.notify_all();
  }
  thread_.join();
}

bool Sweeper::IsStopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Sweeper::Run() {
  while (true) {
    Sweep();
    std::unique_lock lock(mutex_);
    if (stop_.wait_for(lock, interval_, [this] { return stopping_; })) {
      return;
    }
  }
}

void Sweeper::Sweep() {
  // Few enough that a stop does not wait long.
  constexpr uint32_t kEntriesAtOnce = 16;
  const auto names = store_->Namespaces();
  Status failure = names.status();
  for (size_t i = 0; failure.ok() && i < names->size(); ++i) {
    const auto entries = store_->Namespace((*names)[i], /*create=*/false);
    if (entries.code() == Code::kNotFound) {
      continue;  // dropped meanwhile
    }
    failure = entries.status();
    for (bool more = failure.ok(); more;) {
      if (IsStopping()) {
        return;
      }
      const auto removed = (*entries)->RemoveExpired(kEntriesAtOnce);
      failure = removed.status();
      more = removed.ok() && removed->videos > 0;
    }
  }
  if (!failure.ok() && report_) {
    report_(failure.WithContext("removing what has expired"));
  }
}

}  // namespace reel

#include "kv/change_feed.h"

#include <list>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace reel {

Change& ChangeList::Slot(const std::string& key) {
  Change& change = changes_[key];
  change.key = key;
  return change;
}

std::vector<Change> ChangeList::changes() const {
  std::vector<Change> changes;
  changes.reserve(changes_.size());
  for (const auto& [key, change] : changes_) {
    changes.push_back(change);
  }
  return changes;
}

struct ChangeFeed::Listeners {
  // Shared by calls, so that the end of a subscription waits for those under way.
  std::shared_mutex mutex;
  std::list<ChangeListener> all;
};

class ChangeFeed::Subscription final : public ChangeSubscription {
 public:
  Subscription(std::shared_ptr<Listeners> listeners, ChangeListener listener)
      : listeners_(std::move(listeners)) {
    const std::unique_lock lock(listeners_->mutex);
    at_ = listeners_->all.insert(listeners_->all.end(), std::move(listener));
  }
  ~Subscription() override {
    const std::unique_lock lock(listeners_->mutex);
    listeners_->all.erase(at_);
  }
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

 private:
  std::shared_ptr<Listeners> listeners_;
  std::list<ChangeListener>::iterator at_;
};

ChangeFeed::ChangeFeed() : listeners_(std::make_shared<Listeners>()) {}

ChangeFeed::~ChangeFeed() = default;

std::unique_ptr<ChangeSubscription> ChangeFeed::Subscribe(ChangeListener listener) {
  return std::make_unique<Subscription>(listeners_, std::move(listener));
}

void ChangeFeed::Tell(std::span<const Change> changes) const {
  if (changes.empty()) {
    return;
  }
  const std::shared_lock lock(listeners_->mutex);
  for (const ChangeListener& listener : listeners_->all) {
    listener(changes);
  }
}

}  // namespace reel

// Who is told of a namespace's changes.
#pragma once

#include <reel/kv.h>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace reel {

/// What one step changes, each key once.
class ChangeList {
 public:
  /// Of an entry that there was. What is added at the key afterwards took its place.
  void AddRemoved(const Entry& base) { Slot(base.key).old_generation = base.generation; }
  void AddPresent(const Entry& base) { Slot(base.key).new_generation = base.generation; }
  void AddChanged(const Entry& base) {
    AddRemoved(base);
    AddPresent(base);
  }

  [[nodiscard]] std::vector<Change> changes() const;

 private:
  Change& Slot(const std::string& key);

  std::map<std::string, Change> changes_;
};

/// The listeners of one namespace. Thread-safe.
class ChangeFeed {
 public:
  ChangeFeed();
  ~ChangeFeed();
  ChangeFeed(const ChangeFeed&) = delete;
  ChangeFeed& operator=(const ChangeFeed&) = delete;

  /// The subscription may outlive the feed.
  std::unique_ptr<ChangeSubscription> Subscribe(ChangeListener listener);

  /// Calls all listeners, on this thread; none for no changes. REQUIRES: no lock is held that
  /// reading takes.
  void Tell(std::span<const Change> changes) const;
  void Tell(const ChangeList& list) const { Tell(list.changes()); }

 private:
  class Subscription;
  struct Listeners;
  std::shared_ptr<Listeners> listeners_;
};

}  // namespace reel

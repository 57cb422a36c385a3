#include "kv/stale_history.h"

#include <utility>

#include "kv/publication.h"

namespace reel {

void StaleHistory::Add(std::vector<Replaced> replaced, int64_t now) {
  Dropped dropped;
  const std::lock_guard lock(mutex_);
  for (Replaced& each : replaced) {
    each.at = now;
    missing_.erase(each.key);
    numbers_of_[each.key].push_back(first_ + replaced_.size());
    replaced_.push_back(std::move(each));
  }
  DropOld(now, &dropped);
}

std::vector<Replaced> StaleHistory::Find(std::string_view key, int64_t now) {
  Dropped dropped;
  const std::lock_guard lock(mutex_);
  DropOld(now, &dropped);
  std::vector<Replaced> found;
  if (const auto numbers = numbers_of_.find(std::string(key)); numbers != numbers_of_.end()) {
    for (const uint64_t number : numbers->second) {
      const Replaced& each = replaced_[number - first_];
      if (each.view == nullptr || !IsExpired(each.view->entry(), now)) {
        found.push_back(each);
      }
    }
  }
  return found;
}

void StaleHistory::NoteMissing(std::string_view key, int64_t now) {
  const std::lock_guard lock(mutex_);
  if (missing_.size() >= kReplacedMax) {
    std::erase_if(missing_, [&](const auto& each) { return each.second + keep_s_ <= now; });
  }
  if (missing_.size() < kReplacedMax) {
    missing_[std::string(key)] = now;
  }
}

bool StaleHistory::WasMissing(std::string_view key, int64_t now, int64_t seconds) const {
  const std::lock_guard lock(mutex_);
  const auto found = missing_.find(std::string(key));
  return found != missing_.end() && now < found->second + seconds;
}

void StaleHistory::Clear() {
  Dropped dropped;
  const std::lock_guard lock(mutex_);
  while (!replaced_.empty()) {
    DropFirst(&dropped);
  }
  missing_.clear();
}

void StaleHistory::DropOld(int64_t now, Dropped* dropped) {
  while (!replaced_.empty() &&
         (replaced_.size() > kReplacedMax || replaced_.front().at + keep_s_ <= now)) {
    DropFirst(dropped);
  }
}

void StaleHistory::DropFirst(Dropped* dropped) {
  Replaced& first = replaced_.front();
  // The first of all is the first of its key.
  const auto numbers = numbers_of_.find(first.key);
  numbers->second.pop_front();
  if (numbers->second.empty()) {
    numbers_of_.erase(numbers);
  }
  dropped->push_back(std::move(first.view));
  replaced_.pop_front();
  ++first_;
}

}  // namespace reel

#include "fuse/made_directories.h"

namespace reel::mount {

bool MadeDirectories::Add(std::string_view path) {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> added;
  for (size_t slash = path.find('/');; slash = path.find('/', slash + 1)) {
    const std::string_view part = path.substr(0, slash);
    if (!paths_.contains(part)) {
      added.emplace_back(part);
    }
    if (slash == std::string_view::npos) {
      break;
    }
  }
  if (paths_.size() + added.size() > kMax) {
    return false;
  }
  for (std::string& part : added) {
    paths_.insert(std::move(part));
  }
  return true;
}

bool MadeDirectories::Contains(std::string_view path) const {
  const std::scoped_lock lock(mutex_);
  return paths_.contains(path);
}

bool MadeDirectories::HasChildren(std::string_view path) const {
  const std::string prefix = std::string(path) + '/';
  const std::scoped_lock lock(mutex_);
  const auto first = paths_.lower_bound(prefix);
  return first != paths_.end() && first->starts_with(prefix);
}

std::vector<std::string> MadeDirectories::ChildrenOf(std::string_view path) const {
  const std::string prefix = path.empty() ? "" : std::string(path) + '/';
  std::vector<std::string> names;
  const std::scoped_lock lock(mutex_);
  for (auto at = paths_.lower_bound(prefix); at != paths_.end() && at->starts_with(prefix); ++at) {
    const std::string_view name = std::string_view(*at).substr(prefix.size());
    if (name.find('/') == std::string_view::npos) {
      names.emplace_back(name);
    }
  }
  return names;
}

void MadeDirectories::Remove(std::string_view path) {
  const std::scoped_lock lock(mutex_);
  if (const auto at = paths_.find(path); at != paths_.end()) {
    paths_.erase(at);
  }
}

}  // namespace reel::mount

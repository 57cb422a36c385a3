// Directories that are there by themselves: mkdir made them, or rm and mv emptied them.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace reel::mount {

/// Paths of directories that are there though no key is beneath them, for as long as the mount is:
/// a store keeps videos, and a directory is a part of their keys. Thread-safe. Paths are relative
/// to the root of the mount, and not empty.
class MadeDirectories {
 public:
  /// As many at once: their memory is bounded.
  static constexpr size_t kMax = 65'536;

  /// Adds the directory and all above it. False when there is no room.
  bool Add(std::string_view path);

  [[nodiscard]] bool Contains(std::string_view path) const;

  /// Whether another one is beneath `path`.
  [[nodiscard]] bool HasChildren(std::string_view path) const;

  /// The names in `path`; empty for the root.
  [[nodiscard]] std::vector<std::string> ChildrenOf(std::string_view path) const;

  void Remove(std::string_view path);

 private:
  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> paths_;
};

}  // namespace reel::mount

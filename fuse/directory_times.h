// When names came to directories, and went from them.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace reel::mount {

/// A store keeps no directories, so it is remembered for as long as the mount lives. A directory
/// that nothing is known of shows the time when the mount began. Thread-safe.
class DirectoryTimes {
 public:
  /// As many are known at once. One more, and all others show the time of that one: too late a time
  /// makes programs look, too early a one keeps them from it.
  static constexpr size_t kMax = 65'536;

  /// Seconds since the epoch.
  explicit DirectoryTimes(int64_t begun_at) : floor_(begun_at) {}

  void Note(std::string_view path, int64_t now);

  /// Anything may have changed anywhere.
  void NoteAll(int64_t now);

  [[nodiscard]] int64_t Of(std::string_view path) const;

 private:
  mutable std::mutex mutex_;
  int64_t floor_;
  std::map<std::string, int64_t, std::less<>> times_;
};

}  // namespace reel::mount

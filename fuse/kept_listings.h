// Which listings of directories the kernel may answer by itself.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace reel::mount {

/// The kernel keeps what it was told of a directory until the answer to an open says otherwise.
/// Thread-safe. `directory` is an inode's number; times are seconds since the epoch.
class KeptListings {
 public:
  /// `valid_s`: names in a listing are believed for as long. A listing whose names must be looked
  /// up one by one is slower than a new one.
  explicit KeptListings(int64_t valid_s) : valid_s_(valid_s) {}

  /// Somebody opens a directory. True: what the kernel keeps is what it would be told. False: it
  /// must forget it, and what is told from now on is kept.
  bool Open(uint64_t directory, int64_t now);

  /// One that was opened is closed.
  void Close(uint64_t directory);

  /// A listing of `directory` shows a name that is gone at `expires`.
  void NoteExpiry(uint64_t directory, int64_t expires);

  /// What was told of `directory` is no longer so. Before the call returns that changed it: who
  /// opens the directory after that sees the change.
  void Spoil(uint64_t directory);
  void SpoilAll();

  /// The kernel no longer knows `directory`.
  void Forget(uint64_t directory);

 private:
  struct Listing {
    uint64_t handles = 0;
    bool is_good = false;
    int64_t begun_at = 0;
    std::optional<int64_t> expires;
  };

  const int64_t valid_s_;
  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, Listing> listings_;
};

}  // namespace reel::mount

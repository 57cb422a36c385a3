// Which inode numbers the kernel holds, and what each of them stands for.
#pragma once

#include <reel/video.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "fuse/path_map.h"
#include "fuse/views.h"

namespace reel::mount {

/// What the mount shows of one generation of a video. Of one key, only `modified` and `expires` can
/// ever change.
struct FileRecord {
  std::string key;
  uint64_t generation = 0;
  /// Bytes.
  uint64_t size = 0;
  /// Seconds since the epoch.
  int64_t created = 0;
  int64_t modified = 0;
  std::optional<int64_t> expires;

  static FileRecord Of(const VideoInfo& info);
};

/// A file that is being written (fuse/drafts.h), by its number.
struct DraftNumber {
  uint64_t value = 0;
};

using Inode = std::variant<FileRecord, Directory, DraftNumber, ViewPlace>;

/// Inode numbers and the kernel's lookup counts. A file's number follows from its generation: other
/// bytes have another number, so no cached page can belong to the wrong ones, and a new mount gives
/// the same number. A directory's follows from its path, and that of a text under `.reel` too.
/// Thread-safe. Memory is bounded by what the kernel has not forgotten.
class InodeTable {
 public:
  static constexpr uint64_t kRoot = 1;
  static constexpr uint64_t kNow = std::numeric_limits<uint64_t>::max();

  InodeTable();

  /// Counts one lookup of `inode`, which was found when replacements() were `as_of`, and returns
  /// its number. What it was replaced by since stays.
  uint64_t Acquire(Inode inode, uint64_t as_of = kNow);

  /// The number that Acquire would return now, without counting.
  [[nodiscard]] uint64_t NumberOf(const Inode& inode) const;

  /// What the number of `inode` stands for from now on, if the kernel holds it: the same bytes
  /// under another key.
  void Replace(Inode inode);

  /// What is known of a video from now on, if the kernel holds it under that key.
  void Refresh(FileRecord file);

  /// How often something was replaced.
  [[nodiscard]] uint64_t replacements() const;

  /// Takes `lookups` back; at none left the number is forgotten, which it returns. The root stays.
  bool Forget(uint64_t number, uint64_t lookups);

  /// Null for a number that was never handed out or is forgotten.
  [[nodiscard]] std::shared_ptr<const Inode> Find(uint64_t number) const;

  /// Of all videos in the table.
  [[nodiscard]] std::vector<FileRecord> Files() const;

  /// Numbers in the table, the root among them.
  [[nodiscard]] size_t size() const;

 private:
  struct Slot {
    std::shared_ptr<const Inode> inode;
    uint64_t lookups = 0;
    uint64_t replaced_at = 0;
  };

  [[nodiscard]] uint64_t NumberLocked(const Inode& inode) const;

  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, Slot> slots_;
  uint64_t replacements_ = 0;
};

/// 64 bits from a path, the same in every build and process.
uint64_t HashPath(std::string_view path);

}  // namespace reel::mount

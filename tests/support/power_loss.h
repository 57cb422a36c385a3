// What a disk may hold after the power went: data and names are certain once they were synced, and
// not before. The sync of a file makes its own names certain too, as on ext4, XFS and btrfs; all
// else about names takes the sync of a directory.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/watched_files.h"

namespace reel::test {

/// Watches the files below a directory. Thread-safe.
class PowerLoss final : public FileObserver {
 public:
  /// What is in `disk` now is certain. `inodes` is an empty directory on the same file system: each
  /// file has a second name there, so that it can be given back what it lost.
  PowerLoss(std::string disk, std::string inodes);

  /// The power goes right before the sync of this number, from 1, takes effect.
  void CutAt(uint64_t sync);
  /// It goes now.
  void Cut();
  /// From then on every call fails.
  [[nodiscard]] bool is_off() const;
  /// How many syncs there were, of files and of directories.
  [[nodiscard]] uint64_t syncs() const;

  struct Loss {
    uint64_t files_cut = 0;
    uint64_t bytes_lost = 0;
    uint64_t sectors_zeroed = 0;
    uint64_t names_lost = 0;
  };
  /// Makes of `disk` what may be left of it. Of each file, what was written since its last sync is
  /// lost, kept, cut off at any byte or at a sector, or has sectors that are zero; what was written
  /// over is old or new. Of what happened to names since their directory was synced, either the
  /// last things are lost, or any. REQUIRES: the power is off, and no file is open.
  Loss Settle(std::mt19937_64* random);

  rocksdb::IOStatus Before(const FileOperation& operation, uint64_t* bytes) override;
  void After(const FileOperation& operation) override;

 private:
  struct Overwrite {
    uint64_t offset;
    std::string before;
  };
  struct Inode {
    /// Bytes from the start that are certain.
    uint64_t synced = 0;
    /// Since the last sync, in their order.
    std::vector<Overwrite> overwritten;
    bool is_directory = false;
  };
  /// What one call does to names: to these, at once. No inode: the name goes.
  using Names = std::vector<std::pair<std::string, std::optional<uint64_t>>>;

  [[nodiscard]] std::string InodePath(uint64_t inode) const;
  uint64_t NewInode(const std::string& path, bool is_directory);
  void Name(Names names);
  void MakeCertain(const std::string& path, std::optional<uint64_t> inode);
  void SyncNamesIn(const std::string& directory);
  void SyncNamesOf(uint64_t inode);
  [[nodiscard]] std::optional<uint64_t> Find(const std::string& path) const;
  void SettleBytes(const Inode& inode, const std::string& path, std::mt19937_64* random,
                   Loss* loss) const;
  [[nodiscard]] std::map<std::string, uint64_t> SettleNames(std::mt19937_64* random, Loss* loss);

  const std::string disk_;
  const std::string inodes_path_;
  mutable std::mutex mutex_;
  bool off_ = false;
  uint64_t syncs_ = 0;
  std::optional<uint64_t> cut_at_;
  std::vector<Inode> inodes_;
  std::map<uint64_t, uint64_t> open_;        // files to inodes
  std::map<uint64_t, uint64_t> syncing_;     // files to their sizes when the sync began
  std::map<std::string, uint64_t> names_;    // as they are
  std::map<std::string, uint64_t> certain_;  // as they are on the disk
  std::vector<Names> uncertain_;             // what the disk has not been told
};

}  // namespace reel::test

#include "tests/support/power_loss.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace reel::test {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kSectorBytes = 512;

std::string ReadAt(const std::string& path, uint64_t offset, uint64_t bytes) {
  std::string read(bytes, '\0');
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(read.data(), static_cast<std::streamsize>(bytes));
  read.resize(static_cast<size_t>(file.gcount()));
  return read;
}

void WriteAt(const std::string& path, uint64_t offset, const std::string& bytes) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(offset));
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file) {
    std::perror(path.c_str());
    std::abort();
  }
}

std::string Parent(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

// RocksDB joins names with more slashes than it needs.
std::string Normal(const std::string& path) {
  std::string normal = fs::path(path).lexically_normal().string();
  while (normal.size() > 1 && normal.back() == '/') {
    normal.pop_back();
  }
  return normal;
}

rocksdb::IOStatus NoPower() {
  return rocksdb::IOStatus::IOError("the power is off");
}

}  // namespace

PowerLoss::PowerLoss(std::string disk, std::string inodes)
    : disk_(Normal(disk)), inodes_path_(Normal(inodes)) {
  for (const auto& entry : fs::recursive_directory_iterator(disk_)) {
    const std::string path = entry.path().string();
    const uint64_t inode = NewInode(path, entry.is_directory());
    inodes_[inode].synced = entry.is_directory() ? 0 : entry.file_size();
    names_[path] = certain_[path] = inode;
  }
}

void PowerLoss::CutAt(uint64_t sync) {
  const std::lock_guard lock(mutex_);
  cut_at_ = sync;
}

void PowerLoss::Cut() {
  const std::lock_guard lock(mutex_);
  off_ = true;
}

bool PowerLoss::is_off() const {
  const std::lock_guard lock(mutex_);
  return off_;
}

uint64_t PowerLoss::syncs() const {
  const std::lock_guard lock(mutex_);
  return syncs_;
}

std::string PowerLoss::InodePath(uint64_t inode) const {
  return inodes_path_ + "/" + std::to_string(inode);
}

uint64_t PowerLoss::NewInode(const std::string& path, bool is_directory) {
  inodes_.push_back({});
  inodes_.back().is_directory = is_directory;
  if (!is_directory) {
    fs::create_hard_link(path, InodePath(inodes_.size() - 1));
  }
  return inodes_.size() - 1;
}

std::optional<uint64_t> PowerLoss::Find(const std::string& path) const {
  const auto found = names_.find(Normal(path));
  return found == names_.end() ? std::nullopt : std::optional(found->second);
}

void PowerLoss::Name(Names names) {
  for (auto& [path, inode] : names) {
    path = Normal(path);
    if (inode) {
      names_[path] = *inode;
    } else {
      names_.erase(path);
    }
  }
  uncertain_.push_back(std::move(names));
}

void PowerLoss::MakeCertain(const std::string& path, std::optional<uint64_t> inode) {
  if (inode) {
    certain_[path] = *inode;
  } else {
    certain_.erase(path);
  }
}

void PowerLoss::SyncNamesIn(const std::string& directory) {
  for (Names& names : uncertain_) {
    std::erase_if(names, [&](const auto& name) {
      if (Parent(name.first) != directory) {
        return false;
      }
      MakeCertain(name.first, name.second);
      return true;
    });
  }
  std::erase_if(uncertain_, [](const Names& names) { return names.empty(); });
}

void PowerLoss::SyncNamesOf(uint64_t inode) {
  for (size_t i = 0; i < uncertain_.size(); ++i) {
    const Names names = uncertain_[i];
    if (std::none_of(names.begin(), names.end(),
                     [&](const auto& name) { return name.second == inode; })) {
      continue;
    }
    for (const auto& [path, named] : names) {
      MakeCertain(path, named);
      // What happened to that name before is over too.
      for (size_t earlier = 0; earlier <= i; ++earlier) {
        std::erase_if(uncertain_[earlier], [&](const auto& name) { return name.first == path; });
      }
    }
  }
  std::erase_if(uncertain_, [](const Names& names) { return names.empty(); });
}

rocksdb::IOStatus PowerLoss::Before(const FileOperation& operation, uint64_t* /*bytes*/) {
  const std::lock_guard lock(mutex_);
  if (off_) {
    return NoPower();
  }
  switch (operation.call) {
    case FileCall::kSync:
    case FileCall::kSyncDirectory:
      if (++syncs_ == cut_at_) {
        off_ = true;
        return NoPower();
      }
      if (operation.call == FileCall::kSync) {
        syncing_[operation.file] = fs::file_size(InodePath(open_.at(operation.file)));
      }
      break;
    case FileCall::kCreate:
      // A file of that name keeps its bytes, should the disk keep the name.
      fs::remove(operation.path);
      break;
    case FileCall::kOverwrite:
    case FileCall::kTruncate: {
      const uint64_t inode = open_.at(operation.file);
      const uint64_t begin = operation.offset;
      const uint64_t end = operation.call == FileCall::kTruncate
                               ? std::max(begin, inodes_[inode].synced)
                               : begin + operation.bytes;
      if (end > begin) {
        inodes_[inode].overwritten.push_back({begin, ReadAt(InodePath(inode), begin, end - begin)});
      }
      break;
    }
    default:
      break;
  }
  return rocksdb::IOStatus::OK();
}

void PowerLoss::After(const FileOperation& operation) {
  const std::lock_guard lock(mutex_);
  switch (operation.call) {
    case FileCall::kCreate: {
      const uint64_t inode = NewInode(operation.path, /*is_directory=*/false);
      open_[operation.file] = inode;
      Name({{operation.path, inode}});
      break;
    }
    case FileCall::kReopen:
      open_[operation.file] = Find(operation.path).value();
      break;
    case FileCall::kClose:
      open_.erase(operation.file);
      break;
    case FileCall::kSync: {
      const uint64_t number = open_.at(operation.file);
      Inode& inode = inodes_[number];
      inode.synced = std::max(inode.synced, syncing_[operation.file]);
      inode.overwritten.clear();
      SyncNamesOf(number);
      break;
    }
    case FileCall::kSyncDirectory:
      SyncNamesIn(Normal(operation.path));
      break;
    case FileCall::kRename:
      if (const auto inode = Find(operation.path)) {
        Name({{operation.target, inode}, {operation.path, std::nullopt}});
      }
      break;
    case FileCall::kLink:
      Name({{operation.target, Find(operation.path)}});
      break;
    case FileCall::kDelete:
      Name({{operation.path, std::nullopt}});
      break;
    case FileCall::kMakeDirectory:
      if (!Find(operation.path)) {
        Name({{operation.path, NewInode(operation.path, /*is_directory=*/true)}});
      }
      break;
    default:
      break;
  }
}

void PowerLoss::SettleBytes(const Inode& inode, const std::string& path, std::mt19937_64* random,
                            Loss* loss) const {
  // The last first: what lay below is what comes back.
  for (size_t i = inode.overwritten.size(); i > 0; --i) {
    if ((*random)() % 2 == 0) {
      WriteAt(path, inode.overwritten[i - 1].offset, inode.overwritten[i - 1].before);
    }
  }
  const uint64_t size = fs::file_size(path);
  if (size <= inode.synced) {
    return;
  }
  const uint64_t unsynced = size - inode.synced;
  uint64_t end = size;
  switch ((*random)() % 6) {
    case 0:
      end = inode.synced;
      break;
    case 1:
    case 2:
      end = inode.synced + (*random)() % unsynced;
      break;
    case 3:
      end = std::max(inode.synced,
                     (inode.synced + (*random)() % unsynced) / kSectorBytes * kSectorBytes);
      break;
    default:
      break;
  }
  if (end < size) {
    fs::resize_file(path, end);
    ++loss->files_cut;
    loss->bytes_lost += size - end;
  }
  if ((*random)() % 4 != 0) {
    return;
  }
  // The length reached the disk, and not all that it counts: at least one sector is missing, since
  // what waits for a sync is often no longer than that.
  const uint64_t missing =
      end > inode.synced ? inode.synced + (*random)() % (end - inode.synced) : 0;
  for (uint64_t begin = inode.synced; begin < end;) {
    const uint64_t next = std::min(end, (begin / kSectorBytes + 1) * kSectorBytes);
    if ((*random)() % 4 == 0 || (begin <= missing && missing < next)) {
      WriteAt(path, begin, std::string(next - begin, '\0'));
      ++loss->sectors_zeroed;
    }
    begin = next;
  }
}

std::map<std::string, uint64_t> PowerLoss::SettleNames(std::mt19937_64* random, Loss* loss) {
  std::map<std::string, uint64_t> names = certain_;
  const bool in_order = (*random)() % 2 == 0;
  const size_t kept = (*random)() % (uncertain_.size() + 1);
  for (size_t i = 0; i < uncertain_.size(); ++i) {
    if (in_order ? i >= kept : (*random)() % 2 == 0) {
      ++loss->names_lost;
      continue;
    }
    for (const auto& [path, inode] : uncertain_[i]) {
      if (inode) {
        names[path] = *inode;
      } else {
        names.erase(path);
      }
    }
  }
  return names;
}

PowerLoss::Loss PowerLoss::Settle(std::mt19937_64* random) {
  const std::lock_guard lock(mutex_);
  Loss loss;
  const std::map<std::string, uint64_t> names = SettleNames(random, &loss);
  for (size_t i = 0; i < inodes_.size(); ++i) {
    if (!inodes_[i].is_directory) {
      SettleBytes(inodes_[i], InodePath(i), random, &loss);
    }
  }
  for (const auto& entry : fs::directory_iterator(disk_)) {
    fs::remove_all(entry.path());
  }
  // Directories come before what is in them.
  for (const auto& [path, inode] : names) {
    if (!fs::exists(Parent(path))) {
      continue;  // gone with its directory
    }
    if (inodes_[inode].is_directory) {
      fs::create_directory(path);
    } else {
      fs::create_hard_link(InodePath(inode), path);
    }
  }
  return loss;
}

}  // namespace reel::test

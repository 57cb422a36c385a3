// The part of the file system that hears of changes, and lets the kernel know.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "fuse/directory_stream.h"
#include "fuse/filesystem.h"

namespace reel::mount {
namespace {

// The file system for which this thread serves a request that changes names.
thread_local const Filesystem* serving = nullptr;

}  // namespace

Filesystem::KernelRequest::KernelRequest(const Filesystem* filesystem)
    : before_(std::exchange(serving, filesystem)) {}

Filesystem::KernelRequest::~KernelRequest() {
  serving = before_;
}

void Filesystem::Follow(KernelCache* kernel) {
  kernel_ = kernel;
  queue_ = std::make_unique<ChangeQueue>(
      [this](const std::optional<HeardChange>& heard) { heard ? Apply(*heard) : ApplyAll(); });
  subscription_ =
      library_.Subscribe([this](std::span<const Change> changes) { OnChanges(changes); });
  // Only now: what changed before was told to nobody.
  listings_.SpoilAll();
  is_following_ = true;
}

void Filesystem::Unfollow() {
  is_following_ = false;
  subscription_.reset();
  queue_.reset();
}

void Filesystem::OnChanges(std::span<const Change> changes) {
  for (const Change& change : changes) {
    if (change.key.empty()) {
      listings_.SpoilAll();
      times_.NoteAll(clock_.NowSeconds());
      queue_->Add(std::nullopt);
    } else if (tree_.Contains(change.key)) {
      if (change.old_generation != change.new_generation) {
        NoteNames(tree_.TailOf(change.key));
      }
      queue_->Add(HeardChange{change, serving == this});
    }
  }
}

void Filesystem::NoteNames(std::string_view tail) {
  const std::string plain = ParentPath(KeyToPath(tail, /*also_directory=*/false));
  NoteNameIn(plain);
  // Only a long name may have another parent when a directory is beside it.
  if (std::string marked = ParentPath(KeyToPath(tail, /*also_directory=*/true)); marked != plain) {
    NoteNameIn(std::move(marked));
  }
}

void Filesystem::NoteNameIn(std::string path) {
  times_.Note(path, clock_.NowSeconds());
  // Further up too: this may have been the first name below, or the last.
  Directory directory;
  for (directory.path = std::move(path);; directory.path = ParentPath(directory.path)) {
    listings_.Spoil(inodes_.NumberOf(directory));
    if (directory.path.empty()) {
      return;
    }
  }
}

void Filesystem::Apply(const HeardChange& heard) {
  const Change& change = heard.change;
  if (change.old_generation == change.new_generation) {
    ApplyUpdate(change);
    return;
  }
  const std::string_view tail = tree_.TailOf(change.key);
  if (!heard.by_kernel) {
    DropNames(tail);
  }
  // After the names: a lookup that was under way has put its attributes there by then.
  if (change.old_generation != 0) {
    // Of a file that is open (I7), or that was only renamed, the bytes are still read.
    DropFile(change.old_generation, /*bytes_too=*/!heard.by_kernel);
  }
  if (change.old_generation == 0 || change.new_generation == 0) {
    ApplyToParents(tail, change.new_generation != 0);
  }
}

void Filesystem::ApplyUpdate(const Change& change) {
  const auto info = library_.Stat(change.key);
  if (info.ok() && info->generation == change.new_generation) {
    const FileRecord record = FileRecord::Of(*info);
    const auto known = inodes_.Find(inodes_.NumberOf(record));
    const auto* before = known ? std::get_if<FileRecord>(known.get()) : nullptr;
    inodes_.Refresh(record);
    // The name was to be believed up to the end that was known before.
    if (record.expires &&
        (before == nullptr || record.expires < before->expires.value_or(*record.expires + 1))) {
      NoteNames(tree_.TailOf(change.key));
      DropNames(tree_.TailOf(change.key));
    }
  }
  DropFile(change.new_generation, /*bytes_too=*/false);
}

void Filesystem::ApplyAll() {
  listings_.SpoilAll();
  times_.NoteAll(clock_.NowSeconds());
  for (const FileRecord& file : inodes_.Files()) {
    DropNames(tree_.TailOf(file.key));
    DropFile(file.generation, /*bytes_too=*/true);
  }
}

void Filesystem::ApplyToParents(std::string_view tail, bool came) {
  std::string path = ParentPath(KeyToPath(tail, /*also_directory=*/false));
  // Up to the first directory that has other names, or that mkdir made.
  for (; !path.empty() && !made_.Contains(path); path = ParentPath(path)) {
    const auto directory = PathToDirectory(path);
    if (!directory || CountRows(*directory, 2) != (came ? 1 : 0)) {
      return;
    }
    times_.Note(ParentPath(path), clock_.NowSeconds());
    std::string_view file_tail = directory->tail_prefix;
    if (file_tail.ends_with('/')) {
      // A video with that key has another name while there is a directory beside it.
      file_tail.remove_suffix(1);
      if (library_.Stat(tree_.KeyOf(file_tail)).ok()) {
        DropNames(file_tail);
      }
    }
  }
}

size_t Filesystem::CountRows(const Directory& directory, size_t most) const {
  DirectoryStream stream(tree_, directory, 2);
  size_t count = 0;
  while (count < most) {
    const auto row = stream.At(count);
    if (!row.ok() || *row == nullptr) {
      break;
    }
    ++count;
  }
  return count;
}

void Filesystem::DropNames(std::string_view tail) {
  for (const bool also_directory : {false, true}) {
    const std::string path = KeyToPath(tail, also_directory);
    Directory parent;
    parent.path = ParentPath(path);
    const uint64_t number = inodes_.NumberOf(parent);
    // What the kernel does not know it has no names in, and looks up none.
    if (inodes_.Find(number) != nullptr) {
      const size_t begin = parent.path.empty() ? 0 : parent.path.size() + 1;
      kernel_->DropEntry(number, path.substr(begin));
    }
  }
}

void Filesystem::DropFile(uint64_t generation, bool bytes_too) {
  FileRecord record;
  record.generation = generation;
  const uint64_t number = inodes_.NumberOf(record);
  kernel_->DropInode(number, bytes_too && !IsOpen(number));
}

}  // namespace reel::mount

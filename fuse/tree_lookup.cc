#include "fuse/tree_lookup.h"

#include <utility>

#include "fuse/directory_stream.h"

namespace reel::mount {
namespace {

constexpr uint32_t kRowsForFirst = 64;

}  // namespace

Result<bool> HasVideos(const KeyTree& tree, const Directory& directory) {
  if (tree.KeyOf(directory.tail_prefix).size() > kKeyBytesMax) {
    return false;
  }
  if (directory.tail_prefix.empty() || directory.tail_prefix.ends_with('/')) {
    return tree.HasTails(directory.tail_prefix);
  }
  DirectoryStream stream(tree, directory, kRowsForFirst);
  const auto first = stream.At(0);
  if (!first.ok()) {
    return first.status();
  }
  return *first != nullptr;
}

Result<bool> Exists(const KeyTree& tree, const MadeDirectories& made, const Directory& directory) {
  if (directory.path.empty() || made.Contains(directory.path)) {
    return true;
  }
  return HasVideos(tree, directory);
}

Result<std::optional<Inode>> FindPath(const KeyTree& tree, const MadeDirectories& made,
                                      const std::string& path) {
  const std::optional<Inode> nothing;
  if (auto directory = PathToDirectory(path)) {
    const auto exists = Exists(tree, made, *directory);
    if (!exists.ok()) {
      return exists.status();
    }
    if (*exists) {
      return std::optional<Inode>(*std::move(directory));
    }
  }
  const auto file = PathToKey(path);
  if (!file) {
    return nothing;
  }
  if (file->also_directory) {
    const auto exists = Exists(tree, made, DirectoryOf(file->tail));
    if (!exists.ok()) {
      return exists.status();
    }
    if (!*exists) {
      return nothing;
    }
  }
  if (tree.KeyOf(file->tail).size() > kKeyBytesMax) {
    return nothing;
  }
  const auto info = tree.Stat(file->tail);
  if (info.ok()) {
    return std::optional<Inode>(FileRecord::Of(*info));
  }
  // A name that cannot be a key names nothing, and that is no fault of the store.
  if (info.code() == Code::kNotFound || info.code() == Code::kInvalidArgument) {
    return nothing;
  }
  return info.status();
}

}  // namespace reel::mount

// The part of the file system that answers for extended attributes.
#include <sys/xattr.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "fuse/filesystem.h"
#include "fuse/video_xattrs.h"

namespace reel::mount {

int Filesystem::FindVideo(uint64_t inode, std::optional<VideoInfo>* out) const {
  out->reset();
  const auto found = inodes_.Find(inode);
  if (found == nullptr) {
    return ESTALE;
  }
  const auto* record = std::get_if<FileRecord>(found.get());
  if (record == nullptr) {
    return 0;
  }
  auto info = library_.Stat(record->key);
  if (!info.ok()) {
    return Fail(info.status());
  }
  if (info->generation != record->generation) {
    return ESTALE;
  }
  *out = *std::move(info);
  return 0;
}

int Filesystem::ListXattrs(uint64_t inode, std::string* out) const {
  out->clear();
  std::optional<VideoInfo> info;
  if (const int error = FindVideo(inode, &info); error != 0 || !info) {
    return error;
  }
  for (const std::string_view name : XattrNames(*info)) {
    out->append(name);
    out->push_back('\0');
  }
  return 0;
}

int Filesystem::GetXattr(uint64_t inode, std::string_view name, std::string* out) const {
  if (!name.starts_with(kXattrPrefix)) {
    return ENODATA;
  }
  std::optional<VideoInfo> info;
  if (const int error = FindVideo(inode, &info); error != 0) {
    return error;
  }
  auto value = info ? XattrValue(*info, name, clock_.NowSeconds()) : std::nullopt;
  if (!value) {
    return ENODATA;
  }
  *out = *std::move(value);
  return 0;
}

int Filesystem::SetXattr(uint64_t inode, std::string_view name, std::string_view value, int flags) {
  if (options_.read_only) {
    return EROFS;
  }
  if (!name.starts_with(kXattrPrefix)) {
    return EOPNOTSUPP;
  }
  std::optional<VideoInfo> info;
  if (const int error = FindVideo(inode, &info); error != 0) {
    return error;
  }
  if (!info || (name != kTtlXattr && name != kTagsXattr)) {
    return EPERM;
  }
  const bool is_there = name == kTagsXattr || info->expires;
  if ((flags & XATTR_CREATE) != 0 && is_there) {
    return EEXIST;
  }
  if ((flags & XATTR_REPLACE) != 0 && !is_there) {
    return ENODATA;
  }
  if (name == kTagsXattr) {
    return SetTags(*info, ParseTags(value));
  }
  const auto ttl = ParseTtl(value);
  return ttl ? SetTtl(*info, *ttl == 0 ? std::nullopt : ttl) : EINVAL;
}

int Filesystem::RemoveXattr(uint64_t inode, std::string_view name) {
  if (options_.read_only) {
    return EROFS;
  }
  std::optional<VideoInfo> info;
  if (const int error = FindVideo(inode, &info); error != 0) {
    return error;
  }
  if (!info || !XattrValue(*info, name, clock_.NowSeconds())) {
    return ENODATA;
  }
  if (name == kTagsXattr) {
    return SetTags(*info, {});
  }
  return name == kTtlXattr ? SetTtl(*info, std::nullopt) : EPERM;
}

int Filesystem::SetTags(const VideoInfo& info, std::vector<std::string> tags) {
  const auto updated = library_.Update(info.key, {.tags = std::move(tags)});
  if (!updated.ok() && updated.code() == Code::kTooLarge) {
    return ENOSPC;  // what setxattr(2) says when a value does not fit
  }
  return updated.ok() ? 0 : Fail(updated.status());
}

int Filesystem::SetTtl(const VideoInfo& info, std::optional<int64_t> ttl) {
  const Status touched = library_.Touch(info.key, ttl);
  return touched.ok() ? 0 : Fail(touched);
}

}  // namespace reel::mount

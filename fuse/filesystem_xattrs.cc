// The part of the file system that answers for extended attributes.
#include <sys/xattr.h>

#include <cerrno>
#include <optional>
#include <string>
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
  if (!info || name != kTtlXattr) {
    return EPERM;
  }
  if ((flags & XATTR_CREATE) != 0 && info->expires) {
    return EEXIST;
  }
  if ((flags & XATTR_REPLACE) != 0 && !info->expires) {
    return ENODATA;
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
  return name == kTtlXattr ? SetTtl(*info, std::nullopt) : EPERM;
}

int Filesystem::SetTtl(const VideoInfo& info, std::optional<int64_t> ttl) {
  const Status touched = library_.Touch(info.key, ttl);
  return touched.ok() ? 0 : Fail(touched);
}

}  // namespace reel::mount

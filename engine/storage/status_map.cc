#include "storage/status_map.h"

#include <array>
#include <cerrno>
#include <cstring>

namespace reel {
namespace {

struct ErrnoRow {
  int error;
  Code code;
  std::string_view remedy;
};

// RocksDB keeps of most errnos only the system's text.
constexpr std::array<ErrnoRow, 5> kErrnos = {{
    {ENOSPC, Code::kNoSpace, "free some space and try again"},
    {EDQUOT, Code::kNoSpace, "raise the quota or free some space and try again"},
    {EROFS, Code::kReadOnly, "remount the file system for writing"},
    {EACCES, Code::kReadOnly, "change its owner or permissions"},
    {EPERM, Code::kReadOnly, "change its owner or permissions"},
}};

}  // namespace

bool IsFullDisk(const rocksdb::Status& status) {
  return status.IsNoSpace() || status.subcode() == rocksdb::Status::SubCode::kSpaceLimit;
}

Status FromRocks(const rocksdb::Status& status) {
  if (status.ok()) {
    return Status::Ok();
  }
  const std::string text = status.ToString();
  if (status.IsNotFound()) {
    return {Code::kNotFound, text};
  }
  if (status.IsCorruption()) {
    return {Code::kCorruption, text};
  }
  if (IsFullDisk(status) && text.find(std::strerror(EDQUOT)) == std::string::npos) {
    return {Code::kNoSpace, "the disk is full (free some space and try again)"};
  }
  for (const ErrnoRow& row : kErrnos) {
    if (text.find(std::strerror(row.error)) != std::string::npos) {
      return {row.code, text + " (" + std::string(row.remedy) + ")"};
    }
  }
  if (status.IsNotSupported()) {
    return {Code::kUnsupported, text};
  }
  return {Code::kIoError, text};
}

}  // namespace reel

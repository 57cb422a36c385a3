#include "fuse/errno_map.h"

#include <cerrno>

namespace reel::mount {

int ErrnoOf(Code code) {
  switch (code) {
    case Code::kOk:
      return 0;
    case Code::kNotFound:
      return ENOENT;
    case Code::kInvalidArgument:
    case Code::kOutOfRange:
      return EINVAL;
    case Code::kTooLarge:
      return EFBIG;
    case Code::kConflict:
      return EEXIST;
    case Code::kCorruption:
    case Code::kIoError:
      return EIO;
    case Code::kBusy:
      return EBUSY;
    case Code::kNoSpace:
      return ENOSPC;
    case Code::kReadOnly:
      return EROFS;
    case Code::kUnsupported:
      return EOPNOTSUPP;
    case Code::kAborted:
      return EINTR;
    case Code::kTimedOut:
      return ETIMEDOUT;
  }
  return EIO;
}

}  // namespace reel::mount

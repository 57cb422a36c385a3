#include "tests/support/faulty_files.h"

#include <array>

namespace reel::test {
namespace {

bool NeedsSpace(FileCall call) {
  switch (call) {
    case FileCall::kCreate:
    case FileCall::kAppend:
    case FileCall::kSync:
    case FileCall::kSyncDirectory:
    case FileCall::kClose:
    case FileCall::kRename:
    case FileCall::kLink:
    case FileCall::kMakeDirectory:
      return true;
    default:
      return false;
  }
}

bool CanStrike(const FileFault& fault, const FileOperation& operation) {
  const FileCall call = operation.call;
  if (call == FileCall::kRead && !fault.unread_below.empty() &&
      operation.path.starts_with(fault.unread_below)) {
    return false;
  }
  return (!fault.call || *fault.call == call) &&
         (fault.kind == FileFault::Kind::kIoError ||
          (fault.kind == FileFault::Kind::kNoSpace && NeedsSpace(call)) ||
          (fault.kind == FileFault::Kind::kShortWrite && call == FileCall::kAppend));
}

std::string Describe(const FileOperation& operation) {
  constexpr std::array kNames = {"open",     "create", "reopen",
                                 "read",     "append", "overwrite",
                                 "truncate", "sync",   "sync of directory",
                                 "close",    "rename", "link",
                                 "delete",   "mkdir",  "look at"};
  return std::string(kNames[static_cast<size_t>(operation.call)]) + " " + operation.path;
}

}  // namespace

void FaultyFiles::Arm(const FileFault& fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
  met_ = 0;
  struck_.clear();
}

void FaultyFiles::Disarm() {
  const std::lock_guard lock(mutex_);
  fault_.reset();
}

std::string FaultyFiles::struck() const {
  const std::lock_guard lock(mutex_);
  return struck_;
}

rocksdb::IOStatus FaultyFiles::Before(const FileOperation& operation, uint64_t* bytes) {
  const std::lock_guard lock(mutex_);
  if (!fault_ || !CanStrike(*fault_, operation)) {
    return rocksdb::IOStatus::OK();
  }
  ++met_;
  if (met_ < fault_->nth || (met_ > fault_->nth && !fault_->lasting)) {
    return rocksdb::IOStatus::OK();
  }
  if (struck_.empty()) {
    struck_ = Describe(operation);
  }
  if (fault_->kind == FileFault::Kind::kIoError) {
    return rocksdb::IOStatus::IOError("While a test looks: " + operation.path,
                                      "Input/output error");
  }
  if (fault_->kind == FileFault::Kind::kShortWrite) {
    *bytes = operation.bytes / 2;
  }
  // As RocksDB's own file system marks it.
  auto full = rocksdb::IOStatus::NoSpace("While a test looks: " + operation.path,
                                         "No space left on device");
  full.SetRetryable(true);
  return full;
}

}  // namespace reel::test

// What an operation came to: a code from a small closed set, and a sentence for a person.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace reel {

enum class Code : unsigned char {
  kOk = 0,
  kNotFound,         // no such key, namespace or store
  kInvalidArgument,  // the request itself is wrong; repeating it cannot help
  kTooLarge,         // over a limit: key, metadata, value, chunk count
  kOutOfRange,       // a byte range that the video does not have
  kConflict,         // the key belongs to something else
  kCorruption,       // stored bytes are not what was written
  kBusy,             // owned by another process
  kNoSpace,          // the disk is full
  kReadOnly,         // the file system or a permission forbids writing
  kUnsupported,      // a newer format, or a feature this build does not have
  kIoError,          // any other failure of the system below
  kAborted,          // stopped on request
  kTimedOut,         // took longer than it may
};

/// The code's name, as it appears in logs ("not found").
std::string_view CodeName(Code code);

/// A code and, unless ok, a message that says what failed, why, and in parentheses what to do.
/// Cheap to move; not thread-safe for concurrent writes.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  static Status Ok() { return {}; }

  [[nodiscard]] bool ok() const { return code_ == Code::kOk; }
  [[nodiscard]] Code code() const { return code_; }
  [[nodiscard]] const std::string& message() const { return message_; }

  /// The same code with `context` and ": " before the message; ok stays ok.
  [[nodiscard]] Status WithContext(std::string_view context) const;

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

/// A value, or the status that says why there is none. REQUIRES ok() before value access.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}                                  // NOLINT
  Result(Status status) : status_(std::move(status)) { assert(!status_.ok()); }  // NOLINT
  Result(Code code, std::string message) : status_(code, std::move(message)) {}

  [[nodiscard]] bool ok() const { return status_.ok(); }
  [[nodiscard]] const Status& status() const { return status_; }
  [[nodiscard]] Code code() const { return status_.code(); }

  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return *std::move(value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  Status status_;
  std::optional<T> value_;
};

}  // namespace reel

/// Returns from the enclosing function when `expr`, a Status, is not ok.
#define REEL_RETURN_IF_ERROR(expr)                                    \
  do {                                                                \
    if (::reel::Status reel_returned = (expr); !reel_returned.ok()) { \
      return reel_returned;                                           \
    }                                                                 \
  } while (false)

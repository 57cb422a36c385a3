#include "tools/system_error.h"

#include <cerrno>
#include <string>
#include <system_error>

namespace reel::cli {
namespace {

struct Advice {
  Code code;
  std::string_view what_to_do;
};

Advice AdviceFor(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
      return {Code::kNotFound, " (check the name)"};
    case EACCES:
    case EPERM:
      return {Code::kReadOnly, " (change its owner or permissions)"};
    case EROFS:
      return {Code::kReadOnly, " (choose a place that can be written to)"};
    case EISDIR:
      return {Code::kIoError, " (name a file)"};
    case ENOSPC:
    case EDQUOT:
      return {Code::kNoSpace, " (free some space and try again)"};
    case EPIPE:
      return {Code::kIoError, " (its reader went away)"};
    default:
      return {Code::kIoError, ""};
  }
}

}  // namespace

Status SystemError(std::string_view what, int error) {
  const Advice advice = AdviceFor(error);
  return {advice.code, std::string(what) + ": " + std::generic_category().message(error) +
                           std::string(advice.what_to_do)};
}

}  // namespace reel::cli

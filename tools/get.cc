#include <reel/byte_range.h>

#include <string>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/copy.h"
#include "tools/exit_status.h"
#include "tools/keys.h"
#include "tools/target.h"

namespace reel::cli {
namespace {

// No range of a video that could exist is wrong, only what is no range at all.
Status CheckRangeText(const std::string& text) {
  const auto range = ResolveByteRange(text, UINT64_MAX);
  return range.code() == Code::kInvalidArgument ? range.status() : Status::Ok();
}

Status Get(const CommandLine& line) {
  const std::string& key = line.operands().front();
  REEL_RETURN_IF_ERROR(CheckKey(key));
  const auto range_text = line.Text(FlagId::kRange);
  if (range_text) {
    REEL_RETURN_IF_ERROR(CheckRangeText(*range_text));
  }
  auto context = Context::Open(line, Missing::kIsAnError);
  if (!context.ok()) {
    return context.status();
  }
  const auto reader = context->library().Open(key);
  if (!reader.ok()) {
    return reader.status();
  }
  ByteRange range{0, (*reader)->info().size};
  if (range_text) {
    const auto resolved = ResolveByteRange(*range_text, range.length);
    if (!resolved.ok()) {
      return resolved.status();
    }
    range = *resolved;
  }
  auto target = Target::Open(line.Text(FlagId::kOutput).value_or("-"));
  if (!target.ok()) {
    return target.status();
  }
  return CopyTo(&*target, range, [&](uint64_t offset, uint64_t length, BorrowedBytes* bytes) {
    return (*reader)->Borrow(offset, length, bytes);
  });
}

}  // namespace

int RunGet(const CommandLine& line) {
  return Report(Get(line).WithContext("get " + line.operands().front()));
}

}  // namespace reel::cli

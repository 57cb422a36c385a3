#include <reel/byte_range.h>
#include <reel/video.h>

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/exit_status.h"
#include "tools/keys.h"
#include "tools/progress.h"
#include "tools/target.h"

namespace reel::cli {
namespace {

// No range of a video that could exist is wrong, only what is no range at all.
Status CheckRangeText(const std::string& text) {
  const auto range = ResolveByteRange(text, UINT64_MAX);
  return range.code() == Code::kInvalidArgument ? range.status() : Status::Ok();
}

// Writes the range and shows progress. kAborted when interrupted.
Status StreamTo(const Session& session, Output* output, const VideoReader& reader, ByteRange range,
                std::vector<FilledRange>* filled) {
  Progress progress(session, range.length);
  Status written;
  StreamResult sent = reader.Stream(range, [&](std::span<const std::string_view> slices) {
    written = session.Interrupted() ? Status(Code::kAborted, "interrupted") : output->Write(slices);
    for (const std::string_view slice : slices) {
      progress.Add(slice.size());
    }
    return written.ok();
  });
  *filled = std::move(sent.filled);
  return written.ok() ? sent.status : written;
}

void TellFilled(const Session& session, const std::string& key,
                const std::vector<FilledRange>& filled) {
  for (const FilledRange& one : filled) {
    Warn(session, "get " + key + ": bytes " + std::to_string(one.range.offset) + " to " +
                      std::to_string(one.range.offset + one.range.length - 1) +
                      " are zeros: " + one.why.message());
  }
}

Status Get(const Session& session, const CommandLine& line) {
  const std::string& key = line.operands().front();
  REEL_RETURN_IF_ERROR(CheckKey(key));
  const auto range_text = line.Text(FlagId::kRange);
  if (range_text) {
    REEL_RETURN_IF_ERROR(CheckRangeText(*range_text));
  }
  auto context = Context::Open(session, line, Missing::kIsAnError);
  if (!context.ok()) {
    return context.status();
  }
  const auto reader = context->library().Open(
      key, {.policy = line.Has(FlagId::kDegrade) ? FaultPolicy::kDegrade : FaultPolicy::kStrict});
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
  auto target = Target::Open(session, line.Text(FlagId::kOutput).value_or("-"));
  if (!target.ok()) {
    return target.status();
  }
  std::vector<FilledRange> filled;
  const Status finished =
      target->Finish(StreamTo(session, &target->output(), **reader, range, &filled));
  // Also of a failure behind them: whoever reads standard output has the zeros by now.
  if (target->IsVisible()) {
    TellFilled(session, key, filled);
  }
  REEL_RETURN_IF_ERROR(finished);
  return filled.empty()
             ? Status::Ok()
             : Status(Code::kCorruption, std::to_string(filled.size()) +
                                             (filled.size() == 1 ? " chunk was" : " chunks were") +
                                             " filled with zeros (store this video again)");
}

}  // namespace

int RunGet(const Session& session, const CommandLine& line) {
  return Report(session, Get(session, line).WithContext("get " + line.operands().front()));
}

}  // namespace reel::cli

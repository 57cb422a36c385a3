// What a scrub tells, as people and scripts read it. docs/commands.md has the fields of its JSON.
#pragma once

#include <reel/scrub.h>

#include <chrono>
#include <string>

namespace reel::cli {

/// A line without its end: "damaged: page, videos:video:a.mp4, chunk 3, …: why (what to do)".
std::string ToText(const ScrubFinding& finding);
std::string ToJson(const ScrubFinding& finding);

/// Of a run that began when `done_before` bytes were done.
std::string ToJson(const ScrubProgress& progress, uint64_t done_before,
                   std::chrono::milliseconds elapsed);

/// How long a scrub took, and whether another had done a part of it.
struct ScrubRunTime {
  std::chrono::milliseconds elapsed{};
  bool resumed = false;
};

/// Lines.
std::string ToText(const ScrubSummary& summary, const ScrubRunTime& time);
std::string ToJson(const ScrubSummary& summary, const ScrubRunTime& time);

/// A row of `ls --damaged` with its line end: "video:a.mp4  0-16383,49152-65535".
std::string ToRow(const DamagedVideo& video);
std::string ToJson(const DamagedVideo& video);

}  // namespace reel::cli

#include "tools/scrub_report.h"

#include <reel/json.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "tools/layout.h"
#include "tools/terminal_text.h"
#include "tools/units.h"

namespace reel::cli {
namespace {

constexpr size_t kBytesWidth = 20;
constexpr size_t kSizeWidth = 10;
constexpr int64_t kMillisPerSecond = 1000;

// Both ends included, as `get --range` takes them.
std::string RangeText(uint64_t offset, uint64_t length, std::string_view between) {
  return std::to_string(offset) + std::string(between) + std::to_string(offset + length - 1);
}

std::string PlaceOf(const ScrubFinding& finding) {
  std::string place;
  const auto add = [&](const std::string& more) { place += ", " + more; };
  if (!finding.key.empty()) {
    add((finding.namespace_name.empty() ? "" : finding.namespace_name + ":") + finding.key);
  }
  if (finding.chunk) {
    add("chunk " + std::to_string(*finding.chunk));
  }
  if (finding.offset && finding.length > 0) {
    add("bytes " + RangeText(*finding.offset, finding.length, " to ") +
        (finding.in_manifest ? " of its manifest" : ""));
  }
  if (finding.page) {
    add("page " +
        (finding.pages > 1 ? RangeText(*finding.page, finding.pages, " to ")
                           : std::to_string(*finding.page)) +
        (finding.extent ? " of extent " + std::to_string(*finding.extent) : ""));
  }
  if (!finding.file.empty()) {
    add(finding.file);
  }
  return place;
}

// What was to be done is done.
std::string_view WithoutRemedy(std::string_view message) {
  return message.ends_with(')') ? message.substr(0, message.rfind(" (")) : message;
}

template <typename Number>
std::string NumberOrNull(const std::optional<Number>& number) {
  return number ? std::to_string(*number) : "";
}

uint64_t PerSecond(uint64_t bytes, std::chrono::milliseconds elapsed) {
  const auto millis = static_cast<double>(std::max<int64_t>(1, elapsed.count()));
  return static_cast<uint64_t>(static_cast<double>(bytes) * kMillisPerSecond / millis);
}

std::string Headline(const ScrubSummary& summary, uint64_t remaining) {
  const std::string findings = Counted(summary.findings, "finding");
  const std::string repaired = std::to_string(summary.repaired) + " repaired";
  if (!summary.finished) {
    return "stopped: " + findings + " so far, " + repaired;
  }
  if (remaining > 0) {
    return "damaged: " + findings + ", " + repaired + ", " + std::to_string(remaining) +
           (remaining == 1 ? " remains" : " remain");
  }
  if (summary.findings > 0) {
    return "clean: " + findings + ", all repaired";
  }
  const bool of_all = summary.accounts && summary.accounts->not_verified == 0;
  return of_all ? "clean: nothing is damaged" : "clean: nothing of what was read is damaged";
}

std::array<std::pair<const char*, uint64_t>, 6> RowsOf(const ScrubAccounts& accounts) {
  return {{{"verified", accounts.verified},
           {"verified earlier", accounts.verified_earlier},
           {"not verified", accounts.not_verified},
           {"garbage", accounts.garbage},
           {"newer than the scrub", accounts.newer},
           {"logs, locks and settings", accounts.other}}};
}

std::string AccountRow(uint64_t bytes, const std::string& what) {
  return RightAligned(std::to_string(bytes), kBytesWidth) + "  " +
         RightAligned(FormatSize(bytes), kSizeWidth) + "  " + what + "\n";
}

std::string ToText(const ScrubAccounts& accounts) {
  std::string out = NamedLine("bytes", "on disk, in files of the store's directory");
  for (const auto& [what, bytes] : RowsOf(accounts)) {
    out += bytes > 0 ? AccountRow(bytes, what) : "";
  }
  return out + AccountRow(accounts.total, "in all");
}

std::string ToJson(const ScrubAccounts& accounts) {
  return JsonObject()
      .Add("verified", accounts.verified)
      .Add("verifiedEarlier", accounts.verified_earlier)
      .Add("notVerified", accounts.not_verified)
      .Add("garbage", accounts.garbage)
      .Add("newer", accounts.newer)
      .Add("other", accounts.other)
      .Add("total", accounts.total)
      .ToString();
}

}  // namespace

std::string ToText(const ScrubFinding& finding) {
  const std::string_view message =
      finding.repaired ? WithoutRemedy(finding.message) : finding.message;
  return EscapeControls((finding.repaired ? "repaired: " : "damaged: ") +
                        std::string(FindingKindName(finding.kind)) + PlaceOf(finding) + ": " +
                        std::string(message));
}

std::string ToJson(const ScrubFinding& finding) {
  return JsonObject()
      .Add("event", "finding")
      .Add("kind", FindingKindName(finding.kind))
      .AddRaw("invariant", finding.invariant == 0 ? "" : std::to_string(finding.invariant))
      .Add("namespace", finding.namespace_name)
      .Add("key", finding.key)
      .AddRaw("chunk", NumberOrNull(finding.chunk))
      .AddRaw("extent", NumberOrNull(finding.extent))
      .AddRaw("page", NumberOrNull(finding.page))
      .Add("pages", uint64_t{finding.pages})
      .AddRaw("offset", NumberOrNull(finding.offset))
      .Add("length", finding.length)
      .Add("inManifest", finding.in_manifest)
      .Add("file", finding.file)
      .Add("message", finding.message)
      .Add("repaired", finding.repaired)
      .ToString();
}

std::string ToJson(const ScrubProgress& progress, uint64_t done_before,
                   std::chrono::milliseconds elapsed) {
  const uint64_t rate = PerSecond(progress.done_bytes - done_before, elapsed);
  const uint64_t left = progress.total_bytes - std::min(progress.done_bytes, progress.total_bytes);
  const bool known = progress.total_bytes > 0;
  return JsonObject()
      .Add("event", "progress")
      .Add("doneBytes", progress.done_bytes)
      .AddRaw("totalBytes", known ? std::to_string(progress.total_bytes) : "")
      .Add("videos", progress.videos)
      .Add("findings", progress.findings)
      .Add("bytesPerSecond", rate)
      .AddRaw("secondsLeft", known && rate > 0 ? std::to_string(left / rate) : "")
      .ToString();
}

std::string ToText(const ScrubSummary& summary, const ScrubRunTime& time) {
  const uint64_t remaining = summary.findings - summary.repaired;
  const auto seconds = static_cast<uint64_t>(time.elapsed.count() / kMillisPerSecond);
  std::string out = Headline(summary, remaining) + "\n";
  out += NamedLine("checked", std::to_string(summary.entries) +
                                  (summary.entries == 1 ? " entry, " : " entries, ") +
                                  Counted(summary.videos, "video") + ", " +
                                  FormatSize(summary.value_bytes) + " of values");
  // What another run read did not take this one any time.
  out += NamedLine(
      "time",
      FormatSeconds(seconds) +
          (time.resumed ? " since it went on"
                        : ", " + FormatSize(PerSecond(summary.value_bytes, time.elapsed)) + "/s"));
  if (summary.accounts) {
    out += ToText(*summary.accounts);
  }
  if (summary.repaired_pages > 0) {
    out += NamedLine("pages", std::to_string(summary.repaired_pages) +
                                  " damaged where they were written first, and repaired earlier");
  }
  if (summary.rereads > 0) {
    out += NamedLine("rereads", std::to_string(summary.rereads) +
                                    " (reads that failed once and then did not: look at the disk)");
  }
  if (remaining > 0) {
    out += NamedLine("next",
                     "what each finding says in parentheses; reel ls --damaged has the videos");
  }
  return out;
}

std::string ToJson(const ScrubSummary& summary, const ScrubRunTime& time) {
  return JsonObject()
      .Add("event", "summary")
      .Add("finished", summary.finished)
      .Add("resumed", time.resumed)
      .Add("started", std::optional<int64_t>(summary.started))
      .Add("milliseconds", static_cast<uint64_t>(time.elapsed.count()))
      .Add("entries", summary.entries)
      .Add("videos", summary.videos)
      .Add("valueBytes", summary.value_bytes)
      .Add("findings", summary.findings)
      .Add("repaired", summary.repaired)
      .Add("remaining", summary.findings - summary.repaired)
      .Add("repairedPages", summary.repaired_pages)
      .Add("rereads", summary.rereads)
      .AddRaw("accounts", summary.accounts ? ToJson(*summary.accounts) : "")
      .ToString();
}

std::string ToRow(const DamagedVideo& video) {
  std::string ranges;
  for (const DamagedVideo::Range& range : video.ranges) {
    ranges += (ranges.empty() ? "" : ",") + RangeText(range.offset, range.length, "-");
  }
  return EscapeControls(video.key) + "  " + ranges + "\n";
}

std::string ToJson(const DamagedVideo& video) {
  std::string ranges;
  for (const DamagedVideo::Range& range : video.ranges) {
    ranges += (ranges.empty() ? "" : ",") +
              JsonObject().Add("offset", range.offset).Add("length", range.length).ToString();
  }
  return JsonObject().Add("key", video.key).AddRaw("ranges", "[" + ranges + "]").ToString();
}

}  // namespace reel::cli

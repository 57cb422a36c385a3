#include <reel/scrub.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/exit_status.h"
#include "tools/keys.h"
#include "tools/output.h"
#include "tools/progress.h"
#include "tools/repair_source.h"
#include "tools/scrub_report.h"
#include "tools/served_files.h"
#include "tools/units.h"

namespace reel::cli {
namespace {

using Clock = std::chrono::steady_clock;

// Of a scrub that could not run, or was not finished: 1 is for what it found.
constexpr int kNoAnswer = 2;

std::chrono::milliseconds Since(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
}

// Prints what a scrub finds as it is found, and shows how far it is.
class Reporter final : public ScrubObserver {
 public:
  Reporter(const Session& session, bool json)
      : session_(session),
        json_(json),
        output_(Output::Standard(session)),
        progress_(session, std::nullopt) {}

  void OnFinding(const ScrubFinding& finding) override {
    Print((json_ ? ToJson(finding) : ToText(finding)) + "\n");
  }

  void OnProgress(const ScrubProgress& progress) override {
    if (!done_before_) {
      done_before_ = progress.done_bytes;
    }
    progress_.Set(progress.done_bytes, progress.total_bytes);
    const Clock::time_point now = Clock::now();
    if (json_ && now >= next_) {
      next_ = now + std::chrono::seconds(1);
      Print(ToJson(progress, *done_before_, Since(begin_)) + "\n");
    }
  }

  bool ShouldStop() override { return session_.Interrupted() || !written_.ok(); }

  // Of the whole output.
  Status Finish(const ScrubSummary& summary, bool resumed) {
    const ScrubRunTime time{Since(begin_), resumed};
    Print(json_ ? ToJson(summary, time) + "\n" : ToText(summary, time));
    return written_.ok() ? output_.Finish() : written_;
  }

 private:
  void Print(const std::string& text) {
    progress_.Erase();
    if (written_.ok()) {
      const std::array<std::string_view, 1> slices = {text};
      written_ = output_.Write(slices);
    }
  }

  const Session& session_;
  bool json_;
  Output output_;
  Status written_;
  Progress progress_;
  std::optional<uint64_t> done_before_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point next_ = begin_ + std::chrono::seconds(1);
};

Status Refuse(const std::string& why) {
  return {Code::kInvalidArgument, why};
}

// Of the flags that choose videos, and of what cannot stand beside them.
Status CheckChoice(const CommandLine& line) {
  const bool by_key = line.Has(FlagId::kKey);
  const bool by_tag = line.Has(FlagId::kTag);
  if (by_key && by_tag) {
    return Refuse("--key and --tag are both given (scrub one of them at a time)");
  }
  if (line.Texts(FlagId::kTag).size() > 1) {
    return Refuse("--tag is given several times (scrub one tag at a time)");
  }
  if (line.Has(FlagId::kResume) && (by_key || by_tag)) {
    return Refuse("--resume is of a scrub of the whole store (leave out --key and --tag)");
  }
  if (by_key && line.Has(FlagId::kSample)) {
    return Refuse("--sample is of many videos (leave it out, or --key)");
  }
  if (by_key) {
    REEL_RETURN_IF_ERROR(CheckKey(*line.Text(FlagId::kKey)));
  }
  // Most likely a shell variable that is not set.
  for (const auto& [flag, spelling] :
       {std::pair(FlagId::kTag, "--tag"), std::pair(FlagId::kRepairFrom, "--repair-from")}) {
    if (line.Has(flag) && line.Text(flag)->empty()) {
      return Refuse(std::string(spelling) + " is empty (give it a value, or leave it out)");
    }
  }
  return Status::Ok();
}

Result<ScrubOptions> OptionsOf(const Session& session, const CommandLine& line) {
  REEL_RETURN_IF_ERROR(CheckChoice(line));
  ScrubOptions options;
  options.namespace_name = NamespaceNameOf(line);
  options.key = line.Text(FlagId::kKey);
  options.tag = line.Text(FlagId::kTag);
  if (const auto text = line.Text(FlagId::kSample)) {
    const auto share = ParsePercentage(*text);
    if (!share) {
      return Refuse("--sample is \"" + *text +
                    "\" (allowed: a percentage above 0% and up to 100%, as in 5%)");
    }
    options.sample = *share;
  }
  if (const auto seconds = line.Number(FlagId::kSince)) {
    options.since_s = static_cast<int64_t>(*seconds);
  }
  options.bytes_per_second = line.Number(FlagId::kRate);
  options.low_priority = line.Has(FlagId::kNice);
  options.resume = line.Has(FlagId::kResume);
  options.repair = line.Has(FlagId::kRepair);
  if (const auto path = line.Text(FlagId::kRepairFrom)) {
    const auto store = StorePath(session, line);
    if (!store.ok()) {
      return store.status();
    }
    if (session.store != nullptr) {
      const std::string here = std::filesystem::path(session.directory) / *path;
      REEL_RETURN_IF_ERROR(
          CheckPathNotServedHere(*session.store, here, *path).WithContext("--repair-from"));
    }
    auto source = OpenRepairSource(*path, session.directory,
                                   {session.store == nullptr ? *store : session.store->path,
                                    options.namespace_name, options.key.has_value()});
    if (!source.ok()) {
      return source.status().WithContext("--repair-from");
    }
    options.repair_from = *std::move(source);
  }
  return options;
}

// Whether nothing is damaged any more.
Result<bool> ScrubStore(const Session& session, const CommandLine& line) {
  const auto options = OptionsOf(session, line);
  if (!options.ok()) {
    return options.status();
  }
  const auto open = OpenStore(session, line, Missing::kIsAnError);
  if (!open.ok()) {
    return open.status();
  }
  Reporter reporter(session, line.Has(FlagId::kJson));
  const auto summary = Scrub(open->store, *options, &reporter);
  if (!summary.ok()) {
    return summary.status();
  }
  REEL_RETURN_IF_ERROR(reporter.Finish(*summary, options->resume));
  if (!summary->finished) {
    const bool of_chosen = options->key || options->tag;
    return {Code::kAborted, of_chosen ? "interrupted (the same command begins anew)"
                                      : "interrupted (reel scrub --resume goes on)"};
  }
  return summary->findings == summary->repaired;
}

}  // namespace

int RunScrub(const Session& session, const CommandLine& line) {
  const auto clean = ScrubStore(session, line);
  if (!clean.ok()) {
    Report(session, clean.status().WithContext("scrub"));
    return kNoAnswer;
  }
  return *clean ? 0 : 1;
}

}  // namespace reel::cli

#include <reel/scrub.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "base/priority.h"
#include "format/row_key.h"
#include "kv/store_parts.h"
#include "scrub/ledger.h"
#include "scrub/ownership.h"
#include "scrub/row_checks.h"
#include "scrub/space.h"
#include "scrub/state.h"
#include "scrub/table_checks.h"
#include "scrub/video_checks.h"
#include "storage/garbage.h"

namespace reel {
namespace {

// Rows that are looked at in one snapshot, and the bytes of them that are kept until their values
// are read.
constexpr size_t kRowsAtOnce = 1024;
constexpr size_t kRowBytesAtOnce = 4U << 20;
constexpr std::string_view kRestore = " (restore the store from a copy)";

class ScrubRun {
 public:
  ScrubRun(Store* store, const ScrubOptions& options, ScrubObserver* observer)
      : store_(store),
        parts_(PartsOf(store)),
        database_(*parts_.context.database),
        options_(options),
        state_(&database_),
        ledger_(parts_.context.clock, options.bytes_per_second, observer),
        tables_(&database_, &ledger_) {}

  Result<ScrubSummary> Run() {
    REEL_RETURN_IF_ERROR(Begin());
    const Status done = options_.key ? CheckKey() : options_.tag ? CheckTagged() : CheckAll();
    if (!done.ok() && done.code() != Code::kAborted) {
      return done;
    }
    ledger_.summary.finished = done.ok();
    ledger_.summary.findings = ledger_.progress.findings;
    ledger_.summary.videos = ledger_.progress.videos;
    return ledger_.summary;
  }

 private:
  [[nodiscard]] bool IsOfChosen() const { return options_.key || options_.tag; }

  Status Begin() {
    // What only the log holds is verified too, once it is in a table file.
    REEL_RETURN_IF_ERROR(database_.Flush());
    cursor_.started = parts_.context.clock->NowSeconds();
    if (!IsOfChosen()) {
      const auto stopped = options_.resume ? state_.Cursor() : std::nullopt;
      if (stopped) {
        cursor_ = *stopped;
        ledger_.summary.entries = cursor_.entries;
        ledger_.summary.value_bytes = cursor_.value_bytes;
        ledger_.summary.repaired = cursor_.repaired;
        ledger_.progress.videos = cursor_.videos;
        ledger_.progress.findings = cursor_.findings;
      } else {
        REEL_RETURN_IF_ERROR(state_.ClearCursor());
      }
    }
    ledger_.summary.started = cursor_.started;
    videos_.emplace(store_, &options_, cursor_.started, &state_, &ledger_);
    if (cursor_.newest_extent == 0) {
      const auto newest = database_.NextId();
      if (!newest.ok()) {
        return newest.status();
      }
      cursor_.newest_extent = *newest;
    }
    if (!IsOfChosen()) {
      for (const Family family : kFamilies) {
        for (const SegmentInfo& segment : database_.ListSegments(family)) {
          ledger_.progress.total_bytes += segment.bytes;
        }
      }
    }
    return Status::Ok();
  }

  Status CheckAll() {
    REEL_RETURN_IF_ERROR(tables_.CheckAll());
    ledger_.progress.done_bytes = std::max(ledger_.progress.done_bytes, cursor_.done_bytes);
    REEL_RETURN_IF_ERROR(WalkIndex());
    REEL_RETURN_IF_ERROR(WalkMirrors(Family::kTags, &RowChecks::CheckTagRow));
    REEL_RETURN_IF_ERROR(WalkMirrors(Family::kExpiry, &RowChecks::CheckExpiryRow));
    const Status accounted = Account();
    // Where rows are damaged that lead to the rest, there is a finding, but no account.
    if (accounted.code() != Code::kCorruption || ledger_.progress.findings == 0) {
      REEL_RETURN_IF_ERROR(accounted);
    }
    REEL_RETURN_IF_ERROR(ForgetWhatIsGone());
    ledger_.progress.done_bytes = ledger_.progress.total_bytes;
    static_cast<void>(ledger_.Pace(0));
    return state_.ClearCursor();
  }

  // ---- records and values

  Status CheckKey() {
    const auto id = NamespaceId();
    if (!id.ok()) {
      return id.status();
    }
    std::vector<Video> videos;
    const std::string row_key = IndexRowKey(*id, *options_.key);
    Confirm([&](RowChecks& checks) {
      std::optional<Record> base;
      auto problems = checks.CheckIndexRow(row_key, &base);
      videos.clear();
      if (base) {
        videos.push_back({*id, *std::move(base)});
      }
      return problems;
    });
    if (videos.empty() && ledger_.progress.findings == 0) {
      return {Code::kNotFound, "there is no video \"" + *options_.key + "\" (reel ls shows them)"};
    }
    ledger_.summary.entries += videos.size();
    return videos_->Check(std::move(videos));
  }

  Status CheckTagged() {
    const auto id = NamespaceId();
    if (!id.ok()) {
      return id.status();
    }
    const std::string prefix = TagRowKey(*id, *options_.tag, "");
    std::string from = prefix;
    for (bool more = true; more;) {
      std::vector<std::string> keys;
      const auto cursor = database_.NewCursor(Family::kTags, prefix);
      for (cursor->Seek(from); cursor->Valid() && keys.size() < kRowsAtOnce; cursor->Next()) {
        keys.emplace_back(cursor->key().substr(prefix.size()));
      }
      REEL_RETURN_IF_ERROR(cursor->status());
      more = !keys.empty();
      if (more) {
        from = prefix + keys.back() + '\0';
      }
      std::vector<Video> videos;
      for (const std::string& key : keys) {
        std::optional<Record> base;
        const std::string row_key = IndexRowKey(*id, key);
        Confirm([&](RowChecks& checks) { return checks.CheckIndexRow(row_key, &base); });
        ++ledger_.summary.entries;
        if (base) {
          videos.push_back({*id, *std::move(base)});
        }
      }
      REEL_RETURN_IF_ERROR(videos_->Check(std::move(videos)));
    }
    return Status::Ok();
  }

  [[nodiscard]] Result<uint32_t> NamespaceId() const {
    const auto names = NamespacesIn(*database_.NewSnapshot());
    REEL_RETURN_IF_ERROR(names.status());
    for (const NamedId& each : *names) {
      if (each.name == options_.namespace_name) {
        return each.id;
      }
    }
    return Status(Code::kNotFound, "there is no namespace \"" + options_.namespace_name +
                                       "\" (reel namespace list shows them)");
  }

  // What one step over the index has gathered.
  struct Step {
    std::string last_row;
    std::vector<Video> videos;
    std::vector<std::string> suspects;
    Status status;
  };

  [[nodiscard]] Result<Step> LookAtRows(const std::string& behind) {
    Step step;
    const auto rows = database_.NewSnapshot();
    const auto namespaces = NamespaceTableOf(*rows);
    REEL_RETURN_IF_ERROR(namespaces.status());
    RowChecks checks(rows.get(), &*namespaces);
    const auto cursor = rows->NewCursor(Family::kIndex, "");
    if (!behind.empty()) {
      cursor->Seek(behind + '\0');
    }
    size_t seen = 0;
    size_t bytes = 0;
    for (; cursor->Valid() && seen < kRowsAtOnce && bytes < kRowBytesAtOnce; cursor->Next()) {
      ++seen;
      bytes += cursor->key().size() + cursor->value().size();
      step.last_row = cursor->key();
      std::optional<Record> base;
      if (!checks.CheckIndexRow(cursor->key(), cursor->value(), &base).empty()) {
        step.suspects.push_back(step.last_row);
      }
      if (base) {
        step.videos.push_back({NamespaceOfIndexRow(cursor->key()), *std::move(base)});
      }
    }
    ledger_.summary.entries += seen;
    step.status = cursor->status();
    return step;
  }

  Status WalkIndex() {
    while (true) {
      auto step = LookAtRows(cursor_.index_row);
      REEL_RETURN_IF_ERROR(step.status());
      for (const std::string& row_key : step->suspects) {
        Confirm([&](RowChecks& checks) {
          std::optional<Record> base;
          return checks.CheckIndexRow(row_key, &base);
        });
      }
      REEL_RETURN_IF_ERROR(videos_->Check(std::move(step->videos)));
      if (!step->last_row.empty()) {
        cursor_.index_row = step->last_row;
      }
      if (!step->status.ok()) {
        REEL_RETURN_IF_ERROR(tables_.PassOver(Family::kIndex, step->status, &cursor_.index_row));
      } else if (step->last_row.empty()) {
        return Status::Ok();
      }
      REEL_RETURN_IF_ERROR(NoteCursor());
      if (ledger_.ShouldStop()) {
        return ScrubLedger::Stopped();
      }
    }
  }

  Status NoteCursor() {
    cursor_.entries = ledger_.summary.entries;
    cursor_.videos = ledger_.progress.videos;
    cursor_.value_bytes = ledger_.summary.value_bytes;
    cursor_.findings = ledger_.progress.findings;
    cursor_.repaired = ledger_.summary.repaired;
    cursor_.done_bytes = ledger_.progress.done_bytes;
    return state_.SetCursor(cursor_);
  }

  // Looks once more, at another moment, and tells what is wrong still.
  template <typename Check>
  void Confirm(const Check& check) {
    std::vector<RowProblem> problems = Look(check);
    const bool can_mend = std::any_of(problems.begin(), problems.end(), [](const RowProblem& each) {
      return !each.remedy.changes().empty();
    });
    if (options_.repair && can_mend) {
      // Nobody changes the rows between the look and the write.
      const std::lock_guard lock(*parts_.context.write_gate);
      problems = Look(check);
      for (RowProblem& problem : problems) {
        problem.finding.repaired = !problem.remedy.changes().empty() &&
                                   database_.Write(problem.remedy, /*sync=*/true).ok();
      }
    }
    for (const RowProblem& problem : problems) {
      ledger_.Tell(problem.finding);
    }
  }

  template <typename Check>
  std::vector<RowProblem> Look(const Check& check) {
    const auto rows = database_.NewSnapshot();
    const auto namespaces = NamespaceTableOf(*rows);
    if (!namespaces.ok()) {
      return {};  // the walk meets the same failure, and ends with it
    }
    RowChecks checks(rows.get(), &*namespaces);
    return check(checks);
  }

  // ---- the families that mirror the records

  Status WalkMirrors(Family family, std::vector<RowProblem> (RowChecks::*check)(std::string_view)) {
    std::string last;
    for (bool more = true; more;) {
      std::vector<std::string> suspects;
      Status status;
      {
        const auto rows = database_.NewSnapshot();
        const auto namespaces = NamespaceTableOf(*rows);
        REEL_RETURN_IF_ERROR(namespaces.status());
        RowChecks checks(rows.get(), &*namespaces);
        const auto cursor = rows->NewCursor(family, "");
        if (!last.empty()) {
          cursor->Seek(last + '\0');
        }
        size_t seen = 0;
        for (; cursor->Valid() && seen < kRowsAtOnce; cursor->Next(), ++seen) {
          last = cursor->key();
          if (!(checks.*check)(last).empty()) {
            suspects.push_back(last);
          }
        }
        status = cursor->status();
        more = seen > 0;
      }
      for (const std::string& row_key : suspects) {
        Confirm([&](RowChecks& checks) {
          const auto row = database_.Get(family, row_key);
          return row.ok() && !row->has_value() ? std::vector<RowProblem>()
                                               : (checks.*check)(row_key);
        });
      }
      if (!status.ok()) {
        REEL_RETURN_IF_ERROR(tables_.PassOver(family, status, &last));
        more = true;
      }
      if (ledger_.ShouldStop()) {
        return ScrubLedger::Stopped();
      }
    }
    return Status::Ok();
  }

  // ---- what belongs to whom

  Status CheckOwners() {
    const auto found = FindStrayExtents(database_, cursor_.newest_extent,
                                        [this] { return !ledger_.ShouldStop(); });
    REEL_RETURN_IF_ERROR(found.status());
    for (const StrayExtent& stray : found->strays) {
      ScrubFinding finding;
      finding.kind = FindingKind::kOwner;
      finding.invariant = 4;
      finding.extent = stray.extent;
      finding.file = stray.file;
      if (stray.owners.empty()) {
        finding.repaired = options_.repair && Drop(stray.extent);
        finding.message = "nobody owns the pages of extent " + std::to_string(stray.extent) +
                          " (reel scrub --repair drops them)";
      } else {
        finding.key = stray.owners.front();
        finding.message = "the pages of extent " + std::to_string(stray.extent) + " belong to";
        for (const std::string& owner : stray.owners) {
          finding.message += " \"" + owner + "\"";
        }
        finding.message += " and are listed as garbage, or belong to several";
        finding.message += std::string(kRestore);
      }
      ledger_.Tell(finding);
    }
    return Status::Ok();
  }

  // Lists the extent, as a publication that failed would have, so that a crash leaves it listed.
  bool Drop(uint64_t extent) {
    const Garbage garbage{PageFamily::kBulk, extent, 0, 0};
    RowBatch batch;
    ListGarbage(garbage, &batch);
    if (!database_.Write(batch, /*sync=*/true).ok()) {
      return false;
    }
    parts_.context.reclaimer->Retire({garbage});
    return true;
  }

  Status Account() {
    REEL_RETURN_IF_ERROR(CheckOwners());
    const auto report = AccountForSpace(database_, state_,
                                        {cursor_.started, options_.since_s, cursor_.newest_extent});
    REEL_RETURN_IF_ERROR(report.status());
    for (const ScrubFinding& finding : report->findings) {
      ledger_.Tell(finding);
    }
    ledger_.summary.accounts = report->accounts;
    return Status::Ok();
  }

  Status ForgetWhatIsGone() {
    const auto rows = database_.NewSnapshot();
    const auto namespaces = NamespaceTableOf(*rows);
    REEL_RETURN_IF_ERROR(namespaces.status());
    for (const auto& [id, name] : namespaces->names) {
      const auto damaged = state_.ListDamaged(id, "");
      REEL_RETURN_IF_ERROR(damaged.status());
      for (const ScrubState::Damaged& each : *damaged) {
        const auto row = rows->Get(Family::kIndex, IndexRowKey(id, each.key));
        const bool gone = row.ok() && !row->has_value();
        if (gone) {
          REEL_RETURN_IF_ERROR(state_.ForgetVideo(id, each.key));
        }
      }
    }
    return Status::Ok();
  }

  Store* store_;
  StoreParts parts_;
  Database& database_;
  const ScrubOptions& options_;
  ScrubState state_;
  ScrubLedger ledger_;
  TableChecks tables_;
  std::optional<VideoChecks> videos_;  // once it is known when the scrub began
  ScrubCursor cursor_;
};

}  // namespace

std::string_view FindingKindName(FindingKind kind) {
  constexpr std::array<std::string_view, 9> kNames = {
      "page", "value", "record", "manifest", "strayChunk", "mirror", "owner", "table", "space"};
  return kNames[static_cast<size_t>(kind)];
}

Result<ScrubSummary> Scrub(Store* store, const ScrubOptions& options, ScrubObserver* observer) {
  const std::unique_lock lock(*PartsOf(store).scrub_mutex, std::try_to_lock);
  if (!lock.owns_lock()) {
    return {Code::kBusy, "the store is being scrubbed already (wait for that to end)"};
  }
  std::optional<LowPriority> priority;
  if (options.low_priority) {
    priority.emplace();
  }
  return ScrubRun(store, options, observer).Run();
}

Result<std::vector<DamagedVideo>> ListDamaged(Store* store, std::string_view namespace_name,
                                              std::string_view prefix) {
  const auto entries = store->Namespace(namespace_name, /*create=*/false);
  if (!entries.ok()) {
    return entries.status();
  }
  const StoreParts parts = PartsOf(store);
  const auto noted = ScrubState(parts.context.database)
                         .ListDamaged(static_cast<DiskNamespace*>(*entries)->id(), prefix);
  REEL_RETURN_IF_ERROR(noted.status());
  std::vector<DamagedVideo> damaged;
  for (const ScrubState::Damaged& each : *noted) {
    const auto entry = (*entries)->Stat(each.key);
    if (entry.ok() && entry->generation == each.damage.generation) {
      damaged.push_back({each.key, each.damage.ranges});
    }
  }
  return damaged;
}

}  // namespace reel

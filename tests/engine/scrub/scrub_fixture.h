// A store with videos of every kind, and scrubs of it.
#pragma once

#include <gtest/gtest.h>
#include <reel/scrub.h>
#include <reel/store.h>
#include <reel/video.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/database.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_bytes.h"

namespace reel::test {

constexpr uint64_t kMiB = 1 << 20;

/// Keeps what a scrub tells, and stops it when `stop_when` says so.
class CollectingObserver final : public ScrubObserver {
 public:
  void OnFinding(const ScrubFinding& finding) override { findings.push_back(finding); }
  void OnProgress(const ScrubProgress& told) override {
    EXPECT_GE(told.done_bytes, progress.done_bytes);
    if (told.total_bytes > 0) {  // known
      EXPECT_LE(told.done_bytes, told.total_bytes);
    }
    progress = told;
  }
  bool ShouldStop() override { return stop_when && stop_when(); }

  std::vector<ScrubFinding> findings;
  ScrubProgress progress;
  std::function<bool()> stop_when;
};

class ScrubTest : public testing::Test {
 protected:
  void Open() {
    Close();
    StoreOptions options;
    options.path = StorePath();
    options.create_if_missing = true;
    auto store = Store::Open(options, clock_);
    ASSERT_TRUE(store.ok()) << store.status().message();
    store_ = *std::move(store);
    const auto entries = store_->Namespace("videos", true);
    ASSERT_TRUE(entries.ok()) << entries.status().message();
    LibraryOptions look;
    look.chunking = {.size_threshold = 2 * kMiB, .chunk_size = kMiB};
    library_.emplace(*entries, look);
  }
  void Close() {
    library_.reset();
    store_.reset();
  }

  [[nodiscard]] std::string StorePath() const { return directory_ / "store"; }

  void Put(const std::string& key, const std::string& bytes,
           const VideoAttributes& attributes = {}) {
    auto writer = library_->NewWriter(key, attributes);
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    ASSERT_TRUE((*writer)->Append(bytes).ok());
    const auto stored = (*writer)->Commit();
    ASSERT_TRUE(stored.ok()) << stored.status().message();
    videos_[key] = bytes;
  }

  /// One video of every kind of placement. `bulk`: bytes of the largest; up to 32 MiB it shares its
  /// table file.
  void PutEveryKind(uint64_t bulk = 33 * kMiB + 17) {
    VideoAttributes attributes;
    attributes.tags = {"a", "b"};
    Put("video:inline", RandomBytes(3000, 1), attributes);
    Put("video:inline.text", TextBytes(9000, 2));
    Put("video:small", RandomBytes(700'000, 3));
    Put("video:small.text", TextBytes(900'000, 4));
    attributes.ttl = 86'400 * 365;
    Put("video:shared", RandomBytes(3 * kMiB + 5, 5), attributes);
    Put("video:shared.text", TextBytes(9 * kMiB, 6));
    Put("video:bulk", RandomBytes(bulk, 7), attributes);
  }

  struct Outcome {
    Result<ScrubSummary> summary = Status(Code::kAborted, "not run");
    std::vector<ScrubFinding> findings;
    ScrubProgress progress;
  };
  Outcome RunScrub(const ScrubOptions& options = {}, std::function<bool()> stop_when = nullptr) {
    CollectingObserver observer;
    observer.stop_when = std::move(stop_when);
    Outcome outcome;
    outcome.summary = Scrub(store_.get(), options, &observer);
    outcome.findings = std::move(observer.findings);
    outcome.progress = observer.progress;
    if (outcome.summary.ok()) {
      EXPECT_EQ(outcome.summary->findings, outcome.findings.size());
      if (outcome.summary->accounts) {
        CheckAccounts(*outcome.summary->accounts);
      }
    }
    return outcome;
  }

  /// That nothing is found, and that every byte is accounted for.
  void ExpectClean(const ScrubOptions& options = {}) {
    const Outcome outcome = RunScrub(options);
    ASSERT_TRUE(outcome.summary.ok()) << outcome.summary.status().message();
    EXPECT_TRUE(outcome.summary->finished);
    EXPECT_EQ(Texts(outcome.findings), "");
  }

  static void CheckAccounts(const ScrubAccounts& accounts) {
    EXPECT_EQ(accounts.verified + accounts.verified_earlier + accounts.not_verified +
                  accounts.garbage + accounts.newer + accounts.other,
              accounts.total);
  }

  static std::string Texts(const std::vector<ScrubFinding>& findings) {
    std::string texts;
    for (const ScrubFinding& finding : findings) {
      texts += std::string(FindingKindName(finding.kind)) + " " + finding.key + " " + finding.file +
               " " + finding.message + "\n";
    }
    return texts;
  }

  /// The video as a reader gets it; what failed in brackets.
  std::string Get(const std::string& key) {
    const auto reader = library_->Open(key);
    if (!reader.ok()) {
      return "[" + std::string(CodeName(reader.status().code())) + "]";
    }
    std::string bytes((*reader)->info().size, '\0');
    const auto count = (*reader)->Read(0, bytes);
    return count.ok() && *count == bytes.size() ? bytes : "[damaged]";
  }

  /// The closed store's rows.
  [[nodiscard]] std::unique_ptr<Database> OpenRows() const {
    StoreOptions options;
    options.path = StorePath();
    auto database = Database::Open(StorePath() + "/db", StorePath() + "/staging", options);
    EXPECT_TRUE(database.ok()) << database.status().message();
    return *std::move(database);
  }

  FakeClock clock_;
  TempDirectory directory_;
  std::unique_ptr<Store> store_;
  std::optional<VideoLibrary> library_;
  std::map<std::string, std::string> videos_;
};

}  // namespace reel::test

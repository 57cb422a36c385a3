// What scrubs find, account for, remember and mend.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <reel/scrub.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <mutex>

#include "base/coding.h"
#include "format/kv_key.h"
#include "format/record.h"
#include "format/row_key.h"
#include "kv/store_parts.h"
#include "storage/garbage.h"
#include "tests/engine/scrub/scrub_fixture.h"
#include "tests/support/bit_rot.h"

namespace reel {
namespace {

namespace fs = std::filesystem;

using test::kMiB;
using test::RandomBytes;

class ScrubStoreTest : public test::ScrubTest {
 protected:
  void SetUp() override {
    Open();
    PutEveryKind();
  }

  [[nodiscard]] test::BytePlace Find(const std::string& bytes) const {
    const auto place = test::FindInTables(StorePath(), bytes);
    EXPECT_TRUE(place) << "the bytes are in no table file";
    return place.value_or(test::BytePlace());
  }
  static void Flip(const test::BytePlace& place) { ASSERT_TRUE(test::FlipABit(place)); }
  // So that it is read from the disk next, where the system forgets when it is asked to.
  static void DropFromMemory(const std::string& file) {
    const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_EQ(fsync(descriptor), 0);
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    close(descriptor);
  }
  // Below an open store, so that not opening is what is tested.
  void FlipInVideo(const std::string& key, uint64_t offset) {
    Flip(Find(videos_[key].substr(offset, 64)));
  }

  // Copies of all videos.
  RepairSource Copies() {
    return [this](const std::string& name, const Entry& entry, uint64_t offset,
                  uint64_t length) -> Result<std::string> {
      EXPECT_EQ(name, "videos");
      return videos_.at(entry.key).substr(offset, length);
    };
  }

  uint64_t AllBytes() {
    uint64_t bytes = 0;
    for (const auto& [key, value] : videos_) {
      bytes += value.size();
    }
    return bytes;
  }
};

TEST_F(ScrubStoreTest, ASoundStoreIsVerifiedToTheLastByte) {
  ASSERT_NO_FATAL_FAILURE(Open());
  const Outcome outcome = RunScrub();
  ASSERT_TRUE(outcome.summary.ok()) << outcome.summary.status().message();
  EXPECT_EQ(Texts(outcome.findings), "");
  EXPECT_TRUE(outcome.summary->finished);
  EXPECT_EQ(outcome.summary->videos, videos_.size());
  EXPECT_GE(outcome.summary->value_bytes, AllBytes());  // and manifests
  EXPECT_LE(outcome.summary->value_bytes, AllBytes() + 10'000);
  EXPECT_EQ(outcome.progress.done_bytes, outcome.progress.total_bytes);
  const ScrubAccounts& accounts = *outcome.summary->accounts;
  EXPECT_EQ(accounts.not_verified, 0U);
  EXPECT_EQ(accounts.verified_earlier, 0U);
  EXPECT_EQ(accounts.newer, 0U);
  EXPECT_LT(accounts.garbage, 2 * kMiB);  // table files of rows that were merged just now
  uint64_t on_disk = 0;
  for (const auto& each : fs::recursive_directory_iterator(StorePath())) {
    on_disk += each.is_regular_file() ? each.file_size() : 0;
  }
  // The notes of the scrub itself may have come since.
  EXPECT_NEAR(static_cast<double>(accounts.total), static_cast<double>(on_disk), 10'000);
}

TEST_F(ScrubStoreTest, WhatIsRemovedAndWhatIsPinnedIsAccountedForAsGarbage) {
  const auto reader = library_->Open("video:bulk");
  ASSERT_TRUE(reader.ok());
  ASSERT_TRUE(library_->Remove("video:bulk").ok());
  Outcome outcome = RunScrub();
  ASSERT_TRUE(outcome.summary.ok());
  EXPECT_EQ(Texts(outcome.findings), "");
  EXPECT_GE(outcome.summary->accounts->garbage, 33 * kMiB);
  EXPECT_EQ(outcome.summary->accounts->not_verified, 0U);
}

TEST_F(ScrubStoreTest, ADamagedPageIsNamedListedAndRepaired) {
  const struct {
    const char* key;
    uint64_t offset;
    std::optional<uint32_t> chunk;
    bool in_memory;  // of the system, as far as that can be said
  } cases[] = {
      {"video:small", 345'678, std::nullopt, true},
      {"video:shared", kMiB + 99'999, 1, true},
      {"video:shared", kMiB + 99'999, 1, false},
      {"video:bulk", 20 * kMiB + 5, 20, true},
      {"video:bulk", 20 * kMiB + 5, 20, false},
      {"video:bulk", 33 * kMiB + 1, 33, false},  // in the last chunk, of 17 bytes
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.key) + " " + std::to_string(c.offset));
    ASSERT_NO_FATAL_FAILURE(Open());
    const uint64_t taken = std::min<uint64_t>(16, videos_[c.key].size() - c.offset);
    if (std::string_view(c.key) == "video:small") {
      Close();  // rows may be in memory still, and their table files are merged meanwhile
    }
    const test::BytePlace place = Find(videos_[c.key].substr(c.offset, taken));
    Flip(place);
    if (store_ == nullptr) {
      ASSERT_NO_FATAL_FAILURE(Open());
    }
    EXPECT_EQ(Get(c.key), "[damaged]");
    if (!c.in_memory) {
      DropFromMemory(place.file);
    }
    Outcome outcome = RunScrub();
    ASSERT_TRUE(outcome.summary.ok()) << outcome.summary.status().message();
    const auto found = std::find_if(
        outcome.findings.begin(), outcome.findings.end(),
        [](const ScrubFinding& finding) { return finding.kind == FindingKind::kPage; });
    ASSERT_NE(found, outcome.findings.end()) << Texts(outcome.findings);
    EXPECT_EQ(found->key, c.key);
    EXPECT_EQ(found->namespace_name, "videos");
    EXPECT_EQ(found->invariant, 2U);
    EXPECT_EQ(found->chunk, c.chunk);
    EXPECT_EQ(found->pages, 1U);
    EXPECT_LE(*found->offset, c.offset);
    EXPECT_GT(*found->offset + found->length, c.offset);
    EXPECT_LE(found->length, 64U << 10);
    if (c.chunk) {
      EXPECT_EQ("store/" + found->file, fs::path(place.file).lexically_relative(directory_.path()));
    }

    const auto damaged = ListDamaged(store_.get(), "videos", "video:");
    ASSERT_TRUE(damaged.ok());
    ASSERT_EQ(damaged->size(), 1U);
    EXPECT_EQ(damaged->front().key, c.key);
    EXPECT_EQ(damaged->front().ranges,
              (std::vector<DamagedVideo::Range>{{*found->offset, found->length}}));

    ScrubOptions repair;
    repair.repair_from = Copies();
    outcome = RunScrub(repair);
    ASSERT_TRUE(outcome.summary.ok());
    for (const ScrubFinding& finding : outcome.findings) {
      EXPECT_EQ(finding.repaired, finding.kind == FindingKind::kPage) << finding.message;
    }
    EXPECT_TRUE(Get(c.key) == videos_[c.key]);
    EXPECT_TRUE(ListDamaged(store_.get(), "videos", "")->empty());
    if (!c.chunk) {
      // The table file of rows stays damaged, and is told of.
      for (const ScrubFinding& finding : RunScrub().findings) {
        EXPECT_EQ(finding.kind, FindingKind::kTable) << finding.message;
      }
      Close();
      fs::remove_all(StorePath());
      ASSERT_NO_FATAL_FAILURE(Open());
      PutEveryKind();
      continue;
    }
    EXPECT_EQ(RunScrub().summary->repaired_pages, 1U);
    // Stored again, nothing of the damage is left.
    const std::string bytes = videos_[c.key];
    Put(c.key, bytes);
    ExpectClean();
  }
}

TEST_F(ScrubStoreTest, ADamagedByteBesideThePagesIsFoundToo) {
  // The frame of a row: RocksDB's, which no page's checksum covers.
  const test::BytePlace page = Find(videos_["video:bulk"].substr(0, 64));
  Flip({page.file, page.offset - 15});
  for (const bool in_memory : {true, false}) {
    SCOPED_TRACE(in_memory);
    EXPECT_TRUE(Get("video:bulk") == videos_["video:bulk"]);
    if (!in_memory) {
      DropFromMemory(page.file);
    }
    const Outcome outcome = RunScrub();
    ASSERT_TRUE(outcome.summary.ok());
    ASSERT_EQ(outcome.findings.size(), 1U) << Texts(outcome.findings);
    EXPECT_EQ(outcome.findings.front().kind, FindingKind::kTable);
    EXPECT_EQ(outcome.findings.front().key, "video:bulk");
    EXPECT_EQ(outcome.findings.front().page, 0U);
  }
}

// RocksDB has no checksum of the end of a table file, and does not look at all of it.
TEST_F(ScrubStoreTest, DamageAtTheEndOfATableFileIsFound) {
  Close();
  for (const char* key : {"video:bulk", "video:small"}) {
    SCOPED_TRACE(key);
    const std::string file = Find(videos_[key].substr(0, 64)).file;
    Flip({file, fs::file_size(file) - 20});
    ASSERT_NO_FATAL_FAILURE(Open());
    const Outcome outcome = RunScrub();
    ASSERT_EQ(outcome.findings.size(), 1U) << Texts(outcome.findings);
    EXPECT_EQ(outcome.findings.front().kind, FindingKind::kTable);
    EXPECT_EQ("store/" + outcome.findings.front().file,
              fs::path(file).lexically_relative(directory_.path()));
    EXPECT_TRUE(Get(key) == videos_[key]);
    Close();
    Flip({file, fs::file_size(file) - 20});
  }
}

TEST_F(ScrubStoreTest, TableFilesThatAreCutOrGoneAreFound) {
  for (const bool gone : {false, true}) {
    SCOPED_TRACE(gone ? "gone" : "cut");
    ASSERT_NO_FATAL_FAILURE(Open());
    const std::string file = Find(videos_["video:bulk"].substr(0, 64)).file;
    const std::string whole = test::ReadWholeFile(file);
    Close();
    if (gone) {
      fs::remove(file);
    } else {
      fs::resize_file(file, whole.size() / 2);
    }
    ASSERT_NO_FATAL_FAILURE(Open());
    const Outcome outcome = RunScrub();
    ASSERT_TRUE(outcome.summary.ok()) << outcome.summary.status().message();
    uint64_t lost = 0;
    bool table = false;
    for (const ScrubFinding& finding : outcome.findings) {
      table = table || finding.kind == FindingKind::kTable;
      lost += finding.kind == FindingKind::kPage ? finding.length : 0;
      EXPECT_TRUE(finding.key.empty() || finding.key == "video:bulk") << finding.message;
    }
    EXPECT_TRUE(table);
    EXPECT_GE(lost, gone ? 33 * kMiB : 16 * kMiB);
    Close();
    test::WriteWholeFile(file, whole);
    ASSERT_NO_FATAL_FAILURE(Open());
    ExpectClean();
  }
}

TEST_F(ScrubStoreTest, AValueThatDoesNotFitItsHashIsFound) {
  // Each page fits its checksum: bytes that were never stored, under checksums that were.
  Close();
  {
    const auto rows = OpenRows();
    const auto row = rows->Get(Family::kIndex, IndexRowKey(1, "video:small"));
    ASSERT_TRUE(row.ok() && row->has_value());
    auto record = DecodeRecord(**row, "video:small");
    ASSERT_TRUE(record.ok());
    record->entry.xxh3.low ^= 1;
    RowBatch batch;
    batch.Put(Family::kIndex, IndexRowKey(1, "video:small"), EncodeRecord(*record));
    ASSERT_TRUE(rows->Write(batch, true).ok());
  }
  ASSERT_NO_FATAL_FAILURE(Open());
  const Outcome outcome = RunScrub();
  ASSERT_EQ(outcome.findings.size(), 1U) << Texts(outcome.findings);
  EXPECT_EQ(outcome.findings.front().kind, FindingKind::kValue);
  EXPECT_EQ(outcome.findings.front().length, videos_["video:small"].size());
}

// Rows that are not what others say: each is found, what is certain is mended, and no more.
struct RowDamage {
  const char* name;
  FindingKind kind;
  bool mended;
  void (*make)(const Database& rows, RowBatch* batch);
};

Record RecordOf(const Database& rows, const std::string& key) {
  const auto row = rows.Get(Family::kIndex, IndexRowKey(1, key));
  return *DecodeRecord(**row, key);
}

constexpr RowDamage kRowDamages[] = {
    {"a tag is missing", FindingKind::kMirror, true,
     [](const Database& /*rows*/, RowBatch* batch) {
       batch->Delete(Family::kTags, TagRowKey(1, "a", "video:bulk"));
     }},
    {"a tag of nobody", FindingKind::kMirror, true,
     [](const Database& /*rows*/, RowBatch* batch) {
       batch->Put(Family::kTags, TagRowKey(1, "c", "video:bulk"), "");
     }},
    {"a tag of a missing video", FindingKind::kMirror, true,
     [](const Database& /*rows*/, RowBatch* batch) {
       batch->Put(Family::kTags, TagRowKey(1, "a", "video:never"), "");
     }},
    {"an expiry is missing", FindingKind::kMirror, true,
     [](const Database& rows, RowBatch* batch) {
       const auto record = RecordOf(rows, "video:shared");
       batch->Delete(Family::kExpiry, ExpiryRowKey(*record.entry.expires, 1, "video:shared"));
     }},
    {"an expiry of nobody", FindingKind::kMirror, true,
     [](const Database& /*rows*/, RowBatch* batch) {
       batch->Put(Family::kExpiry, ExpiryRowKey(1'900'000'000, 1, "video:bulk"), "");
     }},
    {"a chunk is missing", FindingKind::kManifest, false,
     [](const Database& /*rows*/, RowBatch* batch) {
       batch->Delete(Family::kIndex, IndexRowKey(1, ChunkKey("video:bulk", 3)));
     }},
    {"a chunk of nobody", FindingKind::kStrayChunk, true,
     [](const Database& rows, RowBatch* batch) {
       Record record = RecordOf(rows, ChunkKey("video:bulk", 3));
       record.entry.key = ChunkKey("video:gone", 3);
       record.entry.parent.key = "video:gone";
       batch->Put(Family::kIndex, IndexRowKey(1, record.entry.key), EncodeRecord(record));
     }},
    {"a chunk that expires otherwise", FindingKind::kManifest, false,
     [](const Database& rows, RowBatch* batch) {
       Record record = RecordOf(rows, ChunkKey("video:bulk", 3));
       record.entry.expires = 1'900'000'000;
       batch->Put(Family::kIndex, IndexRowKey(1, record.entry.key), EncodeRecord(record));
     }},
    {"a record of other bytes", FindingKind::kRecord, false,
     [](const Database& /*rows*/, RowBatch* batch) {
       batch->Put(Family::kIndex, IndexRowKey(1, "video:zz"), "no record");
     }},
    {"pages of two", FindingKind::kOwner, false,
     [](const Database& rows, RowBatch* batch) {
       Record record = RecordOf(rows, "video:small");
       record.entry.key = "video:twice";
       record.entry.tags.clear();
       batch->Put(Family::kIndex, IndexRowKey(1, "video:twice"), EncodeRecord(record));
     }},
    {"pages of nobody", FindingKind::kOwner, true,
     [](const Database& rows, RowBatch* batch) {
       // An id, but none of an extent.
       const uint64_t id = RecordOf(rows, "video:small").entry.generation;
       batch->Put(Family::kSmallPages, PageRowKey(id, 0), "a page that was forgotten");
     }},
};

TEST_F(ScrubStoreTest, RowsThatDisagreeAreFoundAndWhatIsCertainIsMended) {
  for (const RowDamage& damage : kRowDamages) {
    SCOPED_TRACE(damage.name);
    Close();
    fs::remove_all(StorePath());
    videos_.clear();
    ASSERT_NO_FATAL_FAILURE(Open());
    PutEveryKind(5 * kMiB);
    Close();
    {
      const auto rows = OpenRows();
      RowBatch batch;
      damage.make(*rows, &batch);
      ASSERT_TRUE(rows->Write(batch, true).ok());
    }
    ASSERT_NO_FATAL_FAILURE(Open());
    Outcome outcome = RunScrub();
    ASSERT_TRUE(outcome.summary.ok()) << outcome.summary.status().message();
    ASSERT_EQ(outcome.findings.size(), 1U) << Texts(outcome.findings);
    EXPECT_EQ(outcome.findings.front().kind, damage.kind) << Texts(outcome.findings);
    EXPECT_FALSE(outcome.findings.front().repaired);
    ScrubOptions repair;
    repair.repair = true;
    outcome = RunScrub(repair);
    ASSERT_EQ(outcome.findings.size(), 1U) << Texts(outcome.findings);
    EXPECT_EQ(outcome.findings.front().repaired, damage.mended);
    outcome = RunScrub();
    EXPECT_EQ(outcome.findings.empty(), damage.mended) << Texts(outcome.findings);
    if (damage.mended) {
      EXPECT_TRUE(Get("video:bulk") == videos_["video:bulk"]);
      EXPECT_TRUE(Get("video:shared") == videos_["video:shared"]);
    }
  }
}

// Where a record cannot be read, nobody knows whose pages are nobody's.
TEST_F(ScrubStoreTest, NothingIsDroppedThatADamagedRecordMayOwn) {
  Close();
  std::string record;
  {
    const auto rows = OpenRows();
    record = **rows->Get(Family::kIndex, IndexRowKey(1, "video:small"));
    RowBatch batch;
    batch.Put(Family::kIndex, IndexRowKey(1, "video:small"), "rotten");
    ASSERT_TRUE(rows->Write(batch, true).ok());
  }
  ASSERT_NO_FATAL_FAILURE(Open());
  ScrubOptions repair;
  repair.repair = true;
  const Outcome outcome = RunScrub(repair);
  ASSERT_EQ(outcome.findings.size(), 1U) << Texts(outcome.findings);
  EXPECT_EQ(outcome.findings.front().kind, FindingKind::kRecord);
  Close();
  {
    const auto rows = OpenRows();
    RowBatch batch;
    batch.Put(Family::kIndex, IndexRowKey(1, "video:small"), record);
    ASSERT_TRUE(rows->Write(batch, true).ok());
  }
  ASSERT_NO_FATAL_FAILURE(Open());
  EXPECT_TRUE(Get("video:small") == videos_["video:small"]);
  ExpectClean();
}

TEST_F(ScrubStoreTest, AFileOfNobodyIsFound) {
  test::WriteWholeFile(StorePath() + "/db/holiday.mp4", "someone's");
  const Outcome outcome = RunScrub();
  ASSERT_EQ(outcome.findings.size(), 1U) << Texts(outcome.findings);
  EXPECT_EQ(outcome.findings.front().kind, FindingKind::kSpace);
  EXPECT_EQ(outcome.findings.front().file, "db/holiday.mp4");
}

TEST_F(ScrubStoreTest, AWrongCopyChangesNothing) {
  FlipInVideo("video:bulk", 5 * kMiB + 100);
  ScrubOptions repair;
  repair.repair_from = [](const std::string&, const Entry&, uint64_t,
                          uint64_t length) -> Result<std::string> {
    return std::string(length, 'x');
  };
  const Outcome outcome = RunScrub(repair);
  ASSERT_EQ(outcome.findings.size(), 1U) << Texts(outcome.findings);
  EXPECT_FALSE(outcome.findings.front().repaired);
  EXPECT_NE(outcome.findings.front().message.find("not repaired"), std::string::npos);
  EXPECT_EQ(Get("video:bulk"), "[damaged]");
  EXPECT_EQ(ListDamaged(store_.get(), "videos", "")->size(), 1U);
  EXPECT_TRUE(ListDamaged(store_.get(), "videos", "video:s")->empty());
  // What took its place is not damaged.
  Put("video:bulk", RandomBytes(3 * kMiB, 9));
  EXPECT_TRUE(ListDamaged(store_.get(), "videos", "")->empty());
  ExpectClean();
}

TEST_F(ScrubStoreTest, WhatWasStoppedGoesOn) {
  ASSERT_NO_FATAL_FAILURE(Open());
  const uint64_t all = RunScrub().summary->value_bytes;
  uint64_t verified = 0;
  uint64_t steps = 0;
  bool finished = false;
  for (bool first = true; !finished; first = false) {
    clock_.Advance(60);
    ASSERT_LT(++steps, 100U);
    ScrubOptions options;
    options.resume = !first;
    int asked = 0;
    // Some more of it each time, or it would never come further than where it begins.
    const int patience = 25 + static_cast<int>(steps) * 2;
    const Outcome outcome = RunScrub(options, [&] { return ++asked > patience; });
    ASSERT_TRUE(outcome.summary.ok()) << outcome.summary.status().message();
    EXPECT_EQ(Texts(outcome.findings), "");
    finished = outcome.summary->finished;
    verified = outcome.summary->value_bytes;
    EXPECT_EQ(outcome.summary->accounts.has_value(), finished);
    if (finished) {
      EXPECT_EQ(outcome.summary->accounts->not_verified, 0U);
    }
    ASSERT_NO_FATAL_FAILURE(Open());
  }
  EXPECT_GT(steps, 1U);
  EXPECT_GE(verified, all);
  // The next one begins anew, whatever it is told.
  ScrubOptions options;
  options.resume = true;
  clock_.Advance(60);
  EXPECT_EQ(RunScrub(options).summary->value_bytes, all);
}

TEST_F(ScrubStoreTest, WhatWasVerifiedLatelyIsPassedOver) {
  ExpectClean();
  clock_.Advance(3600);
  ScrubOptions options;
  options.since_s = 86'400;
  Outcome outcome = RunScrub(options);
  ASSERT_TRUE(outcome.summary.ok());
  EXPECT_LT(outcome.summary->value_bytes, 20'000U);  // what stands in records
  EXPECT_GE(outcome.summary->accounts->verified_earlier, 36 * kMiB);
  EXPECT_EQ(outcome.summary->accounts->not_verified, 0U);
  // A new video is read, and an old one again when its time has come.
  Put("video:new", RandomBytes(2 * kMiB, 10));
  outcome = RunScrub(options);
  EXPECT_GE(outcome.summary->value_bytes, 2 * kMiB);
  EXPECT_LT(outcome.summary->value_bytes, 3 * kMiB);
  clock_.Advance(86'401);
  outcome = RunScrub(options);
  EXPECT_GE(outcome.summary->value_bytes, AllBytes());
  // Damage is looked at each time.
  FlipInVideo("video:bulk", 5 * kMiB);
  clock_.Advance(2 * 86'400);
  EXPECT_EQ(RunScrub(options).findings.size(), 1U);
  EXPECT_EQ(RunScrub(options).findings.size(), 1U);
}

TEST_F(ScrubStoreTest, ChosenVideos) {
  FlipInVideo("video:bulk", 5 * kMiB);
  ScrubOptions options;
  options.namespace_name = "videos";
  options.key = "video:shared";
  Outcome outcome = RunScrub(options);
  ASSERT_TRUE(outcome.summary.ok());
  EXPECT_EQ(Texts(outcome.findings), "");
  EXPECT_EQ(outcome.summary->videos, 1U);
  EXPECT_FALSE(outcome.summary->accounts);
  options.key = "video:bulk";
  EXPECT_EQ(RunScrub(options).findings.size(), 1U);
  options.key = "video:none";
  EXPECT_EQ(RunScrub(options).summary.code(), Code::kNotFound);
  options.key.reset();
  options.tag = "b";
  outcome = RunScrub(options);
  EXPECT_EQ(outcome.summary->videos, 3U);
  EXPECT_EQ(outcome.findings.size(), 1U);
  options.tag = "nobody's";
  EXPECT_EQ(RunScrub(options).summary->videos, 0U);
  options.namespace_name = "none";
  EXPECT_EQ(RunScrub(options).summary.code(), Code::kNotFound);
}

TEST_F(ScrubStoreTest, ASampleIsAnotherEachTime) {
  std::vector<uint64_t> bytes;
  for (int i = 0; i < 8; ++i) {
    clock_.Advance(61);
    ScrubOptions options;
    options.sample = 0.5;
    const Outcome outcome = RunScrub(options);
    ASSERT_TRUE(outcome.summary.ok());
    EXPECT_EQ(Texts(outcome.findings), "");
    EXPECT_EQ(outcome.summary->videos, videos_.size());
    EXPECT_LE(outcome.summary->value_bytes, AllBytes() + 10'000);
    bytes.push_back(outcome.summary->value_bytes);
  }
  std::sort(bytes.begin(), bytes.end());
  EXPECT_NE(bytes.front(), bytes.back());
}

TEST_F(ScrubStoreTest, OneAtATime) {
  const std::lock_guard other(*PartsOf(store_.get()).scrub_mutex);
  test::CollectingObserver observer;
  EXPECT_EQ(Scrub(store_.get(), {}, &observer).code(), Code::kBusy);
}

TEST_F(ScrubStoreTest, WhatOthersHaveInMemoryStaysThereAndNoMore) {
  Close();
  const std::string file = Find(videos_["video:bulk"].substr(0, 64)).file;
  const uint64_t size = fs::file_size(file);
  // Not every file system can be asked, or forgets.
  const PageCache cache(file);
  ASSERT_NO_FATAL_FAILURE(Open());
  DropFromMemory(file);
  {
    const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    std::string some(kMiB, '\0');
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM);
    ASSERT_EQ(pread(descriptor, some.data(), some.size(), 8 * kMiB),
              static_cast<ssize_t>(some.size()));
    close(descriptor);
  }
  const auto before = cache.Missing(0, size);
  if (before.size() != 2) {
    GTEST_SKIP() << "the system does not tell what it has in memory";
  }
  ExpectClean();
  uint64_t missing = 0;
  for (const FileRange& range : cache.Missing(0, size)) {
    missing += range.bytes;
  }
  EXPECT_TRUE(cache.Missing(8 * kMiB, kMiB).empty());
  EXPECT_GE(missing, size - 2 * kMiB);
}

}  // namespace
}  // namespace reel

#include "tests/support/store_check.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "format/record.h"
#include "format/row_key.h"
#include "kv/store_parts.h"
#include "storage/database.h"
#include "storage/garbage.h"

namespace reel::test {
namespace {

namespace fs = std::filesystem;

struct Owner {
  std::string key;
  PageFamily family = PageFamily::kSmall;
  uint32_t pages = 0;
  uint64_t bytes = 0;
  uint32_t small_rows = 0;
};

constexpr Family kFamilies[] = {Family::kMeta,    Family::kIndex,      Family::kSmallPages,
                                Family::kPages,   Family::kTags,       Family::kExpiry,
                                Family::kGarbage, Family::kSharedPages};

// Every row of the database against the records.
class Rows {
 public:
  explicit Rows(const Database* database) : database_(database) {}

  RowCheck Check() {
    CheckRecords();
    CheckMirror(Family::kTags, tags_, "tag");
    CheckMirror(Family::kExpiry, expiries_, "expiry");
    ReadGarbage();
    CheckSmallPages();
    uint64_t tables = 0;
    tables += CheckSegments(Family::kPages, PageFamily::kBulk);
    tables += CheckSegments(Family::kSharedPages, PageFamily::kShared);
    for (const uint64_t extent : garbage_) {
      if (!excused_.contains(extent)) {
        Find("extent " + std::to_string(extent) + " stays listed as garbage");
      }
    }
    CheckBytes(tables);
    for (const Family family : kFamilies) {
      for (const SegmentInfo& segment : database_->ListSegments(family)) {
        check_.table_bytes += segment.bytes;
      }
    }
    return std::move(check_);
  }

 private:
  void Find(std::string what) { check_.findings.push_back(std::move(what)); }

  void Own(const std::string& key, const PageRun& run, uint64_t bytes) {
    Owner owner{key, run.family, run.PageCount(bytes), bytes};
    if (const auto [at, is_new] = owners_.emplace(run.extent, owner); !is_new) {
      Find(key + " and " + at->second.key + " own extent " + std::to_string(run.extent));
    }
  }

  void CheckRecords() {
    std::vector<std::pair<std::string, uint64_t>> chunks;
    const auto row = database_->NewCursor(Family::kIndex, "");
    for (; row->Valid(); row->Next()) {
      const std::string key(KvKeyOfIndexRow(row->key()));
      const auto record = DecodeRecord(row->value(), key);
      if (!record.ok()) {
        Find(key + ": " + record.status().message());
        continue;
      }
      const Entry& entry = record->entry;
      const auto* run = std::get_if<PageRun>(&record->value);
      if (entry.kind == EntryKind::kChunk) {
        chunks.emplace_back(key, run == nullptr ? 0 : run->extent);
        continue;
      }
      if (run != nullptr) {
        Own(key, *run, entry.size);
      }
      if (entry.kind == EntryKind::kManifest) {
        Own(key, record->body_run, entry.body.size);
      }
      const uint32_t id = NamespaceOfIndexRow(row->key());
      for (const std::string& tag : entry.tags) {
        tags_.insert(TagRowKey(id, tag, key));
      }
      if (entry.expires) {
        expiries_.insert(ExpiryRowKey(*entry.expires, id, key));
      }
    }
    for (const auto& [key, extent] : chunks) {
      if (!owners_.contains(extent)) {
        Find(key + " is a chunk of no video");
      }
    }
  }

  void CheckMirror(Family family, const std::set<std::string>& wanted, const std::string& what) {
    std::set<std::string> found;
    for (const auto row = database_->NewCursor(family, ""); row->Valid(); row->Next()) {
      found.emplace(row->key());
    }
    if (found != wanted) {
      Find("there are " + std::to_string(found.size()) + " " + what +
           " rows, and others than the " + std::to_string(wanted.size()) +
           " that the records want");
    }
  }

  void ReadGarbage() {
    const auto listed = ListedGarbage(*database_);
    if (!listed.ok()) {
      Find("garbage: " + listed.status().message());
      return;
    }
    for (const Garbage& garbage : *listed) {
      garbage_.insert(garbage.extent);
      if (owners_.contains(garbage.extent)) {
        Find(owners_[garbage.extent].key + " owns what is listed as garbage");
      }
    }
  }

  void CheckSmallPages() {
    for (const auto row = database_->NewCursor(Family::kSmallPages, ""); row->Valid();
         row->Next()) {
      const PageRow page = ParsePageRowKey(row->key());
      const auto owner = owners_.find(page.extent);
      if (owner == owners_.end() || page.page >= owner->second.pages) {
        Find("page " + std::to_string(page.page) + " of extent " + std::to_string(page.extent) +
             " is nobody's");
      } else {
        ++owner->second.small_rows;
      }
    }
    for (const auto& [extent, owner] : owners_) {
      if (owner.family == PageFamily::kSmall && owner.small_rows != owner.pages) {
        Find(owner.key + " has " + std::to_string(owner.small_rows) + " pages of " +
             std::to_string(owner.pages));
      }
    }
  }

  // Bytes in the table files of one family of pages.
  uint64_t CheckSegments(Family family, PageFamily pages) {
    constexpr uint64_t kGarbageShareMax = 4;
    uint64_t bytes = 0;
    for (const SegmentInfo& segment : database_->ListSegments(family)) {
      bytes += segment.bytes;
      const auto shares = database_->ExtentsIn(family, segment);
      uint64_t garbage_bytes = 0;
      std::set<uint64_t> garbage;
      for (const ExtentShare& share : shares.value_or(std::vector<ExtentShare>())) {
        const auto owner = owners_.find(share.extent);
        if (owner != owners_.end() && owner->second.family == pages) {
          continue;
        }
        garbage_bytes += share.bytes;
        garbage.insert(share.extent);
        if (!garbage_.contains(share.extent)) {
          Find(segment.name + " holds extent " + std::to_string(share.extent) +
               ", which is nobody's");
        }
      }
      // A little garbage in a shared file waits for more, and a damaged file is left alone.
      if (family == Family::kSharedPages && (garbage_bytes < segment.bytes / kGarbageShareMax ||
                                             !database_->VerifySegment(family, segment).ok())) {
        excused_.merge(garbage);
      }
    }
    return bytes;
  }

  void CheckBytes(uint64_t table_bytes) {
    // Of a row in a table file beside the page, and of a file beside its rows.
    constexpr uint64_t kRowBytes = 80;
    constexpr uint64_t kFileBytes = 64U << 10;
    uint64_t owned = 0;
    for (const auto& [extent, owner] : owners_) {
      owned += owner.bytes + uint64_t{owner.pages} * kRowBytes + kFileBytes;
    }
    if (excused_.empty() && table_bytes > owned) {
      Find("the table files of pages have " + std::to_string(table_bytes) + " bytes for " +
           std::to_string(owned));
    }
  }

  const Database* database_;
  RowCheck check_;
  std::map<uint64_t, Owner> owners_;
  std::set<std::string> tags_;
  std::set<std::string> expiries_;
  std::set<uint64_t> garbage_;
  std::set<uint64_t> excused_;
};

}  // namespace

RowCheck CheckRows(Store* store) {
  const StoreParts parts = PartsOf(store);
  parts.context.reclaimer->WaitUntilIdle();
  return Rows(parts.context.database).Check();
}

std::vector<std::string> CheckFiles(const std::string& path, uint64_t table_bytes) {
  // Rows of the log that a close or an open puts into table files.
  constexpr uint64_t kMoreBytes = 4U << 20;
  std::vector<std::string> findings;
  uint64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(path + "/db")) {
    if (entry.path().extension() == ".trash") {
      findings.push_back(entry.path().string() + " is left in the trash");
    }
    bytes += entry.path().extension() == ".sst" ? entry.file_size() : 0;
  }
  if (bytes > table_bytes + kMoreBytes) {
    findings.push_back("there are " + std::to_string(bytes) + " bytes of table files, and " +
                       std::to_string(table_bytes) + " are the store's");
  }
  for (const auto& entry : fs::directory_iterator(path + "/staging")) {
    findings.push_back(entry.path().string() + " is left in staging");
  }
  return findings;
}

}  // namespace reel::test

#include "tests/engine/campaign/campaign_store.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <utility>

#include "base/hash.h"
#include "kv/open_store.h"
#include "tests/support/bit_rot.h"
#include "tests/support/store_check.h"
#include "tests/support/test_bytes.h"

namespace reel::test {
namespace {

constexpr const char* kVideos = "videos";
constexpr const char* kDropped = "dropped";
// Large pages: a table file is full after 1,024 of them, whatever they hold.
constexpr uint32_t kPageSize = 256U << 10;
constexpr uint64_t kBulkStride = 1'000;
constexpr uint64_t kChunk = 100'000;
constexpr int64_t kPassing = 40;

struct LayoutRow {
  const char* name;
  uint64_t size;
};
constexpr std::array<LayoutRow, 5> kLayouts = {{
    {"inline", 3'000},
    {"small", 30'000},
    {"small chunks", 2 * kChunk + 77},
    {"shared", 11 * kChunk + 77},
    {"bulk", 1'100 * kBulkStride + 77},
}};

std::string KeyAt(uint64_t index) {
  return "v" + std::to_string(index) + ".mp4";
}
constexpr uint64_t kKeys = 8;

std::string BytesOf(Layout layout, uint64_t seed) {
  return RandomBytes(kLayouts[static_cast<size_t>(layout)].size + seed % 50, seed);
}

LibraryOptions Options(bool chunked) {
  LibraryOptions options;
  options.chunking.enabled = chunked;
  options.chunking.size_threshold = 2 * kChunk;
  options.chunking.chunk_size = chunked ? kChunk : kBulkStride;
  options.tags.derived = false;
  options.ttl_refresh.enabled = false;  // reading changes nothing
  return options;
}

Status PutBytes(VideoLibrary* library, const std::string& key, const std::string& bytes,
                const VideoAttributes& attributes) {
  const auto writer = library->NewWriter(key, attributes);
  REEL_RETURN_IF_ERROR(writer.status());
  REEL_RETURN_IF_ERROR((*writer)->Append(bytes));
  return (*writer)->Commit().status();
}

}  // namespace

std::string Describe(const Step& step) {
  switch (step.kind) {
    case Step::Kind::kPut:
      return "put " + std::string(kLayouts[static_cast<size_t>(step.layout)].name) + " " + step.key;
    case Step::Kind::kTouch:
      return "touch " + step.key;
    case Step::Kind::kRename:
      return "rename " + step.key + " to " + step.to;
    case Step::Kind::kRemove:
      return "remove " + step.key;
    case Step::Kind::kPurge:
      return "purge " + step.tag;
    case Step::Kind::kExpire:
      return "expire";
    case Step::Kind::kRepair:
      return "repair " + step.key;
    case Step::Kind::kDrop:
      return "drop a namespace";
    case Step::Kind::kReopen:
      return "reopen";
  }
  return "";
}

Step NextStep(std::mt19937_64* random) {
  std::mt19937_64& next = *random;
  Step step;
  step.key = KeyAt(next() % kKeys);
  step.to = KeyAt(next() % kKeys);
  step.seed = next();
  step.tag = next() % 2 == 0 ? "a" : "b";
  if (next() % 3 == 0) {
    step.ttl = 60 + static_cast<int64_t>(next() % 100);
  }
  constexpr std::array kOften = {Layout::kInline,      Layout::kInline, Layout::kInline,
                                 Layout::kSmall,       Layout::kSmall,  Layout::kSmallChunks,
                                 Layout::kSmallChunks, Layout::kShared, Layout::kBulk};
  step.layout = kOften[next() % kOften.size()];
  constexpr std::array kRarely = {Step::Kind::kTouch,  Step::Kind::kRename, Step::Kind::kRemove,
                                  Step::Kind::kPurge,  Step::Kind::kExpire, Step::Kind::kRepair,
                                  Step::Kind::kRepair, Step::Kind::kDrop,   Step::Kind::kReopen};
  if (next() % 2 == 0) {
    step.kind = kRarely[next() % kRarely.size()];
  }
  return step;
}

std::vector<Step> ShortWorkload() {
  using Kind = Step::Kind;
  return {
      {.kind = Kind::kPut, .key = "v0.mp4", .layout = Layout::kInline, .seed = 1, .tag = "a"},
      {.kind = Kind::kPut,
       .key = "v1.mp4",
       .layout = Layout::kSmall,
       .seed = 2,
       .tag = "b",
       .ttl = 70},
      {.kind = Kind::kPut, .key = "v2.mp4", .layout = Layout::kSmallChunks, .seed = 3, .tag = "a"},
      {.kind = Kind::kPut, .key = "v3.mp4", .layout = Layout::kShared, .seed = 4, .tag = "b"},
      {.kind = Kind::kPut,
       .key = "v4.mp4",
       .layout = Layout::kBulk,
       .seed = 5,
       .tag = "b",
       .ttl = 70},
      {.kind = Kind::kTouch, .key = "v2.mp4", .ttl = 90},
      {.kind = Kind::kRename, .key = "v3.mp4", .to = "v5.mp4"},
      {.kind = Kind::kRepair, .key = "v5.mp4", .seed = 6},
      {.kind = Kind::kRepair, .key = "v4.mp4", .seed = 7},
      {.kind = Kind::kPut, .key = "v1.mp4", .layout = Layout::kShared, .seed = 8, .tag = "a"},
      {.kind = Kind::kReopen},
      {.kind = Kind::kRename, .key = "v1.mp4", .to = "v4.mp4"},
      {.kind = Kind::kPut,
       .key = "v0.mp4",
       .layout = Layout::kBulk,
       .seed = 9,
       .tag = "b",
       .ttl = 70},
      {.kind = Kind::kDrop, .seed = 10},
      {.kind = Kind::kPurge, .tag = "a"},
      {.kind = Kind::kExpire},
      {.kind = Kind::kExpire},
      {.kind = Kind::kRemove, .key = "v5.mp4"},
  };
}

CampaignStore::CampaignStore(std::string path, const CampaignStore& other)
    : path_(std::move(path)), clock_(other.clock_.NowSeconds()), videos_(other.videos_) {
  std::filesystem::copy(other.path_, path_, std::filesystem::copy_options::recursive);
}

Status CampaignStore::Open(const Environment& environment) {
  environment_ = environment;
  StoreOptions options;
  options.path = path_;
  options.create_if_missing = true;
  options.cache_bytes = 4U << 20;
  options.page_size = kPageSize;
  auto store = OpenStore(options, clock_, environment);
  REEL_RETURN_IF_ERROR(store.status());
  const auto entries = (*store)->Namespace(kVideos, true);
  REEL_RETURN_IF_ERROR(entries.status());
  store_ = *std::move(store);
  entries_ = *entries;
  chunked_.emplace(entries_, Options(/*chunked=*/true));
  whole_.emplace(entries_, Options(/*chunked=*/false));
  return Status::Ok();
}

void CampaignStore::Close() {
  chunked_.reset();
  whole_.reset();
  store_.reset();
}

std::vector<std::string> CampaignStore::CloseChecked() {
  RowCheck rows = CheckRows(store_.get());
  Close();
  for (std::string& finding : CheckFiles(path_, rows.table_bytes)) {
    rows.findings.push_back(std::move(finding));
  }
  return std::move(rows.findings);
}

VideoLibrary* CampaignStore::LibraryFor(Layout layout) {
  return layout == Layout::kBulk ? &*whole_ : &*chunked_;
}

void CampaignStore::ForgetExpired() {
  std::erase_if(videos_, [this](const auto& item) {
    const auto& expires = item.second.video.expires;
    return expires && *expires <= clock_.NowSeconds();
  });
}

void CampaignStore::Changes(const std::string& key, std::optional<Stored> after) {
  const auto before = videos_.find(key);
  changes_[key] = {before == videos_.end() ? std::nullopt : std::optional(before->second),
                   std::move(after)};
}

Status CampaignStore::Take(const Step& step) {
  Status taken;
  changes_.clear();
  switch (step.kind) {
    case Step::Kind::kPut:
      taken = Put(step);
      break;
    case Step::Kind::kTouch:
      taken = Touch(step);
      break;
    case Step::Kind::kRename:
      taken = Rename(step);
      break;
    case Step::Kind::kRemove:
      taken = Remove(step);
      break;
    case Step::Kind::kPurge:
      taken = Purge(step);
      break;
    case Step::Kind::kExpire:
      taken = Expire();
      break;
    case Step::Kind::kRepair:
      taken = Repair(step);
      break;
    case Step::Kind::kDrop:
      taken = Drop(step);
      break;
    case Step::Kind::kReopen:
      Close();
      taken = Open(environment_);
      break;
  }
  if (!taken.ok()) {
    if (step.kind == Step::Kind::kRename) {
      inseparable_ = {step.key, step.to};
    }
    doubts_.merge(changes_);
    return taken.WithContext(Describe(step));
  }
  for (const auto& [key, change] : changes_) {
    if (change.after) {
      videos_[key] = *change.after;
    } else {
      videos_.erase(key);
    }
  }
  ++acknowledged_;
  return Status::Ok();
}

Status CampaignStore::Put(const Step& step) {
  const std::string bytes = BytesOf(step.layout, step.seed);
  Stored stored;
  stored.layout = step.layout;
  stored.seed = step.seed;
  stored.video = {bytes.size(), HashWhole(bytes), {step.tag}, std::nullopt};
  if (step.ttl) {
    stored.video.expires = clock_.NowSeconds() + *step.ttl;
  }
  Changes(step.key, stored);
  VideoAttributes attributes;
  attributes.tags = stored.video.tags;
  attributes.ttl = step.ttl;
  return PutBytes(LibraryFor(step.layout), step.key, bytes, attributes);
}

Status CampaignStore::Touch(const Step& step) {
  const auto at = videos_.find(step.key);
  if (at == videos_.end()) {
    return Status::Ok();
  }
  Stored after = at->second;
  after.video.expires = step.ttl ? std::optional(clock_.NowSeconds() + *step.ttl) : std::nullopt;
  Changes(step.key, after);
  return chunked_->Touch(step.key, step.ttl);
}

Status CampaignStore::Rename(const Step& step) {
  const auto from = videos_.find(step.key);
  if (from == videos_.end() || step.key == step.to) {
    return Status::Ok();
  }
  Changes(step.key, std::nullopt);
  Changes(step.to, from->second);
  return chunked_->Rename(step.key, step.to).status();
}

Status CampaignStore::Remove(const Step& step) {
  if (!videos_.contains(step.key)) {
    return Status::Ok();
  }
  Changes(step.key, std::nullopt);
  return chunked_->Remove(step.key);
}

Status CampaignStore::Purge(const Step& step) {
  for (const auto& [key, stored] : videos_) {
    if (stored.video.tags.front() == step.tag) {
      Changes(key, std::nullopt);
    }
  }
  return chunked_->Purge({.tag = step.tag, .prefix = std::nullopt}).status();
}

Status CampaignStore::Expire() {
  clock_.Advance(kPassing);
  ForgetExpired();
  return chunked_->PurgeExpired().status();
}

Status CampaignStore::Repair(const Step& step) {
  const auto at = videos_.find(step.key);
  if (at == videos_.end() ||
      (at->second.layout != Layout::kShared && at->second.layout != Layout::kBulk)) {
    return Status::Ok();
  }
  Stored& stored = at->second;
  const std::string bytes = BytesOf(stored.layout, stored.seed);
  constexpr size_t kFound = 32;
  if (!std::exchange(stored.was_damaged, true)) {
    stored.rotten |= FlipABit(
        path_, std::string_view(bytes).substr(step.seed % (bytes.size() - kFound), kFound));
  }
  Stored repaired = stored;
  repaired.rotten = false;
  Changes(step.key, repaired);
  return PutBack(step.key, stored);
}

Status CampaignStore::PutBack(const std::string& key, const Stored& stored) {
  const std::string bytes = BytesOf(stored.layout, stored.seed);
  const auto view = entries_->Open(key);
  REEL_RETURN_IF_ERROR(view.status());
  const Entry& entry = (*view)->entry();
  if (entry.kind != EntryKind::kManifest) {
    return (*view)->Repair(std::nullopt, bytes);
  }
  for (uint32_t i = 0; i < entry.body.chunk_count; ++i) {
    REEL_RETURN_IF_ERROR((*view)->Repair(
        i, std::string_view(bytes).substr(i * entry.body.chunk_size, entry.body.chunk_size)));
  }
  return Status::Ok();
}

Status CampaignStore::Heal() {
  for (auto& [key, stored] : videos_) {
    if (stored.rotten) {
      REEL_RETURN_IF_ERROR(PutBack(key, stored));
      stored.rotten = false;
    }
  }
  return Status::Ok();
}

Status CampaignStore::Drop(const Step& step) {
  drop_in_doubt_ = true;
  const auto entries = store_->Namespace(kDropped, true);
  REEL_RETURN_IF_ERROR(entries.status());
  VideoLibrary library(*entries, Options(/*chunked=*/true));
  for (const Layout layout : {Layout::kSmall, Layout::kShared}) {
    const std::string key = KeyAt(static_cast<uint64_t>(layout));
    REEL_RETURN_IF_ERROR(PutBytes(&library, key, BytesOf(layout, step.seed), {}));
  }
  REEL_RETURN_IF_ERROR(store_->DropNamespace(kDropped));
  drop_in_doubt_ = false;
  return Status::Ok();
}

Result<std::optional<CampaignStore::Video>> CampaignStore::Find(const std::string& key) const {
  const auto reader = chunked_->Open(key);
  if (reader.code() == Code::kNotFound) {
    return std::optional<Video>();
  }
  REEL_RETURN_IF_ERROR(reader.status());
  const VideoInfo& info = (*reader)->info();
  BorrowedBytes lent;
  REEL_RETURN_IF_ERROR((*reader)->Borrow(0, info.size, &lent));
  const std::string bytes = lent.ToString();
  if (HashWhole(bytes) != info.xxh3) {
    return Status(Code::kInvalidArgument, key + " was read, and has not the bytes of its hash");
  }
  return std::optional(Video{bytes.size(), info.xxh3, info.tags, info.expires});
}

bool CampaignStore::Fits(const std::optional<Stored>& wanted,
                         const Result<std::optional<Video>>& found) {
  if (!found.ok()) {
    return wanted && wanted->rotten && found.code() == Code::kCorruption;
  }
  return found->has_value() == wanted.has_value() && (!wanted || wanted->video == **found);
}

std::set<std::string> CampaignStore::Keys() const {
  std::set<std::string> keys;
  for (uint64_t i = 0; i < kKeys; ++i) {
    keys.insert(KeyAt(i));
  }
  for (const auto& [key, video] : videos_) {
    keys.insert(key);
  }
  for (const auto& [key, doubt] : doubts_) {
    keys.insert(key);
  }
  return keys;
}

std::vector<std::string> CampaignStore::Compare(std::map<std::string, Stored>* now) const {
  std::vector<std::string> findings;
  std::map<std::string, std::pair<bool, bool>> fits;
  for (const std::string& key : Keys()) {
    const auto found = Find(key);
    const auto known = videos_.find(key);
    const auto doubt = doubts_.find(key);
    const std::optional<Stored> before =
        doubt != doubts_.end()
            ? doubt->second.before
            : (known == videos_.end() ? std::nullopt : std::optional(known->second));
    const std::optional<Stored> after = doubt != doubts_.end() ? doubt->second.after : before;
    fits[key] = {Fits(before, found), Fits(after, found)};
    if (!fits[key].first && !fits[key].second) {
      findings.push_back(key + " is neither what was acknowledged" +
                         (doubt == doubts_.end() ? "" : " nor what was under way") + ": " +
                         (!found.ok()          ? found.status().message()
                          : found->has_value() ? "other than it was"
                                               : "missing"));
    }
    // Where both fit, a repair: whether it was needed the next one finds out.
    const std::optional<Stored>& is = fits[key].first ? before : after;
    if (is) {
      now->emplace(key, *is);
    }
  }
  if (!inseparable_.empty() && fits[inseparable_[0]].first != fits[inseparable_[1]].first &&
      fits[inseparable_[0]].second != fits[inseparable_[1]].second) {
    findings.emplace_back("a step was taken by half");
  }
  CheckNames(now->size(), &findings);
  return findings;
}

std::vector<std::string> CampaignStore::Verify() const {
  std::map<std::string, Stored> now;
  return Compare(&now);
}

std::vector<std::string> CampaignStore::Settle() {
  std::map<std::string, Stored> now;
  std::vector<std::string> findings = Compare(&now);
  videos_ = std::move(now);
  doubts_.clear();
  inseparable_.clear();
  return findings;
}

void CampaignStore::CheckNames(size_t videos, std::vector<std::string>* findings) const {
  const auto listed = entries_->List({});
  if (!listed.ok() || listed->entries.size() != videos) {
    findings->push_back("the listing has not the " + std::to_string(videos) +
                        " videos: " + listed.status().message());
  }
  const auto names = store_->Namespaces();
  const size_t most = drop_in_doubt_ ? 2 : 1;
  if (!names.ok() || names->empty() || names->size() > most) {
    findings->push_back("there are other namespaces: " + names.status().message());
  }
}

}  // namespace reel::test

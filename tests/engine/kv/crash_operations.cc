#include "tests/engine/kv/crash_operations.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/hash.h"
#include "format/chunk_map.h"
#include "format/json.h"
#include "tests/engine/kv/whole_video.h"
#include "tests/support/test_bytes.h"

namespace reel::test {
namespace {

constexpr std::array<const char*, 12> kKeys = {
    "a", "a/b", "b.mp4", "b.mp4:w=1", "c", "c_chunk_x", "d", "e", "f", "g", "日本", "z"};
constexpr std::array<const char*, 3> kTags = {"t0", "t1", "t2"};

template <typename Items>
auto& AnyOf(Items& items, std::mt19937_64& random) {
  return items[random() % items.size()];
}

CrashVideo NewVideo(int64_t now, std::mt19937_64& random) {
  // In the record, in small pages, in shared table files; now and then in one of its own.
  constexpr std::array<size_t, 6> kSizes = {100, 30'000, 300'000, 1'100'000, 1'500'000, 2'500'000};
  constexpr size_t kBulkBytes = 33U << 20;
  CrashVideo video;
  const bool bulk = random() % 100 == 0;
  video.size = bulk ? kBulkBytes : AnyOf(kSizes, random) + random() % 1000;
  video.seed = random();
  video.text = !bulk && random() % 6 == 0;
  if (bulk || random() % 2 == 0) {
    video.chunk_size = video.size / (2 + random() % 6) + 1;
  }
  if (random() % 4 == 0) {
    video.expires = now + 60 + static_cast<int64_t>(random() % 100);
  }
  video.tag = AnyOf(kTags, random);
  return video;
}

std::vector<std::string> KeysWhere(const CrashModel& model, bool (*wanted)(const CrashVideo&)) {
  std::vector<std::string> keys;
  for (const auto& [key, video] : model.videos) {
    if (model.Lives(key) && wanted(video)) {
      keys.push_back(key);
    }
  }
  return keys;
}

std::string MetadataOf(const CrashVideo& video) {
  return EncodeBaseMetadata({.tags = {video.tag},
                             .content_type = "video/mp4",
                             .content_length = video.size,
                             .chunked = video.chunk_size > 0});
}

// What describes the video when it is chunked, as readers of the namespace expect it.
NewManifest ManifestOf(const std::string& key, const CrashVideo& video) {
  const ChunkMap chunks(video.size, video.chunk_size);
  Manifest manifest{.total_size = video.size, .standard_chunk_size = video.chunk_size};
  NewManifest described;
  for (uint32_t i = 0; i < chunks.count(); ++i) {
    manifest.chunk_sizes.push_back(chunks.RangeOf(i).length);
    described.chunk_metadata.push_back(
        EncodeChunkMetadata(key, i, {video.tag}, chunks.RangeOf(i).length));
  }
  described.json = EncodeManifest(manifest);
  return described;
}

Status Put(const std::string& key, const CrashVideo& video, int64_t now, KvNamespace* entries) {
  EntryAttributes attributes;
  attributes.metadata = MetadataOf(video);
  attributes.tags = {video.tag};
  if (video.expires) {
    attributes.ttl = *video.expires - now;
  }
  auto writer = entries->NewWriter(key, video.stride());
  REEL_RETURN_IF_ERROR(writer.status());
  REEL_RETURN_IF_ERROR((*writer)->Append(video.Bytes()));
  const auto published = video.chunk_size > 0
                             ? (*writer)->PublishChunked(ManifestOf(key, video), attributes)
                             : (*writer)->PublishSingle(attributes);
  return published.status();
}

Status Purge(const std::vector<std::string>& keys, KvNamespace* entries) {
  if (keys.size() == 1) {
    return entries->Delete(keys[0]).status();
  }
  std::vector<Mutation> batch(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    batch[i].kind = Mutation::Kind::kDelete;
    batch[i].key = keys[i];
  }
  return entries->Apply(batch);
}

Status Sweep(uint32_t limit, KvNamespace* entries) {
  while (true) {
    const auto removed = entries->RemoveExpired(limit);
    REEL_RETURN_IF_ERROR(removed.status());
    if (removed->videos == 0) {
      return Status::Ok();
    }
  }
}

Status RepairKey(const std::string& key, const CrashVideo& video, KvNamespace* entries) {
  const auto view = entries->Open(key);
  REEL_RETURN_IF_ERROR(view.status());
  return RepairVideo(**view, video.Bytes());
}

Status Rename(const CrashOperation& operation, CrashVideo video, KvNamespace* entries) {
  Relabeling relabeling;
  video.tag = operation.tag;
  relabeling.metadata = MetadataOf(video);
  if (video.chunk_size > 0) {
    relabeling.chunk_metadata = ManifestOf(operation.target, video).chunk_metadata;
  }
  relabeling.from = operation.keys[0];
  relabeling.to = operation.target;
  relabeling.tags = {operation.tag};
  return entries->Relabel(relabeling).status();
}

std::string VideoDifference(const CrashVideo& want, const EntryView& view) {
  const Entry& entry = view.entry();
  const bool chunked = entry.kind == EntryKind::kManifest;
  if (chunked != (want.chunk_size > 0) || entry.tags != std::vector{want.tag} ||
      entry.expires != want.expires || entry.metadata != MetadataOf(want)) {
    return "has another kind, tag, expiry or metadata";
  }
  const std::string bytes = want.Bytes();
  if ((chunked ? entry.body.xxh3 : entry.xxh3) != HashWhole(bytes)) {
    return "has another hash";
  }
  const auto read = ReadVideo(view);
  if (!read.ok()) {
    return want.damaged && read.code() == Code::kCorruption ? "" : read.status().message();
  }
  return *read == bytes ? "" : "has other bytes than were acknowledged";
}

// All rows of a listing, page by page.
Result<std::set<std::string>> Listed(const KvNamespace& entries, ListOptions options) {
  std::set<std::string> keys;
  while (true) {
    const auto page = entries.List(options);
    REEL_RETURN_IF_ERROR(page.status());
    for (const Entry& entry : page->entries) {
      keys.insert(entry.key);
    }
    if (!page->next) {
      return keys;
    }
    options.start_after = *page->next;
  }
}

std::string ListingDifference(const CrashModel& model, const KvNamespace& entries) {
  std::set<std::string> want;
  std::map<std::string, std::set<std::string>> tagged;
  for (const auto& [key, video] : model.videos) {
    if (!model.Lives(key)) {
      continue;
    }
    want.insert(key);
    tagged[video.tag].insert(key);
    for (uint64_t i = 0; video.chunk_size > 0 && i * video.chunk_size < video.size; ++i) {
      want.insert(key + "_chunk_" + std::to_string(i));
    }
  }
  const auto all = Listed(entries, {.include_chunks = true});
  if (!all.ok() || *all != want) {
    return "the listing holds other keys than were acknowledged";
  }
  for (const char* tag : kTags) {
    const auto with_tag = Listed(entries, {.tag = tag});
    if (!with_tag.ok() || *with_tag != tagged[tag]) {
      return "the tag " + std::string(tag) + " leads to other keys than were acknowledged";
    }
  }
  return "";
}

}  // namespace

std::string CrashVideo::Bytes() const {
  return text ? TextBytes(size, seed) : RandomBytes(size, seed);
}

uint64_t CrashVideo::stride() const {
  constexpr uint64_t kOfEntries = 400'000;
  return chunk_size > 0 ? chunk_size : kOfEntries;
}

bool CrashModel::Lives(const std::string& key) const {
  const auto at = videos.find(key);
  return at != videos.end() && (!at->second.expires || *at->second.expires > now);
}

void CrashModel::Apply(const CrashOperation& operation) {
  switch (operation.kind) {
    case CrashKind::kOpen:
      break;
    case CrashKind::kPut:
    case CrashKind::kOverwrite:
      videos[operation.keys[0]] = operation.video;
      break;
    case CrashKind::kPurge:
      for (const std::string& key : operation.keys) {
        videos.erase(key);
      }
      break;
    case CrashKind::kSweep:
      now += operation.seconds;
      std::erase_if(videos, [&](const auto& item) { return !Lives(item.first); });
      break;
    case CrashKind::kRepair:
      videos[operation.keys[0]].damaged = false;
      break;
    case CrashKind::kRename: {
      CrashVideo video = videos[operation.keys[0]];
      video.tag = operation.tag;
      videos.erase(operation.keys[0]);
      videos[operation.target] = std::move(video);
      break;
    }
  }
}

CrashOperation NextOperation(const CrashModel& model, CrashKind favored, std::mt19937_64& random) {
  constexpr std::array kUsual = {CrashKind::kPut,   CrashKind::kPut,   CrashKind::kOverwrite,
                                 CrashKind::kPurge, CrashKind::kSweep, CrashKind::kRename};
  CrashOperation operation;
  // What is damaged would be replaced soon.
  const uint64_t one_in = favored == CrashKind::kRepair ? 1 : 3;
  operation.kind = random() % one_in == 0 ? favored : AnyOf(kUsual, random);
  const auto living = KeysWhere(model, [](const CrashVideo&) { return true; });
  const auto expiring =
      KeysWhere(model, [](const CrashVideo& video) { return video.expires.has_value(); });
  const auto damaged = KeysWhere(model, [](const CrashVideo& video) { return video.damaged; });
  if (operation.kind == CrashKind::kRepair && !damaged.empty()) {
    operation.keys = {AnyOf(damaged, random)};
    return operation;
  }
  if (operation.kind == CrashKind::kSweep && !expiring.empty()) {
    operation.seconds = *model.videos.at(AnyOf(expiring, random)).expires - model.now;
    operation.limit = static_cast<uint32_t>(1 + random() % 4);
    return operation;
  }
  if (operation.kind == CrashKind::kPurge && !living.empty()) {
    operation.keys = {AnyOf(living, random)};
    const std::string& tag = model.videos.at(operation.keys[0]).tag;
    for (const std::string& key : living) {
      if (random() % 2 == 0 && key != operation.keys[0] && model.videos.at(key).tag == tag) {
        operation.keys.push_back(key);
      }
    }
    return operation;
  }
  if (operation.kind == CrashKind::kRename && !living.empty()) {
    operation.keys = {AnyOf(living, random)};
    operation.target = AnyOf(kKeys, random);
    operation.tag = AnyOf(kTags, random);
    return operation;
  }
  std::string key = AnyOf(kKeys, random);
  if (operation.kind == CrashKind::kOverwrite && !living.empty()) {
    key = AnyOf(living, random);
  }
  operation.kind = model.Lives(key) ? CrashKind::kOverwrite : CrashKind::kPut;
  operation.keys = {key};
  operation.video = NewVideo(model.now, random);
  return operation;
}

Status Perform(const CrashModel& model, const CrashOperation& operation, KvNamespace* entries,
               FakeClock* clock) {
  switch (operation.kind) {
    case CrashKind::kOpen:
      return Status::Ok();
    case CrashKind::kPut:
    case CrashKind::kOverwrite:
      return Put(operation.keys[0], operation.video, model.now, entries);
    case CrashKind::kPurge:
      return Purge(operation.keys, entries);
    case CrashKind::kSweep:
      clock->Advance(operation.seconds);
      return Sweep(operation.limit, entries);
    case CrashKind::kRepair:
      return RepairKey(operation.keys[0], model.videos.at(operation.keys[0]), entries);
    case CrashKind::kRename:
      break;
  }
  return Rename(operation, model.videos.at(operation.keys[0]), entries);
}

std::string Difference(const CrashModel& model, const KvNamespace& entries) {
  for (const char* key : kKeys) {
    const auto view = entries.Open(key);
    if (!model.Lives(key)) {
      if (view.code() != Code::kNotFound) {
        return std::string(key) + " is there and should not be";
      }
      continue;
    }
    const std::string difference =
        view.ok() ? VideoDifference(model.videos.at(key), **view) : view.status().message();
    if (!difference.empty()) {
      return std::string(key) + ": " + difference;
    }
  }
  return ListingDifference(model, entries);
}

std::string FinishSweep(const CrashModel& before, const CrashOperation& sweep, KvNamespace* entries,
                        FakeClock* clock) {
  CrashModel after = before;
  after.Apply(sweep);
  // By the clock of before the sweep, what it has not removed is there again.
  for (const bool finished : {false, true}) {
    for (const auto& [key, video] : before.videos) {
      const auto view = entries->Open(key);
      const bool expected = after.videos.contains(key);
      if (view.code() == Code::kNotFound && !expected) {
        continue;
      }
      const std::string difference =
          view.ok() ? VideoDifference(video, **view) : view.status().message();
      if (!difference.empty()) {
        return key + ", cut off in a sweep: " + difference;
      }
      if (finished && !expected) {
        return key + " has outlived a sweep";
      }
    }
    clock->Advance(sweep.seconds);
    if (const Status swept = Sweep(sweep.limit, entries); !swept.ok()) {
      return swept.message();
    }
    clock->Advance(-sweep.seconds);
  }
  clock->Advance(sweep.seconds);
  return "";
}

Status RemoveAll(KvNamespace* entries) {
  for (const char* key : kKeys) {
    REEL_RETURN_IF_ERROR(entries->Delete(key).status());
  }
  return Status::Ok();
}

}  // namespace reel::test

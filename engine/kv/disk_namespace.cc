#include "kv/disk_namespace.h"

#include <utility>

#include "format/kv_key.h"
#include "format/row_key.h"
#include "kv/disk_view.h"
#include "kv/disk_writer.h"
#include "kv/listing.h"

namespace reel {
namespace {

void AddGarbage(const PageRun& run, uint64_t bytes, RowBatch* batch,
                std::vector<Garbage>* garbage) {
  const Garbage item{run.family, run.extent, run.PageCount(bytes)};
  ListGarbage(item, batch);
  garbage->push_back(item);
}

uint64_t TtlOf(const Entry& entry) {
  return entry.expires ? static_cast<uint64_t>(*entry.expires - entry.created) : 0;
}

}  // namespace

Result<std::optional<Record>> DiskNamespace::Find(std::string_view key) const {
  auto row = context_.database->Get(Family::kIndex, IndexRowKey(id_, key));
  if (!row.ok()) {
    return row.status();
  }
  if (!row->has_value()) {
    return std::optional<Record>();
  }
  auto record = DecodeRecord(**row, key);
  if (!record.ok()) {
    return record.status();
  }
  return std::optional<Record>(*std::move(record));
}

Result<Record> DiskNamespace::FindLive(std::string_view key) const {
  REEL_RETURN_IF_ERROR(ValidateKey(key));
  auto record = Find(key);
  if (!record.ok()) {
    return record.status();
  }
  if (!record->has_value() || IsExpired((*record)->entry, context_.clock->NowSeconds())) {
    return NoSuchKey(key);
  }
  return **std::move(record);
}

Result<Entry> DiskNamespace::Stat(std::string_view key) const {
  auto record = FindLive(key);
  if (!record.ok()) {
    return record.status();
  }
  return std::move(record->entry);
}

Result<std::unique_ptr<EntryView>> DiskNamespace::Open(std::string_view key,
                                                       Caching caching) const {
  // Under the lock nothing is dropped between reading the record and pinning what it names (I7).
  const auto hold = context_.reclaimer->HoldDrops();
  auto record = FindLive(key);
  if (!record.ok()) {
    return record.status();
  }
  return std::unique_ptr<EntryView>(std::make_unique<DiskView>(
      context_.database, context_.reclaimer, *std::move(record), caching));
}

Result<ListPage> DiskNamespace::List(const ListOptions& options) const {
  const std::string id_prefix = IndexRowKey(id_, "");
  const auto cursor = context_.database->NewCursor(Family::kIndex, id_prefix + options.prefix);
  Listing listing(options, context_.clock->NowSeconds());
  const std::string from = listing.first_key();
  if (!from.empty()) {
    cursor->Seek(id_prefix + from);
  }
  while (cursor->Valid()) {
    const std::string_view key = KvKeyOfIndexRow(cursor->key());
    if (!options.include_chunks && IsChunkRecord(cursor->value())) {
      cursor->Next();
      continue;
    }
    auto record = DecodeRecord(cursor->value(), key);
    if (!record.ok()) {
      return record.status();
    }
    const Listing::Step step = listing.Take(std::move(record->entry));
    if (step.done) {
      break;
    }
    if (step.seek) {
      cursor->Seek(id_prefix + *step.seek);
    } else {
      cursor->Next();
    }
  }
  REEL_RETURN_IF_ERROR(cursor->status());
  return std::move(listing).page();
}

Result<std::unique_ptr<EntryWriter>> DiskNamespace::NewWriter(std::string_view key,
                                                              uint64_t chunk_size) {
  REEL_RETURN_IF_ERROR(ValidateKey(key));
  return std::unique_ptr<EntryWriter>(
      std::make_unique<DiskWriter>(this, std::string(key), static_cast<uint32_t>(chunk_size)));
}

Result<bool> DiskNamespace::Delete(std::string_view key) {
  REEL_RETURN_IF_ERROR(ValidateKey(key));
  std::vector<Garbage> garbage;
  bool was_live = false;
  {
    const std::lock_guard lock(*context_.write_mutex);
    auto record = Find(key);
    if (!record.ok()) {
      return record.status();
    }
    if (!record->has_value()) {
      return false;
    }
    const Entry& entry = (*record)->entry;
    was_live = !IsExpired(entry, context_.clock->NowSeconds());
    if (entry.kind == EntryKind::kChunk) {
      return was_live ? Result<bool>(ChunkOfVideo(entry)) : Result<bool>(false);
    }
    RowBatch batch;
    RemoveRows(**record, &batch, &garbage);
    REEL_RETURN_IF_ERROR(context_.database->Write(batch, /*sync=*/true));
  }
  context_.reclaimer->Retire(garbage);
  return was_live;
}

Result<Entry> DiskNamespace::Publish(Publication publication, const Placement& placement,
                                     std::initializer_list<ExtentWriter*> extents, RowBatch batch) {
  const auto generation = context_.database->NextId();
  if (!generation.ok()) {
    return generation.status();
  }
  publication.base.generation = *generation;
  for (Entry& chunk : publication.chunks) {
    chunk.generation = *generation;
  }
  std::vector<Garbage> garbage;
  {
    const std::lock_guard lock(*context_.write_mutex);
    const auto lookup = [this](std::string_view key) -> Result<std::optional<Entry>> {
      auto record = Find(key);
      if (!record.ok()) {
        return record.status();
      }
      return record->has_value() ? std::optional<Entry>(std::move((*record)->entry)) : std::nullopt;
    };
    const auto displaced = FindDisplaced(publication, lookup, context_.clock->NowSeconds());
    if (!displaced.ok()) {
      return displaced.status();
    }
    for (const std::string& key : *displaced) {
      const auto record = Find(key);
      if (!record.ok()) {
        return record.status();
      }
      if (record->has_value()) {
        RemoveRows(**record, &batch, &garbage);
      }
    }
    AddRows(publication, placement, &batch);
    for (ExtentWriter* extent : extents) {
      extent->HandOver();
    }
    REEL_RETURN_IF_ERROR(context_.database->Write(batch, /*sync=*/true));
  }
  context_.reclaimer->Retire(garbage);
  return std::move(publication.base);
}

void DiskNamespace::AddRows(const Publication& publication, const Placement& placement,
                            RowBatch* batch) const {
  const Entry& base = publication.base;
  Record record;
  record.entry = base;
  record.ttl = TtlOf(base);
  record.value = placement.base;
  record.body_run = placement.body;
  batch->Put(Family::kIndex, IndexRowKey(id_, base.key), EncodeRecord(record));
  for (const Entry& chunk : publication.chunks) {
    Record part;
    part.entry = chunk;
    part.ttl = record.ttl;
    PageRun run = placement.body;
    run.first_page += chunk.parent.chunk_index * run.pages_per_stride();
    part.value = run;
    batch->Put(Family::kIndex, IndexRowKey(id_, chunk.key), EncodeRecord(part));
  }
  for (const std::string& tag : base.tags) {
    batch->Put(Family::kTags, TagRowKey(id_, tag, base.key), "");
  }
  if (base.expires) {
    batch->Put(Family::kExpiry, ExpiryRowKey(*base.expires, id_, base.key), "");
  }
}

void DiskNamespace::RemoveRows(const Record& record, RowBatch* batch,
                               std::vector<Garbage>* garbage) const {
  const Entry& entry = record.entry;
  batch->Delete(Family::kIndex, IndexRowKey(id_, entry.key));
  for (const std::string& tag : entry.tags) {
    batch->Delete(Family::kTags, TagRowKey(id_, tag, entry.key));
  }
  if (entry.expires) {
    batch->Delete(Family::kExpiry, ExpiryRowKey(*entry.expires, id_, entry.key));
  }
  if (const auto* run = std::get_if<PageRun>(&record.value)) {
    AddGarbage(*run, entry.size, batch, garbage);
  }
  if (entry.kind == EntryKind::kManifest) {
    for (uint32_t i = 0; i < entry.body.chunk_count; ++i) {
      batch->Delete(Family::kIndex, IndexRowKey(id_, ChunkKey(entry.key, i)));
    }
    AddGarbage(record.body_run, entry.body.size, batch, garbage);
  }
}

}  // namespace reel

#include "kv/disk_rows.h"

#include <utility>

#include "format/kv_key.h"
#include "format/row_key.h"

namespace reel {
namespace {

void AddGarbage(const PageRun& run, uint64_t bytes, RowBatch* batch,
                std::vector<Garbage>* garbage) {
  const Garbage item{run.family, run.extent, run.PageCount(bytes), bytes};
  ListGarbage(item, batch);
  garbage->push_back(item);
}

// Chunks have neither tags nor an expiry row: they go with their manifest.
void AddMirrors(uint32_t namespace_id, const Entry& base, RowBatch* batch) {
  for (const std::string& tag : base.tags) {
    batch->Put(Family::kTags, TagRowKey(namespace_id, tag, base.key), "");
  }
  if (base.expires) {
    batch->Put(Family::kExpiry, ExpiryRowKey(*base.expires, namespace_id, base.key), "");
  }
}

void RemoveMirrors(uint32_t namespace_id, const Entry& base, RowBatch* batch) {
  for (const std::string& tag : base.tags) {
    batch->Delete(Family::kTags, TagRowKey(namespace_id, tag, base.key));
  }
  if (base.expires) {
    batch->Delete(Family::kExpiry, ExpiryRowKey(*base.expires, namespace_id, base.key));
  }
}

}  // namespace

void AddRows(uint32_t namespace_id, const Publication& publication, const Placement& placement,
             RowBatch* batch) {
  const Entry& base = publication.base;
  Record record;
  record.entry = base;
  record.value = placement.base;
  record.body_run = placement.body;
  batch->Put(Family::kIndex, IndexRowKey(namespace_id, base.key), EncodeRecord(record));
  for (const Entry& chunk : publication.chunks) {
    Record part;
    part.entry = chunk;
    PageRun run = placement.body;
    run.first_page += chunk.parent.chunk_index * run.pages_per_stride();
    part.value = run;
    batch->Put(Family::kIndex, IndexRowKey(namespace_id, chunk.key), EncodeRecord(part));
  }
  AddMirrors(namespace_id, base, batch);
}

void RemoveRows(uint32_t namespace_id, const Record& record, RowBatch* batch,
                std::vector<Garbage>* garbage) {
  RemoveRowsOnly(namespace_id, record.entry, batch);
  AddValueGarbage(record, batch, garbage);
  if (record.entry.kind == EntryKind::kManifest) {
    AddGarbage(record.body_run, record.entry.body.size, batch, garbage);
  }
}

void RemoveRowsOnly(uint32_t namespace_id, const Entry& base, RowBatch* batch) {
  batch->Delete(Family::kIndex, IndexRowKey(namespace_id, base.key));
  RemoveMirrors(namespace_id, base, batch);
  for (uint32_t i = 0; i < base.body.chunk_count; ++i) {
    batch->Delete(Family::kIndex, IndexRowKey(namespace_id, ChunkKey(base.key, i)));
  }
}

void AddValueGarbage(const Record& record, RowBatch* batch, std::vector<Garbage>* garbage) {
  if (const auto* run = std::get_if<PageRun>(&record.value)) {
    AddGarbage(*run, record.entry.size, batch, garbage);
  }
}

void ReplaceRows(uint32_t namespace_id, const Entry& before, const Record& after, RowBatch* batch) {
  batch->Put(Family::kIndex, IndexRowKey(namespace_id, after.entry.key), EncodeRecord(after));
  if (after.entry.kind != EntryKind::kChunk) {
    RemoveMirrors(namespace_id, before, batch);
    AddMirrors(namespace_id, after.entry, batch);
  }
}

}  // namespace reel

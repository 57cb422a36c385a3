#include "kv/disk_writer.h"

#include <utility>

namespace reel {

DiskWriter::DiskWriter(DiskNamespace* owner, std::string key, uint32_t chunk_size)
    : owner_(owner),
      key_(std::move(key)),
      chunk_size_(chunk_size),
      extent_(owner->context().database, owner->context().reclaimer, chunk_size),
      hasher_(chunk_size) {}

Status DiskWriter::Append(std::string_view data) {
  hasher_.Update(data);
  return extent_.Append(data).WithContext(key_);
}

Result<Entry> DiskWriter::PublishSingle(const EntryAttributes& attributes) {
  auto publication = PlanSingle(key_, hasher_, attributes, owner_->context().clock->NowSeconds());
  if (!publication.ok()) {
    return publication.status();
  }
  RowBatch batch;
  auto value = extent_.Finish(/*may_inline=*/true, &batch);
  if (!value.ok()) {
    return value.status().WithContext(key_);
  }
  return owner_->Publish(*std::move(publication), {*std::move(value), {}}, {&extent_},
                         std::move(batch));
}

Result<Entry> DiskWriter::PublishChunked(const NewManifest& manifest,
                                         const EntryAttributes& attributes) {
  auto publication = PlanChunked(key_, chunk_size_, hasher_, manifest, attributes,
                                 owner_->context().clock->NowSeconds());
  if (!publication.ok()) {
    return publication.status();
  }
  RowBatch batch;
  const auto body = extent_.Finish(/*may_inline=*/false, &batch);
  if (!body.ok()) {
    return body.status().WithContext(key_);
  }
  ExtentWriter base(owner_->context().database, owner_->context().reclaimer,
                    static_cast<uint32_t>(manifest.json.size()));
  REEL_RETURN_IF_ERROR(base.Append(manifest.json));
  auto value = base.Finish(/*may_inline=*/true, &batch);
  if (!value.ok()) {
    return value.status().WithContext(key_);
  }
  return owner_->Publish(*std::move(publication), {*std::move(value), std::get<PageRun>(*body)},
                         {&extent_, &base}, std::move(batch));
}

}  // namespace reel

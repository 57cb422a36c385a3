#include "video/writer.h"

#include <utility>

#include "video/info.h"
#include "video/plan.h"

namespace reel {

Status VideoWriterImpl::Append(std::string_view data) {
  const uint64_t size = entry_->size() + data.size();
  if (declared_size_ && size > *declared_size_) {
    return {Code::kInvalidArgument, "\"" + key_ + "\" was announced with " +
                                        std::to_string(*declared_size_) +
                                        " bytes, and more came (announce its real size)"};
  }
  // Of a chunked video, what a plan refuses changes only with the number of chunks.
  const uint64_t chunks = IsChunked(options_, size) ? ChunkCount(options_, size) : 0;
  if (!declared_size_ && (chunks == 0 || chunks != checked_chunks_)) {
    REEL_RETURN_IF_ERROR(CheckPlan(key_, attributes_, options_, size));
    checked_chunks_ = chunks;
  }
  return entry_->Append(data);
}

Result<VideoInfo> VideoWriterImpl::Commit() {
  const uint64_t size = entry_->size();
  if (declared_size_ && size != *declared_size_) {
    return Status(Code::kInvalidArgument, "\"" + key_ + "\" was announced with " +
                                              std::to_string(*declared_size_) + " bytes, and " +
                                              std::to_string(size) + " came (store it again)");
  }
  const bool chunked = IsChunked(options_, size);
  EntryAttributes base;
  base.tags = attributes_.tags;
  base.ttl = attributes_.ttl;
  base.version = version_;
  NewManifest manifest;
  if (chunked) {
    manifest.json = EncodeManifest(PlanManifest(options_, size, attributes_.content_type));
    manifest.content_type = attributes_.content_type;
    manifest.chunk_metadata = PlanChunkMetadata(key_, attributes_, options_, size);
  }
  base.metadata =
      PlanBaseMetadata(key_, attributes_, chunked, chunked ? manifest.json.size() : size);
  auto published = chunked ? entry_->PublishChunked(manifest, base) : entry_->PublishSingle(base);
  if (!published.ok()) {
    return published.status();
  }
  return ToInfo(*std::move(published));
}

}  // namespace reel

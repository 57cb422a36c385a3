#include <reel/loaded_videos.h>

#include <limits>

#include "format/json.h"
#include "format/kv_key.h"

namespace reel {
namespace {

bool IsOfTheParts(Code code) {
  return code == Code::kNotFound || code == Code::kInvalidArgument || code == Code::kCorruption ||
         code == Code::kTooLarge || code == Code::kConflict;
}

bool IsChunkKey(std::string_view key, const PartMetadata& metadata) {
  const int64_t index = metadata.chunk_index.value_or(-1);
  return metadata.parent_key && index >= 0 && index <= std::numeric_limits<uint32_t>::max() &&
         key == ChunkKey(*metadata.parent_key, static_cast<uint32_t>(index));
}

}  // namespace

void LoadedVideos::Note(std::string_view key, std::string_view metadata) {
  const PartMetadata part = DecodePartMetadata(metadata);
  if (part.chunked) {
    keys_.emplace(key);
  } else if (IsChunkKey(key, part)) {
    keys_.insert(*part.parent_key);
  }
}

Status LoadedVideos::Assemble(VideoLibrary* library, const Left& left,
                              const std::function<bool(uint64_t)>& progress) {
  while (!keys_.empty()) {
    const std::string& key = *keys_.begin();
    const Status assembled = library->Assemble(key, progress).status();
    if (IsOfTheParts(assembled.code())) {
      left(key, assembled);
    } else if (!assembled.ok()) {
      return assembled.WithContext(key);
    }
    keys_.erase(keys_.begin());
  }
  return Status::Ok();
}

}  // namespace reel

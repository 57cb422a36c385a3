#include "video/info.h"

#include <utility>

#include "format/json.h"

namespace reel {

VideoInfo ToInfo(Entry entry) {
  VideoInfo info;
  info.chunked = entry.kind == EntryKind::kManifest;
  if (info.chunked) {
    info.size = entry.body.size;
    info.chunk_count = entry.body.chunk_count;
    info.chunk_size = entry.body.chunk_size;
    info.xxh3 = entry.body.xxh3;
    info.content_type = std::move(entry.body.content_type);
  } else {
    info.size = entry.size;
    info.xxh3 = entry.xxh3;
    info.content_type =
        FindTextField(entry.metadata, "contentType").value_or("application/octet-stream");
  }
  info.key = std::move(entry.key);
  info.tags = std::move(entry.tags);
  info.created = entry.created;
  info.modified = FindIntegerField(entry.metadata, "modified").value_or(entry.created);
  info.expires = entry.expires;
  info.version = entry.version;
  info.metadata = std::move(entry.metadata);
  info.generation = entry.generation;
  return info;
}

}  // namespace reel

#include "tools/describe.h"

#include <reel/json.h>

#include <algorithm>

#include "tools/layout.h"
#include "tools/terminal_text.h"
#include "tools/units.h"

namespace reel::cli {
namespace {

constexpr size_t kSizeWidth = 10;
constexpr size_t kChunksWidth = 5;
constexpr size_t kTimeWidth = 20;

std::string ExpiryText(const VideoInfo& video) {
  return video.expires ? FormatTime(*video.expires) : "never";
}

std::string Joined(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) {
    joined += (joined.empty() ? "" : ", ") + text;
  }
  return joined;
}

std::string ToJson(const KvCount& count) {
  return JsonObject()
      .Add("keys", count.keys)
      .Add("videos", count.videos)
      .Add("bytes", count.bytes)
      .ToString();
}

}  // namespace

std::string ToJson(const VideoInfo& video) {
  return JsonObject()
      .Add("key", video.key)
      .Add("size", video.size)
      .Add("chunked", video.chunked)
      .Add("chunkCount", uint64_t{video.chunk_count})
      .Add("chunkSize", video.chunk_size)
      .Add("contentType", video.content_type)
      .Add("xxh3", video.xxh3.ToHex())
      .Add("tags", video.tags)
      .Add("created", std::optional<int64_t>(video.created))
      .Add("expires", video.expires)
      .Add("version", video.version)
      .AddRaw("metadata", video.metadata)
      .ToString();
}

std::string ToStoredJson(const VideoInfo& video) {
  return JsonObject()
      .Add("key", video.key)
      .Add("size", video.size)
      .Add("chunkCount", uint64_t{video.chunk_count})
      .Add("xxh3", video.xxh3.ToHex())
      .ToString();
}

std::string ToLines(const VideoInfo& video) {
  std::string out = NamedLine("key", video.key) + NamedLine("size", SizeText(video.size)) +
                    NamedLine("chunked", video.chunked ? "yes" : "no");
  if (video.chunked) {
    out += NamedLine("chunkCount", std::to_string(video.chunk_count)) +
           NamedLine("chunkSize", SizeText(video.chunk_size));
  }
  return out + NamedLine("contentType", video.content_type) +
         NamedLine("xxh3", video.xxh3.ToHex()) +
         NamedLine("tags", video.tags.empty() ? "none" : Joined(video.tags)) +
         NamedLine("created", FormatTime(video.created)) + NamedLine("expires", ExpiryText(video)) +
         NamedLine("version", std::to_string(video.version)) +
         NamedLine("metadata", video.metadata.empty() ? "none" : video.metadata);
}

std::string ToJsonLine(const StoreStats& stats) {
  std::string namespaces;
  for (const StoreStats::PerNamespace& each : stats.namespaces) {
    namespaces += (namespaces.empty() ? "" : ",") + JsonObject()
                                                        .Add("name", each.name)
                                                        .Add("keys", each.live.keys)
                                                        .Add("videos", each.live.videos)
                                                        .Add("bytes", each.live.bytes)
                                                        .AddRaw("expired", ToJson(each.expired))
                                                        .ToString();
  }
  return JsonObject()
             .AddRaw("namespaces", "[" + namespaces + "]")
             .Add("garbageExtents", stats.garbage_extents)
             .Add("garbageBytes", stats.garbage_bytes)
             .Add("diskBytes", stats.disk_bytes)
             .ToString() +
         "\n";
}

std::string ToLines(const StoreStats& stats) {
  std::string out;
  for (const StoreStats::PerNamespace& each : stats.namespaces) {
    out += NamedLine("namespace", each.name) + NamedLine("keys", std::to_string(each.live.keys)) +
           NamedLine("videos", std::to_string(each.live.videos)) +
           NamedLine("bytes", SizeText(each.live.bytes)) +
           NamedLine("expired", Counted(each.expired.keys, "key") + ", " +
                                    Counted(each.expired.videos, "video") + ", " +
                                    FormatSize(each.expired.bytes)) +
           "\n";
  }
  return out + NamedLine("on disk", SizeText(stats.disk_bytes)) +
         NamedLine("garbage", Counted(stats.garbage_extents, "extent") + ", " +
                                  FormatSize(stats.garbage_bytes));
}

std::string ToJson(const PurgeReport& purged) {
  return JsonObject().Add("videos", purged.videos).Add("bytes", purged.bytes).ToString();
}

std::string ToText(const PurgeReport& purged) {
  return Counted(purged.videos, "video") + ", " + FormatSize(purged.bytes);
}

std::string ToJsonLines(std::span<const Setting> settings) {
  std::string out;
  for (const Setting& setting : settings) {
    out += EncodeSetting(setting) + "\n";
  }
  return out;
}

std::string ToTable(std::span<const Setting> settings) {
  size_t name_width = 0;
  size_t value_width = 0;
  for (const Setting& setting : settings) {
    name_width = std::max(name_width, setting.name.size());
    value_width = std::max(value_width, setting.value.size());
  }
  std::string out;
  for (const Setting& setting : settings) {
    out += LeftAligned(setting.name, name_width) + "  " +
           LeftAligned(EscapeControls(setting.value), value_width) + "  " +
           EscapeControls(setting.source) + "\n";
  }
  return out;
}

std::string ToLongRow(const VideoInfo& video) {
  return RightAligned(FormatSize(video.size), kSizeWidth) + "  " +
         RightAligned(std::to_string(video.chunk_count), kChunksWidth) + "  " +
         LeftAligned(ExpiryText(video), kTimeWidth) + "  " + FormatTime(video.created) + "  " +
         EscapeControls(video.key) + "\n";
}

}  // namespace reel::cli

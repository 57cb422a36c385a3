#include "tools/describe.h"

#include <reel/json.h>

#include <algorithm>

#include "tools/terminal_text.h"
#include "tools/units.h"

namespace reel::cli {
namespace {

constexpr size_t kNameWidth = 13;
constexpr size_t kSizeWidth = 10;
constexpr size_t kChunksWidth = 5;
constexpr size_t kTimeWidth = 20;

std::string Line(std::string name, const std::string& value) {
  name += ":";
  name.resize(kNameWidth, ' ');
  return name + EscapeControls(value) + "\n";
}

std::string RightAligned(const std::string& text, size_t width) {
  return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

std::string LeftAligned(const std::string& text, size_t width) {
  return text + std::string(text.size() < width ? width - text.size() : 0, ' ');
}

std::string ExpiryText(const VideoInfo& video) {
  return video.expires ? FormatTime(*video.expires) : "never";
}

std::string SizeText(uint64_t bytes) {
  const std::string number = std::to_string(bytes);
  return bytes < 1024 ? number : number + " (" + FormatSize(bytes) + ")";
}

std::string Joined(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) {
    joined += (joined.empty() ? "" : ", ") + text;
  }
  return joined;
}

std::string Counted(uint64_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
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
  std::string out = Line("key", video.key) + Line("size", SizeText(video.size)) +
                    Line("chunked", video.chunked ? "yes" : "no");
  if (video.chunked) {
    out += Line("chunkCount", std::to_string(video.chunk_count)) +
           Line("chunkSize", SizeText(video.chunk_size));
  }
  return out + Line("contentType", video.content_type) + Line("xxh3", video.xxh3.ToHex()) +
         Line("tags", video.tags.empty() ? "none" : Joined(video.tags)) +
         Line("created", FormatTime(video.created)) + Line("expires", ExpiryText(video)) +
         Line("version", std::to_string(video.version)) +
         Line("metadata", video.metadata.empty() ? "none" : video.metadata);
}

std::string ToJson(const StoreStats& stats) {
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
      .ToString();
}

std::string ToLines(const StoreStats& stats) {
  std::string out;
  for (const StoreStats::PerNamespace& each : stats.namespaces) {
    out += Line("namespace", each.name) + Line("keys", std::to_string(each.live.keys)) +
           Line("videos", std::to_string(each.live.videos)) +
           Line("bytes", SizeText(each.live.bytes)) +
           Line("expired", Counted(each.expired.keys, "key") + ", " +
                               Counted(each.expired.videos, "video") + ", " +
                               FormatSize(each.expired.bytes)) +
           "\n";
  }
  return out + Line("on disk", SizeText(stats.disk_bytes)) +
         Line("garbage",
              Counted(stats.garbage_extents, "extent") + ", " + FormatSize(stats.garbage_bytes));
}

std::string ToJson(const PurgeReport& purged) {
  return JsonObject().Add("videos", purged.videos).Add("bytes", purged.bytes).ToString();
}

std::string ToText(const PurgeReport& purged) {
  return Counted(purged.videos, "video") + ", " + FormatSize(purged.bytes);
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

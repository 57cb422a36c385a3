#include "tools/describe.h"

#include <reel/json.h>

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

std::string ToLongRow(const VideoInfo& video) {
  std::string expiry = ExpiryText(video);
  expiry.resize(kTimeWidth, ' ');
  return RightAligned(FormatSize(video.size), kSizeWidth) + "  " +
         RightAligned(std::to_string(video.chunk_count), kChunksWidth) + "  " + expiry + "  " +
         FormatTime(video.created) + "  " + EscapeControls(video.key) + "\n";
}

}  // namespace reel::cli

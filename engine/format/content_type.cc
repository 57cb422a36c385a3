#include <reel/content_type.h>
#include <reel/video_key.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace reel {
namespace {

// IANA's media types where one is registered, else what players and servers commonly send.
constexpr std::array<std::pair<std::string_view, std::string_view>, 44> kTypes = {{
    {"3gp", "video/3gpp"},
    {"aac", "audio/aac"},
    {"ass", "text/x-ssa"},
    {"avi", "video/x-msvideo"},
    {"avif", "image/avif"},
    {"flac", "audio/flac"},
    {"flv", "video/x-flv"},
    {"gif", "image/gif"},
    {"htm", "text/html"},
    {"html", "text/html"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"json", "application/json"},
    {"m2ts", "video/mp2t"},
    {"m3u8", "application/vnd.apple.mpegurl"},
    {"m4a", "audio/mp4"},
    {"m4s", "video/iso.segment"},
    {"m4v", "video/x-m4v"},
    {"mkv", "video/x-matroska"},
    {"mov", "video/quicktime"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"mpd", "application/dash+xml"},
    {"mpeg", "video/mpeg"},
    {"mpg", "video/mpeg"},
    {"mts", "video/mp2t"},
    {"nfo", "text/xml"},
    {"oga", "audio/ogg"},
    {"ogg", "audio/ogg"},
    {"ogv", "video/ogg"},
    {"opus", "audio/ogg"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"srt", "application/x-subrip"},
    {"sub", "text/plain"},
    {"ts", "video/mp2t"},
    {"ttml", "application/ttml+xml"},
    {"txt", "text/plain"},
    {"vtt", "text/vtt"},
    {"wav", "audio/x-wav"},
    {"webm", "video/webm"},
    {"webp", "image/webp"},
    {"wmv", "video/x-ms-wmv"},
    {"xml", "text/xml"},
}};

}  // namespace

std::string_view ContentTypeOf(std::string_view file_name) {
  constexpr std::string_view kUnknown = "application/octet-stream";
  const size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos || file_name.find('/', dot) != std::string_view::npos) {
    return kUnknown;
  }
  std::string extension(file_name.substr(dot + 1));
  std::transform(extension.begin(), extension.end(), extension.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const auto* found = std::find_if(kTypes.begin(), kTypes.end(),
                                   [&](const auto& row) { return row.first == extension; });
  return found == kTypes.end() ? kUnknown : found->second;
}

std::string_view ContentTypeOfKey(std::string_view key) {
  return ContentTypeOf(key.substr(0, FindVariantParameters(key)));
}

}  // namespace reel

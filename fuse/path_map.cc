#include "fuse/path_map.h"

#include <reel/video_key.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace reel::mount {
namespace {

constexpr std::string_view kMore = "%more";
constexpr std::string_view kFile = "%file";
constexpr std::string_view kEmptySegment = "%2F";
constexpr size_t kPieceBytesMax = kNameBytesMax - kMore.size();
// A piece ends early only where the next escape (3 bytes) or character (4) would not fit whole.
constexpr size_t kPieceBytesMin = kPieceBytesMax - 3;
constexpr size_t kExtensionBytesMax = 8;
// No key of 512 bytes makes a longer path, even if each byte became a component of its own.
constexpr size_t kPathBytesMax = 4096;

enum class Role : unsigned char { kFile, kFileBesideDirectory, kDirectory };

bool IsAlnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

void AppendEscaped(char c, std::string* out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  *out += '%';
  *out += kDigits[byte >> 4];
  *out += kDigits[byte & 15];
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string EscapeSegment(std::string_view raw, bool top) {
  if (raw.empty()) {
    return std::string(kEmptySegment);
  }
  std::string out = EscapeName(raw);
  if (top && raw == kViewsName) {
    out.replace(0, 1, "%2E");
  }
  return out;
}

/// Each %XX as its byte; nothing where a '%' begins something else.
std::optional<std::string> DecodeEscapes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3 || HexValue(text[i + 1]) < 0 || HexValue(text[i + 2]) < 0) {
      return std::nullopt;
    }
    out += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
    i += 2;
  }
  return out;
}

std::optional<std::string> UnescapeSegment(std::string_view text) {
  if (text == kEmptySegment) {
    return std::string();
  }
  auto raw = DecodeEscapes(text);
  return raw && raw->find('/') == std::string::npos ? std::move(raw) : std::nullopt;
}

/// Where a short extension at the end of `text` begins; text.size() if there is none.
size_t FindExtension(std::string_view text) {
  const size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) {
    return text.size();
  }
  const std::string_view letters = text.substr(dot + 1);
  const bool is_extension = !letters.empty() && letters.size() <= kExtensionBytesMax &&
                            std::all_of(letters.begin(), letters.end(), IsAlnum);
  return is_extension ? dot : text.size();
}

/// STEM EXT PARAMS -> STEM PARAMS EXT; any other text stays.
std::string SwapParameters(std::string_view text) {
  const std::string_view head = text.substr(0, FindVariantParameters(text));
  const size_t dot = FindExtension(head);
  std::string out(text.substr(0, dot));
  if (out.empty()) {
    return std::string(text);
  }
  return out.append(text.substr(head.size())).append(head.substr(dot));
}

/// STEM PARAMS EXT -> STEM EXT PARAMS; any other text stays.
std::string UnswapParameters(std::string_view name) {
  const std::string_view body = name.substr(0, FindExtension(name));
  const size_t parameters = FindVariantParameters(body);
  std::string out(name.substr(0, parameters));
  if (out.empty()) {
    return std::string(name);
  }
  return out.append(name.substr(body.size())).append(body.substr(parameters));
}

std::string EscapeColons(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ':') {
      AppendEscaped(c, &out);
    } else {
      out += c;
    }
  }
  return out;
}

/// The name of a segment, before it is cut. Names that fit one component are read back by
/// UnescapeSegment(UnswapParameters(name)), longer ones by UnescapeSegment alone: a cut name keeps
/// the key's order, so that its first pieces stand for the key's first bytes.
std::string SegmentName(std::string_view raw, bool top, Role role) {
  const size_t room = kNameBytesMax - (role == Role::kFileBesideDirectory ? kFile.size() : 0);
  std::string escaped = EscapeSegment(raw, top);
  if (escaped.size() > room) {
    return escaped;
  }
  std::string name = role == Role::kDirectory ? escaped : SwapParameters(escaped);
  if (UnswapParameters(name) == escaped) {
    return name;
  }
  return EscapeColons(escaped);
}

/// Bytes of the unit at `at` that a cut must not part: an escape, a marker or a UTF-8 character.
size_t UnitBytes(std::string_view text, size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest == kFile) {
    return kFile.size();
  }
  if (rest.front() == '%') {
    return std::min<size_t>(3, rest.size());
  }
  size_t bytes = 1;
  if (static_cast<unsigned char>(rest.front()) >= 0xc0) {
    while (bytes < std::min<size_t>(4, rest.size()) &&
           (static_cast<unsigned char>(rest[bytes]) & 0xc0) == 0x80) {
      ++bytes;
    }
  }
  return bytes;
}

void AppendComponent(std::string_view name, std::string* path) {
  if (!path->empty()) {
    *path += '/';
  }
  *path += name;
}

/// Adds a name as one component, or as several if it is too long. The last one is never "." or
/// "..": more than kNameBytesMax - kPieceBytesMax bytes are left for it.
void AppendName(std::string_view name, std::string* path) {
  while (name.size() > kNameBytesMax) {
    size_t cut = 0;
    for (size_t next = 0; (next = cut + UnitBytes(name, cut)) <= kPieceBytesMax;) {
      cut = next;
    }
    AppendComponent(name.substr(0, cut), path);
    *path += kMore;
    name.remove_prefix(cut);
  }
  AppendComponent(name, path);
}

std::string PathOf(std::string_view tail, Role role) {
  std::string path;
  for (size_t start = 0;;) {
    const size_t slash = tail.find('/', start);
    const bool last = slash == std::string_view::npos;
    std::string name =
        SegmentName(tail.substr(start, last ? std::string_view::npos : slash - start), start == 0,
                    last ? role : Role::kDirectory);
    if (last && role == Role::kFileBesideDirectory) {
      name += kFile;
    }
    AppendName(name, &path);
    if (last) {
      return path;
    }
    start = slash + 1;
  }
}

/// What a path says when each component is taken at its word; whether some key makes this path is
/// for the caller to check.
struct ParsedPath {
  std::string tail;
  bool file_marker = false;
  /// The path ends with a %more component, and `tail` with the bytes it stands for.
  bool partial = false;
};

bool IsPlausiblePiece(std::string_view piece) {
  return piece.size() >= kPieceBytesMin && piece.size() <= kPieceBytesMax;
}

std::optional<ParsedPath> Parse(std::string_view path) {
  if (path.empty() || path.size() > kPathBytesMax) {
    return std::nullopt;
  }
  ParsedPath parsed;
  std::string pieces;
  bool cut = false;
  for (size_t start = 0; start <= path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    std::string_view component = path.substr(start, end - start);
    if (component.empty() || component.size() > kNameBytesMax) {
      return std::nullopt;
    }
    const bool last = end == path.size();
    start = end + 1;
    const bool more = component.ends_with(kMore);
    if (more) {
      component.remove_suffix(kMore.size());
      if (!IsPlausiblePiece(component)) {
        return std::nullopt;
      }
    } else if (last && component.ends_with(kFile)) {
      component.remove_suffix(kFile.size());
      parsed.file_marker = true;
    }
    pieces += component;
    cut = cut || more;
    if (more && !last) {
      continue;
    }
    const auto raw = UnescapeSegment(cut ? pieces : UnswapParameters(pieces));
    if (!raw) {
      return std::nullopt;
    }
    parsed.tail += *raw;
    parsed.partial = more;
    if (!last) {
      parsed.tail += '/';
    }
    pieces.clear();
    cut = false;
  }
  return parsed;
}

std::optional<Child> ChildAt(const Directory& directory, std::string_view path, Child::Kind kind) {
  if (!directory.path.empty()) {
    if (path.size() <= directory.path.size() + 1 || !path.starts_with(directory.path) ||
        path[directory.path.size()] != '/') {
      return std::nullopt;
    }
    path.remove_prefix(directory.path.size() + 1);
  }
  const size_t slash = path.find('/');
  Child child;
  child.kind = slash == std::string_view::npos ? kind : Child::Kind::kLongName;
  child.name = path.substr(0, slash);
  return child;
}

}  // namespace

std::string KeyToPath(std::string_view tail, bool also_directory) {
  return PathOf(tail, also_directory ? Role::kFileBesideDirectory : Role::kFile);
}

Directory DirectoryOf(std::string_view tail) {
  return {PathOf(tail, Role::kDirectory), std::string(tail) + '/'};
}

std::optional<FilePath> PathToKey(std::string_view path) {
  auto parsed = Parse(path);
  if (!parsed || parsed->partial || KeyToPath(parsed->tail, parsed->file_marker) != path) {
    return std::nullopt;
  }
  return FilePath{std::move(parsed->tail), parsed->file_marker};
}

std::optional<Directory> PathToDirectory(std::string_view path) {
  if (path.empty()) {
    return Directory{};
  }
  auto parsed = Parse(path);
  if (!parsed || parsed->file_marker) {
    return std::nullopt;
  }
  if (parsed->partial) {
    return Directory{std::string(path), std::move(parsed->tail)};
  }
  Directory directory = DirectoryOf(parsed->tail);
  if (directory.path != path) {
    return std::nullopt;
  }
  return directory;
}

std::optional<Child> ChildOf(const Directory& directory, std::string_view file_tail,
                             bool also_directory) {
  return ChildAt(directory, KeyToPath(file_tail, also_directory), Child::Kind::kFile);
}

std::optional<Child> ChildDirectoryOf(const Directory& directory, std::string_view directory_tail) {
  return ChildAt(directory, PathOf(directory_tail, Role::kDirectory), Child::Kind::kDirectory);
}

std::string ParentPath(std::string_view path) {
  const size_t slash = path.rfind('/');
  return std::string(path.substr(0, slash == std::string_view::npos ? 0 : slash));
}

std::string EscapeName(std::string_view raw) {
  const bool all_dots = raw == "." || raw == "..";
  std::string out;
  out.reserve(raw.size() + 8);
  for (const char c : raw) {
    if (c == '%' || c == '/' || IsControl(c) || all_dots) {
      AppendEscaped(c, &out);
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<std::string> UnescapeName(std::string_view name) {
  auto raw = DecodeEscapes(name);
  return raw && EscapeName(*raw) == name ? std::move(raw) : std::nullopt;
}

std::string JoinPath(std::string_view path, std::string_view name) {
  std::string joined(path);
  AppendComponent(name, &joined);
  return joined;
}

}  // namespace reel::mount

#include "format/entity_tag.h"

#include <algorithm>
#include <cstddef>

namespace reel {
namespace {

bool IsTagByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x21 || (byte >= 0x23 && byte <= 0x7e) || byte >= 0x80;
}

/// Takes a tag off the front of `text`, which is left alone when there is none.
std::optional<EntityTag> TakeEntityTag(std::string_view& text) {
  EntityTag tag{.weak = text.starts_with("W/")};
  std::string_view rest = text.substr(tag.weak ? 2 : 0);
  if (!rest.starts_with('"')) {
    return std::nullopt;
  }
  const auto* const end = std::find_if_not(rest.begin() + 1, rest.end(), IsTagByte);
  if (end == rest.end() || *end != '"') {
    return std::nullopt;
  }
  const auto length = static_cast<size_t>(end - rest.begin()) + 1;
  tag.opaque = rest.substr(0, length);
  text = rest.substr(length);
  return tag;
}

void SkipSpace(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

}  // namespace

std::optional<EntityTag> ParseEntityTag(std::string_view text) {
  auto tag = TakeEntityTag(text);
  return text.empty() ? tag : std::nullopt;
}

std::optional<EntityTagList> ParseEntityTagList(std::string_view text) {
  EntityTagList list;
  if (text == "*") {
    list.any = true;
    return list;
  }
  while (true) {
    SkipSpace(text);
    if (const auto tag = TakeEntityTag(text)) {
      list.tags.push_back(*tag);
      SkipSpace(text);
    }
    if (text.empty()) {
      return list.tags.empty() ? std::nullopt : std::optional(std::move(list));
    }
    if (text.front() != ',') {
      return std::nullopt;
    }
    text.remove_prefix(1);
  }
}

bool MatchesStrongly(const EntityTag& a, const EntityTag& b) {
  return !a.weak && !b.weak && a.opaque == b.opaque;
}

bool MatchesWeakly(const EntityTag& a, const EntityTag& b) {
  return a.opaque == b.opaque;
}

}  // namespace reel

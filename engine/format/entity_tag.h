// Entity tags and lists of them (RFC 9110, sections 8.8.3 and 13.1).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace reel {

struct EntityTag {
  bool weak = false;
  std::string_view opaque;  // with its quotes; lives as long as the text that was parsed
};

/// `"x"` or `W/"x"`; nothing for any other text.
std::optional<EntityTag> ParseEntityTag(std::string_view text);

/// What If-Match and If-None-Match list: `*`, or tags.
struct EntityTagList {
  bool any = false;
  std::vector<EntityTag> tags;
};

/// Empty elements are skipped; nothing when no tag is left, or something is not a tag.
std::optional<EntityTagList> ParseEntityTagList(std::string_view text);

/// Equal byte for byte, and neither is weak.
bool MatchesStrongly(const EntityTag& a, const EntityTag& b);

/// Equal but for being weak.
bool MatchesWeakly(const EntityTag& a, const EntityTag& b);

}  // namespace reel

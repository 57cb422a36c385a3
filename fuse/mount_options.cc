#include "fuse/mount_options.h"

#include <algorithm>
#include <string>

namespace reel::mount {

Result<MountFlags> ParseMountFlags(std::string_view text) {
  MountFlags flags;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word == "allow_other") {
      flags.allow_other = true;
    } else if (word == "ro" || word == "rw") {
      flags.read_only = word == "ro";
    } else if (!word.empty()) {
      return {Code::kInvalidArgument,
              "cannot mount with -o " + std::string(word) +
                  ": there is no such option (choose from: ro, rw, allow_other)"};
    }
  }
  return flags;
}

}  // namespace reel::mount

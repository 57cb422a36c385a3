// Other copies of videos, from which a scrub takes what is damaged.
#pragma once

#include <reel/scrub.h>
#include <reel/status.h>

#include <string>

namespace reel::cli {

/// Of which videos a copy is asked for.
struct RepairTarget {
  /// The directory of the store that is to be repaired, as this process sees it.
  std::string store;
  /// That a file or a directory holds copies of.
  std::string namespace_name;
  /// Only one video is.
  bool of_one_key = false;
};

/// The copy at `path`, which begins in `directory` where it is relative (""
/// stands for the working directory): a file with the bytes of the one video; another store, for
/// videos of the same namespace and key, which stays open with what is returned; or a directory
/// with the videos of the namespace as a mount shows them, of which nothing is read that lies
/// outside of it. Whether the bytes are the right ones is for the scrub to tell. kInvalidArgument:
/// a file that is to be of many videos, or the store itself. Other errors: `path` cannot be opened.
Result<RepairSource> OpenRepairSource(const std::string& path, const std::string& directory,
                                      const RepairTarget& target);

}  // namespace reel::cli

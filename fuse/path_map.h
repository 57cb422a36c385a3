// Between KV keys and the paths of a mount: injective, reversible, and legal for every key.
//
// A *tail* is a key without the prefix that the mount shows. Its slashes make directories. In a
// name,
// '%' is always written %25, so everything else that begins with '%' has a meaning of its own:
//   %XX    a byte that a name cannot hold, or that would read as something else (%2E: a name "." or
//          "..", or ".reel" at the top; %3A: a ':' that would read as a variant's; control bytes)
//   %2F    alone: the empty segment
//   %more  ends a directory that holds the first bytes of a name too long for one component
//   %file  ends a file whose key is also the directory beside it (keys `a` and `a/b`)
// A variant's parameters stand before the extension: `x.mp4:w=1280` shows as `x:w=1280.mp4`.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace reel::mount {

/// Bytes that one component of a path may have.
inline constexpr size_t kNameBytesMax = 255;

/// At the top, what no key makes: the views are there (fuse/views.h).
inline constexpr std::string_view kViewsName = ".reel";

/// A directory of the mount: whole (a tail up to a slash) or the start of long names (`%more`).
struct Directory {
  /// Components joined by '/'; empty for the root.
  std::string path;
  /// Every tail in this directory begins with these bytes; beneath a `%more` directory not every
  /// tail that does is in it, and ChildOf tells which.
  std::string tail_prefix;

  friend bool operator==(const Directory&, const Directory&) = default;
};

/// The path of the file of `tail`, relative to the root of the mount. `also_directory`: other keys
/// begin with `tail` and a slash.
std::string KeyToPath(std::string_view tail, bool also_directory);

/// The directory of the keys that begin with `tail` and a slash.
Directory DirectoryOf(std::string_view tail);

/// What a path that names a file says.
struct FilePath {
  std::string tail;
  /// The path ends with %file, so it is valid only while the key is a directory too.
  bool also_directory = false;

  friend bool operator==(const FilePath&, const FilePath&) = default;
};

/// The inverse of KeyToPath; nothing for a path that KeyToPath never makes.
std::optional<FilePath> PathToKey(std::string_view path);

/// The directory of that path, or nothing when no key can make it. A `%more` directory is judged by
/// its form alone: it exists if ChildOf finds a child in it.
std::optional<Directory> PathToDirectory(std::string_view path);

/// One name in a directory.
struct Child {
  enum class Kind : unsigned char {
    kFile,       // the row itself
    kDirectory,  // the row itself
    kLongName,   // a %more directory on the way to the row, and perhaps to others
  };
  Kind kind = Kind::kFile;
  std::string name;
};

/// The name in `directory` under which a file's tail is found, or nothing if it is not in there.
/// REQUIRES: tail begins with directory.tail_prefix.
std::optional<Child> ChildOf(const Directory& directory, std::string_view file_tail,
                             bool also_directory);

/// The same for the keys that begin with `directory_tail` and a slash.
std::optional<Child> ChildDirectoryOf(const Directory& directory, std::string_view directory_tail);

/// `path` without its last component; empty for one component.
std::string ParentPath(std::string_view path);

/// Any text as one component of a path: '%', '/', control bytes, and the dots of "." and "..", are
/// written as %XX.
std::string EscapeName(std::string_view raw);

/// The inverse; nothing for text that EscapeName never makes.
std::optional<std::string> UnescapeName(std::string_view name);

/// `path` with one more component.
std::string JoinPath(std::string_view path, std::string_view name);

}  // namespace reel::mount

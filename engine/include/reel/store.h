// A store on disk: one directory, one owner process, several namespaces.
#pragma once

#include <reel/clock.h>
#include <reel/kv.h>
#include <reel/options.h>
#include <reel/status.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

/// What a store holds. Bytes are those of values unless said otherwise.
struct StoreStats {
  struct PerNamespace {
    std::string name;
    KvCount live;
    /// Entries that have expired and are not reclaimed yet.
    KvCount expired;
  };
  std::vector<PerNamespace> namespaces;
  /// Extents that no record owns and that are not dropped yet: readers still have them open, or a
  /// writer is filling them.
  uint64_t garbage_extents = 0;
  /// In the values of these, as far as they are known: not while a writer is filling them.
  uint64_t garbage_bytes = 0;
  /// Of all files in the store's directory.
  uint64_t disk_bytes = 0;
};

/// A namespace and its number.
struct NamedId {
  std::string name;
  /// From 1 on. It stays with the namespace when that is renamed, and is never given again.
  uint32_t id = 0;
};

struct NamespaceRename {
  std::string from;
  std::string to;
};

/// Owns the directory from Open until it is destroyed. Thread-safe. Outlives its namespaces and
/// everything made from them.
class Store {
 public:
  virtual ~Store() = default;

  /// Opens the store and reclaims whatever an earlier process left unpublished (I3).
  /// kNotFound: no store there, and none was to be made. kInvalidArgument: a directory that is
  /// something else. kUnsupported: a newer format. kBusy: owned by a process that the message
  /// names. kReadOnly, kNoSpace, kCorruption, kIoError: as they say. `clock` outlives the store.
  static Result<std::unique_ptr<Store>> Open(const StoreOptions& options,
                                             const Clock& clock = Clock::System());

  /// The namespace of that name (1 to 512 bytes of UTF-8); it lives as long as the store. Missing
  /// ones are made durable first if `create`, otherwise they are kNotFound.
  virtual Result<KvNamespace*> Namespace(std::string_view name, bool create) = 0;

  /// The names of all namespaces, in bytewise order.
  [[nodiscard]] virtual Result<std::vector<std::string>> Namespaces() const = 0;

  /// All namespaces with their ids, in bytewise order of their names.
  [[nodiscard]] virtual Result<std::vector<NamedId>> NamespaceIds() const = 0;

  /// Renames all of them in one step, or none; durable when it returns. kNotFound: no such
  /// namespace; kConflict: a new name is taken, as things were before. Pointers to the namespaces
  /// stay valid. REQUIRES: each name stands once.
  virtual Status RenameNamespaces(std::span<const NamespaceRename> renames) = 0;
  Status RenameNamespace(std::string_view from, std::string_view to) {
    const NamespaceRename rename{std::string(from), std::string(to)};
    return RenameNamespaces({&rename, 1});
  }

  /// Removes the namespaces with all their entries; from one step on none of any of them is there.
  /// Their space comes back before it returns, and after a crash when the store is next opened.
  /// kNotFound: no such namespace, and nothing was done. Pointers to them stay valid, and find
  /// nothing. REQUIRES: each name stands once.
  virtual Status DropNamespaces(std::span<const std::string> names) = 0;
  Status DropNamespace(std::string_view name) {
    const std::string one(name);
    return DropNamespaces({&one, 1});
  }

  virtual Result<StoreStats> Stats() const = 0;
};

}  // namespace reel

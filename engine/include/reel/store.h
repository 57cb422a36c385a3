// A store on disk: one directory, one owner process, several namespaces.
#pragma once

#include <reel/clock.h>
#include <reel/kv.h>
#include <reel/options.h>
#include <reel/status.h>

#include <memory>
#include <string_view>

namespace reel {

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
};

}  // namespace reel

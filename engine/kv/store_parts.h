// What a store on disk is made of, for code of the engine that looks at all of it at once.
#pragma once

#include <reel/store.h>

#include <mutex>

#include "kv/disk_namespace.h"

namespace reel {

struct StoreParts {
  DiskContext context;
  /// Held by whoever scrubs the store.
  std::mutex* scrub_mutex;
};

/// They live as long as the store.
StoreParts PartsOf(Store* store);

/// The namespaces that there are in a snapshot. kCorruption names a damaged row.
Result<std::vector<NamedId>> NamespacesIn(const RowSnapshot& rows);

/// Those that were dropped and of which rows may be left; their names are gone, and numbers stand
/// for them.
Result<std::vector<NamedId>> DroppedIn(const RowSnapshot& rows);

}  // namespace reel

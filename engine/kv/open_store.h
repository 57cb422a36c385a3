// How a store is opened on something else than the system's files.
#pragma once

#include <reel/clock.h>
#include <reel/options.h>
#include <reel/status.h>
#include <reel/store.h>

#include <memory>

#include "storage/environment.h"

namespace reel {

/// As Store::Open.
Result<std::unique_ptr<Store>> OpenStore(const StoreOptions& options, const Clock& clock,
                                         const Environment& environment);

}  // namespace reel

// Whether a test can have mounts.
#pragma once

#include <string>

namespace reel::test {

/// Why this machine cannot mount FUSE file systems; empty if it can. Asks the kernel, by a mount on
/// the empty directory `directory` that is gone when it returns.
std::string FuseRefusal(const std::string& directory);

}  // namespace reel::test

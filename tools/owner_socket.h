// Where clients find the owner of a store.
#pragma once

#include <sys/un.h>

namespace reel::cli {

/// In the store's directory.
inline constexpr const char* kOwnerSocket = "owner.sock";

/// Its address below the open directory `directory`, whose path may be longer than an address can
/// be.
sockaddr_un OwnerAddress(int directory);

}  // namespace reel::cli

#include "tools/owner_socket.h"

#include <sys/socket.h>

#include <cstring>
#include <string>

namespace reel::cli {

sockaddr_un OwnerAddress(int directory) {
  const std::string path = "/proc/self/fd/" + std::to_string(directory) + "/" + kOwnerSocket;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(static_cast<char*>(address.sun_path), path.c_str(), path.size() + 1);
  return address;
}

}  // namespace reel::cli

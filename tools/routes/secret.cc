#include "tools/routes/secret.h"

#include <algorithm>
#include <cstddef>

namespace reel::routes {

bool IsSecret(std::string_view given, std::string_view secret) {
  unsigned difference = given.size() == secret.size() ? 0 : 1;
  for (size_t i = 0; i < std::min(given.size(), secret.size()); ++i) {
    difference |= static_cast<unsigned char>(given[i]) ^
                  static_cast<unsigned>(static_cast<unsigned char>(secret[i]));
  }
  return difference == 0;
}

}  // namespace reel::routes

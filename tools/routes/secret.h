// How what clients have to know is compared.
#pragma once

#include <string_view>

namespace reel::routes {

/// Whether they are the same. It takes as long whatever the first difference is, so that the time
/// tells nothing of `secret`.
bool IsSecret(std::string_view given, std::string_view secret);

}  // namespace reel::routes

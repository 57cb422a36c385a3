// Cloudflare's REST API for KV, as wrangler and the official SDKs use it.
#pragma once

#include <string>

#include "tools/http/message.h"
#include "tools/routes/namespaces.h"

namespace reel::routes {

struct RestOptions {
  /// What requests must send as `Authorization: Bearer TOKEN`. Empty: whoever asks is answered.
  std::string token;
};

/// Answers all below /client/v4/accounts/ACCOUNT/storage/kv/namespaces, the same for every account.
/// A namespace is named by its id or by its title. A key may be sent with `/` in it: some SDKs do
/// not encode it. Thread-safe.
class RestRoutes {
 public:
  /// `namespaces` outlives this, and this the uploads that it gives.
  explicit RestRoutes(Namespaces* namespaces, RestOptions options = {});

  http::Answer Handle(const http::Request& request);

 private:
  [[nodiscard]] bool MayAsk(const http::Request& request) const;

  Namespaces* namespaces_;
  RestOptions options_;
};

}  // namespace reel::routes

// The protocol that workerd's `kvNamespace` binding speaks, over any namespace.
#pragma once

#include <reel/clock.h>
#include <reel/kv.h>

#include <memory>

#include "tools/http/message.h"
#include "tools/routes/namespaces.h"

namespace reel::routes {

/// Answers get, list, put, delete and bulk get. A key is one segment of the path, decoded once. A
/// missing namespace is an empty one: a put makes it once all but the value is found good, and
/// nothing else does. Thread-safe.
class WorkerdRoutes {
 public:
  /// `clock` is that of the namespaces, and outlives this.
  explicit WorkerdRoutes(FindNamespace find_namespace, const Clock& clock = Clock::System());

  /// This outlives the uploads that it gives.
  http::Answer Handle(const http::Request& request);

 private:
  [[nodiscard]] http::Answer Put(const http::Request& request, std::string_view key);
  [[nodiscard]] http::Answer BulkGet(const http::Request& request);

  /// The request's namespace, or `nothing_` where that is missing.
  [[nodiscard]] Result<KvNamespace*> Existing(const http::Request& request) const;

  FindNamespace find_namespace_;
  /// Nothing is ever put there.
  std::unique_ptr<KvNamespace> nothing_;
};

}  // namespace reel::routes

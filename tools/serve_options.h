// What a command line asks of `reel serve`.
#pragma once

#include <reel/status.h>

#include <memory>
#include <string>
#include <vector>

#include "tools/access_log.h"
#include "tools/fault_front.h"
#include "tools/flags.h"
#include "tools/http/address.h"
#include "tools/session.h"

namespace reel::cli {

struct ServeOptions {
  /// What clients have to name; empty: nothing.
  std::string token;
  std::vector<http::Address> listen;
  /// The namespace that all requests at listen[i] are about, in workerd's protocol; empty where
  /// they are about anything.
  std::vector<std::string> kv_namespaces;
  /// Null: there is none.
  std::unique_ptr<AccessLog> access_log;
  /// Null: none.
  std::unique_ptr<FaultFront> faults;
};

/// Reads the files that the command line names, and opens its access log. kInvalidArgument: it
/// cannot be served like that, such as to other machines without a token. The session outlives the
/// log.
Result<ServeOptions> ServeOptionsOf(const Session& session, const CommandLine& line);

}  // namespace reel::cli

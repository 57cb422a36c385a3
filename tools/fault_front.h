// The same faults in front of every namespace of a store.
#pragma once

#include <reel/clock.h>
#include <reel/fault_namespace.h>
#include <reel/kv.h>
#include <reel/status.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "tools/session.h"

namespace reel::cli {

/// Thread-safe.
class FaultFront {
 public:
  /// The faults of the script in the file `path`; errors as FaultNamespace::Create, which names it.
  static Result<std::unique_ptr<FaultFront>> Read(const Session& session, const std::string& path,
                                                  const Clock& clock);

  /// `stored` behind the faults: the same object for the same namespace, which outlives this.
  KvNamespace* Before(KvNamespace* stored);

  /// From now on nothing is delayed and nothing hangs.
  void EndWaits();

 private:
  FaultFront(std::string script, std::string source, const Clock& clock)
      : script_(std::move(script)), source_(std::move(source)), clock_(clock) {}

  const std::string script_;
  const std::string source_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<KvNamespace*, std::unique_ptr<FaultNamespace>> fronts_;
  bool waits_ = true;
};

}  // namespace reel::cli

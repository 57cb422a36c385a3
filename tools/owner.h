// The process that owns a store lets the commands of others run in it.
#pragma once

#include <reel/status.h>

#include <cstddef>
#include <functional>
#include <memory>

#include "tools/shared_store.h"

namespace reel::cli {

/// Commands that run at a time; more are refused.
inline constexpr size_t kCommandsMax = 64;

/// Listens in the store's directory from Listen until it is destroyed, and runs the commands of
/// clients (owner_client.h) on the store, each on threads of its own, with the client's standard
/// descriptors and files. Only clients of the same user and of root are heard.
class Owner {
 public:
  /// kIoError and others: a socket cannot be made there; the store is as good without. REQUIRES:
  /// `store` is open, so no other process listens; it outlives this object. SIGURG is not used for
  /// anything else: it makes blocked system calls of commands return.
  static Result<std::unique_ptr<Owner>> Listen(SharedStore store);

  /// The same for a process that serves its store all the same: `report` is told of an error, and
  /// there is no owner.
  static std::unique_ptr<Owner> ListenIfPossible(SharedStore store,
                                                 const std::function<void(const Status&)>& report);

  /// Interrupts what runs, and waits for it. Then nobody finds this process any more.
  ~Owner();

  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;

 private:
  class Impl;
  explicit Owner(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace reel::cli

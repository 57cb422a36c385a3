// The store, the namespace and the library that a command line means.
#pragma once

#include <reel/status.h>
#include <reel/store.h>
#include <reel/video.h>

#include <memory>
#include <string>

#include "tools/flags.h"

namespace reel::cli {

/// The absolute path of the store: --store, else $REEL_STORE, else $XDG_DATA_HOME/reel, else
/// $HOME/.local/share/reel. kInvalidArgument when none of them says.
Result<std::string> StorePath(const CommandLine& line);

enum class Missing : uint8_t { kIsCreated, kIsAnError };

/// An open store and the videos of one namespace.
class Context {
 public:
  /// Opens both; what is `missing`, the store or the namespace, is created or an error.
  static Result<Context> Open(const CommandLine& line, Missing missing);

  VideoLibrary& library() { return *library_; }

 private:
  Context(std::unique_ptr<Store> store, KvNamespace* entries);

  std::unique_ptr<Store> store_;
  std::unique_ptr<VideoLibrary> library_;
};

}  // namespace reel::cli

// The settings, the store, the namespace and the library that a command line means.
#pragma once

#include <reel/config.h>
#include <reel/event_log.h>
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

/// The namespace that holds the versions of the keys of another.
enum class Versions : uint8_t { kAreReadIfAny, kAreCreated };

struct OpenedStore {
  std::string path;
  Config config;
  std::unique_ptr<Store> store;
};

/// Opens the store, and reads its settings first; a missing store is created or an error.
Result<OpenedStore> OpenStore(const CommandLine& line, Missing missing);

/// An open store and one namespace of it, as entries and as videos.
class Context {
 public:
  /// Opens them; what is `missing`, the store or the namespace, is created or an error.
  static Result<Context> Open(const CommandLine& line, Missing missing,
                              Versions versions = Versions::kAreReadIfAny);

  Store& store() { return *store_; }
  KvNamespace& entries() { return *entries_; }
  VideoLibrary& library() { return *library_; }

 private:
  Context(std::unique_ptr<Store> store, std::unique_ptr<EventLog> log, KvNamespace* entries,
          const LibraryOptions& options);

  std::unique_ptr<Store> store_;
  std::unique_ptr<EventLog> log_;
  KvNamespace* entries_;
  std::unique_ptr<VideoLibrary> library_;
};

}  // namespace reel::cli

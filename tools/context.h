// The settings, the store, the namespace and the library that a command line means.
#pragma once

#include <reel/config.h>
#include <reel/event_log.h>
#include <reel/status.h>
#include <reel/store.h>
#include <reel/video.h>

#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "tools/flags.h"
#include "tools/session.h"
#include "tools/shared_store.h"

namespace reel::cli {

/// The absolute path of the store: --store, else $REEL_STORE, else $XDG_DATA_HOME/reel, else
/// $HOME/.local/share/reel. kInvalidArgument when none of them says.
Result<std::string> StorePath(const Session& session, const CommandLine& line);

/// --namespace, else videos.
std::string NamespaceNameOf(const CommandLine& line);

enum class Missing : uint8_t { kIsCreated, kIsAnError };

/// The namespace that holds the versions of the keys of another. A library that outlives one
/// command needs it from the start, so as to see what others bump: kAreCreatedIfPossible, that is
/// if its name is not too long, and there is room.
enum class Versions : uint8_t { kAreReadIfAny, kAreCreated, kAreCreatedIfPossible };

/// The namespace of the versions of the keys of `name`; null where there is none and none was
/// created.
Result<KvNamespace*> VersionsOf(Store* store, const std::string& name, Versions versions);

struct OpenedStore {
  std::string path;
  Config config;
  /// Of which `config` is made.
  std::vector<Setting> settings;
  /// Null where the session has one.
  std::unique_ptr<Store> owned;
  Store* store = nullptr;
};

/// Reads the settings, and then takes the session's store, or opens one where it has none; a
/// missing store is created or an error. The session outlives it.
Result<OpenedStore> OpenStore(const Session& session, const CommandLine& line, Missing missing);

/// An open store and one namespace of it, as entries and as videos. Outlived by its session.
class Context {
 public:
  /// Opens them; what is `missing`, the store or the namespace, is created or an error.
  static Result<Context> Open(const Session& session, const CommandLine& line, Missing missing,
                              Versions versions = Versions::kAreReadIfAny);

  Store& store() { return *open_.store; }
  KvNamespace& entries() { return *entries_; }
  VideoLibrary& library() { return *library_; }
  /// Of library().
  [[nodiscard]] const LibraryOptions& library_options() const { return library_options_; }
  /// In force since it was opened.
  [[nodiscard]] const std::vector<Setting>& settings() const { return open_.settings; }
  /// For commands of others to work on. REQUIRES: the store is the context's own.
  [[nodiscard]] SharedStore Share() const {
    return {open_.store, open_.path, reads_, names_, std::nullopt};
  }

 private:
  Context(OpenedStore open, std::unique_ptr<EventLog> log, KvNamespace* entries,
          const LibraryOptions& options);

  OpenedStore open_;
  std::shared_ptr<ReadPool> reads_;
  std::shared_ptr<std::shared_mutex> names_ = std::make_shared<std::shared_mutex>();
  std::unique_ptr<EventLog> log_;
  KvNamespace* entries_;
  LibraryOptions library_options_;
  std::unique_ptr<VideoLibrary> library_;
};

}  // namespace reel::cli

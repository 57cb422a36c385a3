// The namespaces of a store, as the KV surfaces name them.
#pragma once

#include <reel/kv.h>
#include <reel/status.h>
#include <reel/store.h>

#include <functional>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tools/http/message.h"

namespace reel::routes {

/// A namespace as the REST API shows it.
struct NamespaceRow {
  /// 32 hex digits. It stays when the title changes.
  std::string id;
  std::string title;

  friend bool operator==(const NamespaceRow&, const NamespaceRow&) = default;
};

/// Finds, makes, renames and drops namespaces. Those that hold the versions of videos' keys (see
/// <reel/video_namespaces.h>) are in no list, cannot be opened, and go where their videos go.
/// Thread-safe. Nobody else renames or drops namespaces of the store meanwhile, unless with `names`
/// held alone.
class Namespaces {
 public:
  /// What to use in the place of a stored namespace, such as one that has faults in front of it. It
  /// is called for every request, of several threads at a time.
  using Front = std::function<KvNamespace*(KvNamespace* stored)>;

  /// `store` and `names` outlive this; null: a lock of its own.
  explicit Namespaces(Store* store, Front front = {}, std::shared_mutex* names = nullptr);

  /// In bytewise order of their titles.
  [[nodiscard]] Result<std::vector<NamespaceRow>> List() const;

  /// By its id, or else by its title. kNotFound: there is none.
  [[nodiscard]] Result<NamespaceRow> Find(std::string_view id_or_title) const;

  /// The same one, to work with.
  [[nodiscard]] Result<KvNamespace*> Open(std::string_view id_or_title) const;

  /// By its title, made first if it is missing and `create`; otherwise kNotFound. kInvalidArgument:
  /// this cannot be a title.
  [[nodiscard]] Result<KvNamespace*> OpenTitle(std::string_view title, bool create) const;

  /// kConflict: the title is taken. kInvalidArgument: it cannot be one.
  Result<NamespaceRow> Create(std::string_view title);

  /// Errors as Find and Create.
  Result<NamespaceRow> Rename(std::string_view id_or_title, std::string_view title);

  /// With all that is in it. Errors as Find.
  Status Drop(std::string_view id_or_title);

 private:
  [[nodiscard]] Result<NamespaceRow> FindRow(std::string_view id_or_title) const;
  [[nodiscard]] Result<KvNamespace*> Stored(std::string_view title, bool create) const;

  Store* store_;
  Front front_;
  /// Held alone while titles change, so that nobody opens what has come to bear a title since he
  /// looked for its id.
  std::shared_mutex* mutex_;
  std::shared_mutex own_mutex_;
};

/// The namespace that a request is about. kNotFound where it is missing and not to be made.
using FindNamespace =
    std::function<Result<KvNamespace*>(const http::Request& request, bool create)>;

/// The namespace named by the header X-KV-Namespace, or else `fallbacks[request.listener]`.
/// kInvalidArgument where there is neither of the two, or no such listener. `namespaces` outlives
/// what is returned.
FindNamespace ByHeader(const Namespaces* namespaces, std::vector<std::string> fallbacks = {});

}  // namespace reel::routes

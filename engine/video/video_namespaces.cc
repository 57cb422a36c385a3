#include <reel/video_namespaces.h>

#include <vector>

namespace reel {
namespace {

constexpr std::string_view kEnding = ".versions";

// A name that is too long for its versions never had any.
Result<bool> HasVersions(Store* store, std::string_view name) {
  const auto versions = store->Namespace(VersionsNamespace(name), /*create=*/false);
  if (versions.code() == Code::kNotFound || versions.code() == Code::kInvalidArgument) {
    return false;
  }
  return versions.ok() ? Result<bool>(true) : versions.status();
}

}  // namespace

std::string VersionsNamespace(std::string_view name) {
  return std::string(name) + std::string(kEnding);
}

bool IsVersionsNamespace(std::string_view name) {
  return name.size() > kEnding.size() && name.ends_with(kEnding);
}

Status RenameWithVersions(Store* store, std::string_view from, std::string_view to) {
  const auto has = HasVersions(store, from);
  if (!has.ok()) {
    return has.status();
  }
  const auto taken = HasVersions(store, to);
  if (!taken.ok()) {
    return taken.status();
  }
  std::vector<NamespaceRename> renames = {{std::string(from), std::string(to)}};
  if (*has) {
    renames.push_back({VersionsNamespace(from), VersionsNamespace(to)});
  } else if (*taken) {
    // They would make videos stale that are not.
    return {Code::kConflict, "there is a namespace \"" + VersionsNamespace(to) +
                                 "\" already, of versions of other keys (choose another name, or "
                                 "drop that one)"};
  }
  return store->RenameNamespaces(renames);
}

Status DropWithVersions(Store* store, std::string_view name) {
  const auto has = HasVersions(store, name);
  if (!has.ok()) {
    return has.status();
  }
  std::vector<std::string> names = {std::string(name)};
  if (*has) {
    names.push_back(VersionsNamespace(name));
  }
  return store->DropNamespaces(names);
}

}  // namespace reel

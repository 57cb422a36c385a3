// Namespaces of videos, each with the one beside it that holds the versions of its keys.
#pragma once

#include <reel/status.h>
#include <reel/store.h>

#include <string>
#include <string_view>

namespace reel {

/// The namespace of the versions of the keys of `name`: NAME.versions. It may be missing, and is no
/// name of a namespace (kInvalidArgument everywhere) where it has more than 512 bytes.
std::string VersionsNamespace(std::string_view name);

/// Whether a namespace of that name can be one of versions. Surfaces that let others choose names
/// hide these and give none away.
bool IsVersionsNamespace(std::string_view name);

/// Renames the namespace, and in the same step that of its versions where there is one. kNotFound:
/// no such namespace. kConflict: `to`, or its versions' name, is taken.
Status RenameWithVersions(Store* store, std::string_view from, std::string_view to);

/// Drops the namespace, and in the same step that of its versions where there is one. Otherwise as
/// Store::DropNamespaces.
Status DropWithVersions(Store* store, std::string_view name);

}  // namespace reel

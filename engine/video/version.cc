#include "video/version.h"

#include <charconv>
#include <string>
#include <system_error>

namespace reel {
namespace {

struct Stored {
  uint64_t version = 1;
  uint64_t generation = 0;  // 0: there is none
};

Result<Stored> Read(const KvNamespace& versions, std::string_view key) {
  const auto view = versions.Open(key);
  if (view.code() == Code::kNotFound) {
    return Stored{};
  }
  if (!view.ok()) {
    return view.status();
  }
  const auto value = (*view)->ReadAll();
  REEL_RETURN_IF_ERROR(value.status());
  const std::string& text = *value;
  Stored stored;
  stored.generation = (*view)->entry().generation;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), stored.version);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return Status(Code::kCorruption, "the version of \"" + std::string(key) +
                                         "\" is no number (put one into its namespace)");
  }
  return stored;
}

}  // namespace

Result<uint64_t> ReadVersion(const KvNamespace* versions, std::string_view key) {
  if (versions == nullptr) {
    return 1;
  }
  const auto stored = Read(*versions, key);
  if (!stored.ok()) {
    return stored.status();
  }
  return stored->version;
}

Result<uint64_t> BumpVersion(KvNamespace* versions, std::string_view key) {
  while (true) {
    const auto stored = Read(*versions, key);
    if (!stored.ok()) {
      return stored.status();
    }
    Mutation bump;
    bump.key = key;
    bump.value = std::to_string(stored->version + 1);
    bump.if_generation = stored->generation;
    const Status applied = versions->Apply({&bump, 1});
    if (applied.ok()) {
      return stored->version + 1;
    }
    if (applied.code() != Code::kConflict) {
      return applied;
    }
    // Somebody else bumped it: so there is a newer one to start from.
  }
}

}  // namespace reel

#include "kv/relabel.h"

#include <cassert>
#include <utility>

#include "base/hash.h"
#include "format/kv_key.h"

namespace reel {
namespace {

Status SomebodyChanged(std::string_view key) {
  return {Code::kConflict,
          "\"" + std::string(key) + "\" is not what it was (somebody changed it: read it again)"};
}

Status CheckSource(const Relabeling& relabeling, const Entry& base) {
  if (base.kind == EntryKind::kChunk) {
    return ChunkOfVideo(base);
  }
  if (relabeling.if_generation.value_or(base.generation) != base.generation ||
      relabeling.if_metadata.value_or(base.metadata) != base.metadata) {
    return SomebodyChanged(base.key);
  }
  return Status::Ok();
}

Status CheckTarget(const Relabeling& relabeling, const EntryLookup& lookup, int64_t now) {
  if (!relabeling.if_target_generation || relabeling.from == relabeling.to) {
    return Status::Ok();
  }
  const auto target = lookup(relabeling.to);
  REEL_RETURN_IF_ERROR(target.status());
  const bool lives = target->has_value() && !IsExpired(**target, now);
  const uint64_t generation = lives ? (*target)->generation : 0;
  return generation == *relabeling.if_target_generation ? Status::Ok()
                                                        : SomebodyChanged(relabeling.to);
}

Status CheckLimits(const Relabeling& relabeling, int64_t now) {
  EntryAttributes attributes;
  attributes.metadata = relabeling.metadata;
  attributes.tags = relabeling.tags;
  REEL_RETURN_IF_ERROR(CheckAttributes(relabeling.to, attributes, now));
  return relabeling.manifest ? CheckManifest(relabeling.to, relabeling.manifest->json,
                                             relabeling.manifest->content_type)
                             : Status::Ok();
}

Entry NewBase(const Relabeling& relabeling, const Entry& before) {
  Entry base = before;
  base.key = relabeling.to;
  base.metadata = relabeling.metadata;
  base.tags = relabeling.tags;
  base.version = relabeling.version;
  if (relabeling.manifest) {
    base.size = relabeling.manifest->json.size();
    base.xxh3 = HashWhole(relabeling.manifest->json);
    base.body.content_type = relabeling.manifest->content_type;
  }
  return base;
}

Result<Entry> NewChunk(const Relabeling& relabeling, uint32_t index, const EntryLookup& lookup) {
  auto found = lookup(ChunkKey(relabeling.from, index));
  REEL_RETURN_IF_ERROR(found.status());
  if (!found->has_value()) {
    return Status(Code::kCorruption, "chunk " + std::to_string(index) + " of \"" + relabeling.from +
                                         "\" has no record (store this video again)");
  }
  Entry chunk = **std::move(found);
  chunk.key = ChunkKey(relabeling.to, index);
  REEL_RETURN_IF_ERROR(ValidateKey(chunk.key).WithContext("chunk " + std::to_string(index)));
  if (!relabeling.chunk_metadata.empty()) {
    chunk.metadata = relabeling.chunk_metadata[index];
    REEL_RETURN_IF_ERROR(CheckMetadata(chunk.key, chunk.metadata));
  }
  chunk.parent.key = relabeling.to;
  chunk.version = relabeling.version;
  return chunk;
}

}  // namespace

Result<RelabelPlan> PlanRelabel(const Relabeling& relabeling, const EntryLookup& lookup,
                                int64_t now) {
  REEL_RETURN_IF_ERROR(ValidateKey(relabeling.from));
  REEL_RETURN_IF_ERROR(CheckLimits(relabeling, now));
  auto base = lookup(relabeling.from);
  REEL_RETURN_IF_ERROR(base.status());
  if (!base->has_value() || IsExpired(**base, now)) {
    return NoSuchKey(relabeling.from);
  }
  RelabelPlan plan;
  plan.before = **std::move(base);
  REEL_RETURN_IF_ERROR(CheckSource(relabeling, plan.before));
  REEL_RETURN_IF_ERROR(CheckTarget(relabeling, lookup, now));
  const uint32_t chunks = plan.before.body.chunk_count;
  assert(!relabeling.manifest || plan.before.kind == EntryKind::kManifest);
  assert(relabeling.chunk_metadata.empty() || relabeling.chunk_metadata.size() == chunks);
  plan.after.base = NewBase(relabeling, plan.before);
  plan.after.chunks.reserve(chunks);
  for (uint32_t i = 0; i < chunks; ++i) {
    auto chunk = NewChunk(relabeling, i, lookup);
    REEL_RETURN_IF_ERROR(chunk.status());
    plan.after.chunks.push_back(*std::move(chunk));
  }
  // All keys of the video itself are free for it.
  const EntryLookup beside = [&](std::string_view key) -> Result<std::optional<Entry>> {
    auto found = lookup(key);
    const bool own =
        found.ok() && found->has_value() &&
        ((*found)->key == relabeling.from ||
         ((*found)->kind == EntryKind::kChunk && (*found)->parent.key == relabeling.from));
    return own ? std::optional<Entry>() : std::move(found);
  };
  auto displaced = FindDisplaced(plan.after, beside, now);
  REEL_RETURN_IF_ERROR(displaced.status());
  plan.displaced = *std::move(displaced);
  return plan;
}

}  // namespace reel

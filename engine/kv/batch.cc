#include "kv/batch.h"

#include <algorithm>
#include <utility>

namespace reel {
namespace {

Status CheckCondition(const Mutation& mutation, const Entry* living) {
  const uint64_t generation = living == nullptr ? 0 : living->generation;
  if (mutation.if_generation && *mutation.if_generation != generation) {
    return {Code::kConflict,
            "\"" + mutation.key + "\" has generation " + std::to_string(generation) + ", not " +
                std::to_string(*mutation.if_generation) + " (somebody changed it: read it again)"};
  }
  if (mutation.if_expires && (living == nullptr || living->expires != mutation.if_expires)) {
    return {Code::kConflict, "\"" + mutation.key +
                                 "\" expires at another time (somebody changed it: read it again)"};
  }
  return Status::Ok();
}

Status CheckKeys(std::span<const Mutation> batch) {
  std::set<std::string_view> keys;
  for (const Mutation& mutation : batch) {
    REEL_RETURN_IF_ERROR(ValidateKey(mutation.key));
    if (!keys.insert(mutation.key).second) {
      return {Code::kInvalidArgument,
              "\"" + mutation.key + "\" stands twice in one batch (name each key once)"};
    }
  }
  return Status::Ok();
}

// Base keys whose entries the batch replaces or deletes, with all their chunks.
std::set<std::string_view> ReplacedKeys(std::span<const Mutation> batch) {
  std::set<std::string_view> keys;
  for (const Mutation& mutation : batch) {
    if (mutation.kind != Mutation::Kind::kUpdate) {
      keys.insert(mutation.key);
    }
  }
  return keys;
}

Result<Publication> PlanPut(const Mutation& mutation, int64_t now) {
  ValueHasher hasher(std::max<uint64_t>(1, mutation.value.size()));
  hasher.Update(mutation.value);
  return PlanSingle(mutation.key, hasher, mutation.attributes, now);
}

}  // namespace

Result<BatchPlan> PlanBatch(std::span<const Mutation> batch, const EntryLookup& lookup,
                            int64_t now) {
  REEL_RETURN_IF_ERROR(CheckKeys(batch));
  const std::set<std::string_view> replaced = ReplacedKeys(batch);
  const auto goes = [&](const std::optional<Entry>& entry) {
    return entry && entry->kind == EntryKind::kChunk && replaced.contains(entry->parent.key);
  };
  const EntryLookup behind_removals = [&](std::string_view key) -> Result<std::optional<Entry>> {
    auto found = lookup(key);
    return found.ok() && goes(*found) ? std::optional<Entry>() : std::move(found);
  };
  BatchPlan plan;
  for (size_t i = 0; i < batch.size(); ++i) {
    const Mutation& mutation = batch[i];
    const auto found = lookup(mutation.key);
    if (!found.ok()) {
      return found.status();
    }
    const bool lives = found->has_value() && !IsExpired(**found, now);
    REEL_RETURN_IF_ERROR(CheckCondition(mutation, lives ? &**found : nullptr));
    switch (mutation.kind) {
      case Mutation::Kind::kPut: {
        auto publication = PlanPut(mutation, now);
        if (!publication.ok()) {
          return publication.status();
        }
        const auto displaced = FindDisplaced(*publication, behind_removals, now);
        if (!displaced.ok()) {
          return displaced.status();
        }
        plan.removed.insert(displaced->begin(), displaced->end());
        plan.puts.push_back({i, *std::move(publication)});
        break;
      }
      case Mutation::Kind::kUpdate:
        if (!lives) {
          return NoSuchKey(mutation.key);
        }
        REEL_RETURN_IF_ERROR(CheckUpdate(**found, mutation.update));
        plan.updates.push_back(i);
        break;
      case Mutation::Kind::kDelete:
        if (lives && (*found)->kind == EntryKind::kChunk && !goes(*found)) {
          return ChunkOfVideo(**found);
        }
        if (found->has_value() && (*found)->kind != EntryKind::kChunk) {
          plan.removed.insert(mutation.key);
        }
        break;
    }
  }
  return plan;
}

}  // namespace reel

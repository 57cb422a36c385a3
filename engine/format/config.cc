#include <reel/config.h>
#include <reel/json.h>

#include <algorithm>
#include <array>
#include <type_traits>
#include <variant>

#include "format/json.h"
#include "format/option_bounds.h"

namespace reel {
namespace {

using Field = std::variant<bool*, uint32_t*, uint64_t*, int64_t*, std::string*>;

// One setting: how it is spelled, where it is kept, what it may be.
struct Row {
  std::string_view group;
  std::string_view name;
  Field (*field)(Config*);
  /// Of a number; null on others.
  const OptionBounds* bounds = nullptr;
};

constexpr Row Number(std::string_view group, const OptionBounds& bounds, Field (*field)(Config*)) {
  return {group, bounds.name, field, &bounds};
}

constexpr std::string_view kChunking = "kvChunking";
constexpr std::string_view kTtlRefresh = "ttlRefresh";
constexpr std::string_view kTags = "cacheTags";
constexpr std::array kGroups = {kChunking, kTtlRefresh, kTags};

constexpr std::array kRows = {
    Row{kChunking, "enabled", [](Config* c) -> Field { return &c->chunking.enabled; }},
    Number(kChunking, kSizeThresholdBounds,
           [](Config* c) -> Field { return &c->chunking.size_threshold; }),
    Number(kChunking, kChunkSizeBounds, [](Config* c) -> Field { return &c->chunking.chunk_size; }),
    Number(kChunking, kTimeoutMsBounds, [](Config* c) -> Field { return &c->fetch.timeout_ms; }),
    Number(kChunking, kMaxChunksBounds, [](Config* c) -> Field { return &c->chunking.max_chunks; }),
    Number(kChunking, kParallelFetchesBounds,
           [](Config* c) -> Field { return &c->fetch.parallel_fetches; }),
    Row{kChunking, "logChunkOperations",
        [](Config* c) -> Field { return &c->fetch.log_chunk_operations; }},
    Row{kChunking, "useEdgeCache", [](Config* c) -> Field { return &c->fetch.use_edge_cache; }},
    Number(kChunking, kEdgeCacheTtlBounds,
           [](Config* c) -> Field { return &c->fetch.edge_cache_ttl_s; }),
    Row{kTtlRefresh, "enabled", [](Config* c) -> Field { return &c->ttl_refresh.enabled; }},
    Number(kTtlRefresh, kMinElapsedPercentBounds,
           [](Config* c) -> Field { return &c->ttl_refresh.min_elapsed_percent; }),
    Number(kTtlRefresh, kMinRemainingSecondsBounds,
           [](Config* c) -> Field { return &c->ttl_refresh.min_remaining_s; }),
    Row{kTags, "derived", [](Config* c) -> Field { return &c->tags.derived; }},
    Row{kTags, "prefix", [](Config* c) -> Field { return &c->tags.prefix; }},
};

std::string FullName(const Row& row) {
  return std::string(row.group) + "." + std::string(row.name);
}

Status Refuse(std::string_view source, std::string_view what, std::string_view allowed) {
  return {Code::kInvalidArgument,
          std::string(source) + ": " + std::string(what) + " (" + std::string(allowed) + ")"};
}

// Empty, or what the setting may be instead.
std::string Assign(const Row& row, const JsonValue& value, Config* config) {
  return std::visit(
      [&](auto* field) -> std::string {
        using Type = std::remove_pointer_t<decltype(field)>;
        if constexpr (std::is_same_v<Type, bool>) {
          *field = value.boolean;
          return value.kind == JsonValue::Kind::kBool ? "" : "true or false";
        } else if constexpr (std::is_same_v<Type, std::string>) {
          *field = value.text;
          const bool legal = value.kind == JsonValue::Kind::kText && config->tags.Validate().ok();
          return legal ? "" : "text, " + std::string(kTagPrefixAllowed);
        } else {
          const auto number = ExactInteger(value);
          if (!number || !InBounds(*row.bounds, *number)) {
            return "an integer from " + Allowed(*row.bounds);
          }
          *field = static_cast<Type>(*number);
          return "";
        }
      },
      row.field(config));
}

std::string ValueText(const Row& row, Config config) {
  return std::visit(
      [](auto* field) -> std::string {
        using Type = std::remove_pointer_t<decltype(field)>;
        if constexpr (std::is_same_v<Type, bool>) {
          return *field ? "true" : "false";
        } else if constexpr (std::is_same_v<Type, std::string>) {
          return EncodeJsonText(*field);
        } else {
          return std::to_string(*field);
        }
      },
      row.field(&config));
}

std::string NamesOf(std::string_view group) {
  std::string names;
  for (const Row& row : kRows) {
    if (row.group == group) {
      names += (names.empty() ? "" : ", ") + FullName(row);
    }
  }
  return names;
}

constexpr std::string_view kGiveOnce = "give it once";

}  // namespace

std::string EncodeSetting(const Setting& setting) {
  return JsonObject()
      .Add("name", setting.name)
      .AddRaw("value", setting.value)
      .Add("source", setting.source)
      .ToString();
}

ConfigBuilder::ConfigBuilder() : sources_(kRows.size(), "default") {}

Status ConfigBuilder::Apply(std::string_view text, std::string_view source) {
  // Far more than there are settings: a file of another kind is refused before it is looked
  // through.
  const auto parsed = ParseJson(text, {.values_max = 1000});
  if (!parsed.ok()) {
    return parsed.status().WithContext(source);
  }
  if (parsed->kind != JsonValue::Kind::kObject) {
    return Refuse(source, "the configuration is " + QuoteJson(*parsed), "allowed: an object");
  }
  ConfigBuilder next = *this;
  if (const std::string* repeated = FindRepeatedName(*parsed)) {
    return Refuse(source, QuoteJson(*repeated) + " stands twice", kGiveOnce);
  }
  for (size_t i = 0; i < parsed->names.size(); ++i) {
    const std::string& group = parsed->names[i];
    const JsonValue& settings = parsed->items[i];
    if (std::find(kGroups.begin(), kGroups.end(), group) == kGroups.end()) {
      return Refuse(source, QuoteJson(group) + " is unknown",
                    "allowed: kvChunking, ttlRefresh, cacheTags");
    }
    if (settings.kind != JsonValue::Kind::kObject) {
      return Refuse(source, group + " is " + QuoteJson(settings), "allowed: an object");
    }
    if (const std::string* repeated = FindRepeatedName(settings)) {
      return Refuse(source, QuoteJson(group + "." + *repeated) + " stands twice", kGiveOnce);
    }
    for (size_t j = 0; j < settings.names.size(); ++j) {
      const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& candidate) {
        return candidate.group == group && candidate.name == settings.names[j];
      });
      if (row == kRows.end()) {
        return Refuse(source, QuoteJson(group + "." + settings.names[j]) + " is unknown",
                      "allowed: " + NamesOf(group));
      }
      const std::string allowed = Assign(*row, settings.items[j], &next.config_);
      if (!allowed.empty()) {
        return Refuse(source, FullName(*row) + " is " + QuoteJson(settings.items[j]),
                      "allowed: " + allowed);
      }
      next.sources_[static_cast<size_t>(row - kRows.begin())] = source;
    }
  }
  *this = std::move(next);
  return Status::Ok();
}

Result<Config> ConfigBuilder::Build() const {
  const ChunkingOptions& chunking = config_.chunking;
  if (!chunking.enabled || chunking.chunk_size * chunking.max_chunks >= chunking.size_threshold) {
    return config_;
  }
  std::string settings;
  for (const Setting& setting : Settings()) {
    for (const OptionBounds* bounds :
         {&kSizeThresholdBounds, &kChunkSizeBounds, &kMaxChunksBounds}) {
      if (setting.name == std::string(kChunking) + "." + std::string(bounds->name)) {
        settings += (settings.empty() ? "" : ", ") + setting.name + " is " + setting.value + " (" +
                    setting.source + ")";
      }
    }
  }
  return {Code::kInvalidArgument,
          settings +
              ": all chunks together are smaller than the smallest video that is chunked "
              "(allowed: maxChunks times chunkSize at least sizeThreshold)"};
}

std::vector<Setting> ConfigBuilder::Settings() const {
  std::vector<Setting> settings;
  settings.reserve(kRows.size());
  for (size_t i = 0; i < kRows.size(); ++i) {
    settings.push_back({FullName(kRows[i]), ValueText(kRows[i], config_), sources_[i]});
  }
  return settings;
}

}  // namespace reel

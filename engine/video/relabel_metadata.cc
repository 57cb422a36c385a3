#include "video/relabel_metadata.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "format/json.h"
#include "video/plan.h"

namespace reel {
namespace {

// As EncodeBaseMetadata has them: a change gives the text that storing anew would give.
constexpr std::array<std::string_view, 9> kOrder = {"sourcePath",    "width",     "height",
                                                    "format",        "cacheTags", "contentType",
                                                    "contentLength", "isChunked", "modified"};

JsonValue Text(std::string text) {
  return {.kind = JsonValue::Kind::kText, .text = std::move(text)};
}

JsonValue Number(const std::string& digits) {
  return {.kind = JsonValue::Kind::kNumber, .text = digits};
}

JsonValue Texts(const std::vector<std::string>& texts) {
  JsonValue array{.kind = JsonValue::Kind::kArray};
  std::transform(texts.begin(), texts.end(), std::back_inserter(array.items), Text);
  return array;
}

// An absent value removes the field.
using Fields = std::map<std::string_view, std::optional<JsonValue>>;

Fields ChangedFields(const MetadataChange& change) {
  Fields fields;
  fields["cacheTags"] = Texts(change.tags);
  if (change.key) {
    BaseMetadata of_key = KeyMetadata(*change.key);
    const auto number = [](const std::optional<uint64_t>& value) {
      return value ? std::optional(Number(std::to_string(*value))) : std::nullopt;
    };
    const auto text = [](std::string value) {
      return value.empty() ? std::nullopt : std::optional(Text(std::move(value)));
    };
    fields["sourcePath"] = text(std::move(of_key.source_path));
    fields["width"] = number(of_key.width);
    fields["height"] = number(of_key.height);
    fields["format"] = text(std::move(of_key.format));
  }
  if (change.content_type) {
    fields["contentType"] = Text(*change.content_type);
  }
  if (change.content_length) {
    fields["contentLength"] = Number(std::to_string(*change.content_length));
  }
  if (change.modified) {
    fields["modified"] = Number(std::to_string(*change.modified));
  }
  return fields;
}

void Append(std::string_view name, JsonValue value, JsonValue* object) {
  object->names.emplace_back(name);
  object->items.push_back(std::move(value));
}

}  // namespace

Result<std::string> ChangeMetadata(std::string_view metadata, const MetadataChange& change) {
  auto old = ParseJson(metadata.empty() ? "{}" : metadata);
  if (!old.ok() || old->kind != JsonValue::Kind::kObject) {
    return Status(Code::kInvalidArgument,
                  "the metadata is no JSON object (put the entry again with one)");
  }
  Fields fields = ChangedFields(change);
  JsonValue changed{.kind = JsonValue::Kind::kObject};
  for (const std::string_view name : kOrder) {
    if (const auto field = fields.find(name); field != fields.end()) {
      if (field->second) {
        Append(name, *std::move(field->second), &changed);
      }
    } else if (const auto at = std::find(old->names.begin(), old->names.end(), name);
               at != old->names.end()) {
      Append(name, std::move(old->items[static_cast<size_t>(at - old->names.begin())]), &changed);
    }
  }
  for (size_t i = 0; i < old->names.size(); ++i) {
    if (std::find(kOrder.begin(), kOrder.end(), old->names[i]) == kOrder.end()) {
      Append(old->names[i], std::move(old->items[i]), &changed);
    }
  }
  return EncodeJson(changed);
}

}  // namespace reel

#include "format/json.h"

#include <reel/json.h>

#include <nlohmann/json.hpp>

namespace reel {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<uint64_t> FindNumber(const Json& json, const char* name) {
  const auto field = json.find(name);
  if (field == json.end() || !field->is_number_unsigned()) {
    return std::nullopt;
  }
  return field->get<uint64_t>();
}

Status NoManifest(std::string_view why) {
  return {Code::kCorruption, "the manifest " + std::string(why) + " (store this video again)"};
}

Status CheckSizes(const Manifest& manifest) {
  if (manifest.standard_chunk_size == 0 || manifest.chunk_sizes.empty()) {
    return NoManifest("names no chunks");
  }
  uint64_t sum = 0;
  for (size_t i = 0; i < manifest.chunk_sizes.size(); ++i) {
    const uint64_t size = manifest.chunk_sizes[i];
    const bool last = i + 1 == manifest.chunk_sizes.size();
    if (size == 0 || size > manifest.standard_chunk_size ||
        (!last && size != manifest.standard_chunk_size)) {
      return NoManifest("gives chunk " + std::to_string(i) + " " + std::to_string(size) +
                        " bytes, but chunks have " + std::to_string(manifest.standard_chunk_size));
    }
    sum += size;
  }
  if (sum != manifest.total_size) {
    return NoManifest("has chunks of " + std::to_string(sum) + " bytes for a video of " +
                      std::to_string(manifest.total_size));
  }
  return Status::Ok();
}

}  // namespace

std::string EncodeManifest(const Manifest& manifest) {
  Json json;
  json["totalSize"] = manifest.total_size;
  json["chunkCount"] = manifest.chunk_sizes.size();
  json["actualChunkSizes"] = manifest.chunk_sizes;
  json["standardChunkSize"] = manifest.standard_chunk_size;
  json["originalContentType"] = manifest.content_type;
  return Dump(json);
}

Result<Manifest> DecodeManifest(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return NoManifest("is not a JSON object");
  }
  const auto total = FindNumber(json, "totalSize");
  const auto count = FindNumber(json, "chunkCount");
  const auto standard = FindNumber(json, "standardChunkSize");
  const auto sizes = json.find("actualChunkSizes");
  const auto type = json.find("originalContentType");
  if (!total || !count || !standard || sizes == json.end() || !sizes->is_array() ||
      type == json.end() || !type->is_string()) {
    return NoManifest("lacks a field");
  }
  Manifest manifest;
  manifest.total_size = *total;
  manifest.standard_chunk_size = *standard;
  manifest.content_type = type->get<std::string>();
  manifest.chunk_sizes.reserve(sizes->size());
  for (const Json& size : *sizes) {
    if (!size.is_number_unsigned()) {
      return NoManifest("holds a chunk size that is no number");
    }
    manifest.chunk_sizes.push_back(size.get<uint64_t>());
  }
  if (manifest.chunk_sizes.size() != *count) {
    return NoManifest("says " + std::to_string(*count) + " chunks and lists " +
                      std::to_string(manifest.chunk_sizes.size()));
  }
  REEL_RETURN_IF_ERROR(CheckSizes(manifest));
  return manifest;
}

std::string EncodeBaseMetadata(const BaseMetadata& metadata) {
  Json json = Json::object();
  if (!metadata.source_path.empty()) {
    json["sourcePath"] = metadata.source_path;
  }
  if (metadata.width) {
    json["width"] = *metadata.width;
  }
  if (metadata.height) {
    json["height"] = *metadata.height;
  }
  if (!metadata.format.empty()) {
    json["format"] = metadata.format;
  }
  json["cacheTags"] = metadata.tags;
  json["contentType"] = metadata.content_type;
  json["contentLength"] = metadata.content_length;
  if (metadata.chunked) {
    json["isChunked"] = true;
  }
  return Dump(json);
}

std::optional<std::string> FindTextField(std::string_view text, std::string_view name) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return std::nullopt;
  }
  const auto field = json.find(std::string(name));
  if (field == json.end() || !field->is_string()) {
    return std::nullopt;
  }
  return field->get<std::string>();
}

std::string EncodeChunkMetadata(std::string_view parent_key, uint32_t index,
                                const std::vector<std::string>& tags, uint64_t content_length) {
  Json json;
  json["parentKey"] = parent_key;
  json["chunkIndex"] = index;
  json["cacheTags"] = tags;
  json["contentLength"] = content_length;
  return Dump(json);
}

void JsonObject::Name(std::string_view name) {
  text_ += text_.empty() ? "{" : ",";
  text_ += Dump(Json(name));
  text_ += ":";
}

JsonObject& JsonObject::Add(std::string_view name, std::string_view text) {
  Name(name);
  text_ += Dump(Json(text));
  return *this;
}

JsonObject& JsonObject::Add(std::string_view name, uint64_t number) {
  Name(name);
  text_ += std::to_string(number);
  return *this;
}

JsonObject& JsonObject::Add(std::string_view name, bool value) {
  Name(name);
  text_ += value ? "true" : "false";
  return *this;
}

JsonObject& JsonObject::Add(std::string_view name, const std::vector<std::string>& texts) {
  Name(name);
  text_ += Dump(Json(texts));
  return *this;
}

JsonObject& JsonObject::Add(std::string_view name, const std::optional<int64_t>& number) {
  Name(name);
  text_ += number ? std::to_string(*number) : "null";
  return *this;
}

JsonObject& JsonObject::AddRaw(std::string_view name, std::string_view json) {
  Name(name);
  text_ += json.empty() ? "null" : json;
  return *this;
}

}  // namespace reel

#include "tools/routes/namespaces.h"

#include <reel/video_namespaces.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <utility>

namespace reel::routes {
namespace {

std::string IdText(uint32_t id) {
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%032x", id);
  return text.data();
}

Status CheckTitle(std::string_view title) {
  if (IsVersionsNamespace(title)) {
    return {
        Code::kInvalidArgument,
        "\"" + std::string(title) +
            "\" is kept for the versions of videos (choose a title without .versions at its end)"};
  }
  return Status::Ok();
}

}  // namespace

Namespaces::Namespaces(Store* store, Front front, std::shared_mutex* names)
    : store_(store), front_(std::move(front)), mutex_(names == nullptr ? &own_mutex_ : names) {}

Result<std::vector<NamespaceRow>> Namespaces::List() const {
  const auto ids = store_->NamespaceIds();
  if (!ids.ok()) {
    return ids.status();
  }
  std::vector<NamespaceRow> rows;
  for (const NamedId& each : *ids) {
    if (!IsVersionsNamespace(each.name)) {
      rows.push_back({IdText(each.id), each.name});
    }
  }
  return rows;
}

Result<NamespaceRow> Namespaces::Find(std::string_view id_or_title) const {
  const std::shared_lock lock(*mutex_);
  return FindRow(id_or_title);
}

Result<KvNamespace*> Namespaces::Open(std::string_view id_or_title) const {
  const std::shared_lock lock(*mutex_);
  const auto row = FindRow(id_or_title);
  return row.ok() ? Stored(row->title, /*create=*/false) : row.status();
}

Result<KvNamespace*> Namespaces::OpenTitle(std::string_view title, bool create) const {
  REEL_RETURN_IF_ERROR(CheckTitle(title));
  const std::shared_lock lock(*mutex_);
  return Stored(title, create);
}

Result<NamespaceRow> Namespaces::Create(std::string_view title) {
  REEL_RETURN_IF_ERROR(CheckTitle(title));
  const std::unique_lock lock(*mutex_);
  const auto found = store_->Namespace(title, /*create=*/false);
  if (found.ok()) {
    return {Code::kConflict,
            "there is a namespace \"" + std::string(title) + "\" already (choose another title)"};
  }
  if (found.code() != Code::kNotFound) {
    return found.status();
  }
  const auto made = store_->Namespace(title, /*create=*/true);
  return made.ok() ? FindRow(title) : made.status();
}

Result<NamespaceRow> Namespaces::Rename(std::string_view id_or_title, std::string_view title) {
  const std::unique_lock lock(*mutex_);
  auto row = FindRow(id_or_title);
  REEL_RETURN_IF_ERROR(row.status());
  REEL_RETURN_IF_ERROR(CheckTitle(title));
  if (row->title != title) {
    REEL_RETURN_IF_ERROR(RenameWithVersions(store_, row->title, title));
  }
  row->title = title;
  return row;
}

Status Namespaces::Drop(std::string_view id_or_title) {
  const std::unique_lock lock(*mutex_);
  const auto row = FindRow(id_or_title);
  return row.ok() ? DropWithVersions(store_, row->title) : row.status();
}

Result<NamespaceRow> Namespaces::FindRow(std::string_view id_or_title) const {
  auto rows = List();
  if (!rows.ok()) {
    return rows.status();
  }
  const auto by = [&](std::string NamespaceRow::*field) {
    return std::find_if(rows->begin(), rows->end(),
                        [&](const NamespaceRow& row) { return row.*field == id_or_title; });
  };
  auto row = by(&NamespaceRow::id);
  if (row == rows->end()) {
    row = by(&NamespaceRow::title);
  }
  if (row == rows->end()) {
    return {Code::kNotFound, "namespace not found"};
  }
  return std::move(*row);
}

Result<KvNamespace*> Namespaces::Stored(std::string_view title, bool create) const {
  const auto stored = store_->Namespace(title, create);
  return stored.ok() && front_ ? front_(*stored) : stored;
}

FindNamespace ByHeader(const Namespaces* namespaces, std::vector<std::string> fallbacks) {
  return [namespaces, fallbacks = std::move(fallbacks)](const http::Request& request,
                                                        bool create) -> Result<KvNamespace*> {
    std::string name = request.headers.Find("X-KV-Namespace").value_or("");
    if (name.empty() && request.listener < fallbacks.size()) {
      name = fallbacks[request.listener];
    }
    if (name.empty()) {
      return {Code::kInvalidArgument,
              "the request names no namespace (send its name in the header X-KV-Namespace)"};
    }
    return namespaces->OpenTitle(name, create);
  };
}

}  // namespace reel::routes

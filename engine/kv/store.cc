#include <reel/store.h>

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

#include "base/coding.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "format/row_key.h"
#include "kv/disk_namespace.h"
#include "kv/open_store.h"
#include "kv/store_parts.h"
#include "storage/database.h"
#include "storage/reclaim.h"
#include "storage/store_directory.h"

namespace reel {
namespace {

constexpr std::string_view kNextNamespaceRow = "next_namespace";
constexpr std::string_view kDroppedPrefix = "dropped/";

// Stands while rows of a dropped namespace may be left.
std::string DroppedRowKey(uint32_t id) {
  return std::string(kDroppedPrefix) + std::to_string(id);
}

Result<uint32_t> ReadId(std::string_view row_key, std::string_view value) {
  if (value.size() != sizeof(uint32_t)) {
    return Status(Code::kCorruption, "the row " + std::string(row_key) +
                                         " is damaged (restore the store from a copy)");
  }
  return ReadFixed32(value.data());
}

// The ids in the rows whose keys begin with `prefix`, by what stands behind it.
Result<std::vector<NamedId>> IdsBelow(const RowSnapshot& rows, std::string_view prefix) {
  std::vector<NamedId> found;
  const auto cursor = rows.NewCursor(Family::kMeta, prefix);
  for (; cursor->Valid(); cursor->Next()) {
    const auto id = ReadId(cursor->key(), cursor->value());
    if (!id.ok()) {
      return id.status();
    }
    found.push_back({std::string(cursor->key().substr(prefix.size())), *id});
  }
  REEL_RETURN_IF_ERROR(cursor->status());
  return found;
}

// Files come and go meanwhile, so what cannot be read counts nothing.
uint64_t DirectoryBytes(const std::string& path) {
  uint64_t bytes = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator at(path, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code gone;
    if (at->is_regular_file(gone)) {
      const uint64_t size = at->file_size(gone);
      bytes += gone ? 0 : size;
    }
  }
  return bytes;
}

class DiskStore final : public Store {
 public:
  DiskStore(std::unique_ptr<Database> database, const Clock& clock)
      : database_(std::move(database)), reclaimer_(database_.get(), clock), clock_(clock) {}

  Status Recover() {
    REEL_RETURN_IF_ERROR(reclaimer_.DropListed());
    const auto dropped = DroppedIn(*database_->NewSnapshot());
    REEL_RETURN_IF_ERROR(dropped.status());
    for (const NamedId& each : *dropped) {
      DiskNamespace entries(Context(), each.id);
      REEL_RETURN_IF_ERROR(FinishDrop(each.id, &entries));
    }
    return Status::Ok();
  }

  [[nodiscard]] DiskContext Context() const {
    return {database_.get(), &reclaimer_, &clock_, &write_gate_};
  }
  [[nodiscard]] StoreParts Parts() { return {Context(), &scrub_mutex_}; }

  Result<KvNamespace*> Namespace(std::string_view name, bool create) override {
    REEL_RETURN_IF_ERROR(CheckName(name));
    const std::lock_guard lock(mutex_);
    const auto found = Find(name);
    if (!found.ok()) {
      return found.status();
    }
    if (*found != nullptr || !create) {
      return *found == nullptr ? Result<KvNamespace*>(NoNamespace(name)) : *found;
    }
    const auto id = Create(name);
    if (!id.ok()) {
      return id.status();
    }
    return Hold(name, *id);
  }

  [[nodiscard]] Result<std::vector<std::string>> Namespaces() const override {
    std::vector<std::string> names;
    const std::string prefix = NamespaceRowKey("");
    const auto cursor = database_->NewCursor(Family::kMeta, prefix);
    for (; cursor->Valid(); cursor->Next()) {
      names.emplace_back(cursor->key().substr(prefix.size()));
    }
    REEL_RETURN_IF_ERROR(cursor->status());
    return names;
  }

  [[nodiscard]] Result<std::vector<NamedId>> NamespaceIds() const override {
    return NamespacesIn(*database_->NewSnapshot());
  }

  Status RenameNamespaces(std::span<const NamespaceRename> renames) override {
    const std::lock_guard lock(mutex_);
    RowBatch batch;
    for (const NamespaceRename& rename : renames) {
      REEL_RETURN_IF_ERROR(AddRename(rename, &batch));
    }
    REEL_RETURN_IF_ERROR(database_->Write(batch, /*sync=*/true));
    for (const NamespaceRename& rename : renames) {
      if (auto open = namespaces_.extract(rename.from)) {
        open.key() = rename.to;
        namespaces_.insert(std::move(open));
      }
    }
    return Status::Ok();
  }

  Status DropNamespaces(std::span<const std::string> names) override {
    std::vector<DiskNamespace*> dropped;
    {
      const std::lock_guard lock(mutex_);
      RowBatch batch;
      for (const std::string& name : names) {
        REEL_RETURN_IF_ERROR(CheckName(name));
        const auto found = Find(name);
        if (!found.ok()) {
          return found.status();
        }
        if (*found == nullptr) {
          return NoNamespace(name);
        }
        dropped.push_back(*found);
        batch.Delete(Family::kMeta, NamespaceRowKey(name));
        batch.Put(Family::kMeta, DroppedRowKey((*found)->id()), IdValue((*found)->id()));
      }
      const std::lock_guard alone(write_gate_);
      REEL_RETURN_IF_ERROR(database_->Write(batch, /*sync=*/true));
      for (const std::string& name : names) {
        const auto open = namespaces_.find(name);
        open->second->Close();
        // Whoever has a pointer may keep it.
        dropped_.push_back(std::move(open->second));
        namespaces_.erase(open);
      }
    }
    for (const DiskNamespace* each : dropped) {
      each->TellClosed();
    }
    for (DiskNamespace* each : dropped) {
      REEL_RETURN_IF_ERROR(FinishDrop(each->id(), each));
    }
    return Status::Ok();
  }

  Result<StoreStats> Stats() const override {
    StoreStats stats;
    const auto names = Namespaces();
    if (!names.ok()) {
      return names.status();
    }
    for (const std::string& name : *names) {
      const auto id = FindId(name);
      if (!id.ok()) {
        return id.status();
      }
      if (!id->has_value()) {
        continue;  // dropped meanwhile
      }
      const DiskNamespace entries(Context(), **id);
      const auto counts = entries.CountAll("");
      if (!counts.ok()) {
        return counts.status().WithContext("namespace " + name);
      }
      stats.namespaces.push_back({name, counts->live, counts->expired});
    }
    const auto garbage = ListedGarbage(*database_);
    REEL_RETURN_IF_ERROR(garbage.status());
    stats.garbage_extents = garbage->size();
    for (const Garbage& item : *garbage) {
      stats.garbage_bytes += item.bytes;
    }
    stats.disk_bytes = DirectoryBytes(database_->options().path);
    return stats;
  }

 private:
  static Status CheckName(std::string_view name) {
    if (name.empty() || name.size() > kKeyBytesMax || !IsValidUtf8(name)) {
      return {Code::kInvalidArgument,
              "\"" + std::string(name) + "\" is no name for a namespace (1 to 512 bytes of UTF-8)"};
    }
    return Status::Ok();
  }

  static Status NoNamespace(std::string_view name) {
    return {Code::kNotFound, "there is no namespace \"" + std::string(name) +
                                 "\" (storing something in it creates it)"};
  }

  static std::string IdValue(uint32_t id) {
    std::string value;
    PutFixed32(&value, id);
    return value;
  }

  [[nodiscard]] Result<std::optional<uint32_t>> FindIdRow(std::string_view row_key) const {
    const auto row = database_->Get(Family::kMeta, row_key);
    if (!row.ok()) {
      return row.status();
    }
    if (!row->has_value()) {
      return std::optional<uint32_t>();
    }
    const auto id = ReadId(row_key, **row);
    if (!id.ok()) {
      return id.status();
    }
    return std::optional(*id);
  }

  [[nodiscard]] Result<std::optional<uint32_t>> FindId(std::string_view name) const {
    return FindIdRow(NamespaceRowKey(name));
  }

  // REQUIRES: mutex_ is held.
  Status AddRename(const NamespaceRename& rename, RowBatch* batch) const {
    REEL_RETURN_IF_ERROR(CheckName(rename.from));
    REEL_RETURN_IF_ERROR(CheckName(rename.to));
    const auto source = FindId(rename.from);
    if (!source.ok()) {
      return source.status();
    }
    if (!source->has_value()) {
      return NoNamespace(rename.from);
    }
    const auto target = FindId(rename.to);
    if (!target.ok()) {
      return target.status();
    }
    if (target->has_value() && rename.from != rename.to) {
      return {Code::kConflict,
              "there is a namespace \"" + rename.to + "\" already (choose another name)"};
    }
    batch->Delete(Family::kMeta, NamespaceRowKey(rename.from));
    batch->Put(Family::kMeta, NamespaceRowKey(rename.to), IdValue(**source));
    return Status::Ok();
  }

  DiskNamespace* Hold(std::string_view name, uint32_t id) {
    auto& slot = namespaces_[std::string(name)];
    slot = std::make_unique<DiskNamespace>(Context(), id);
    return slot.get();
  }

  // Null when there is none. REQUIRES: mutex_ is held.
  Result<DiskNamespace*> Find(std::string_view name) {
    if (const auto open = namespaces_.find(name); open != namespaces_.end()) {
      return open->second.get();
    }
    const auto id = FindId(name);
    if (!id.ok()) {
      return id.status();
    }
    return id->has_value() ? Hold(name, **id) : nullptr;
  }

  Result<uint32_t> Create(std::string_view name) {
    const auto next = FindIdRow(kNextNamespaceRow);
    if (!next.ok()) {
      return next.status();
    }
    const uint32_t id = next->value_or(1);
    RowBatch batch;
    batch.Put(Family::kMeta, NamespaceRowKey(name), IdValue(id));
    batch.Put(Family::kMeta, std::string(kNextNamespaceRow), IdValue(id + 1));
    REEL_RETURN_IF_ERROR(database_->Write(batch, /*sync=*/true));
    return id;
  }

  Status FinishDrop(uint32_t id, DiskNamespace* dropped) {
    REEL_RETURN_IF_ERROR(dropped->RemoveAll());
    RowBatch batch;
    batch.Delete(Family::kMeta, DroppedRowKey(id));
    return database_->Write(batch, /*sync=*/true);
  }

  std::unique_ptr<Database> database_;
  mutable Reclaimer reclaimer_;
  const Clock& clock_;
  mutable WriteGate write_gate_;
  std::mutex scrub_mutex_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<DiskNamespace>, std::less<>> namespaces_;
  std::vector<std::unique_ptr<DiskNamespace>> dropped_;
};

Result<std::unique_ptr<Store>> Open(const StoreOptions& options, const Clock& clock,
                                    const Environment& environment) {
  REEL_RETURN_IF_ERROR(options.Validate());
  const auto directory =
      StoreDirectory::Prepare(options.path, options.create_if_missing, environment);
  if (!directory.ok()) {
    return directory.status();
  }
  auto database = Database::Open(directory->database(), directory->staging(), options, environment);
  if (!database.ok()) {
    return database.status();
  }
  auto store = std::make_unique<DiskStore>(*std::move(database), clock);
  REEL_RETURN_IF_ERROR(directory->Settle());
  REEL_RETURN_IF_ERROR(store->Recover());
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace

// There is no other implementation.
StoreParts PartsOf(Store* store) {
  return static_cast<DiskStore*>(store)->Parts();
}

Result<std::vector<NamedId>> NamespacesIn(const RowSnapshot& rows) {
  return IdsBelow(rows, NamespaceRowKey(""));
}

Result<std::vector<NamedId>> DroppedIn(const RowSnapshot& rows) {
  return IdsBelow(rows, kDroppedPrefix);
}

Result<std::unique_ptr<Store>> OpenStore(const StoreOptions& options, const Clock& clock,
                                         const Environment& environment) {
  auto store = Open(options, clock, environment);
  if (!store.ok()) {
    return store.status().WithContext("store " + options.path);
  }
  return store;
}

Result<std::unique_ptr<Store>> Store::Open(const StoreOptions& options, const Clock& clock) {
  return OpenStore(options, clock, {});
}

}  // namespace reel

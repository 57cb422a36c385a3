#include <reel/store.h>

#include <map>
#include <mutex>
#include <string>

#include "base/coding.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "format/row_key.h"
#include "kv/disk_namespace.h"
#include "storage/database.h"
#include "storage/reclaim.h"
#include "storage/store_directory.h"

namespace reel {
namespace {

constexpr std::string_view kNextNamespaceRow = "next_namespace";

class DiskStore final : public Store {
 public:
  DiskStore(std::unique_ptr<Database> database, const Clock& clock)
      : database_(std::move(database)), reclaimer_(database_.get()), clock_(clock) {}

  Status Recover() { return reclaimer_.DropListed(); }

  Result<KvNamespace*> Namespace(std::string_view name, bool create) override {
    if (name.empty() || name.size() > kKeyBytesMax || !IsValidUtf8(name)) {
      return Status(
          Code::kInvalidArgument,
          "\"" + std::string(name) + "\" is no name for a namespace (1 to 512 bytes of UTF-8)");
    }
    const std::lock_guard lock(mutex_);
    if (const auto open = namespaces_.find(name); open != namespaces_.end()) {
      return static_cast<KvNamespace*>(open->second.get());
    }
    auto id = FindId(NamespaceRowKey(name));
    if (id.ok() && !id->has_value()) {
      if (!create) {
        return Status(Code::kNotFound, "there is no namespace \"" + std::string(name) +
                                           "\" (storing a video with reel put creates it)");
      }
      id = Create(name);
    }
    if (!id.ok()) {
      return id.status();
    }
    const DiskContext context{database_.get(), &reclaimer_, &clock_, &write_mutex_};
    auto& slot = namespaces_[std::string(name)];
    slot = std::make_unique<DiskNamespace>(context, **id);
    return static_cast<KvNamespace*>(slot.get());
  }

 private:
  [[nodiscard]] Result<std::optional<uint32_t>> FindId(std::string_view row_key) const {
    const auto row = database_->Get(Family::kMeta, row_key);
    if (!row.ok()) {
      return row.status();
    }
    if (!row->has_value()) {
      return std::optional<uint32_t>();
    }
    if ((*row)->size() != sizeof(uint32_t)) {
      return Status(Code::kCorruption, "the row " + std::string(row_key) +
                                           " is damaged (restore the store from a copy)");
    }
    return std::optional<uint32_t>(ReadFixed32((*row)->data()));
  }

  Result<std::optional<uint32_t>> Create(std::string_view name) {
    const auto next = FindId(kNextNamespaceRow);
    if (!next.ok()) {
      return next.status();
    }
    const uint32_t id = next->value_or(1);
    std::string id_value;
    PutFixed32(&id_value, id);
    std::string next_value;
    PutFixed32(&next_value, id + 1);
    RowBatch batch;
    batch.Put(Family::kMeta, NamespaceRowKey(name), std::move(id_value));
    batch.Put(Family::kMeta, std::string(kNextNamespaceRow), std::move(next_value));
    REEL_RETURN_IF_ERROR(database_->Write(batch, /*sync=*/true));
    return std::optional<uint32_t>(id);
  }

  std::unique_ptr<Database> database_;
  Reclaimer reclaimer_;
  const Clock& clock_;
  std::mutex write_mutex_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<DiskNamespace>, std::less<>> namespaces_;
};

Result<std::unique_ptr<Store>> OpenStore(const StoreOptions& options, const Clock& clock) {
  REEL_RETURN_IF_ERROR(options.Validate());
  const auto directory = StoreDirectory::Prepare(options.path, options.create_if_missing);
  if (!directory.ok()) {
    return directory.status();
  }
  auto database = Database::Open(directory->database(), directory->staging(), options);
  if (!database.ok()) {
    return database.status();
  }
  auto store = std::make_unique<DiskStore>(*std::move(database), clock);
  REEL_RETURN_IF_ERROR(directory->Settle());
  REEL_RETURN_IF_ERROR(store->Recover());
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace

Result<std::unique_ptr<Store>> Store::Open(const StoreOptions& options, const Clock& clock) {
  auto store = OpenStore(options, clock);
  if (!store.ok()) {
    return store.status().WithContext("store " + options.path);
  }
  return store;
}

}  // namespace reel

#include <reel/fault_namespace.h>

#include <string>
#include <utility>

#include "format/fault_script.h"
#include "kv/fault_core.h"
#include "kv/fault_view.h"

namespace reel {
namespace {

class FaultWriter final : public EntryWriter {
 public:
  FaultWriter(std::shared_ptr<FaultCore> core, std::string key, std::unique_ptr<EntryWriter> base)
      : core_(std::move(core)), key_(std::move(key)), base_(std::move(base)) {}

  Status Append(std::string_view data) override {
    const FaultCore::Call call(core_);
    REEL_RETURN_IF_ERROR(core_->Meet(FaultOperation::kAppend, key_));
    return base_->Append(data);
  }
  [[nodiscard]] uint64_t size() const override { return base_->size(); }
  [[nodiscard]] Hash128 xxh3() const override { return base_->xxh3(); }

  Result<Entry> PublishSingle(const EntryAttributes& attributes) override {
    return Publish(0, [&] { return base_->PublishSingle(attributes); });
  }

  Result<Entry> PublishChunked(const NewManifest& manifest,
                               const EntryAttributes& attributes) override {
    return Publish(manifest.chunk_metadata.size(),
                   [&] { return base_->PublishChunked(manifest, attributes); });
  }

 private:
  template <typename Write>
  Result<Entry> Publish(size_t chunks, const Write& write) {
    const FaultCore::Call call(core_);
    REEL_RETURN_IF_ERROR(core_->Meet(FaultOperation::kPublish, key_));
    return core_->Replace({{.key = key_, .new_chunks = chunks, .creates = true}}, write);
  }

  std::shared_ptr<FaultCore> core_;
  std::string key_;
  std::unique_ptr<EntryWriter> base_;
};

}  // namespace

Result<std::unique_ptr<FaultNamespace>> FaultNamespace::Create(KvNamespace* base,
                                                               const Clock& clock,
                                                               std::string_view script,
                                                               std::string_view source) {
  auto parsed = ParseFaultScript(script, source);
  if (!parsed.ok()) {
    return parsed.status();
  }
  auto core = std::make_shared<FaultCore>(base, clock, *std::move(parsed));
  return std::unique_ptr<FaultNamespace>(new FaultNamespace(std::move(core)));
}

FaultNamespace::FaultNamespace(std::shared_ptr<FaultCore> core) : core_(std::move(core)) {}

FaultNamespace::~FaultNamespace() {
  core_->Close();
}

void FaultNamespace::Release() {
  core_->gate().Release();
}

void FaultNamespace::EndWaits() {
  core_->gate().EndWaits();
}

size_t FaultNamespace::waiting() const {
  return core_->gate().waiting();
}

std::vector<FaultCount> FaultNamespace::counts() const {
  return core_->plan().counts();
}

Result<Entry> FaultNamespace::Stat(std::string_view key) const {
  const FaultCore::Call call(core_);
  REEL_RETURN_IF_ERROR(core_->Meet(FaultOperation::kOpen, key));
  if (!core_->MayBeStale(key)) {
    return core_->base()->Stat(key);
  }
  const auto found = core_->Find(FaultOperation::kOpen, key, Caching::kBySystem);
  if (!found.ok()) {
    return found.status();
  }
  return (*found)->entry();
}

Result<std::unique_ptr<EntryView>> FaultNamespace::Open(std::string_view key,
                                                        Caching caching) const {
  const FaultCore::Call call(core_);
  REEL_RETURN_IF_ERROR(core_->Meet(FaultOperation::kOpen, key));
  auto found = core_->Find(FaultOperation::kOpen, key, caching);
  if (!found.ok()) {
    return found.status();
  }
  return std::unique_ptr<EntryView>(std::make_unique<FaultView>(core_, *std::move(found), caching));
}

Result<ListPage> FaultNamespace::List(const ListOptions& options) const {
  const FaultCore::Call call(core_);
  REEL_RETURN_IF_ERROR(core_->Meet(FaultOperation::kList, options.prefix));
  return core_->base()->List(options);
}

Result<TagPage> FaultNamespace::ListTags(std::string_view start_after, uint32_t limit) const {
  const FaultCore::Call call(core_);
  REEL_RETURN_IF_ERROR(core_->Meet(FaultOperation::kList, ""));
  return core_->base()->ListTags(start_after, limit);
}

Result<std::unique_ptr<EntryWriter>> FaultNamespace::NewWriter(std::string_view key,
                                                               uint64_t chunk_size) {
  const FaultCore::Call call(core_);
  auto writer = core_->base()->NewWriter(key, chunk_size);
  if (!writer.ok()) {
    return writer.status();
  }
  return std::unique_ptr<EntryWriter>(
      std::make_unique<FaultWriter>(core_, std::string(key), *std::move(writer)));
}

Result<bool> FaultNamespace::Delete(std::string_view key) {
  const FaultCore::Call call(core_);
  REEL_RETURN_IF_ERROR(core_->Meet(FaultOperation::kDelete, key));
  return core_->Replace({{.key = key}}, [&] { return core_->base()->Delete(key); });
}

Status FaultNamespace::Apply(std::span<const Mutation> batch) {
  const FaultCore::Call call(core_);
  std::vector<FaultCore::Change> changes;
  changes.reserve(batch.size());
  for (const Mutation& mutation : batch) {
    const bool deletes = mutation.kind == Mutation::Kind::kDelete;
    REEL_RETURN_IF_ERROR(
        core_->Meet(deletes ? FaultOperation::kDelete : FaultOperation::kPublish, mutation.key));
    FaultCore::Change& change = changes.emplace_back();
    change.key = mutation.key;
    change.creates = mutation.kind == Mutation::Kind::kPut;
    // The metadata of a video is its base entry's.
    change.with_chunks = mutation.kind != Mutation::Kind::kUpdate || mutation.update.ttl;
  }
  return core_->Replace(changes, [&] { return core_->base()->Apply(batch); });
}

Result<Entry> FaultNamespace::Relabel(const Relabeling& relabeling) {
  const FaultCore::Call call(core_);
  const bool moves = relabeling.from != relabeling.to;
  if (moves) {
    REEL_RETURN_IF_ERROR(core_->Meet(FaultOperation::kDelete, relabeling.from));
  }
  REEL_RETURN_IF_ERROR(core_->Meet(FaultOperation::kPublish, relabeling.to));
  std::vector<FaultCore::Change> changes = {{.key = relabeling.from}};
  if (moves) {
    const auto source = core_->base()->Stat(relabeling.from);
    const size_t chunks = source.ok() ? source->body.chunk_count : 0;
    changes.push_back({.key = relabeling.to, .new_chunks = chunks, .creates = true});
  }
  return core_->Replace(changes, [&] { return core_->base()->Relabel(relabeling); });
}

std::unique_ptr<ChangeSubscription> FaultNamespace::Subscribe(ChangeListener listener) {
  return core_->base()->Subscribe(std::move(listener));
}

Result<RemovedVideos> FaultNamespace::RemoveExpired(uint32_t limit) {
  const FaultCore::Call call(core_);
  return core_->base()->RemoveExpired(limit);
}

int64_t FaultNamespace::NowSeconds() const {
  return core_->base()->NowSeconds();
}

Result<KvCount> FaultNamespace::Count(std::string_view prefix) const {
  const FaultCore::Call call(core_);
  REEL_RETURN_IF_ERROR(core_->Meet(FaultOperation::kList, prefix));
  return core_->base()->Count(prefix);
}

}  // namespace reel

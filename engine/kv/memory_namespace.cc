// The namespace's contract on an ordered map. Entries are immutable once published and shared, so a
// view is a few references.
#include <reel/kv.h>

#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <utility>

#include "format/kv_key.h"
#include "kv/batch.h"
#include "kv/change_feed.h"
#include "kv/listing.h"
#include "kv/publication.h"
#include "kv/relabel.h"

namespace reel {
namespace {

struct Node {
  Entry entry;
  std::string value;  // of a manifest: the manifest
  // Of a video's manifest and chunks: all bytes of the video.
  std::shared_ptr<const std::string> body;
  uint64_t chunk_size = 0;
};

class MemoryView final : public EntryView {
 public:
  explicit MemoryView(std::shared_ptr<const Node> node) : node_(std::move(node)) {}

  [[nodiscard]] const Entry& entry() const override { return node_->entry; }

  Status ReadValue(uint64_t offset, uint64_t length, BorrowedBytes* out) const override {
    if (node_->entry.kind == EntryKind::kChunk) {
      const uint64_t start = node_->entry.parent.chunk_index * node_->chunk_size;
      return Lend(*node_->body, start + offset, length, out);
    }
    return Lend(node_->value, offset, length, out);
  }

  Status ReadChunk(uint32_t index, uint64_t offset, uint64_t length,
                   BorrowedBytes* out) const override {
    return Lend(*node_->body, index * node_->chunk_size + offset, length, out);
  }

  [[nodiscard]] Result<Hash128> ChunkHash(uint32_t index) const override {
    return HashWhole(ChunkBytes(index));
  }

  // Memory does not rot.
  Status Repair(std::optional<uint32_t> chunk, std::string_view bytes) const override {
    const Hash128 stored = chunk ? HashWhole(ChunkBytes(*chunk)) : node_->entry.xxh3;
    return HashWhole(bytes) == stored ? Status::Ok() : NotWhatWasStored(node_->entry.key, chunk);
  }

  [[nodiscard]] uint32_t page_size() const override { return kPageBytes; }

 private:
  // As on disk by default, so that both are read alike.
  static constexpr uint32_t kPageBytes = 16U << 10;

  [[nodiscard]] std::string_view ChunkBytes(uint32_t index) const {
    return std::string_view(*node_->body).substr(index * node_->chunk_size, node_->chunk_size);
  }

  Status Lend(std::string_view bytes, uint64_t offset, uint64_t length, BorrowedBytes* out) const {
    out->Append(bytes.substr(offset, length));
    out->Pin(node_);
    return Status::Ok();
  }

  std::shared_ptr<const Node> node_;
};

class MemoryNamespace final : public KvNamespace {
 public:
  explicit MemoryNamespace(const Clock& clock) : clock_(clock) {}

  Result<Entry> Stat(std::string_view key) const override {
    auto node = FindLive(key);
    if (!node.ok()) {
      return node.status();
    }
    return (*node)->entry;
  }

  Result<std::unique_ptr<EntryView>> Open(std::string_view key,
                                          Caching /*caching*/) const override {
    auto node = FindLive(key);
    if (!node.ok()) {
      return node.status();
    }
    return std::unique_ptr<EntryView>(std::make_unique<MemoryView>(*std::move(node)));
  }

  Result<ListPage> List(const ListOptions& options) const override {
    const std::shared_lock lock(mutex_);
    Listing listing(options, clock_.NowSeconds());
    auto at = nodes_.lower_bound(listing.first_key());
    while (at != nodes_.end() && at->first.starts_with(options.prefix)) {
      const Listing::Step step = listing.Take(at->second->entry);
      if (step.done) {
        break;
      }
      at = step.seek ? nodes_.lower_bound(*step.seek) : std::next(at);
    }
    return std::move(listing).page();
  }

  Result<TagPage> ListTags(std::string_view start_after, uint32_t limit) const override {
    std::set<std::string> tags;
    {
      const std::shared_lock lock(mutex_);
      for (const auto& [key, node] : nodes_) {
        tags.insert(node->entry.tags.begin(), node->entry.tags.end());
      }
    }
    TagPage page;
    for (auto at = tags.upper_bound(std::string(start_after)); at != tags.end(); ++at) {
      if (page.tags.size() == limit) {
        page.next = page.tags.back();
        break;
      }
      page.tags.push_back(*at);
    }
    return page;
  }

  Result<std::unique_ptr<EntryWriter>> NewWriter(std::string_view key,
                                                 uint64_t chunk_size) override;

  Result<bool> Delete(std::string_view key) override {
    REEL_RETURN_IF_ERROR(ValidateKey(key));
    ChangeList changes;
    std::unique_lock lock(mutex_);
    const auto found = nodes_.find(key);
    if (found == nodes_.end()) {
      return false;
    }
    const Entry entry = found->second->entry;
    const bool live = !IsExpired(entry, clock_.NowSeconds());
    if (entry.kind == EntryKind::kChunk) {
      return live ? Result<bool>(ChunkOfVideo(entry)) : Result<bool>(false);
    }
    Erase(entry, &changes);
    lock.unlock();
    feed_.Tell(changes);
    return live;
  }

  Status Apply(std::span<const Mutation> batch) override {
    ChangeList changes;
    std::unique_lock lock(mutex_);
    const int64_t now = clock_.NowSeconds();
    auto plan = PlanBatch(batch, Lookup(), now);
    if (!plan.ok()) {
      return plan.status();
    }
    for (const std::string& key : plan->removed) {
      EraseAt(key, &changes);
    }
    for (BatchPlan::Put& put : plan->puts) {
      changes.AddPresent(Add(std::move(put.publication), batch[put.mutation].value, {}));
    }
    for (const size_t update : plan->updates) {
      const Entry base = nodes_.find(batch[update].key)->second->entry;
      changes.AddChanged(base);
      Update(base.key, batch[update].update, now);
      for (uint32_t i = 0; i < base.body.chunk_count; ++i) {
        Update(ChunkKey(base.key, i), batch[update].update, now);
      }
    }
    lock.unlock();
    feed_.Tell(changes);
    return Status::Ok();
  }

  Result<Entry> Relabel(const Relabeling& relabeling) override {
    ChangeList changes;
    std::unique_lock lock(mutex_);
    auto plan = PlanRelabel(relabeling, Lookup(), clock_.NowSeconds());
    REEL_RETURN_IF_ERROR(plan.status());
    const std::shared_ptr<const Node> old = nodes_.find(relabeling.from)->second;
    for (const std::string& key : plan->displaced) {
      EraseAt(key, &changes);
    }
    Erase(plan->before, &changes);
    for (Entry& chunk : plan->after.chunks) {
      const std::string key = chunk.key;
      nodes_[key] =
          std::make_shared<const Node>(Node{std::move(chunk), {}, old->body, old->chunk_size});
    }
    nodes_[relabeling.to] = std::make_shared<const Node>(
        Node{plan->after.base, relabeling.manifest ? relabeling.manifest->json : old->value,
             old->body, old->chunk_size});
    changes.AddPresent(plan->after.base);
    lock.unlock();
    feed_.Tell(changes);
    return std::move(plan->after.base);
  }

  std::unique_ptr<ChangeSubscription> Subscribe(ChangeListener listener) override {
    return feed_.Subscribe(std::move(listener));
  }

  Result<RemovedVideos> RemoveExpired(uint32_t limit) override {
    ChangeList changes;
    std::unique_lock lock(mutex_);
    const int64_t now = clock_.NowSeconds();
    RemovedVideos removed;
    std::vector<std::string> keys;
    for (auto at = nodes_.begin(); at != nodes_.end() && keys.size() < limit; ++at) {
      const Entry& entry = at->second->entry;
      if (entry.kind != EntryKind::kChunk && IsExpired(entry, now)) {
        keys.push_back(entry.key);
        ++removed.videos;
        removed.bytes += VideoBytes(entry);
      }
    }
    for (const std::string& key : keys) {
      EraseAt(key, &changes);
    }
    lock.unlock();
    feed_.Tell(changes);
    return removed;
  }

  [[nodiscard]] int64_t NowSeconds() const override { return clock_.NowSeconds(); }

  Result<KvCount> Count(std::string_view prefix) const override {
    const std::shared_lock lock(mutex_);
    const int64_t now = clock_.NowSeconds();
    KvCount count;
    for (auto at = nodes_.lower_bound(prefix); at != nodes_.end() && at->first.starts_with(prefix);
         ++at) {
      const Entry& entry = at->second->entry;
      if (IsExpired(entry, now)) {
        continue;
      }
      ++count.keys;
      count.videos += entry.kind == EntryKind::kChunk ? 0 : 1;
      count.bytes += entry.size;
    }
    return count;
  }

  Result<Entry> Publish(Publication publication, std::string value, std::string body) {
    ChangeList changes;
    std::unique_lock lock(mutex_);
    const auto displaced = FindDisplaced(publication, Lookup(), clock_.NowSeconds());
    if (!displaced.ok()) {
      return displaced.status();
    }
    for (const std::string& key : *displaced) {
      EraseAt(key, &changes);
    }
    Entry base = Add(std::move(publication), std::move(value), std::move(body));
    lock.unlock();
    changes.AddPresent(base);
    feed_.Tell(changes);
    return base;
  }

  [[nodiscard]] const Clock& clock() const { return clock_; }

 private:
  [[nodiscard]] EntryLookup Lookup() const {
    return [this](std::string_view key) -> Result<std::optional<Entry>> {
      const auto found = nodes_.find(key);
      return found == nodes_.end() ? std::nullopt : std::optional<Entry>(found->second->entry);
    };
  }

  Entry Add(Publication publication, std::string value, std::string body) {
    ++generation_;
    const auto shared_body = std::make_shared<const std::string>(std::move(body));
    const uint64_t chunk_size = publication.base.body.chunk_size;
    for (Entry& chunk : publication.chunks) {
      chunk.generation = generation_;
      const std::string key = chunk.key;
      nodes_[key] =
          std::make_shared<const Node>(Node{std::move(chunk), {}, shared_body, chunk_size});
    }
    publication.base.generation = generation_;
    const std::string key = publication.base.key;
    nodes_[key] = std::make_shared<const Node>(
        Node{publication.base, std::move(value), shared_body, chunk_size});
    return std::move(publication.base);
  }

  // Readers keep the node that they have.
  void Update(const std::string& key, const EntryUpdate& update, int64_t now) {
    auto& slot = nodes_[key];
    auto changed = std::make_shared<Node>(*slot);
    ApplyUpdate(update, now, &changed->entry);
    slot = std::move(changed);
  }

  void EraseAt(const std::string& key, ChangeList* changes) {
    if (const auto found = nodes_.find(key); found != nodes_.end()) {
      Erase(Entry(found->second->entry), changes);
    }
  }

  [[nodiscard]] Result<std::shared_ptr<const Node>> FindLive(std::string_view key) const {
    REEL_RETURN_IF_ERROR(ValidateKey(key));
    const std::shared_lock lock(mutex_);
    const auto found = nodes_.find(key);
    if (found == nodes_.end() || IsExpired(found->second->entry, clock_.NowSeconds())) {
      return NoSuchKey(key);
    }
    return found->second;
  }

  void Erase(const Entry& base, ChangeList* changes) {
    changes->AddRemoved(base);
    for (uint32_t i = 0; i < base.body.chunk_count; ++i) {
      nodes_.erase(ChunkKey(base.key, i));
    }
    nodes_.erase(base.key);
  }

  const Clock& clock_;
  ChangeFeed feed_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::shared_ptr<const Node>, std::less<>> nodes_;
  uint64_t generation_ = 0;
};

class MemoryWriter final : public EntryWriter {
 public:
  MemoryWriter(MemoryNamespace* owner, std::string key, uint64_t chunk_size)
      : owner_(owner), key_(std::move(key)), chunk_size_(chunk_size), hasher_(chunk_size) {}

  Status Append(std::string_view data) override {
    hasher_.Update(data);
    bytes_ += data;
    return Status::Ok();
  }
  [[nodiscard]] uint64_t size() const override { return hasher_.size(); }
  [[nodiscard]] Hash128 xxh3() const override { return hasher_.whole(); }

  Result<Entry> PublishSingle(const EntryAttributes& attributes) override {
    auto publication = PlanSingle(key_, hasher_, attributes, owner_->clock().NowSeconds());
    if (!publication.ok()) {
      return publication.status();
    }
    return owner_->Publish(*std::move(publication), std::move(bytes_), {});
  }

  Result<Entry> PublishChunked(const NewManifest& manifest,
                               const EntryAttributes& attributes) override {
    auto publication =
        PlanChunked(key_, chunk_size_, hasher_, manifest, attributes, owner_->clock().NowSeconds());
    if (!publication.ok()) {
      return publication.status();
    }
    return owner_->Publish(*std::move(publication), manifest.json, std::move(bytes_));
  }

 private:
  MemoryNamespace* owner_;
  std::string key_;
  uint64_t chunk_size_;
  ValueHasher hasher_;
  std::string bytes_;
};

Result<std::unique_ptr<EntryWriter>> MemoryNamespace::NewWriter(std::string_view key,
                                                                uint64_t chunk_size) {
  REEL_RETURN_IF_ERROR(ValidateKey(key));
  REEL_RETURN_IF_ERROR(CheckChunkSize(chunk_size));
  return std::unique_ptr<EntryWriter>(
      std::make_unique<MemoryWriter>(this, std::string(key), chunk_size));
}

}  // namespace

std::unique_ptr<KvNamespace> NewMemoryNamespace(const Clock& clock) {
  return std::make_unique<MemoryNamespace>(clock);
}

}  // namespace reel

// A namespace of the store on disk.
#pragma once

#include <reel/clock.h>
#include <reel/kv.h>

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "format/record.h"
#include "kv/change_feed.h"
#include "kv/disk_rows.h"
#include "kv/publication.h"
#include "kv/write_gate.h"
#include "storage/database.h"
#include "storage/extent_writer.h"
#include "storage/reclaim.h"

namespace reel {

/// What the namespaces of one store share.
struct DiskContext {
  Database* database;
  Reclaimer* reclaimer;
  const Clock* clock;
  /// Passed while a publication or deletion reads what it replaces and writes.
  WriteGate* write_gate;
};

/// The entries of one namespace, as rows of the store's database.
class DiskNamespace final : public KvNamespace {
 public:
  DiskNamespace(const DiskContext& context, uint32_t id) : context_(context), id_(id) {}

  Result<Entry> Stat(std::string_view key) const override;
  Result<std::unique_ptr<EntryView>> Open(std::string_view key, Caching caching) const override;
  Result<ListPage> List(const ListOptions& options) const override;
  Result<TagPage> ListTags(std::string_view start_after, uint32_t limit) const override;
  Result<std::unique_ptr<EntryWriter>> NewWriter(std::string_view key,
                                                 uint64_t chunk_size) override;
  Result<bool> Delete(std::string_view key) override;
  Status Apply(std::span<const Mutation> batch) override;
  Result<Entry> Relabel(const Relabeling& relabeling) override;
  std::unique_ptr<ChangeSubscription> Subscribe(ChangeListener listener) override {
    return feed_.Subscribe(std::move(listener));
  }
  Result<RemovedVideos> RemoveExpired(uint32_t limit) override;
  [[nodiscard]] int64_t NowSeconds() const override { return context_.clock->NowSeconds(); }
  Result<KvCount> Count(std::string_view prefix) const override;

  [[nodiscard]] const DiskContext& context() const { return context_; }
  [[nodiscard]] uint32_t id() const { return id_; }

  /// Adds the rows of `publication` to `batch`, which already holds those of its pages, takes away
  /// what it displaces, hands the extents over and writes all in one synced step (I1, I3). Returns
  /// the base entry.
  Result<Entry> Publish(Publication publication, const Placement& placement,
                        std::initializer_list<ExtentWriter*> extents, RowBatch batch);

  /// The record at `key`, expired ones included; nothing if there is none.
  [[nodiscard]] Result<std::optional<Record>> Find(std::string_view key) const;

  struct Counts {
    KvCount live;
    KvCount expired;
  };
  [[nodiscard]] Result<Counts> CountAll(std::string_view prefix) const;

  /// From then on the namespace holds nothing and takes nothing. REQUIRES: the caller is alone in
  /// the write gate.
  void Close() { closed_ = true; }

  /// Tells listeners that all is gone. To be called after Close, outside the gate.
  void TellClosed() const;

  /// Removes all rows, a few entries in each step. To be called after Close.
  Status RemoveAll();

 private:
  /// The same, but kNotFound when missing or expired.
  [[nodiscard]] Result<Record> FindLive(std::string_view key) const;

  [[nodiscard]] EntryLookup Lookup() const;
  [[nodiscard]] Status CheckOpen() const;

  [[nodiscard]] Result<ListPage> ListByTag(const ListOptions& options) const;
  [[nodiscard]] Result<ListPage> ListByExpiry(const ListOptions& options) const;

  /// Keys of base entries that expire behind `now` and by `expires_by`, begin with `prefix` and are
  /// not below `first`: of these the smallest, at most `limit`, in bytewise order.
  [[nodiscard]] Result<std::vector<std::string>> ExpiringKeys(const ListOptions& options,
                                                              std::string_view first,
                                                              size_t limit) const;

  /// What a step gathers while it is in the write gate.
  struct Step {
    RowBatch rows;
    /// Retired once the step is written.
    std::vector<Garbage> garbage;
    ChangeList changes;
  };
  /// What is to be done when a step is written, outside the gate.
  void Finish(const Step& step) const;

  /// Calls `write` when what it finds at `key` can only be changed by this thread: beside steps for
  /// other keys where there is nothing, or an entry without other parts, or else alone.
  template <typename Write>
  auto InGate(std::string_view key, const Write& write) -> decltype(write());

  /// Adds the removal of the entry at `key`, if there is one.
  Status RemoveEntry(std::string_view key, Step* step) const;

  /// Adds what `mutation`, an update, makes of its entry and of all parts.
  Status AddUpdate(const Mutation& mutation, int64_t now, Step* step) const;

  /// Base entries that expired at or before `now`, the oldest first.
  [[nodiscard]] Result<std::vector<std::string>> ExpiredKeys(uint32_t limit, int64_t now) const;

  DiskContext context_;
  uint32_t id_;
  ChangeFeed feed_;
  std::atomic<bool> closed_ = false;
};

}  // namespace reel

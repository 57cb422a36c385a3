// A namespace of the store on disk.
#pragma once

#include <reel/clock.h>
#include <reel/kv.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "format/record.h"
#include "kv/publication.h"
#include "storage/database.h"
#include "storage/extent_writer.h"
#include "storage/reclaim.h"

namespace reel {

/// What the namespaces of one store share.
struct DiskContext {
  Database* database;
  Reclaimer* reclaimer;
  const Clock* clock;
  /// Held while a publication or deletion reads what it replaces and writes.
  std::mutex* write_mutex;
};

class DiskNamespace final : public KvNamespace {
 public:
  DiskNamespace(const DiskContext& context, uint32_t id) : context_(context), id_(id) {}

  Result<Entry> Stat(std::string_view key) const override;
  Result<std::unique_ptr<EntryView>> Open(std::string_view key, Caching caching) const override;
  Result<ListPage> List(const ListOptions& options) const override;
  Result<std::unique_ptr<EntryWriter>> NewWriter(std::string_view key,
                                                 uint64_t chunk_size) override;
  Result<bool> Delete(std::string_view key) override;

  [[nodiscard]] const DiskContext& context() const { return context_; }

  /// Where a publication's bytes lie: those of the base entry, and those of all chunks end to end.
  struct Placement {
    std::variant<std::string, PageRun> base;
    PageRun body;
  };

  /// Adds the index, tag and expiry rows of `publication` to `batch`, which already holds the rows
  /// of its pages, takes away what it displaces, hands the extents over and writes all in one
  /// synced step (I1, I3). Returns the base entry.
  Result<Entry> Publish(Publication publication, const Placement& placement,
                        std::initializer_list<ExtentWriter*> extents, RowBatch batch);

 private:
  /// The record at `key`, expired ones included; nothing if there is none.
  [[nodiscard]] Result<std::optional<Record>> Find(std::string_view key) const;

  /// The same, but kNotFound when missing or expired.
  [[nodiscard]] Result<Record> FindLive(std::string_view key) const;

  void AddRows(const Publication& publication, const Placement& placement, RowBatch* batch) const;

  /// Adds the removal of a base entry's rows, with those of its chunks, and lists its pages.
  void RemoveRows(const Record& record, RowBatch* batch, std::vector<Garbage>* garbage) const;

  DiskContext context_;
  uint32_t id_;
};

}  // namespace reel

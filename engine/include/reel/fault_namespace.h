// A namespace whose faults are written down: for tests of code that reads and writes chunks.
// docs/faults.md describes the script and has an example.
#pragma once

#include <reel/clock.h>
#include <reel/kv.h>
#include <reel/status.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace reel {

class FaultCore;

/// What one fault of a script has done so far.
struct FaultCount {
  /// Its place in the script, from 1.
  uint32_t number = 0;
  /// "delay", "stale" and so on; lives for the whole process.
  std::string_view fault;
  /// Operations that it was about and could have struck.
  uint64_t matched = 0;
  uint64_t struck = 0;
};

/// Passes everything on to another namespace, but for the faults of its script. Its views are
/// remote ones (EntryView::IsRemote): they may stall, and lend bytes that nobody has verified.
/// Thread-safe.
///
/// The same script and the same operations, one after another and by the same time, give the same
/// faults. Chance is drawn for each key by itself, so threads that work at different keys do not
/// change each other's luck; `after` and `times` count the operations of all.
class FaultNamespace final : public KvNamespace {
 public:
  /// `script` is JSON. kInvalidArgument names `source`, the number of the fault, the field, its
  /// value and what is allowed. `base` and `clock` outlive what is returned. Delays wait by the
  /// clock's SteadyMillis, stale values last by its NowSeconds. Only what is written through here
  /// can be read stale.
  static Result<std::unique_ptr<FaultNamespace>> Create(KvNamespace* base, const Clock& clock,
                                                        std::string_view script,
                                                        std::string_view source);

  /// Ends every wait, and returns when all calls of the namespace, its views and its writers have
  /// come back; those that hung or were delayed come back with kAborted. As everywhere, views and
  /// writers go first (a view that a call hangs in may do so only after Release), and nothing is
  /// called once this has begun.
  ~FaultNamespace() override;

  FaultNamespace(const FaultNamespace&) = delete;
  FaultNamespace& operator=(const FaultNamespace&) = delete;

  /// Ends the waits of all operations that are delayed or hang right now; they go on as if their
  /// time had come. Later ones wait again.
  void Release();

  /// Release, and nothing waits from now on: to come to an end in good order.
  void EndWaits();

  /// Operations that are delayed or hang right now.
  [[nodiscard]] size_t waiting() const;

  /// Of all faults, in the order of the script.
  [[nodiscard]] std::vector<FaultCount> counts() const;

  Result<Entry> Stat(std::string_view key) const override;
  using KvNamespace::Open;
  Result<std::unique_ptr<EntryView>> Open(std::string_view key, Caching caching) const override;
  Result<ListPage> List(const ListOptions& options) const override;
  Result<TagPage> ListTags(std::string_view start_after, uint32_t limit) const override;
  Result<std::unique_ptr<EntryWriter>> NewWriter(std::string_view key,
                                                 uint64_t chunk_size) override;
  Result<bool> Delete(std::string_view key) override;
  Status Apply(std::span<const Mutation> batch) override;
  Result<Entry> Relabel(const Relabeling& relabeling) override;
  std::unique_ptr<ChangeSubscription> Subscribe(ChangeListener listener) override;
  Result<RemovedVideos> RemoveExpired(uint32_t limit) override;
  [[nodiscard]] int64_t NowSeconds() const override;
  Result<KvCount> Count(std::string_view prefix) const override;

 private:
  explicit FaultNamespace(std::shared_ptr<FaultCore> core);

  /// Shared with views, writers and the calls under way.
  std::shared_ptr<FaultCore> core_;
};

}  // namespace reel

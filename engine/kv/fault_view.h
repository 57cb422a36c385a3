// An entry as a fault-injecting namespace shows it.
#pragma once

#include <reel/kv.h>

#include <functional>
#include <memory>

#include "kv/fault_core.h"

namespace reel {

class FaultView final : public EntryView {
 public:
  /// `view` is the base's, of this moment or of an earlier one.
  FaultView(std::shared_ptr<FaultCore> core, std::shared_ptr<const EntryView> view, Caching caching)
      : core_(std::move(core)), view_(std::move(view)), caching_(caching) {}

  [[nodiscard]] const Entry& entry() const override { return view_->entry(); }
  Status ReadValue(uint64_t offset, uint64_t length, BorrowedBytes* out) const override;

  /// Where chunks may be stale: what their keys hold now, or held before, of whatever generation.
  Status ReadChunk(uint32_t index, uint64_t offset, uint64_t length,
                   BorrowedBytes* out) const override;

  /// The truth about this view's own generation.
  [[nodiscard]] Result<Hash128> ChunkHash(uint32_t index) const override;
  Status Repair(std::optional<uint32_t> chunk, std::string_view bytes) const override;
  [[nodiscard]] bool IsRemote() const override { return true; }
  [[nodiscard]] uint32_t page_size() const override { return view_->page_size(); }

 private:
  /// Reads bytes of a value as they are.
  using Source = std::function<Status(uint64_t offset, uint64_t length, BorrowedBytes* out)>;
  Status Deliver(std::string_view key, const ReadRange& range, uint64_t size, const Source& source,
                 BorrowedBytes* out) const;

  std::shared_ptr<FaultCore> core_;
  std::shared_ptr<const EntryView> view_;
  Caching caching_;
};

}  // namespace reel

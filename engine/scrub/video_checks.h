// Which videos' values are read, what is noted of them, and where damage is repaired from.
#pragma once

#include <reel/scrub.h>
#include <reel/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "format/record.h"
#include "kv/store_parts.h"
#include "scrub/ledger.h"
#include "scrub/state.h"
#include "scrub/value_check.h"

namespace reel {

/// A base entry whose value is to be read.
struct Video {
  uint32_t namespace_id;
  Record record;
};

/// One thread.
class VideoChecks {
 public:
  /// All outlive it. `options`: of a scrub that began at `started`, in seconds since the epoch.
  VideoChecks(Store* store, const ScrubOptions* options, int64_t started, ScrubState* state,
              ScrubLedger* ledger);

  /// Reads those of the videos that are to be read. kAborted: stopped.
  Status Check(std::vector<Video> videos);

 private:
  [[nodiscard]] bool IsDrawn(const Video& video) const;
  [[nodiscard]] bool IsVerified(const Video& video) const;
  bool CheckOne(const Video& video, const std::string& name);
  bool Repair(const std::string& name, const Entry& entry, ValueReport* report);
  [[nodiscard]] Result<std::string> BytesOf(const std::string& name, const Entry& entry,
                                            std::optional<uint32_t> part) const;

  Store* store_;
  StoreParts parts_;
  const ScrubOptions& options_;
  int64_t started_;
  ScrubState& state_;
  ScrubLedger& ledger_;
  ScanPool pool_;
};

}  // namespace reel

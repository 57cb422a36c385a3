#include "kv/fault_core.h"

#include <algorithm>
#include <string>

#include "format/kv_key.h"
#include "kv/publication.h"

namespace reel {

Status FaultCore::Meet(FaultOperation operation, std::string_view key) {
  Obstacles met = plan_.Meet(operation, key);
  if ((met.hang || met.wait_ms > 0) && !gate_.Wait(met.wait_ms, met.hang)) {
    return {Code::kAborted, "\"" + std::string(key) +
                                "\": the namespace was closed during an injected wait (release "
                                "the waits first)"};
  }
  return std::move(met.failure);
}

Result<std::shared_ptr<const EntryView>> FaultCore::Find(FaultOperation operation,
                                                         std::string_view key, Caching caching) {
  const bool may_be_stale = MayBeStale(key);
  if (may_be_stale) {
    std::vector<Replaced> replaced = history_.Find(key, clock_.NowSeconds());
    std::vector<int64_t> ages;
    ages.reserve(replaced.size());
    for (const Replaced& each : replaced) {
      ages.push_back(clock_.NowSeconds() - each.at);
    }
    if (const auto picked = plan_.PickStale(operation, key, ages)) {
      std::shared_ptr<const EntryView> view = std::move(replaced[*picked].view);
      if (view == nullptr) {
        return NoSuchKey(key);
      }
      return view;
    }
  }
  auto view = base_->Open(key, caching);
  if (!view.ok()) {
    if (may_be_stale && view.code() == Code::kNotFound) {
      history_.NoteMissing(key, clock_.NowSeconds());
    }
    return view.status();
  }
  return std::shared_ptr<const EntryView>(*std::move(view));
}

void FaultCore::Close() {
  gate_.Close();
  history_.Clear();
}

void FaultCore::Capture(const Change& change, std::vector<Replaced>* replaced) {
  size_t chunks = change.new_chunks;
  if (change.with_chunks) {
    const auto entry = base_->Stat(change.key);
    chunks = std::max<size_t>(chunks, entry.ok() ? entry->body.chunk_count : 0);
  }
  CaptureOne(change.key, change.creates, replaced);
  for (size_t i = 0; i < chunks; ++i) {
    CaptureOne(ChunkKey(change.key, static_cast<uint32_t>(i)), i < change.new_chunks, replaced);
  }
}

void FaultCore::CaptureOne(std::string_view key, bool creates, std::vector<Replaced>* replaced) {
  const int64_t stale_s = plan_.StaleSeconds(key);
  if (stale_s == 0) {
    return;
  }
  auto view = base_->Open(key);
  if (view.ok()) {
    replaced->push_back({std::string(key), *std::move(view)});
  } else if (creates && view.code() == Code::kNotFound &&
             history_.WasMissing(key, clock_.NowSeconds(), stale_s)) {
    replaced->push_back({std::string(key), nullptr});
  }
}

}  // namespace reel

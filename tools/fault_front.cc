#include "tools/fault_front.h"

#include <utility>

#include "tools/source.h"

namespace reel::cli {

Result<std::unique_ptr<FaultFront>> FaultFront::Read(const Session& session,
                                                     const std::string& path, const Clock& clock) {
  constexpr size_t kScriptBytesMax = 1U << 20;
  auto script = ReadSource(session, path, kScriptBytesMax);
  if (!script.ok()) {
    return script.status();
  }
  // What is wrong with it is told now.
  const auto nothing = NewMemoryNamespace(clock);
  const auto tried = FaultNamespace::Create(nothing.get(), clock, *script, path);
  if (!tried.ok()) {
    return tried.status();
  }
  return std::unique_ptr<FaultFront>(new FaultFront(*std::move(script), path, clock));
}

KvNamespace* FaultFront::Before(KvNamespace* stored) {
  const std::lock_guard lock(mutex_);
  auto& front = fronts_[stored];
  if (front == nullptr) {
    front = *FaultNamespace::Create(stored, clock_, script_, source_);
    if (!waits_) {
      front->EndWaits();
    }
  }
  return front.get();
}

void FaultFront::EndWaits() {
  const std::lock_guard lock(mutex_);
  waits_ = false;
  for (const auto& [stored, front] : fronts_) {
    front->EndWaits();
  }
}

}  // namespace reel::cli

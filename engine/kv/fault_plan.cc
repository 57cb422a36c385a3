#include "kv/fault_plan.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"

namespace reel {
namespace {

std::string Named(std::string_view key, const FaultCount& count) {
  return "\"" + std::string(key) + "\": injected by fault " + std::to_string(count.number) + ", " +
         std::string(count.fault) + " (see the fault script)";
}

// A value of `size` bytes that is `by` bytes longer.
uint64_t Grown(uint64_t size, int64_t by) {
  return by < 0 ? size - std::min(size, static_cast<uint64_t>(-by))
                : size + static_cast<uint64_t>(by);
}

}  // namespace

uint64_t ReadRange::End(uint64_t size) const {
  const bool reads_to_end = offset + length == believed_size && (length > 0 || believed_size == 0);
  return reads_to_end ? size : std::min(offset + length, size);
}

class FaultPlan::Chance {
 public:
  // SplitMix64, whose numbers no library may change.
  uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15U;
    uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31U);
  }

  bool IsWithin(double probability) {
    constexpr double kDraws = 1ULL << 53U;
    return static_cast<double>(Next() >> 11U) < probability * kDraws;
  }

  void Seed(uint64_t seed) { state_ = seed; }

 private:
  uint64_t state_ = 0;
};

FaultPlan::FaultPlan(FaultScript script) : seed_(script.seed) {
  states_.reserve(script.faults.size());
  for (Fault& fault : script.faults) {
    if (fault.kind == FaultKind::kStale) {
      longest_stale_s_ = std::max(longest_stale_s_, fault.cache_ttl_s);
    }
    State& state = states_.emplace_back();
    state.count.number = static_cast<uint32_t>(states_.size());
    state.count.fault = FaultName(fault.kind);
    state.fault = std::move(fault);
  }
}

Obstacles FaultPlan::Meet(FaultOperation operation, std::string_view key) {
  const std::lock_guard lock(mutex_);
  Obstacles met;
  for (State& state : states_) {
    const Fault& fault = state.fault;
    const bool spoils = fault.kind == FaultKind::kWrongSize || fault.kind == FaultKind::kFlipBit ||
                        fault.kind == FaultKind::kStale;
    Chance chance;
    if (spoils || !IsAbout(state, operation, key) || !Strikes(&state, key, &chance)) {
      continue;
    }
    // Of others it is 0.
    met.wait_ms += fault.milliseconds;
    met.hang = met.hang || fault.kind == FaultKind::kHang;
    const Code code = fault.kind == FaultKind::kTimeout   ? Code::kTimedOut
                      : fault.kind == FaultKind::kMissing ? Code::kNotFound
                      : fault.kind == FaultKind::kError   ? fault.code
                                                          : Code::kOk;
    if (code != Code::kOk) {
      met.failure = {code, Named(key, state.count)};
      break;
    }
  }
  return met;
}

Spoilage FaultPlan::Spoil(std::string_view key, const ReadRange& range, uint64_t size) {
  const std::lock_guard lock(mutex_);
  Spoilage spoiled;
  spoiled.size = size;
  for (State& state : states_) {
    const Fault& fault = state.fault;
    const uint64_t end = range.End(spoiled.size);
    const uint64_t grown = Grown(spoiled.size, fault.by);
    const uint64_t first = fault.byte.value_or(range.offset);
    const bool resizes = fault.kind == FaultKind::kWrongSize && range.End(grown) != end;
    const bool flips = fault.kind == FaultKind::kFlipBit && range.offset <= first && first < end;
    Chance chance;
    if ((!resizes && !flips) || !IsAbout(state, FaultOperation::kRead, key) ||
        !Strikes(&state, key, &chance)) {
      continue;
    }
    if (resizes) {
      spoiled.size = grown;
      continue;
    }
    const uint64_t byte = fault.byte ? first : first + chance.Next() % (end - first);
    spoiled.flips.push_back({byte, static_cast<uint8_t>(1U << (chance.Next() % 8))});
  }
  return spoiled;
}

int64_t FaultPlan::StaleSeconds(std::string_view key) const {
  int64_t longest = 0;
  for (const State& state : states_) {
    const FaultSelector& selector = state.fault.selector;
    if (state.fault.kind == FaultKind::kStale && (selector.Selects(FaultOperation::kOpen, key) ||
                                                  selector.Selects(FaultOperation::kRead, key))) {
      longest = std::max(longest, state.fault.cache_ttl_s);
    }
  }
  return longest;
}

std::optional<size_t> FaultPlan::PickStale(FaultOperation operation, std::string_view key,
                                           std::span<const int64_t> ages_s) {
  const std::lock_guard lock(mutex_);
  for (State& state : states_) {
    if (state.fault.kind != FaultKind::kStale || !IsAbout(state, operation, key)) {
      continue;
    }
    std::vector<size_t> cached;
    for (size_t i = 0; i < ages_s.size(); ++i) {
      if (ages_s[i] < state.fault.cache_ttl_s) {
        cached.push_back(i);
      }
    }
    Chance chance;
    if (!cached.empty() && Strikes(&state, key, &chance)) {
      return cached[chance.Next() % cached.size()];
    }
  }
  return std::nullopt;
}

void FaultPlan::EndDamage(std::string_view key) {
  const std::lock_guard lock(mutex_);
  for (State& state : states_) {
    const FaultKind kind = state.fault.kind;
    if (kind == FaultKind::kMissing || kind == FaultKind::kWrongSize ||
        kind == FaultKind::kFlipBit) {
      state.repaired.emplace(key);
    }
  }
}

std::vector<FaultCount> FaultPlan::counts() const {
  const std::lock_guard lock(mutex_);
  std::vector<FaultCount> counts;
  counts.reserve(states_.size());
  for (const State& state : states_) {
    counts.push_back(state.count);
  }
  return counts;
}

bool FaultPlan::IsAbout(const State& state, FaultOperation operation, std::string_view key) const {
  return state.fault.selector.Selects(operation, key) &&
         (state.repaired.empty() || !state.repaired.contains(std::string(key)));
}

bool FaultPlan::Strikes(State* state, std::string_view key, Chance* chance) {
  const uint64_t number = state->count.number;
  const uint64_t before_here = state->matched_at[Hash64(key, number)]++;
  chance->Seed(Hash64(key, seed_) ^ Hash64(state->count.fault, number) ^ Hash64("", before_here));
  const FaultSchedule& schedule = state->fault.schedule;
  const bool due = ++state->count.matched > schedule.after && state->count.struck < schedule.times;
  if (!chance->IsWithin(schedule.probability) || !due) {
    return false;
  }
  ++state->count.struck;
  return true;
}

}  // namespace reel

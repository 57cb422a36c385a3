// Bytes and seeds for tests.
#pragma once

#include <cstdint>
#include <string>

namespace reel::test {

/// Incompressible bytes, the same for the same arguments.
std::string RandomBytes(size_t count, uint64_t seed);

/// Lines of a playlist, which compress well, the same for the same arguments.
std::string TextBytes(size_t count, uint64_t seed);

/// The seed of a random test: REEL_SEED where it is set, else a fresh one. Printed, so that a
/// failure can be repeated.
uint64_t TestSeed();

/// The length of a campaign: the number in the environment variable `name`, else `in_ci`.
uint64_t CampaignLength(const char* name, uint64_t in_ci);

}  // namespace reel::test

// What the tests of the command share: a store of their own and words for what they expect of it.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/temp_directory.h"
#include "tests/tools/process.h"

namespace reel::test {

inline constexpr size_t kMiB = 1U << 20;

class CliTest : public ::testing::Test {
 protected:
  /// What a process of the command with --store and these arguments is started with.
  [[nodiscard]] ProcessOptions Command(const std::vector<std::string>& arguments) const;

  /// The outcome of the command, fed with nothing.
  [[nodiscard]] Outcome Reel(const std::vector<std::string>& arguments) const;

  /// The output of a command that must succeed and say nothing on stderr.
  [[nodiscard]] std::string Out(const std::vector<std::string>& arguments) const;

  /// A new file's path.
  [[nodiscard]] std::string File(const std::string& name, const std::string& bytes) const;

  /// Stores a video that ExpectIntact looks for.
  void StoreSentinel();
  /// The store opens, and holds the sentinel and nothing else.
  void ExpectIntact() const;

  /// Stores bytes_, which are new, as video:v, with a bit flipped at each of the offsets.
  void StoreDamaged(size_t size, const std::vector<size_t>& damage);

  TempDirectory directory_;
  std::string store_ = directory_ / "store";
  std::string sentinel_;
  std::string bytes_;
};

/// Failed with `exit_status`, one line on stderr that holds `words`, and no output.
void ExpectRefused(const Outcome& outcome, int exit_status, std::string_view words);

/// Equal, without printing megabytes when they are not.
void ExpectSameBytes(const std::string& found, std::string_view expected);

}  // namespace reel::test

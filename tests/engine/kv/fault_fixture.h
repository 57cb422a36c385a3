// A namespace in memory below one with faults, by a clock that tests move.
#pragma once

#include <gtest/gtest.h>
#include <reel/fault_namespace.h>

#include <memory>
#include <string>

#include "tests/engine/kv/namespace_fixture.h"

namespace reel::test {

class FaultTest : public testing::Test {
 protected:
  /// Puts a new fault namespace, with {"seed":1,"faults":[FAULTS]}, over the same base.
  void Script(const std::string& faults, int seed = 1) {
    entries_.reset();
    auto made = FaultNamespace::Create(
        base_.get(), clock_, "{\"seed\":" + std::to_string(seed) + ",\"faults\":[" + faults + "]}",
        "script");
    ASSERT_TRUE(made.ok()) << made.status().message();
    entries_ = *std::move(made);
  }

  /// How often the fault of that number, from 1, struck.
  [[nodiscard]] uint64_t Struck(size_t number = 1) const {
    return entries_->counts()[number - 1].struck;
  }

  /// Bytes of a chunk through a view; the code's name in brackets when there are none.
  static std::string Chunk(const EntryView& view, uint32_t index, uint64_t offset,
                           uint64_t length) {
    BorrowedBytes out;
    const Status read = view.ReadChunk(index, offset, length, &out);
    return read.ok() ? out.ToString() : "[" + std::string(CodeName(read.code())) + "]";
  }

  /// The whole value at `key` as a Worker gets it, or the code's name in brackets.
  [[nodiscard]] std::string Get(std::string_view key) const {
    const auto view = entries_->Open(key);
    const auto value = view.ok() ? (*view)->ReadAll() : Result<std::string>(view.status());
    return value.ok() ? *value : "[" + std::string(CodeName(value.code())) + "]";
  }

  FakeClock clock_;
  std::unique_ptr<KvNamespace> base_ = NewMemoryNamespace(clock_);
  std::unique_ptr<FaultNamespace> entries_;
};

}  // namespace reel::test

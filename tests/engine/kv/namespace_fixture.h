// Every implementation of a namespace, for tests of their common contract.
#pragma once

#include <gtest/gtest.h>
#include <reel/fault_namespace.h>
#include <reel/kv.h>
#include <reel/store.h>

#include <memory>
#include <string>

#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace reel::test {

enum class Backend { kMemory, kDisk, kFaultless, kFaulty };

inline std::string BackendName(const testing::TestParamInfo<Backend>& info) {
  switch (info.param) {
    case Backend::kMemory:
      return "Memory";
    case Backend::kDisk:
      return "Disk";
    case Backend::kFaultless:
      return "Faultless";
    case Backend::kFaulty:
      break;
  }
  return "Faulty";
}

/// An empty namespace of one implementation. kFaulty is one on disk of which one operation in
/// thirty fails with kAborted, and then has done nothing.
class NamespaceUnderTest {
 public:
  explicit NamespaceUnderTest(Backend backend) : backend_(backend) {
    if (IsOnDisk()) {
      Reopen();
      return;
    }
    memory_ = NewMemoryNamespace(clock_);
    if (backend == Backend::kFaultless) {
      PutFaultsOver(memory_.get(), "{}");
    }
  }

  KvNamespace& operator*() { return *get(); }
  KvNamespace* operator->() { return get(); }
  KvNamespace* get() {
    return backend_ == Backend::kMemory ? memory_.get()
           : backend_ == Backend::kDisk ? disk_
                                        : faults_.get();
  }
  FakeClock& clock() { return clock_; }
  [[nodiscard]] const std::string& path() const { return directory_.path(); }

  /// Closes and opens the store; nothing in memory.
  void Reopen() {
    if (!IsOnDisk()) {
      return;
    }
    faults_.reset();
    store_.reset();
    StoreOptions options;
    options.path = directory_ / "store";
    options.create_if_missing = true;
    auto store = Store::Open(options, clock_);
    ASSERT_TRUE(store.ok()) << store.status().message();
    store_ = *std::move(store);
    const auto entries = store_->Namespace("videos", true);
    ASSERT_TRUE(entries.ok()) << entries.status().message();
    disk_ = *entries;
    if (backend_ == Backend::kFaulty) {
      PutFaultsOver(disk_, R"({"faults":[{"fault":"error","code":"aborted","operation":"any",
                                          "probability":0.033}]})");
    }
  }

 private:
  [[nodiscard]] bool IsOnDisk() const {
    return backend_ == Backend::kDisk || backend_ == Backend::kFaulty;
  }

  void PutFaultsOver(KvNamespace* base, std::string_view script) {
    auto faults = FaultNamespace::Create(base, clock_, script, "script");
    EXPECT_TRUE(faults.ok()) << faults.status().message();
    faults_ = *std::move(faults);
  }

  Backend backend_;
  FakeClock clock_;
  TempDirectory directory_;
  std::unique_ptr<KvNamespace> memory_;
  std::unique_ptr<Store> store_;
  KvNamespace* disk_ = nullptr;
  std::unique_ptr<FaultNamespace> faults_;
};

/// Publishes `bytes` as one entry.
inline Result<Entry> PutSingle(KvNamespace& entries, std::string_view key, std::string_view bytes,
                               const EntryAttributes& attributes = {}) {
  auto writer = entries.NewWriter(key, 1000);
  if (!writer.ok()) {
    return writer.status();
  }
  REEL_RETURN_IF_ERROR((*writer)->Append(bytes));
  return (*writer)->PublishSingle(attributes);
}

/// Publishes `bytes` as a manifest that reads MANIFEST and chunks of `chunk_size` bytes.
inline Result<Entry> PutChunked(KvNamespace& entries, std::string_view key, std::string_view bytes,
                                uint64_t chunk_size, const EntryAttributes& attributes = {}) {
  auto writer = entries.NewWriter(key, chunk_size);
  if (!writer.ok()) {
    return writer.status();
  }
  REEL_RETURN_IF_ERROR((*writer)->Append(bytes));
  NewManifest manifest;
  manifest.json = "MANIFEST";
  manifest.content_type = "video/mp4";
  const uint64_t chunks = (bytes.size() + chunk_size - 1) / chunk_size;
  for (uint64_t i = 0; i < chunks; ++i) {
    manifest.chunk_metadata.push_back("{\"i\":" + std::to_string(i) + "}");
  }
  return (*writer)->PublishChunked(manifest, attributes);
}

/// The whole value of one entry; the status's text in brackets when there is none.
inline std::string ReadValue(const KvNamespace& entries, std::string_view key) {
  const auto view = entries.Open(key);
  if (!view.ok()) {
    return "[" + std::string(CodeName(view.code())) + "]";
  }
  BorrowedBytes out;
  const Status read = (*view)->ReadValue(0, (*view)->entry().size, &out);
  return read.ok() ? out.ToString() : "[" + read.message() + "]";
}

}  // namespace reel::test

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

enum class Backend { kMemory, kDisk, kFaultless };

inline std::string BackendName(const testing::TestParamInfo<Backend>& info) {
  return info.param == Backend::kMemory ? "Memory"
         : info.param == Backend::kDisk ? "Disk"
                                        : "Faultless";
}

/// An empty namespace of one implementation.
class NamespaceUnderTest {
 public:
  explicit NamespaceUnderTest(Backend backend) : backend_(backend) {
    if (backend == Backend::kDisk) {
      Reopen();
      return;
    }
    memory_ = NewMemoryNamespace(clock_);
    if (backend == Backend::kFaultless) {
      auto faultless = FaultNamespace::Create(memory_.get(), clock_, "{}", "no script");
      EXPECT_TRUE(faultless.ok()) << faultless.status().message();
      faultless_ = *std::move(faultless);
    }
  }

  KvNamespace& operator*() { return *get(); }
  KvNamespace* operator->() { return get(); }
  KvNamespace* get() {
    return backend_ == Backend::kMemory ? memory_.get()
           : backend_ == Backend::kDisk ? disk_
                                        : faultless_.get();
  }
  FakeClock& clock() { return clock_; }
  [[nodiscard]] const std::string& path() const { return directory_.path(); }

  /// Closes and opens the store; nothing in memory.
  void Reopen() {
    if (backend_ != Backend::kDisk) {
      return;
    }
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
  }

 private:
  Backend backend_;
  FakeClock clock_;
  TempDirectory directory_;
  std::unique_ptr<KvNamespace> memory_;
  std::unique_ptr<FaultNamespace> faultless_;
  std::unique_ptr<Store> store_;
  KvNamespace* disk_ = nullptr;
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

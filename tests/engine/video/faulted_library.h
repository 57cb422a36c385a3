// A library of videos over a namespace with scripted faults, by a clock that tests move.
#pragma once

#include <gtest/gtest.h>
#include <reel/fault_namespace.h>
#include <reel/video.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "tests/engine/kv/namespace_fixture.h"

namespace reel::test {

class FaultedLibrary {
 public:
  explicit FaultedLibrary(Backend backend) : entries_(backend) {
    chunking_.size_threshold = 1;
    chunking_.chunk_size = 1000;
  }

  /// Late fetches that hang would keep the library from going.
  ~FaultedLibrary() { Close(); }

  FaultedLibrary(const FaultedLibrary&) = delete;
  FaultedLibrary& operator=(const FaultedLibrary&) = delete;

  /// Videos from 1 byte on are cut into chunks of that size.
  void set_chunk_size(uint64_t bytes) { chunking_.chunk_size = bytes; }

  LibraryOptions& options() { return options_; }
  FakeClock& clock() { return entries_.clock(); }
  KvNamespace& base() { return *entries_; }
  FaultNamespace& faults() { return *faults_; }
  ReadPool& pool() { return *pool_; }
  VideoLibrary& library() { return *library_; }

  /// Stores a video below the faults.
  void Put(std::string_view key, std::string_view bytes) {
    LibraryOptions options;
    options.chunking = chunking_;
    options.tags.derived = false;
    VideoLibrary direct(entries_.get(), options);
    auto writer = direct.NewWriter(key, {});
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    ASSERT_TRUE((*writer)->Append(bytes).ok());
    const auto stored = (*writer)->Commit();
    ASSERT_TRUE(stored.ok()) << stored.status().message();
  }

  /// Opens the library over {"seed":1,"faults":[FAULTS]}.
  void Open(const std::string& faults, const ReadPoolOptions& pool = {}) {
    Close();
    auto made = FaultNamespace::Create(entries_.get(), clock(),
                                       R"({"seed":1,"faults":[)" + faults + "]}", "script");
    ASSERT_TRUE(made.ok()) << made.status().message();
    faults_ = *std::move(made);
    pool_ = std::make_shared<ReadPool>(pool, clock());
    options_.reads = pool_;
    options_.chunking = chunking_;
    options_.tags.derived = false;
    library_.emplace(faults_.get(), options_);
  }

  std::unique_ptr<VideoReader> Reader(std::string_view key,
                                      FaultPolicy policy = FaultPolicy::kStrict) {
    auto reader = library_->Open(key, {.policy = policy});
    EXPECT_TRUE(reader.ok()) << reader.status().message();
    return reader.ok() ? *std::move(reader) : nullptr;
  }

  /// Waits, without the clock, until so many operations hang or are delayed.
  void AwaitWaiting(size_t count) const {
    while (faults_->waiting() < count) {
      std::this_thread::yield();
    }
  }

  /// Moves the clock on whenever nothing goes on without that, until `work` is done.
  template <typename Work>
  void WhileTimeGoesBy(Work work, int64_t step_ms = 10'000) {
    std::atomic<bool> done = false;
    std::thread ticker([&] {
      while (!done) {
        if (clock().waiters() > 0 && pool_->Stats().pending_fetches == faults_->waiting()) {
          clock().AdvanceMillis(step_ms);
        }
        std::this_thread::yield();
      }
    });
    work();
    done = true;
    ticker.join();
  }

 private:
  void Close() {
    std::atomic<bool> done = false;
    std::thread releaser([&] {
      while (!done && faults_ != nullptr) {
        faults_->Release();
        std::this_thread::yield();
      }
    });
    library_.reset();
    done = true;
    releaser.join();
    options_.reads.reset();
    pool_.reset();
    faults_.reset();
  }

  NamespaceUnderTest entries_;
  ChunkingOptions chunking_;
  LibraryOptions options_;
  std::unique_ptr<FaultNamespace> faults_;
  std::shared_ptr<ReadPool> pool_;
  std::optional<VideoLibrary> library_;
};

/// All that a stream sends, in one text.
struct Collected {
  std::string bytes;
  StreamResult result;
};

inline Collected Collect(const VideoReader& reader, ByteRange range,
                         const std::stop_token& stop = {}) {
  Collected collected;
  collected.result = reader.Stream(
      range,
      [&](std::span<const std::string_view> slices) {
        for (const std::string_view slice : slices) {
          collected.bytes += slice;
        }
        return true;
      },
      stop);
  EXPECT_EQ(collected.result.bytes_sent, collected.bytes.size());
  return collected;
}

}  // namespace reel::test

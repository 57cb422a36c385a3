// The pages of a table file as a scan reads and verifies them, on its own thread or on others.
#pragma once

#include <reel/types.h>

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "format/page_run.h"
#include "storage/database.h"

namespace reel {

/// A page as a scan found it.
struct ScannedPage {
  enum class State : uint8_t {
    kSound,
    /// Its bytes can be read, but RocksDB's block around them does not fit its checksum.
    kFrameDamaged,
    /// What was stored first is damaged, and readers get the page that a repair has written.
    kRepaired,
    /// No reader gets it.
    kDamaged,
  };
  uint32_t page = 0;
  State state = State::kSound;
  /// Of the value; empty where the page is damaged. Valid during the call.
  std::string_view bytes;
  /// kDamaged and kFrameDamaged: what is wrong with it, for a person.
  std::string why;
  /// The table file; empty where the page has none of its own.
  std::string_view file;
};

/// A table file with pages of a run of `run_bytes`. Thread-safe.
struct ScannedFile {
  PageRun run;
  uint64_t run_bytes = 0;
  /// Through the system's cache.
  std::unique_ptr<SegmentFile> cached;

  /// Where the rows of pages [first, end) lie, framing included.
  [[nodiscard]] std::optional<FileRange> BlocksOf(uint32_t first, uint32_t end) const;

  /// Reads and verifies pages [first, end), from `cached` or another file of that name. Their
  /// bytes lie in `memory`.
  [[nodiscard]] std::vector<ScannedPage> ReadPages(const SegmentFile& from, uint32_t first,
                                                   uint32_t end, BorrowedBytes* memory) const;

  /// What the bytes of a page's block say of it; damaged where they are empty. It may put what it
  /// decompresses into `memory`.
  [[nodiscard]] ScannedPage LookAtBlock(uint32_t page, std::string_view block,
                                        BorrowedBytes* memory) const;
};

/// Pages that are read past the system's cache on a thread of a ScanPool.
class ScanWindow {
 public:
  /// `direct`: the file, open for reads past the cache.
  ScanWindow(std::shared_ptr<const ScannedFile> file, std::shared_ptr<const SegmentFile> direct,
             uint32_t first, uint32_t end, std::unique_ptr<BorrowedBytes> memory)
      : file_(std::move(file)),
        direct_(std::move(direct)),
        first_(first),
        end_(end),
        memory_(std::move(memory)) {}

  /// To be called once.
  void Load();
  /// To be called once, from another thread; what follows is to be called behind it.
  void WaitUntilLoaded() { loaded_.get_future().wait(); }

  /// In order, and with their bytes in this window's memory.
  [[nodiscard]] const std::vector<ScannedPage>& pages() const { return pages_; }
  /// REQUIRES: the pages are not used any more.
  std::unique_ptr<BorrowedBytes> TakeMemory() { return std::move(memory_); }

 private:
  const std::shared_ptr<const ScannedFile> file_;
  const std::shared_ptr<const SegmentFile> direct_;
  const uint32_t first_;
  const uint32_t end_;
  std::unique_ptr<BorrowedBytes> memory_;
  std::vector<ScannedPage> pages_;
  std::promise<void> loaded_;
};

/// The threads and the memory of scans that follow each other. One thread scans with it.
class ScanPool {
 public:
  // So many reads keep a disk busy while what they brought is verified.
  static constexpr uint32_t kThreads = 3;

  std::shared_ptr<ScanWindow> Load(std::shared_ptr<const ScannedFile> file,
                                   std::shared_ptr<const SegmentFile> direct, uint32_t first,
                                   uint32_t end);
  void GiveBack(std::unique_ptr<BorrowedBytes> memory);

 private:
  std::vector<std::unique_ptr<BorrowedBytes>> spare_;
  ThreadPool threads_{kThreads};
};

}  // namespace reel

// Pages on their way into table files, while the next ones are being filled.
#pragma once

#include <reel/status.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "storage/database.h"

namespace reel {

/// Rows of successive pages, end to end.
struct PageBatch {
  std::string rows;
  /// Where each complete row ends in `rows`.
  std::vector<size_t> ends;
};

/// Writes the pages of one extent into its table files, on a thread of its own: hashing and writing
/// would otherwise wait for each other. Holds two batches at most. One caller.
class SegmentStream {
 public:
  SegmentStream(Database* database, uint64_t extent);

  /// Gives up: what is not durable yet is dropped.
  ~SegmentStream();

  SegmentStream(const SegmentStream&) = delete;
  SegmentStream& operator=(const SegmentStream&) = delete;

  /// Takes the rows of the next pages and leaves an empty batch in their place. Returns the error
  /// of any batch so far; after one the stream can only be destroyed.
  Status Add(PageBatch* batch);

  /// Returns when all pages are durable: those of a file that is not full in `family`, others in
  /// Family::kPages. Once at most.
  Status Finish(Family family);

 private:
  void Run();
  Status Write(const PageBatch& batch);
  void Stop();

  Database* database_;
  uint64_t extent_;
  // Of the thread, until it has ended.
  uint32_t next_page_ = 0;
  std::unique_ptr<SegmentBuilder> segment_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<PageBatch> waiting_;
  PageBatch spare_;
  bool stopping_ = false;
  Status status_;
  std::thread thread_;
};

}  // namespace reel

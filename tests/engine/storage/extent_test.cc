#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <optional>
#include <random>
#include <string>

#include "base/coding.h"
#include "base/compression.h"
#include "base/hash.h"
#include "storage/segment_layout.h"
#include "tests/engine/storage/storage_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

class ExtentTest : public test::StorageTest {
 protected:
  // The whole run and `ranges` random parts of it, with both ways of caching.
  void ExpectRangesRead(const PageRun& run, const std::string& bytes, int ranges,
                        std::mt19937_64& random) {
    BorrowedBytes out;
    for (int i = 0; i <= ranges; ++i) {
      const ExtentReader reader(database_.get(), run, bytes.size(), test::kCachings[i % 2]);
      const uint64_t offset = i == 0 ? 0 : random() % bytes.size();
      const uint64_t length = i == 0 ? bytes.size() : 1 + random() % (bytes.size() - offset);
      out.Clear();
      const Status read = reader.Read(offset, length, &out);
      ASSERT_TRUE(read.ok()) << read.message();
      ASSERT_TRUE(out.ToString() == bytes.substr(offset, length))
          << bytes.size() << " stride " << run.stride << " page " << run.page_size << " at "
          << offset << ", " << length;
    }
  }
};

TEST_F(ExtentTest, AnyRangeOfAnyShapeReadsBack) {
  std::mt19937_64 random(test::TestSeed());
  const size_t sizes[] = {1,         4095,      4096,      4097,      65'536,
                          1'048'576, 1'048'577, 3'000'000, 5'242'880, 7'654'321};
  const uint32_t strides[] = {4096, 5000, 100'000, 1'000'000, 5'242'880};
  for (const uint32_t page_size : {4096U, 16384U, 65536U}) {
    Open(page_size);
    for (const size_t size : sizes) {
      const uint32_t stride = strides[random() % std::size(strides)];
      const std::string bytes = test::RandomBytes(size, random());
      const PageRun run = WriteExtent(bytes, stride, 1 + random() % 2'000'000);
      EXPECT_EQ(run.family,
                size > ExtentWriter::kSmallBytesMax ? PageFamily::kShared : PageFamily::kSmall);
      ExpectRangesRead(run, bytes, 60, random);
    }
  }
}

// The fast path stands on where RocksDB puts a row. If that changed, reads would fall back to the
// table and still be right, only slow: so this asserts the places themselves.
TEST_F(ExtentTest, PagesLieWhereTheLayoutSays) {
  for (const uint32_t page_size : {4096U, 16384U}) {
    Open(page_size);
    for (const uint32_t stride : {1'000'000U, 5'242'880U}) {
      const std::string bytes = test::RandomBytes(3'100'000, 5);
      const PageRun run = WriteExtent(bytes, stride);
      const uint32_t pages = run.PageCount(bytes.size());
      const auto file = database_->OpenSegment(Family::kSharedPages, run.extent, 0, pages - 1,
                                               Caching::kBySystem);
      ASSERT_TRUE(file.ok()) << file.status().message();
      ASSERT_NE(*file, nullptr);
      EXPECT_FALSE((*file)->Find(pages));
      for (uint32_t page = 0; page < pages; ++page) {
        const uint32_t page_bytes = run.PageBytes(page, bytes.size());
        const auto place = (*file)->Find(page);
        ASSERT_TRUE(place);
        ASSERT_EQ(place->bytes, page_bytes + kPageChecksumBytes);
        BorrowedBytes out;
        const auto read = (*file)->Read(place->offset, place->bytes, &out);
        ASSERT_TRUE(read.ok() && *read);
        const std::string_view data = (*read)->substr(0, page_bytes);
        EXPECT_EQ(data, bytes.substr(run.PageStart(page), page_bytes));
        EXPECT_EQ(ReadFixed64((*read)->data() + page_bytes),
                  Hash64(data, PageSeed(run.extent, page)));
      }
    }
  }
}

// Text, films, and a film behind its index: any range of any shape.
TEST_F(ExtentTest, CompressedPagesReadBack) {
  std::mt19937_64 random(test::TestSeed());
  const size_t sizes[] = {1, 255, 256, 4097, 16'385, 300'000, 1'048'577, 6'000'000};
  for (const uint32_t page_size : {4096U, 16384U}) {
    Open(page_size);
    for (const size_t size : sizes) {
      for (const size_t text_bytes : {size, size / 2}) {
        std::string bytes = test::TextBytes(text_bytes, random());
        bytes += test::RandomBytes(size - text_bytes, random());
        const PageRun run = WriteExtent(bytes, 1'000'000, 1 + random() % 2'000'000);
        if (text_bytes == size) {
          EXPECT_EQ(run.encoding, size < 256 ? Encoding::kRaw : Encoding::kZstd) << size;
        }
        ExpectRangesRead(run, bytes, 40, random);
      }
    }
  }
}

TEST_F(ExtentTest, TextTakesLessSpaceAndFilmsAreStoredAsTheyAre) {
  Open();
  constexpr size_t kBytes = 8 << 20;
  const PageRun text = WriteExtent(test::TextBytes(kBytes, 1), kBytes);
  EXPECT_EQ(text.encoding, Encoding::kZstd);
  const std::vector<SegmentInfo> segments = database_->ListSegments(Family::kSharedPages);
  ASSERT_EQ(segments.size(), 1U);
  EXPECT_LT(segments[0].bytes, kBytes / 2);
  const PageRun film = WriteExtent(test::RandomBytes(kBytes, 2), kBytes);
  EXPECT_EQ(film.encoding, Encoding::kRaw);
}

TEST_F(ExtentTest, AShortTextIsCompressedInItsRecord) {
  Open(16384);
  const std::string text = test::TextBytes(9000, 3);
  ExtentWriter writer(database_.get(), reclaimer_.get(), 9000);
  ASSERT_TRUE(writer.Append(text).ok());
  RowBatch batch;
  const auto value = writer.Finish(/*may_inline=*/true, &batch);
  ASSERT_TRUE(value.ok());
  const auto& stored = std::get<InlineValue>(*value);
  EXPECT_EQ(stored.encoding, Encoding::kZstd);
  EXPECT_LE(stored.bytes.size(), ExtentWriter::kInlineBytesMax);
  std::string back(text.size(), 0);
  EXPECT_TRUE(Decompress(stored.bytes, back.data(), back.size()));
  EXPECT_EQ(back, text);
  EXPECT_TRUE(batch.changes().empty());
}

TEST_F(ExtentTest, SpansSegmentFiles) {
  Open(4096);
  const std::string block = test::RandomBytes(1 << 20, 11);
  ExtentWriter writer(database_.get(), reclaimer_.get(), 5U << 20);
  constexpr uint64_t kBlocks = 300;  // past the 256 MiB of one file
  for (uint64_t i = 0; i < kBlocks; ++i) {
    ASSERT_TRUE(writer.Append(block).ok());
  }
  RowBatch batch;
  const auto value = writer.Finish(false, &batch);
  ASSERT_TRUE(value.ok());
  writer.HandOver();
  ASSERT_TRUE(database_->Write(batch, true).ok());
  const ExtentReader reader(database_.get(), std::get<PageRun>(*value), kBlocks << 20,
                            Caching::kBySystem);
  const uint64_t border = uint64_t{PagesPerSegment(4096)} * 4096;
  BorrowedBytes out;
  ASSERT_TRUE(reader.Read(border - 500'000, 1'000'000, &out).ok());
  std::string want = block + block;
  EXPECT_EQ(out.ToString(), want.substr((border - 500'000) % block.size(), 1'000'000));
}

TEST_F(ExtentTest, FewBytesComeBackForTheRecord) {
  Open();
  ExtentWriter writer(database_.get(), reclaimer_.get(), 1000);
  ASSERT_TRUE(writer.Append("tiny").ok());
  RowBatch batch;
  const auto value = writer.Finish(/*may_inline=*/true, &batch);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(std::get<InlineValue>(*value), (InlineValue{"tiny", Encoding::kRaw}));
  EXPECT_TRUE(batch.changes().empty());
}

// Bytes that this process had read from a disk; nothing where the system does not tell. Files in
// memory count as none.
std::optional<uint64_t> DiskBytesRead() {
  std::ifstream io("/proc/self/io");
  std::string name;
  uint64_t value = 0;
  while (io >> name >> value) {
    if (name == "read_bytes:") {
      return value;
    }
  }
  return std::nullopt;
}

// The system would read megabytes ahead of a range that may be all that a viewer wants.
TEST_F(ExtentTest, AColdRangeTakesNoMoreThanItsPagesFromTheDisk) {
  if (!DiskBytesRead()) {
    GTEST_SKIP() << "/proc/self/io cannot be read here";
  }
  std::mt19937_64 random(test::TestSeed());
  constexpr uint32_t kPage = 16 << 10;
  constexpr uint32_t kStride = 5 << 20;
  constexpr uint64_t kSystemPage = 4096;
  Open(kPage);
  const std::string bytes = test::RandomBytes(33 << 20, 8);
  const PageRun run = WriteExtent(bytes, kStride);
  const std::string path = directory_ / "db" + database_->ListSegments(Family::kPages).at(0).name;
  const ExtentReader reader(database_.get(), run, bytes.size(), Caching::kBySystem);
  BorrowedBytes out;
  ASSERT_TRUE(reader.Read(0, 1, &out).ok());
  for (int i = 0; i < 60; ++i) {
    const uint64_t lengths[] = {1, 4096, 65'536, 1 << 20, 6 << 20};
    const uint64_t length = lengths[i % 5];
    const uint64_t offset = random() % (bytes.size() - length);
    // Rows do not begin where the system's pages do.
    const uint64_t limit = length + 2 * kPage + 2 * kSystemPage + length / kPage * 64;
    // The process takes pages of its own program from the disk too, now and then.
    uint64_t took = std::numeric_limits<uint64_t>::max();
    for (int time = 0; took > limit && time < 5; ++time) {
      const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
      ASSERT_EQ(fdatasync(fd), 0);
      ASSERT_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
      close(fd);
      const uint64_t before = *DiskBytesRead();
      out.Clear();
      ASSERT_TRUE(reader.Read(offset, length, &out).ok());
      took = *DiskBytesRead() - before;
      ASSERT_TRUE(out.ToString() == bytes.substr(offset, length));
    }
    EXPECT_LE(took, limit) << length << " at " << offset;
  }
}

}  // namespace
}  // namespace reel

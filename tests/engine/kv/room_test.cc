// What a store does on a disk that is about to be full.
#include <gtest/gtest.h>
#include <reel/store.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <string>

#include "kv/open_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

// The system's files on a disk that has as much left as a test says.
class Disk final : public rocksdb::FileSystemWrapper {
 public:
  Disk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

  [[nodiscard]] const char* Name() const override { return "Disk"; }
  rocksdb::IOStatus GetFreeSpace(const std::string& /*path*/, const rocksdb::IOOptions& /*options*/,
                                 uint64_t* left, rocksdb::IODebugContext* /*dbg*/) override {
    *left = left_;
    return rocksdb::IOStatus::OK();
  }
  void SetLeft(uint64_t bytes) { left_ = bytes; }

 private:
  std::atomic<uint64_t> left_ = uint64_t{1} << 40;
};

class RoomTest : public testing::Test {
 protected:
  RoomTest() {
    StoreOptions options;
    options.path = directory_ / "store";
    options.create_if_missing = true;
    auto store = OpenStore(options, clock_, {disk_});
    EXPECT_TRUE(store.ok()) << store.status().message();
    store_ = *std::move(store);
    entries_ = *store_->Namespace("videos", /*create=*/true);
  }

  Status Put(const std::string& key, const std::string& bytes) {
    auto writer = entries_->NewWriter(key, 5U << 20);
    EXPECT_TRUE(writer.ok());
    REEL_RETURN_IF_ERROR((*writer)->Append(bytes));
    return (*writer)->PublishSingle({}).status();
  }

  const test::TempDirectory directory_;
  test::FakeClock clock_;
  const std::shared_ptr<Disk> disk_ = std::make_shared<Disk>();
  std::unique_ptr<Store> store_;
  KvNamespace* entries_ = nullptr;
};

// A store that had filled its disk could not remove anything any more, nor be opened.
TEST_F(RoomTest, TheLastOfADiskIsForRemovals) {
  const std::string small = "a few bytes";
  const std::string large = test::RandomBytes(3 << 20, 1);
  ASSERT_TRUE(Put("small", small).ok());
  ASSERT_TRUE(Put("large", large).ok());
  disk_->SetLeft(10 << 20);
  for (const std::string& bytes : {small, large}) {
    for (const char* key : {"new", "large"}) {
      const Status refused = Put(key, bytes);
      EXPECT_EQ(refused.code(), Code::kNoSpace);
      EXPECT_NE(refused.message().find("the disk is full but for 10 of the "), std::string::npos)
          << refused.message();
    }
  }
  Mutation put;
  put.key = "new";
  put.value = small;
  EXPECT_EQ(entries_->Apply({&put, 1}).code(), Code::kNoSpace);
  EXPECT_EQ(entries_->Stat("new").code(), Code::kNotFound);
  const auto view = entries_->Open("large", Caching::kBySystem);
  ASSERT_TRUE(view.ok());
  const auto bytes = (*view)->ReadAll();
  EXPECT_TRUE(bytes.ok() && *bytes == large);

  // What takes nothing, or next to nothing, is done.
  Mutation touch;
  touch.kind = Mutation::Kind::kUpdate;
  touch.key = "large";
  touch.update.ttl = 60;
  const Status touched = entries_->Apply({&touch, 1});
  EXPECT_TRUE(touched.ok()) << touched.message();
  for (const char* key : {"small", "large"}) {
    const auto deleted = entries_->Delete(key);
    EXPECT_TRUE(deleted.ok() && *deleted) << key;
  }
  disk_->SetLeft(uint64_t{1} << 30);
  EXPECT_TRUE(Put("new", large).ok());
}

TEST_F(RoomTest, AValueThatFillsTheDiskEndsThere) {
  auto writer = entries_->NewWriter("v", 5U << 20);
  ASSERT_TRUE(writer.ok());
  const std::string bytes = test::RandomBytes(4 << 20, 1);
  ASSERT_TRUE((*writer)->Append(bytes).ok());
  disk_->SetLeft(10 << 20);
  EXPECT_EQ((*writer)->Append(bytes).code(), Code::kNoSpace);
  writer->reset();
  EXPECT_EQ(entries_->Stat("v").code(), Code::kNotFound);
  disk_->SetLeft(uint64_t{1} << 30);
  EXPECT_TRUE(Put("v", bytes).ok());
}

}  // namespace
}  // namespace reel

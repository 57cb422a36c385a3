#include <gtest/gtest.h>
#include <reel/store.h>
#include <unistd.h>

#include <filesystem>

#include "tests/engine/kv/namespace_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

namespace fs = std::filesystem;

class StoreTest : public testing::Test {
 protected:
  Result<std::unique_ptr<Store>> Open(const std::string& name, bool create) {
    StoreOptions options;
    options.path = directory_ / name;
    options.create_if_missing = create;
    return Store::Open(options, clock_);
  }

  test::FakeClock clock_;
  test::TempDirectory directory_;
};

TEST_F(StoreTest, NamespacesAreSeparateAndLast) {
  {
    const auto store = Open("s", true);
    ASSERT_TRUE(store.ok()) << store.status().message();
    EXPECT_EQ((*store)->Namespace("one", false).code(), Code::kNotFound);
    for (const char* name : {"one", "two"}) {
      const auto entries = (*store)->Namespace(name, true);
      ASSERT_TRUE(entries.ok());
      ASSERT_TRUE(test::PutSingle(**entries, "k", name).ok());
    }
    EXPECT_EQ((*store)->Namespace("", true).code(), Code::kInvalidArgument);
    EXPECT_EQ((*store)->Namespace("\xFF", true).code(), Code::kInvalidArgument);
  }
  const auto store = Open("s", false);
  ASSERT_TRUE(store.ok()) << store.status().message();
  for (const char* name : {"one", "two"}) {
    const auto entries = (*store)->Namespace(name, false);
    ASSERT_TRUE(entries.ok());
    EXPECT_EQ(test::ReadValue(**entries, "k"), name);
  }
}

TEST_F(StoreTest, ASecondOwnerIsToldWhoTheFirstIs) {
  const auto first = Open("s", true);
  ASSERT_TRUE(first.ok());
  const auto second = Open("s", true);
  EXPECT_EQ(second.code(), Code::kBusy);
  EXPECT_NE(second.status().message().find(std::to_string(getpid())), std::string::npos)
      << second.status().message();
  // Looking for the owner must not have given up the lock.
  EXPECT_EQ(Open("s", true).code(), Code::kBusy);
  EXPECT_TRUE((*first)->Namespace("n", true).ok());
}

TEST_F(StoreTest, RefusesBadOptions) {
  StoreOptions options;
  EXPECT_EQ(Store::Open(options).code(), Code::kInvalidArgument);
  options.path = directory_ / "s";
  options.page_size = 5000;
  const auto store = Store::Open(options);
  EXPECT_EQ(store.code(), Code::kInvalidArgument);
  EXPECT_NE(store.status().message().find("page_size is 5000"), std::string::npos);
}

// I3: the files of a store as a crash leaves them, at points where nothing was closed or flushed.
// What was acknowledged is there, the rest is absent, and its space is free after one open.
TEST_F(StoreTest, OpensWhatACrashLeaves) {
  const std::string kept = test::RandomBytes(3 << 20, 1);
  const std::string replaced = test::RandomBytes(6 << 20, 2);
  const auto store = Open("s", true);
  ASSERT_TRUE(store.ok());
  KvNamespace& entries = **(*store)->Namespace("videos", true);
  ASSERT_TRUE(test::PutChunked(entries, "kept", kept, 1 << 20).ok());
  ASSERT_TRUE(test::PutSingle(entries, "small", "inline").ok());
  ASSERT_TRUE(test::PutSingle(entries, "medium", kept.substr(0, 300'000)).ok());
  ASSERT_TRUE(test::PutChunked(entries, "replaced", replaced, 1 << 20).ok());
  // A reader holds the replaced generation, so that its pages are garbage that is still there.
  const auto reader = entries.Open("replaced");
  ASSERT_TRUE(reader.ok());
  ASSERT_TRUE(test::PutSingle(entries, "replaced", "new").ok());
  const auto writer = entries.NewWriter("unfinished", 1 << 20);
  ASSERT_TRUE((*writer)->Append(test::RandomBytes(7 << 20, 3)).ok());

  fs::copy(directory_ / "s", directory_ / "crashed", fs::copy_options::recursive);
  const uint64_t before = test::DiskBytes(directory_ / "crashed");
  {
    const auto crashed = Open("crashed", false);
    ASSERT_TRUE(crashed.ok()) << crashed.status().message();
    KvNamespace& found = **(*crashed)->Namespace("videos", false);
    EXPECT_EQ(test::ReadValue(found, "small"), "inline");
    EXPECT_TRUE(test::ReadValue(found, "medium") == kept.substr(0, 300'000));
    EXPECT_EQ(test::ReadValue(found, "replaced"), "new");
    EXPECT_EQ(test::ReadValue(found, "unfinished"), "[not found]");
    for (uint32_t i = 0; i < 3; ++i) {
      EXPECT_TRUE(test::ReadValue(found, "kept_chunk_" + std::to_string(i)) ==
                  kept.substr(uint64_t{i} << 20, 1 << 20));
    }
  }
  EXPECT_LT(test::DiskBytes(directory_ / "crashed"), before - replaced.size());
  EXPECT_TRUE(fs::is_empty(directory_ / "crashed/staging"));
}

}  // namespace
}  // namespace reel

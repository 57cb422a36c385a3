#include "fuse/inode_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

namespace reel::mount {
namespace {

FileRecord File(uint64_t generation) {
  return {"video:a", generation, 10, 20, 20, std::nullopt};
}

TEST(InodeTableTest, RootIsOneAndStays) {
  InodeTable table;
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(table.Acquire(Directory{}), InodeTable::kRoot);
  table.Forget(InodeTable::kRoot, 1000);
  ASSERT_NE(table.Find(InodeTable::kRoot), nullptr);
  EXPECT_EQ(std::get<Directory>(*table.Find(InodeTable::kRoot)), Directory{});
}

TEST(InodeTableTest, NumbersAreStableAndApart) {
  InodeTable one;
  InodeTable two;
  std::set<uint64_t> numbers = {InodeTable::kRoot};
  for (uint64_t generation = 0; generation < 1000; ++generation) {
    const uint64_t number = one.Acquire(File(generation));
    EXPECT_EQ(number, two.NumberOf(File(generation)));
    EXPECT_EQ(number >> 63, 0U);
    EXPECT_TRUE(numbers.insert(number).second);
  }
  for (int i = 0; i < 1000; ++i) {
    const Directory directory = DirectoryOf("dir" + std::to_string(i));
    const uint64_t number = one.Acquire(directory);
    EXPECT_EQ(number, two.NumberOf(directory));
    EXPECT_EQ(number >> 63, 1U);
    EXPECT_TRUE(numbers.insert(number).second);
  }
  for (const char* path : {".reel", ".reel/by-tag", ".reel/by-tag/dir1", ".reel/stats.json"}) {
    const ViewPlace place = *ParseViewPath(path);
    const uint64_t number = one.Acquire(place);
    EXPECT_EQ(number, two.NumberOf(place));
    EXPECT_EQ(one.Acquire(place), number);
    EXPECT_TRUE(numbers.insert(number).second);
  }
  EXPECT_EQ(HashPath(""), 0xcbf29ce484222325ULL);
  EXPECT_EQ(HashPath("a"), 0xaf63dc4c8601ec8cULL);
}

TEST(InodeTableTest, ForgetTakesBackWhatWasCounted) {
  InodeTable table;
  const uint64_t number = table.Acquire(File(7));
  EXPECT_EQ(table.Acquire(File(7)), number);
  EXPECT_EQ(table.Acquire(File(7)), number);
  EXPECT_EQ(table.size(), 2U);
  table.Forget(number, 2);
  ASSERT_NE(table.Find(number), nullptr);
  EXPECT_EQ(std::get<FileRecord>(*table.Find(number)).generation, 7U);
  table.Forget(number, 1);
  EXPECT_EQ(table.Find(number), nullptr);
  EXPECT_EQ(table.size(), 1U);
  table.Forget(number, 1);
  table.Forget(424242, 5);
  EXPECT_EQ(table.size(), 1U);
}

TEST(InodeTableTest, AcquireKeepsTheNewestExpiry) {
  InodeTable table;
  const uint64_t number = table.Acquire(File(7));
  FileRecord touched = File(7);
  touched.expires = 99;
  EXPECT_EQ(table.Acquire(touched), number);
  EXPECT_EQ(std::get<FileRecord>(*table.Find(number)).expires, 99);
}

TEST(InodeTableTest, WhatWasFoundBeforeAReplacementDoesNotUndoIt) {
  InodeTable table;
  const uint64_t before = table.replacements();
  const uint64_t number = table.Acquire(File(7));
  const auto key = [&] { return std::get<FileRecord>(*table.Find(number)).key; };
  FileRecord renamed = File(7);
  renamed.key = "renamed";
  table.Replace(renamed);
  EXPECT_EQ(table.Acquire(File(7), before), number);
  EXPECT_EQ(key(), "renamed");
  EXPECT_EQ(table.Acquire(File(7), table.replacements()), number);
  EXPECT_EQ(key(), File(7).key);
  table.Forget(number, 3);
  EXPECT_EQ(table.Find(number), nullptr);
}

TEST(InodeTableTest, ThreadsLeaveNothingBehind) {
  InodeTable table;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&table] {
      for (uint64_t i = 0; i < 5000; ++i) {
        const uint64_t file = table.Acquire(File(i % 50));
        const uint64_t directory = table.Acquire(DirectoryOf("d" + std::to_string(i % 50)));
        EXPECT_NE(table.Find(file), nullptr);
        table.Forget(directory, 1);
        table.Forget(file, 1);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(table.size(), 1U);
}

}  // namespace
}  // namespace reel::mount

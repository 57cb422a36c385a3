#include "storage/info_log.h"

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>

#include "storage/space_errors.h"
#include "tests/support/faulty_files.h"
#include "tests/support/temp_directory.h"

namespace reel {
namespace {

std::shared_ptr<rocksdb::Logger> NewLog(
    const std::string& path,
    const std::shared_ptr<rocksdb::FileSystem>& below = rocksdb::FileSystem::Default()) {
  SpaceErrors files(below);
  std::shared_ptr<rocksdb::Logger> log;
  EXPECT_TRUE(files.NewLogger(path, rocksdb::IOOptions(), &log, nullptr).ok());
  return log;
}

TEST(InfoLog, HasALineForEachMessage) {
  const test::TempDirectory directory;
  const std::string path = directory / "LOG";
  const auto log = NewLog(path);
  rocksdb::Warn(log, "file %d is %s", 7, "damaged");
  rocksdb::Warn(log, "%s", std::string(40'000, 'x').c_str());
  std::ifstream in(path);
  std::string line;
  ASSERT_TRUE(std::getline(in, line));
  EXPECT_TRUE(line.ends_with(" file 7 is damaged")) << line;
  ASSERT_TRUE(std::getline(in, line));
  EXPECT_TRUE(line.ends_with("xxx"));
  EXPECT_FALSE(std::getline(in, line));
  in.clear();
  in.seekg(0, std::ios::end);
  EXPECT_EQ(log->GetLogFileSize(), static_cast<size_t>(in.tellg()));
}

// RocksDB's own ended the process with the second message that found no space.
TEST(InfoLog, WhatCannotBeWrittenIsLeftOut) {
  const test::TempDirectory directory;
  const auto faulty = std::make_shared<test::FaultyFiles>();
  const auto full = NewLog(directory / "messages", test::NewWatchedFiles(faulty));
  faulty->Arm({.kind = test::FileFault::Kind::kNoSpace, .lasting = true});
  for (const auto& log : {full, NewLog(directory / "nowhere/LOG")}) {
    for (int i = 0; i < 3; ++i) {
      rocksdb::Warn(log, "message %d", i);
    }
    EXPECT_EQ(log->GetLogFileSize(), 0U);
  }
  EXPECT_TRUE(faulty->struck().starts_with("append")) << faulty->struck();
}

}  // namespace
}  // namespace reel

#include <gtest/gtest.h>
#include <reel/types.h>

#include <cstring>

namespace reel {
namespace {

TEST(BorrowedBytes, JoinsAdjacentSlicesAndCopiesInOrder) {
  const std::string text = "hello, world";
  BorrowedBytes bytes;
  bytes.Append(std::string_view(text).substr(0, 5));
  bytes.Append(std::string_view(text).substr(5, 2));
  bytes.Append("");
  bytes.Append("tail");
  EXPECT_EQ(bytes.slices().size(), 2U);
  EXPECT_EQ(bytes.size(), 11U);
  EXPECT_EQ(bytes.ToString(), "hello, tail");
}

TEST(BorrowedBytes, KeepsEarlierBlocksOfOneRead) {
  BorrowedBytes bytes;
  std::string expected;
  for (int i = 0; i < 50; ++i) {
    const size_t size = i % 10 == 9 ? 700'000 + i : 10'000 + i;
    char* memory = bytes.Allocate(size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % BorrowedBytes::kAlignment, 0U);
    std::memset(memory, 'a' + i % 26, size);
    bytes.Append({memory, size});
    expected.append(size, static_cast<char>('a' + i % 26));
  }
  EXPECT_EQ(bytes.ToString(), expected);
}

TEST(BorrowedBytes, ClearUnpinsAndReusesMemory) {
  BorrowedBytes bytes;
  auto owner = std::make_shared<int>(1);
  bytes.Pin(owner);
  const char* first = bytes.Allocate(1000);
  EXPECT_EQ(owner.use_count(), 2);
  bytes.Clear();
  EXPECT_EQ(owner.use_count(), 1);
  EXPECT_EQ(bytes.size(), 0U);
  EXPECT_EQ(bytes.Allocate(1000), first);
}

}  // namespace
}  // namespace reel

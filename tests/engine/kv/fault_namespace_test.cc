// Every fault but stale reads, by operation, selector and schedule.
#include <reel/fault_namespace.h>

#include <functional>
#include <vector>

#include "base/hash.h"
#include "tests/engine/kv/fault_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using test::PutChunked;
using test::PutSingle;

using FaultNamespaceTest = test::FaultTest;

TEST_F(FaultNamespaceTest, SpoiledBytesComeWithStatusOk) {
  const std::string video = "0123456789abcdefghij--";
  ASSERT_TRUE(PutChunked(*base_, "v", video, 10).ok());
  ASSERT_TRUE(PutSingle(*base_, "s", "single").ok());
  const std::string zeros(2, '\0');
  const struct {
    const char* fault;
    uint64_t offset, length;
    std::string chunk_1;
    std::string chunk_0;
    uint64_t struck;
  } kCases[] = {
      {R"({"fault":"wrongSize","by":-1,"chunk":1})", 0, 10, "abcdefghi", "0123456789", 1},
      {R"({"fault":"wrongSize","by":2,"chunk":1})", 0, 10, "abcdefghij" + zeros, "0123456789", 1},
      {R"({"fault":"wrongSize","by":-100,"chunk":1})", 0, 10, "", "0123456789", 1},
      // A read that does not come near the end notices nothing.
      {R"({"fault":"wrongSize","by":-1,"chunk":1})", 2, 3, "cde", "234", 0},
      {R"({"fault":"wrongSize","by":-1,"chunk":1})", 5, 5, "fghi", "56789", 1},
      {R"({"fault":"wrongSize","by":-7,"chunk":1})", 5, 5, "", "56789", 1},
      {R"({"fault":"wrongSize","by":2,"chunk":1})", 5, 5, "fghij" + zeros, "56789", 1},
      {R"({"fault":"wrongSize","by":2,"chunk":1})", 10, 0, "", "", 0},
      {R"({"fault":"missing","chunk":1})", 0, 10, "[not found]", "0123456789", 1},
      {R"({"fault":"timeout","chunk":1})", 0, 10, "[timed out]", "0123456789", 1},
      {R"({"fault":"error","code":"busy","chunk":1})", 0, 10, "[busy]", "0123456789", 1},
      {R"({"fault":"error","code":"busy","key":"v","chunk":"manifest"})", 0, 10, "abcdefghij",
       "0123456789", 0},
      {R"({"fault":"error","code":"busy","key":"v_chunk_1"})", 0, 10, "[busy]", "0123456789", 1},
      {R"({"fault":"error","code":"busy","key":"v"})", 0, 10, "[busy]", "[busy]", 2},
      {R"({"fault":"error","code":"busy","key":"other"})", 0, 10, "abcdefghij", "0123456789", 0},
      {R"({"fault":"error","code":"busy","keyPrefix":"v_"})", 0, 10, "[busy]", "[busy]", 2},
      {R"({"fault":"error","code":"busy","operation":"open","chunk":1})", 0, 10, "abcdefghij",
       "0123456789", 0},
  };
  for (const auto& test : kCases) {
    Script(test.fault);
    const auto view = entries_->Open("v");
    ASSERT_TRUE(view.ok()) << test.fault;
    EXPECT_TRUE((*view)->IsRemote());
    EXPECT_EQ(test::FaultTest::Chunk(**view, 1, test.offset, test.length), test.chunk_1)
        << test.fault;
    EXPECT_EQ(test::FaultTest::Chunk(**view, 0, test.offset, test.length), test.chunk_0)
        << test.fault;
    EXPECT_EQ(Struck(), test.struck) << test.fault;
  }
}

TEST_F(FaultNamespaceTest, AFlippedBitIsOneBit) {
  const std::string bytes = test::RandomBytes(1000, 1);
  ASSERT_TRUE(PutChunked(*base_, "v", bytes, 500).ok());
  ASSERT_TRUE(PutSingle(*base_, "s", bytes).ok());
  for (const char* fault : {R"({"fault":"flipBit"})", R"({"fault":"flipBit","byte":499})"}) {
    Script(fault);
    const auto video = entries_->Open("v");
    const auto single = entries_->Open("s");
    const std::string chunk = Chunk(**video, 1, 0, 500);
    BorrowedBytes out;
    ASSERT_TRUE((*single)->ReadValue(400, 100, &out).ok());
    const struct {
      std::string got, want;
    } kReads[] = {{chunk, bytes.substr(500)}, {out.ToString(), bytes.substr(400, 100)}};
    for (const auto& read : kReads) {
      ASSERT_EQ(read.got.size(), read.want.size());
      int bits = 0;
      for (size_t i = 0; i < read.got.size(); ++i) {
        bits += __builtin_popcount(static_cast<unsigned char>(read.got[i] ^ read.want[i]));
      }
      EXPECT_EQ(bits, 1) << fault;
    }
    EXPECT_EQ(Struck(), 2U);
    EXPECT_EQ((*video)->ChunkHash(1).ok(), true);
    EXPECT_EQ(*(*video)->ChunkHash(1), HashWhole(bytes.substr(500)));
  }
  // The byte is not among those that are read.
  Script(R"({"fault":"flipBit","byte":10})");
  EXPECT_EQ(Chunk(**entries_->Open("v"), 0, 11, 489), bytes.substr(11, 489));
  EXPECT_EQ(Struck(), 0U);
}

TEST_F(FaultNamespaceTest, FaultsActOnEveryOperation) {
  const std::vector<std::pair<const char*, std::function<Status()>>> operations = {
      {"open", [&] { return entries_->Stat("k").status(); }},
      {"open", [&] { return entries_->Open("k").status(); }},
      {"read", [&] { return (*entries_->Open("k"))->ReadAll().status(); }},
      {"list", [&] { return entries_->List({.prefix = "k"}).status(); }},
      {"list", [&] { return entries_->Count("k").status(); }},
      {"append", [&] { return (*entries_->NewWriter("k", 10))->Append("x"); }},
      {"publish", [&] { return (*entries_->NewWriter("k", 10))->PublishSingle({}).status(); }},
      {"publish",
       [&] {
         return (*entries_->NewWriter("k", 10))->PublishChunked({.json = "{}"}, {}).status();
       }},
      {"publish",
       [&] {
         const Mutation put{.key = "k", .value = "other"};
         return entries_->Apply({&put, 1});
       }},
      {"publish",
       [&] {
         const Mutation update{.kind = Mutation::Kind::kUpdate, .key = "k"};
         return entries_->Apply({&update, 1});
       }},
      {"delete",
       [&] {
         const Mutation remove{.kind = Mutation::Kind::kDelete, .key = "k"};
         return entries_->Apply({&remove, 1});
       }},
      {"delete", [&] { return entries_->Delete("k").status(); }},
  };
  for (const auto& [name, run] : operations) {
    const bool writes = std::string_view(name) != "open" && std::string_view(name) != "read" &&
                        std::string_view(name) != "list";
    for (const char* chosen : {"open", "read", "list", "append", "publish", "delete", "write"}) {
      ASSERT_TRUE(PutSingle(*base_, "k", "value").ok());
      Script(std::string(R"({"fault":"error","code":"noSpace","operation":")") + chosen + "\"}");
      const bool about =
          chosen == std::string_view(name) || (writes && chosen == std::string_view("write"));
      // An error of another operation may be in the way of this one's.
      if (std::string_view(name) == "read" && chosen == std::string_view("open")) {
        continue;
      }
      const Status status = run();
      EXPECT_EQ(status.code() == Code::kNoSpace, about)
          << name << " " << chosen << ": " << status.message();
      EXPECT_EQ(Struck(), about ? 1U : 0U) << name << " " << chosen;
      if (about) {
        // Nothing was done.
        EXPECT_EQ(test::ReadValue(*base_, "k"), "value") << name;
      }
    }
  }
}

TEST_F(FaultNamespaceTest, AMessageNamesTheKeyAndTheFault) {
  Script(R"({"fault":"hang","times":1,"key":"other"},{"fault":"error","code":"ioError"})");
  ASSERT_TRUE(PutSingle(*entries_, "k", "value").ok());
  EXPECT_EQ((*entries_->Open("k"))->ReadAll().status().message(),
            "\"k\": injected by fault 2, error (see the fault script)");
  const std::vector<FaultCount> counts = entries_->counts();
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[1].number, 2U);
  EXPECT_EQ(counts[1].fault, "error");
  EXPECT_EQ(counts[1].matched, 1U);
  EXPECT_EQ(counts[1].struck, 1U);
  EXPECT_EQ(counts[0].matched, 0U);
}

TEST_F(FaultNamespaceTest, AfterAndTimesCountWhatMatches) {
  ASSERT_TRUE(PutSingle(*base_, "k", "value").ok());
  Script(R"({"fault":"error","code":"ioError","key":"k","after":2,"times":3})");
  ASSERT_TRUE(PutSingle(*entries_, "other", "other").ok());
  std::string seen;
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(Get("other"), "other");
    seen += Get("k") == "value" ? '.' : 'x';
  }
  EXPECT_EQ(seen, "..xxx...");
  EXPECT_EQ(entries_->counts()[0].matched, 8U);
  EXPECT_EQ(Struck(), 3U);
}

// The first that fails ends the operation: those behind it neither match nor strike.
TEST_F(FaultNamespaceTest, FaultsComeInTheirOrder) {
  ASSERT_TRUE(PutSingle(*base_, "k", "value").ok());
  Script(R"({"fault":"wrongSize","by":-1},{"fault":"error","code":"busy","times":1},
            {"fault":"missing","operation":"read","times":1},{"fault":"wrongSize","by":3})");
  EXPECT_EQ(Get("k"), "[busy]");
  EXPECT_EQ(Get("k"), "[not found]");
  EXPECT_EQ(Get("k"), std::string("value\0\0", 7));
  EXPECT_EQ(Struck(1), 1U);
  EXPECT_EQ(Struck(4), 1U);
}

TEST_F(FaultNamespaceTest, TheSameSeedGivesTheSameFaults) {
  for (const char* key : {"a", "b"}) {
    ASSERT_TRUE(PutSingle(*base_, key, test::RandomBytes(100, 1)).ok());
  }
  const std::string faults =
      R"({"fault":"error","code":"ioError","probability":0.3},{"fault":"flipBit"})";
  // What becomes of reads of "a", with so many reads of "b" between any two.
  const auto run = [&](int seed, int others) {
    Script(faults, seed);
    std::vector<std::string> seen;
    for (int i = 0; i < 200; ++i) {
      seen.push_back(Get("a"));
      for (int other = 0; other < others; ++other) {
        static_cast<void>(Get("b"));
      }
    }
    return seen;
  };
  const auto first = run(1, 0);
  EXPECT_EQ(run(1, 0), first);
  EXPECT_EQ(run(1, 3), first);
  EXPECT_NE(run(2, 0), first);
  const auto struck = std::count(first.begin(), first.end(), "[I/O error]");
  EXPECT_GT(struck, 30);
  EXPECT_LT(struck, 90);
  // No two alike: bits are flipped here and there.
  EXPECT_NE(first[0], first[1]);
}

TEST_F(FaultNamespaceTest, RepairEndsDamageOfItsPart) {
  const std::string video(25, 'x');
  for (const char* fault : {R"({"fault":"missing","operation":"read"})",
                            R"({"fault":"wrongSize","by":-1})", R"({"fault":"flipBit"})"}) {
    ASSERT_TRUE(PutChunked(*base_, "v", video, 10).ok());
    Script(fault);
    const auto view = entries_->Open("v");
    const auto is_good = [&](uint32_t index) {
      const uint64_t size = index < 2 ? 10 : 5;
      return Chunk(**view, index, 0, size) == std::string(size, 'x');
    };
    EXPECT_EQ((*view)->Repair(1, "yyyyyyyyyy").code(), Code::kInvalidArgument);
    EXPECT_FALSE(is_good(1)) << fault;
    ASSERT_TRUE((*view)->Repair(1, std::string(10, 'x')).ok());
    EXPECT_TRUE(is_good(1)) << fault;
    EXPECT_FALSE(is_good(0)) << fault;
    EXPECT_FALSE(is_good(2)) << fault;
    EXPECT_NE(Get("v"), "MANIFEST");
    ASSERT_TRUE((*view)->Repair(std::nullopt, "MANIFEST").ok());
    EXPECT_EQ(Get("v"), "MANIFEST");
    EXPECT_EQ(Get("v_chunk_1"), std::string(10, 'x'));
  }
  // An error is no damage.
  Script(R"({"fault":"error","code":"ioError"})");
  const auto view = entries_->Open("v");
  ASSERT_TRUE((*view)->Repair(0, std::string(10, 'x')).ok());
  EXPECT_EQ(Chunk(**view, 0, 0, 10), "[I/O error]");
}

TEST_F(FaultNamespaceTest, ABadScriptMakesNoNamespace) {
  const auto made = FaultNamespace::Create(base_.get(), clock_,
                                           R"({"faults":[{"fault":"hang","chunk":null}]})", "f");
  EXPECT_EQ(made.code(), Code::kInvalidArgument);
  EXPECT_EQ(made.status().message(),
            "f: fault 1: chunk is null (allowed: \"any\", \"manifest\" or an integer from 0 to "
            "4294967295)");
}

}  // namespace
}  // namespace reel

// Scripts of faults: what they say, and how they are refused.
#include "format/fault_script.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/test_bytes.h"

namespace reel {
namespace {

constexpr const char* kEveryField = R"({"seed": 7, "faults": [
  {"fault": "delay", "milliseconds": 250, "key": "video:a.mp4", "chunk": 3, "operation": "any"},
  {"fault": "hang", "probability": 0.05, "operation": "write"},
  {"fault": "timeout", "milliseconds": 1e4, "chunk": "manifest"},
  {"fault": "missing", "chunk": 0, "operation": "open"},
  {"fault": "wrongSize", "by": -1, "times": 2},
  {"fault": "flipBit", "byte": 0},
  {"fault": "error", "code": "noSpace", "after": 100, "times": 3, "operation": "append"},
  {"fault": "stale", "cacheTtl": 30, "keyPrefix": "video:", "chunk": "any"}
]})";

std::string Refusal(std::string_view text) {
  const auto script = ParseFaultScript(text, "s.json");
  EXPECT_EQ(script.code(), Code::kInvalidArgument) << text;
  return script.status().message();
}

TEST(FaultScript, EveryFieldArrives) {
  const auto script = ParseFaultScript(kEveryField, "s");
  ASSERT_TRUE(script.ok()) << script.status().message();
  EXPECT_EQ(script->seed, 7U);
  const auto& faults = script->faults;
  ASSERT_EQ(faults.size(), 8U);
  EXPECT_EQ(faults[0].kind, FaultKind::kDelay);
  EXPECT_EQ(faults[0].milliseconds, 250);
  EXPECT_EQ(faults[0].selector.key, "video:a.mp4");
  EXPECT_EQ(faults[0].selector.part, FaultSelector::Part::kChunk);
  EXPECT_EQ(faults[0].selector.chunk, 3U);
  EXPECT_EQ(faults[0].selector.operations, 63U);
  EXPECT_EQ(faults[1].schedule.probability, 0.05);
  EXPECT_EQ(faults[1].selector.operations, 8U | 16U | 32U);
  EXPECT_EQ(faults[2].milliseconds, 10'000);
  EXPECT_EQ(faults[2].selector.part, FaultSelector::Part::kManifest);
  EXPECT_EQ(faults[2].selector.operations, 2U);
  EXPECT_EQ(faults[3].selector.operations, 1U);
  EXPECT_EQ(faults[4].by, -1);
  EXPECT_EQ(faults[4].schedule.times, 2U);
  EXPECT_EQ(faults[5].byte, 0U);
  EXPECT_EQ(faults[6].code, Code::kNoSpace);
  EXPECT_EQ(faults[6].schedule.after, 100U);
  EXPECT_EQ(faults[7].cache_ttl_s, 30);
  EXPECT_EQ(faults[7].selector.key_prefix, "video:");
  EXPECT_EQ(faults[7].selector.operations, 3U);
  EXPECT_TRUE(ParseFaultScript("{}", "s").ok());
  EXPECT_TRUE(ParseFaultScript(R"({"faults":[]})", "s").ok());
}

TEST(FaultScript, EveryCodeHasItsName) {
  const struct {
    const char* name;
    Code code;
  } kCases[] = {
      {"notFound", Code::kNotFound}, {"invalidArgument", Code::kInvalidArgument},
      {"tooLarge", Code::kTooLarge}, {"outOfRange", Code::kOutOfRange},
      {"conflict", Code::kConflict}, {"corruption", Code::kCorruption},
      {"busy", Code::kBusy},         {"noSpace", Code::kNoSpace},
      {"readOnly", Code::kReadOnly}, {"unsupported", Code::kUnsupported},
      {"ioError", Code::kIoError},   {"aborted", Code::kAborted},
      {"timedOut", Code::kTimedOut},
  };
  // All but kOk.
  EXPECT_EQ(std::size(kCases), static_cast<size_t>(Code::kTimedOut));
  for (const auto& test : kCases) {
    const auto script = ParseFaultScript(
        std::string(R"({"faults":[{"fault":"error","code":")") + test.name + "\"}]}", "s");
    ASSERT_TRUE(script.ok()) << script.status().message();
    EXPECT_EQ(script->faults[0].code, test.code) << test.name;
  }
}

TEST(FaultScript, Selects) {
  const auto kRead = FaultOperation::kRead;
  const auto kList = FaultOperation::kList;
  const struct {
    const char* selector;
    FaultOperation operation;
    const char* key;
    bool selects;
  } kCases[] = {
      {R"("operation":"read")", kRead, "v", true},
      {R"("operation":"read")", FaultOperation::kOpen, "v", false},
      {R"("operation":"write")", FaultOperation::kAppend, "v", true},
      {R"("operation":"write")", FaultOperation::kPublish, "v", true},
      {R"("operation":"write")", FaultOperation::kDelete, "v", true},
      {R"("operation":"write")", kRead, "v", false},
      {R"("key":"v")", kRead, "v", true},
      {R"("key":"v")", kRead, "v_chunk_0", true},
      {R"("key":"v")", kRead, "v2", false},
      {R"("key":"v")", kRead, "v2_chunk_0", false},
      {R"("key":"v_chunk_1")", kRead, "v_chunk_1", true},
      {R"("key":"v_chunk_1")", kRead, "v_chunk_10", false},
      {R"("keyPrefix":"v")", kRead, "v2_chunk_0", true},
      {R"("keyPrefix":"v2")", kRead, "v", false},
      {R"("chunk":"any")", kRead, "v", true},
      {R"("chunk":"any")", kRead, "v_chunk_0", true},
      {R"("chunk":"manifest")", kRead, "v", true},
      {R"("chunk":"manifest")", kRead, "v_chunk_0", false},
      {R"("chunk":1)", kRead, "v_chunk_1", true},
      {R"("chunk":1)", kRead, "v_chunk_11", false},
      {R"("chunk":1)", kRead, "v_chunk_01", false},
      {R"("chunk":1)", kRead, "v_chunk_1_chunk_2", false},
      {R"("chunk":2)", kRead, "v_chunk_1_chunk_2", true},
      {R"("chunk":1)", kRead, "_chunk_1", false},
      {R"("chunk":1)", kRead, "v", false},
      {R"("key":"v","chunk":1)", kRead, "v_chunk_1", true},
      {R"("key":"v","chunk":1)", kRead, "w_chunk_1", false},
      {R"("operation":"list")", kList, "", true},
      {R"("operation":"any")", kList, "v", true},
      {R"("operation":"list","keyPrefix":"v")", kList, "v1", true},
      {R"("operation":"list","keyPrefix":"v")", kList, "", false},
      {R"("operation":"list","key":"v")", kList, "v", false},
      {R"("operation":"list","chunk":"manifest")", kList, "v", false},
  };
  for (const auto& test : kCases) {
    const auto script = ParseFaultScript(
        std::string(R"({"faults":[{"fault":"hang",)") + test.selector + "}]}", "s");
    ASSERT_TRUE(script.ok()) << script.status().message();
    EXPECT_EQ(script->faults[0].selector.Selects(test.operation, test.key), test.selects)
        << test.selector << " " << test.key;
  }
}

TEST(FaultScript, RefusalsNameFaultFieldValueAndWhatIsAllowed) {
  const struct {
    const char* text;
    const char* message;
  } kCases[] = {
      {"[]", "s.json: the script is [] (allowed: an object)"},
      {R"({"seed":-1})", "s.json: seed is -1 (allowed: an integer from 0 to 9223372036854775807)"},
      {R"({"seeds":1})", "s.json: \"seeds\" is unknown (allowed: seed, faults)"},
      {R"({"seed":1,"seed":1})", "s.json: \"seed\" stands twice (give it once)"},
      {R"({"faults":{}})", "s.json: faults is {} (allowed: an array of objects)"},
      {R"({"faults":[7]})", "s.json: fault 1: it is 7 (allowed: an object)"},
      {R"({"faults":[{"fault":"hang"},{}]})",
       "s.json: fault 2: fault is missing (allowed: delay, hang, timeout, missing, wrongSize, "
       "flipBit, error, stale)"},
      {R"({"faults":[{"fault":"Hang"}]})",
       "s.json: fault 1: fault is \"Hang\" (allowed: delay, hang, timeout, missing, wrongSize, "
       "flipBit, error, stale)"},
      {R"({"faults":[{"fault":"hang","fault":"hang"}]})",
       "s.json: fault 1: \"fault\" stands twice (give it once)"},
      {R"({"faults":[{"fault":"hang","by":1}]})",
       "s.json: fault 1: \"by\" is unknown in hang (allowed: fault, key, keyPrefix, chunk, "
       "operation, after, times, probability)"},
      {R"({"faults":[{"fault":"delay"}]})",
       "s.json: fault 1: milliseconds is missing (allowed: an integer from 0 to 4294967295)"},
      {R"({"faults":[{"fault":"delay","milliseconds":1.5}]})",
       "s.json: fault 1: milliseconds is 1.5 (allowed: an integer from 0 to 4294967295)"},
      {R"({"faults":[{"fault":"wrongSize"}]})",
       "s.json: fault 1: by is missing (allowed: an integer from -26214400 to 26214400, but not "
       "0)"},
      {R"({"faults":[{"fault":"wrongSize","by":0}]})",
       "s.json: fault 1: by is 0 (allowed: an integer from -26214400 to 26214400, but not 0)"},
      {R"({"faults":[{"fault":"flipBit","byte":26214400}]})",
       "s.json: fault 1: byte is 26214400 (allowed: an integer from 0 to 26214399)"},
      {R"({"faults":[{"fault":"error"}]})",
       "s.json: fault 1: code is missing (allowed: notFound, invalidArgument, tooLarge, "
       "outOfRange, conflict, corruption, busy, noSpace, readOnly, unsupported, ioError, aborted, "
       "timedOut)"},
      {R"({"faults":[{"fault":"error","code":"EIO"}]})",
       "s.json: fault 1: code is \"EIO\" (allowed: notFound, invalidArgument, tooLarge, "
       "outOfRange, conflict, corruption, busy, noSpace, readOnly, unsupported, ioError, aborted, "
       "timedOut)"},
      {R"({"faults":[{"fault":"stale","cacheTtl":29}]})",
       "s.json: fault 1: cacheTtl is 29 (allowed: an integer from 30 to 1099511627776 seconds)"},
      {R"({"faults":[{"fault":"hang","key":""}]})",
       "s.json: fault 1: key is \"\" (allowed: text that can be a key, of 1 to 512 bytes)"},
      {R"({"faults":[{"fault":"hang","keyPrefix":1}]})",
       "s.json: fault 1: keyPrefix is 1 (allowed: text)"},
      {R"({"faults":[{"fault":"hang","key":"a","keyPrefix":"a"}]})",
       "s.json: fault 1: key and keyPrefix stand together (give one of them)"},
      {R"({"faults":[{"fault":"hang","chunk":-1}]})",
       "s.json: fault 1: chunk is -1 (allowed: \"any\", \"manifest\" or an integer from 0 to "
       "4294967295)"},
      {R"({"faults":[{"fault":"hang","chunk":"all"}]})",
       "s.json: fault 1: chunk is \"all\" (allowed: \"any\", \"manifest\" or an integer from 0 to "
       "4294967295)"},
      {R"({"faults":[{"fault":"hang","operation":"get"}]})",
       "s.json: fault 1: operation is \"get\" (allowed: open, read, list, append, publish, delete, "
       "write, any)"},
      {R"({"faults":[{"fault":"missing","operation":"list"}]})",
       "s.json: fault 1: operation is \"list\" (allowed: open, read, any)"},
      {R"({"faults":[{"operation":"open","fault":"flipBit"}]})",
       "s.json: fault 1: operation is \"open\" (allowed: read, any)"},
      {R"({"faults":[{"fault":"hang","after":-1}]})",
       "s.json: fault 1: after is -1 (allowed: an integer from 0 to 9223372036854775807)"},
      {R"({"faults":[{"fault":"hang","times":0}]})",
       "s.json: fault 1: times is 0 (allowed: an integer from 1 to 9223372036854775807)"},
      {R"({"faults":[{"fault":"hang","probability":1.01}]})",
       "s.json: fault 1: probability is 1.01 (allowed: a number from 0 to 1)"},
      {R"({"faults":[{"fault":"hang","probability":"1"}]})",
       "s.json: fault 1: probability is \"1\" (allowed: a number from 0 to 1)"},
      {"{\"faults\":[\n{\"fault\":hang}]}",
       "s.json: bad JSON at line 2, column 10, in \"faults.fault\": syntax error while parsing "
       "value - invalid literal (correct the text)"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Refusal(test.text), test.message) << test.text;
  }
}

// Whatever a byte is changed to, the text is refused in one line, or what it says is sound.
TEST(FaultScript, DamagedTextsAreRefusedOrSound) {
  std::mt19937_64 random(test::TestSeed());
  for (int round = 0; round < 3000; ++round) {
    std::string text = kEveryField;
    for (uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    const auto script = ParseFaultScript(text, "s");
    if (!script.ok()) {
      EXPECT_EQ(script.status().message().find('\n'), std::string::npos)
          << script.status().message();
      continue;
    }
    for (const Fault& fault : script->faults) {
      EXPECT_NE(fault.selector.operations, 0) << text;
      EXPECT_TRUE(fault.schedule.probability >= 0 && fault.schedule.probability <= 1) << text;
      EXPECT_TRUE(fault.kind != FaultKind::kWrongSize || fault.by != 0) << text;
    }
  }
}

}  // namespace
}  // namespace reel

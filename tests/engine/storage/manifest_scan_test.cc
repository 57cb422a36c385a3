#include "storage/manifest_scan.h"

#include <gtest/gtest.h>
#include <rocksdb/file_checksum.h>

#include <functional>
#include <string>
#include <vector>

#include "base/coding.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

constexpr size_t kBlockBytes = ManifestScan::kBlockBytes;
constexpr size_t kHeaderBytes = 7;

// A log and where its records end.
struct Log {
  std::string bytes;
  std::vector<size_t> ends;

  void Add(size_t record_bytes) {
    std::string record = test::RandomBytes(record_bytes, ends.size() + 1);
    bool begins = true;
    bool ended = false;
    while (!ended) {
      const size_t room = kBlockBytes - bytes.size() % kBlockBytes;
      if (room < kHeaderBytes) {
        bytes.append(room, '\0');
        continue;
      }
      const size_t length = std::min(record.size(), room - kHeaderBytes);
      ended = length == record.size();
      const int type = begins ? (ended ? 1 : 2) : (ended ? 4 : 3);
      AddFragment(static_cast<char>(type), record.substr(0, length));
      record.erase(0, length);
      begins = false;
    }
    ends.push_back(bytes.size());
  }

  void AddFragment(char type, const std::string& fragment) {
    const std::string checked = type + fragment;
    const auto checksum =
        rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator({});
    checksum->Update(checked.data(), checked.size());
    checksum->Finalize();
    const uint32_t crc = ReadBigEndian32(checksum->GetChecksum().data());
    PutFixed32(&bytes, ((crc >> 15) | (crc << 17)) + 0xa282ead8U);
    PutFixed16(&bytes, static_cast<uint16_t>(fragment.size()));
    bytes += checked;
  }

  void Zero(size_t begin, size_t end) { bytes.replace(begin, end - begin, end - begin, '\0'); }
  void Flip(size_t at) { bytes[at] = static_cast<char>(bytes[at] ^ 4); }
};

Log LogOf(const std::vector<size_t>& records) {
  Log log;
  for (const size_t bytes : records) {
    log.Add(bytes);
  }
  return log;
}

ManifestScan ScanOf(const std::string& bytes) {
  ManifestScan scan;
  for (size_t at = 0; at < bytes.size(); at += kBlockBytes) {
    scan.Add(std::string_view(bytes).substr(at, kBlockBytes));
  }
  return scan;
}

TEST(ManifestScan, FindsHowFarALogIsSound) {
  struct Case {
    const char* name;
    std::vector<size_t> records;
    std::function<void(Log*)> damage;
    size_t sound_records;
    bool is_damaged;
    bool has_zero_sector;
  };
  const auto nothing = [](Log*) {};
  const Case cases[] = {
      {"nothing", {}, nothing, 0, false, false},
      {"records", {100, 0, 3000}, nothing, 3, false, false},
      {"records of several blocks", {100, 100'000, 20, 70'000}, nothing, 4, false, false},
      {"a block with room for a header", {kBlockBytes - 14, 50}, nothing, 2, false, false},
      {"a block with room for less", {kBlockBytes - 10, 50}, nothing, 2, false, false},
      {"a block that is full", {kBlockBytes - 7, 50}, nothing, 2, false, false},
      {"cut within a header",
       {100, 900},
       [](Log* log) { log->bytes.resize(log->ends[0] + 3); },
       1,
       false,
       false},
      {"cut behind a header",
       {100, 900},
       [](Log* log) { log->bytes.resize(log->ends[0] + 7); },
       1,
       false,
       false},
      {"cut by a byte", {100, 900}, [](Log* log) { log->bytes.pop_back(); }, 1, false, false},
      {"cut between fragments",
       {100, 100'000},
       [](Log* log) { log->bytes.resize(2 * kBlockBytes); },
       1,
       false,
       false},
      {"cut between records",
       {100, 900},
       [](Log* log) { log->bytes.resize(log->ends[0]); },
       1,
       false,
       false},
      {"a checksum's bit",
       {100, 900, 50},
       [](Log* log) { log->Flip(log->ends[0]); },
       1,
       true,
       false},
      {"a type's bit",
       {100, 900, 50},
       [](Log* log) { log->Flip(log->ends[0] + 6); },
       1,
       true,
       false},
      {"a bit", {100, 900, 50}, [](Log* log) { log->Flip(log->ends[0] + 500); }, 1, true, false},
      {"a bit of a later fragment",
       {100, 100'000, 50},
       [](Log* log) { log->Flip(2 * kBlockBytes + 9); },
       1,
       true,
       false},
      {"a length beyond the block",
       {100, 40'000},
       [](Log* log) { log->bytes[log->ends[0] + 5] = '\xff'; },
       1,
       true,
       false},
      {"a type that is none", {100}, [](Log* log) { log->AddFragment(9, "reel"); }, 1, true, false},
      {"a record within another",
       {100},
       [](Log* log) {
         log->AddFragment(2, "begins");
         log->Add(50);
       },
       1,
       true,
       false},
      {"an end without a beginning",
       {100},
       [](Log* log) { log->AddFragment(4, "ends"); },
       1,
       true,
       false},
      {"zeros at the end",
       {100, 300},
       [](Log* log) { log->Zero(log->ends[0], log->bytes.size()); },
       1,
       true,
       true},
      {"zeros behind the end", {100}, [](Log* log) { log->bytes.append(70, '\0'); }, 1, true, true},
      {"zeros from a record's start to the end of its sector, and sound records behind",
       {100, 300, 50, 700, 20},
       [](Log* log) { log->Zero(log->ends[0], 512); },
       1,
       true,
       true},
      {"zeros in a record, and sound ones behind",
       {100, 2000, 50, 20},
       [](Log* log) { log->Zero(1024, 1536); },
       1,
       true,
       true},
      {"zeros that are no sector",
       {100, 2000, 50},
       [](Log* log) { log->Zero(1030, 1540); },
       1,
       true,
       false},
      {"zeros in a later fragment",
       {100, 100'000, 50},
       [](Log* log) { log->Zero(2 * kBlockBytes, 2 * kBlockBytes + 512); },
       1,
       true,
       true},
      {"a later block of zeros",
       {100, 100'000, 50},
       [](Log* log) { log->Zero(kBlockBytes, 2 * kBlockBytes); },
       1,
       true,
       true},
      {"all zeros", {100, 900}, [](Log* log) { log->Zero(0, log->bytes.size()); }, 0, true, true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Log log = LogOf(c.records);
    const std::vector<size_t> ends = log.ends;
    c.damage(&log);
    const ManifestScan scan = ScanOf(log.bytes);
    EXPECT_EQ(scan.sound_bytes(), c.sound_records == 0 ? 0 : ends[c.sound_records - 1]);
    EXPECT_EQ(scan.is_damaged(), c.is_damaged);
    EXPECT_EQ(scan.has_zero_sector(), c.has_zero_sector);
  }
}

}  // namespace
}  // namespace reel

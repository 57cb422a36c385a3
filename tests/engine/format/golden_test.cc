// Holds the code to the bytes that docs/format.md describes and that existing stores hold. With
// REEL_UPDATE_GOLDEN set the files are written anew: only together with a new format version.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/coding.h"
#include "base/hash.h"
#include "format/json.h"
#include "format/row_key.h"
#include "tests/engine/format/record_samples.h"
#include "tests/support/temp_directory.h"

namespace reel {
namespace {

void ExpectGolden(const std::string& name, const std::string& bytes) {
  const std::string path = std::string(REEL_GOLDEN_DIRECTORY) + "/" + name;
  if (std::getenv("REEL_UPDATE_GOLDEN") != nullptr) {
    test::WriteWholeFile(path, bytes);
  }
  EXPECT_EQ(test::ReadWholeFile(path), bytes) << name;
}

TEST(Golden, Records) {
  for (const auto& [name, record] : test::RecordSamples()) {
    ExpectGolden(std::string(name) + ".bin", EncodeRecord(record));
  }
}

TEST(Golden, Manifest) {
  Manifest manifest;
  manifest.total_size = 11;
  manifest.chunk_sizes = {5, 5, 1};
  manifest.standard_chunk_size = 5;
  manifest.content_type = "video/mp4";
  ExpectGolden("manifest.json", EncodeManifest(manifest));
}

TEST(Golden, RowKeys) {
  std::string rows;
  for (const std::string& row :
       {IndexRowKey(258, "video:a"), PageRowKey(0x0102030405060708, 0x090A0B0C),
        TagRowKey(1, "tag", "video:a"), ExpiryRowKey(1'800'000'000, 1, "video:a"),
        GarbageRowKey(515), NamespaceRowKey("videos")}) {
    PutFixed16(&rows, static_cast<uint16_t>(row.size()));
    rows += row;
  }
  ExpectGolden("row_keys.bin", rows);
}

TEST(Golden, Page) {
  std::string page = "the bytes of a page";
  PutFixed64(&page, Hash64(page, PageSeed(8, 960)));
  ExpectGolden("page.bin", page);
}

}  // namespace
}  // namespace reel

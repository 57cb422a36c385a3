// Damage anywhere in a store's directory: no wrong byte is ever served, and a scrub finds all
// damage to live data. REEL_ROT_DAMAGES sets how many; REEL_SEED repeats a run.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "kv/store_parts.h"
#include "tests/engine/scrub/scrub_fixture.h"

namespace reel {
namespace {

namespace fs = std::filesystem;

using test::kMiB;

enum class Rot { kFlip, kZeroSector, kScribble, kCut, kGrow, kSwap, kRemove };
constexpr Rot kRots[] = {Rot::kFlip, Rot::kZeroSector, Rot::kScribble, Rot::kCut,
                         Rot::kGrow, Rot::kSwap,       Rot::kRemove};
constexpr const char* kRotNames[] = {"flip",  "zeroed sector", "scribble", "cut",
                                     "grown", "swapped",       "removed"};

struct Done {
  std::string file;
  Rot rot = Rot::kFlip;
  uint64_t offset = 0;

  [[nodiscard]] std::string ToString() const {
    return std::string(kRotNames[static_cast<size_t>(rot)]) + " of " + file + " at " +
           std::to_string(offset);
  }
};

class RotCampaign : public test::ScrubTest {
 protected:
  // Files of the closed store that could be damaged, by name; empty ones hold nothing.
  [[nodiscard]] std::vector<fs::path> Files() const {
    std::vector<fs::path> files;
    for (const auto& each : fs::recursive_directory_iterator(StorePath())) {
      if (each.is_regular_file() && each.file_size() > 0) {
        files.push_back(each.path());
      }
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  // One damage to the closed store; it changes at least one byte, or takes them away.
  Done Damage(std::mt19937_64& random) {
    const std::vector<fs::path> files = Files();
    // Files are drawn by their number and by their bytes, in turns: small ones matter as much.
    fs::path file = files[random() % files.size()];
    if (random() % 2 == 0) {
      uint64_t all = 0;
      for (const fs::path& each : files) {
        all += fs::file_size(each);
      }
      uint64_t at = random() % all;
      for (const fs::path& each : files) {
        if (at < fs::file_size(each)) {
          file = each;
          break;
        }
        at -= fs::file_size(each);
      }
    }
    Done done;
    done.file = file.lexically_relative(StorePath());
    done.rot = kRots[random() % std::size(kRots)];
    std::string bytes = test::ReadWholeFile(file);
    done.offset = random() % bytes.size();
    switch (done.rot) {
      case Rot::kFlip:
        bytes[done.offset] = static_cast<char>(bytes[done.offset] ^ (1 << (random() % 8)));
        break;
      case Rot::kZeroSector:
      case Rot::kScribble: {
        const bool zero = done.rot == Rot::kZeroSector;
        done.offset = done.offset / 512 * 512;
        const std::string before = bytes;
        for (uint64_t i = done.offset; i < std::min<uint64_t>(bytes.size(), done.offset + 512);
             ++i) {
          bytes[i] = zero ? '\0' : static_cast<char>(random());
        }
        if (bytes == before) {
          bytes[done.offset] = static_cast<char>(bytes[done.offset] ^ 1);
        }
        break;
      }
      case Rot::kCut:
        bytes.resize(done.offset);
        break;
      case Rot::kGrow:
        bytes.append(1 + random() % 100, '\0');
        break;
      case Rot::kSwap: {
        const auto own =
            static_cast<size_t>(std::find(files.begin(), files.end(), file) - files.begin());
        const fs::path& other = files[(own + 1 + random() % (files.size() - 1)) % files.size()];
        const std::string theirs = test::ReadWholeFile(other);
        test::WriteWholeFile(other, bytes);
        test::WriteWholeFile(file, theirs);
        done.file += " and " + other.lexically_relative(StorePath()).string();
        return done;
      }
      case Rot::kRemove:
        fs::remove(file);
        return done;
    }
    test::WriteWholeFile(file, bytes);
    return done;
  }

  // Not whether it is there: what was merged is unlinked some time later.
  [[nodiscard]] bool IsLive(const std::string& name) const {
    const Database& database = *PartsOf(store_.get()).context.database;
    return std::any_of(kFamilies.begin(), kFamilies.end(), [&](Family family) {
      const auto segments = database.ListSegments(family);
      return std::any_of(segments.begin(), segments.end(),
                         [&](const SegmentInfo& each) { return each.name.ends_with(name); });
    });
  }

  void PutSome() {
    VideoAttributes attributes;
    attributes.tags = {"a"};
    Put("video:inline", test::RandomBytes(2000, 1), attributes);
    Put("video:text", test::TextBytes(9000, 2));
    Put("video:small", test::RandomBytes(70'000, 3));
    Put("video:shared", test::RandomBytes(2 * kMiB + 5, 5), attributes);
    attributes.ttl = 86'400 * 365;
    Put("video:sharedtext", test::TextBytes(3 * kMiB, 6), attributes);
    for (int i = 0; i < 60; ++i) {
      Put("video:many/" + std::to_string(i), test::RandomBytes(500, 100 + i));
    }
  }
};

TEST_F(RotCampaign, NoWrongByteAndEveryDamageIsFound) {
  const uint64_t damages = test::CampaignLength("REEL_ROT_DAMAGES", 60);
  const uint64_t seed = test::TestSeed();
  std::mt19937_64 random(seed);
  ASSERT_NO_FATAL_FAILURE(Open());
  PutSome();
  ASSERT_NO_FATAL_FAILURE(Open());
  Close();
  const std::string sound = directory_ / "sound";
  fs::rename(StorePath(), sound);

  uint64_t refused = 0;
  uint64_t found = 0;
  uint64_t harmless = 0;
  uint64_t videos_lost = 0;
  for (uint64_t i = 0; i < damages; ++i) {
    fs::remove_all(StorePath());
    fs::copy(sound, StorePath(), fs::copy_options::recursive);
    const Done done = Damage(random);
    SCOPED_TRACE(done.ToString());
    StoreOptions options;
    options.path = StorePath();
    auto store = Store::Open(options, clock_);
    if (!store.ok()) {
      ++refused;
      EXPECT_NE(store.status().message(), "");
      continue;
    }
    store_ = *std::move(store);
    const auto entries = store_->Namespace("videos", false);
    if (!entries.ok()) {
      EXPECT_EQ(entries.code(), Code::kCorruption) << entries.status().message();
      const Outcome outcome = RunScrub();
      EXPECT_TRUE(!outcome.summary.ok() || !outcome.findings.empty());
      ++found;
      Close();
      continue;
    }
    library_.emplace(*entries, LibraryOptions{});
    uint64_t lost = 0;
    for (const auto& [key, bytes] : videos_) {
      const std::string got = Get(key);
      if (got != bytes) {
        ASSERT_TRUE(got.starts_with("[") && got.size() < 40) << key << " has wrong bytes";
        ++lost;
      }
    }
    for (const char* tag : {"a", "b"}) {
      const auto listed = library_->List(ListOptions{.tag = tag});
      if (listed.ok() && listed->videos.size() != (tag == std::string("a") ? 3U : 0U)) {
        ++lost;
      }
    }
    const Outcome outcome = RunScrub();
    const bool is_found = !outcome.summary.ok() || !outcome.findings.empty();
    if (is_found) {
      ++found;
    } else {
      EXPECT_EQ(lost, 0U) << "and the scrub found nothing";
      // Every byte of a table file is live, as long as the file is: small ones are merged at times.
      EXPECT_FALSE(IsLive(fs::path(done.file).filename())) << "and the scrub found nothing";
      ++harmless;
    }
    videos_lost += lost;
    Close();
    if (testing::Test::HasFailure()) {
      break;
    }
  }
  std::printf(
      "rot: %llu damages: %llu refused at open, %llu found by scrub, %llu of nothing that "
      "is live; %llu videos lost, 0 wrong bytes\n",
      static_cast<unsigned long long>(damages), static_cast<unsigned long long>(refused),
      static_cast<unsigned long long>(found), static_cast<unsigned long long>(harmless),
      static_cast<unsigned long long>(videos_lost));
}

}  // namespace
}  // namespace reel

// A mount as people leave it: many read, one stores, one purges and one scans at the same time. No
// wrong byte, no error that is not due, nothing stands still, and nothing stays behind.
#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <reel/store.h>
#include <reel/sweeper.h>
#include <reel/video.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "fuse/filesystem.h"
#include "tests/fuse/served_mount.h"
#include "tests/fuse/told_files.h"
#include "tests/support/fake_clock.h"
#include "tests/support/test_bytes.h"
#include "tests/support/told_file.h"
#include "tests/support/watchdog.h"

namespace reel::mount {
namespace {

using std::chrono::steady_clock;
using test::ExpectDone;
using test::ExpectDue;
using test::OpenedFile;
using test::Random;
using test::ToldFile;
using Watched = test::Watchdog::Watched;

constexpr int kReaders = 50;
constexpr uint64_t kDirectories = 3;
constexpr uint64_t kSlots = 6;
constexpr uint64_t kSteadyFiles = 6;
constexpr uint64_t kSteadyOwners = 1000;  // apart from those of slots
constexpr uint64_t kOwnFile = 2000;
constexpr std::chrono::seconds kPatience(60);
// Of what somebody else has removed, or replaced since its name was looked up.
constexpr std::initializer_list<int> kGone = {ENOENT, ESTALE};

struct Counts {
  std::atomic<uint64_t> opened = 0;
  std::atomic<uint64_t> gone = 0;
  std::atomic<uint64_t> bytes_compared = 0;
  std::atomic<uint64_t> stored = 0;
  std::atomic<uint64_t> renamed = 0;
  std::atomic<uint64_t> removed = 0;
  std::atomic<uint64_t> purged = 0;
  std::atomic<uint64_t> lapses = 0;
  std::atomic<uint64_t> scans = 0;
};

std::string FileName(uint64_t slot) {
  return "f" + std::to_string(slot) + ".mp4";
}

std::string Place(uint64_t directory, uint64_t slot) {
  return "d" + std::to_string(directory) + "/" + FileName(slot);
}

std::string SteadyPlace(uint64_t index) {
  return "steady/" + FileName(index);
}

size_t OpenDescriptors() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(files), end(files)));
}

/// What the threads do, on a mount that answers. Paths are relative to its root.
class Soak {
 public:
  Soak(std::string root, VideoLibrary* library, test::FakeClock* clock, uint64_t seed,
       std::chrono::seconds length)
      : root_(std::move(root)),
        library_(*library),
        clock_(*clock),
        seed_(seed),
        until_(steady_clock::now() + length) {}

  [[nodiscard]] const Counts& counts() const { return counts_; }

  /// What no one changes while it lasts.
  void PutSteadyFiles() {
    Random random(seed_);
    Make("steady");
    Make("own");
    for (uint64_t i = 0; i < kSteadyFiles; ++i) {
      Write(SteadyPlace(i), NewFile(kSteadyOwners + i, &random), &random);
    }
  }

  void ReadAsMany(uint64_t number, Watched* me) {
    Random random(seed_ + number);
    while (GoesOn()) {
      me->Does("opens a file");
      const bool steady = random() % 5 == 0;
      const uint64_t slot = random() % (steady ? kSteadyFiles : kSlots);
      const std::string path = steady ? SteadyPlace(slot) : Place(random() % kDirectories, slot);
      OpenedFile file(At(path), O_RDONLY);
      if (!file.ok()) {
        ExpectDue(path, steady ? std::initializer_list<int>{} : kGone);
        ++counts_.gone;
        continue;
      }
      ++counts_.opened;
      Check(&file, slot + (steady ? kSteadyOwners : 0), &random, me);
    }
    me->Ends();
  }

  void Ingest(Watched* me) {
    Random random(seed_ + 1000);
    while (GoesOn()) {
      const uint64_t slot = random() % kSlots;
      const std::string path = Place(random() % kDirectories, slot);
      switch (random() % 12) {
        case 0:
          me->Does("removes");
          ++counts_.removed;
          ExpectDone(unlink(At(path).c_str()), path, kGone);
          break;
        case 1:
          me->Does("moves");
          ++counts_.renamed;
          ExpectDone(rename(At(path).c_str(), At(Place(random() % kDirectories, slot)).c_str()),
                     path, kGone);
          break;
        case 2:
          me->Does("gives a time to live");
          SetXattr(path, "user.reel.ttl", "60");
          break;
        case 3:
          me->Does("tags");
          SetXattr(path, "user.reel.tags", random() % 2 == 0 ? "even" : "odd");
          break;
        case 4:
          me->Does("makes and removes a directory");
          Make("passing");
          ExpectDone(rmdir(At("passing").c_str()), "passing", {});
          break;
        case 5:
          me->Does("lets time pass");  // here, so that no draft of this thread is given up
          clock_.Advance(61);
          ++counts_.lapses;
          break;
        case 6:
        case 7:
          me->Does("stores by another name first");
          Make(path.substr(0, path.find('/')));
          if (Write(path + ".part", NewFile(slot, &random), &random)) {
            ExpectDone(rename(At(path + ".part").c_str(), At(path).c_str()), path, kGone);
            ++counts_.renamed;
          }
          break;
        case 8:
          me->Does("stores a file of its own");
          StoreOwnFile(&random, me);
          break;
        default:
          me->Does("stores");
          Make(path.substr(0, path.find('/')));
          Write(path, NewFile(slot, &random), &random);
      }
      ++turns_;
      turns_.notify_all();
    }
    ended_ = true;
    ++turns_;
    turns_.notify_all();
    me->Ends();
  }

  void Purge(Watched* me) {
    Random random(seed_ + 2000);
    while (!ended_) {
      const uint64_t turn = turns_;
      const std::string key = "video:" + Place(random() % kDirectories, random() % kSlots);
      me->Does("purges");
      PurgeSelector selector;
      switch (random() % 4) {
        case 0: {
          const Status removed = library_.Remove(key);
          EXPECT_TRUE(removed.ok() || removed.code() == Code::kNotFound) << removed.message();
          break;
        }
        case 1:
          selector.prefix = key.substr(0, key.find('/') + 1);
          break;
        default:
          selector.tag = random() % 2 == 0 ? "even" : "odd";
      }
      if (selector.prefix || selector.tag) {
        const auto report = library_.Purge(selector);
        ASSERT_TRUE(report.ok()) << report.status().message();
        counts_.purged += report->videos;
      }
      me->Does("waits for the ingester");
      for (uint64_t now = turns_; now < turn + 8 && !ended_; now = turns_) {
        turns_.wait(now);
      }
    }
    me->Ends();
  }

  void Scan(Watched* me) {
    Random random(seed_ + 3000);
    while (GoesOn()) {
      std::set<std::string> seen;
      ScanDirectory("", &seen, &random, me);
      for (uint64_t i = 0; i < kSteadyFiles; ++i) {
        EXPECT_TRUE(seen.contains(SteadyPlace(i))) << SteadyPlace(i) << " was not listed";
      }
      ++counts_.scans;
    }
    me->Ends();
  }

  /// Removes everything, and lets the kernel notice what others have removed.
  void Clear(Watched* me) {
    me->Does("clears the mount");
    std::vector<std::string> places = {"own/" + FileName(kOwnFile),
                                       "own/" + FileName(kOwnFile) + ".part"};
    std::vector<std::string> directories = {"steady", "own"};
    for (uint64_t i = 0; i < kSteadyFiles; ++i) {
      places.push_back(SteadyPlace(i));
    }
    for (uint64_t directory = 0; directory < kDirectories; ++directory) {
      directories.push_back("d" + std::to_string(directory));
      for (uint64_t slot = 0; slot < kSlots; ++slot) {
        places.push_back(Place(directory, slot));
        places.push_back(Place(directory, slot) + ".part");
      }
    }
    for (const std::string& place : places) {
      ExpectDone(unlink(At(place).c_str()), place, kGone);
      struct stat found {};
      EXPECT_NE(stat(At(place).c_str(), &found), 0) << place;
    }
    for (const std::string& directory : directories) {
      ExpectDone(rmdir(At(directory).c_str()), directory, {ENOENT});
    }
    std::set<std::string> seen;
    Random random(seed_);
    ScanDirectory("", &seen, &random, me);
    EXPECT_TRUE(seen.empty()) << *seen.begin();
  }

 private:
  [[nodiscard]] bool GoesOn() const { return steady_clock::now() < until_; }
  [[nodiscard]] std::string At(const std::string& path) const { return root_ + "/" + path; }

  static ToldFile NewFile(uint64_t owner, Random* random) {
    constexpr uint64_t kSizesMax[] = {2'000, 100'000, 500'000, 3'000'000};
    const uint64_t more = (*random)() % kSizesMax[(*random)() % 4];
    return {owner, (*random)(), ToldFile::kHeadBytes + more};
  }

  void Make(const std::string& directory) {
    ExpectDone(mkdir(At(directory).c_str(), 0777), directory, {EEXIST});
  }

  void SetXattr(const std::string& path, const char* name, const std::string& value) {
    ExpectDone(setxattr(At(path).c_str(), name, value.data(), value.size(), 0), path, kGone);
  }

  /// False if the directory went before the file was begun.
  bool Write(const std::string& path, const ToldFile& told, Random* random) {
    OpenedFile file(At(path), O_WRONLY | O_CREAT | O_TRUNC);
    if (!file.ok()) {
      ExpectDue(path, {ENOENT});
      return false;
    }
    file.Write(told, random);
    ++counts_.stored;
    return true;
  }

  void Check(OpenedFile* file, uint64_t owner, Random* random, Watched* me) {
    counts_.bytes_compared +=
        file->Check(owner, random, [me](const char* what) { me->Does(what); });
  }

  /// In a directory that nobody else changes: what close and rename acknowledged is there.
  void StoreOwnFile(Random* random, Watched* me) {
    const std::string path = "own/" + FileName(kOwnFile);
    const ToldFile told = NewFile(kOwnFile, random);
    const bool by_another_name = (*random)() % 2 == 0;
    ASSERT_TRUE(Write(by_another_name ? path + ".part" : path, told, random));
    if (by_another_name) {
      ASSERT_TRUE(ExpectDone(rename(At(path + ".part").c_str(), At(path).c_str()), path));
    }
    OpenedFile file(At(path), O_RDONLY);
    ASSERT_TRUE(file.ok()) << std::strerror(errno);
    const auto found = file.Head(kOwnFile);
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, told);
    Check(&file, kOwnFile, random, me);
  }

  void ScanDirectory(const std::string& path, std::set<std::string>* seen, Random* random,
                     Watched* me) {
    me->Does("lists");
    DIR* listing = opendir(At(path).c_str());
    if (listing == nullptr) {
      ExpectDue(path, kGone);
      return;
    }
    std::map<std::string, bool> names;
    errno = 0;
    while (const dirent* entry = readdir(listing)) {
      EXPECT_TRUE(names.emplace(entry->d_name, entry->d_type == DT_DIR).second)
          << path << '/' << entry->d_name << " is listed twice";
    }
    ExpectDone(errno, path, kGone);
    closedir(listing);
    for (const auto& [name, is_directory] : names) {
      const std::string child = path.empty() ? name : path + "/" + name;
      if (name == "." || name == "..") {
        continue;
      }
      if (is_directory) {
        ScanDirectory(child, seen, random, me);
      } else {
        seen->insert(child);
        ScanFile(child, random, me);
      }
    }
  }

  /// As a media server does.
  void ScanFile(const std::string& path, Random* random, Watched* me) {
    const std::initializer_list<int> due =
        path.starts_with("steady/") ? std::initializer_list<int>{} : kGone;
    me->Does("looks at a file");
    struct stat found {};
    if (!ExpectDone(stat(At(path).c_str(), &found), path, due)) {
      return;
    }
    char names[1000];
    if (listxattr(At(path).c_str(), names, sizeof names) < 0) {
      ExpectDue(path, due);
    }
    char key[600];
    const ssize_t length = getxattr(At(path).c_str(), "user.reel.key", key, sizeof key);
    if (length < 0) {
      ExpectDue(path, due);
    } else if (path.starts_with("steady/")) {
      EXPECT_EQ(std::string(key, static_cast<size_t>(length)), "video:" + path);
    }
    OpenedFile file(At(path), O_RDONLY);
    if (!file.ok()) {
      ExpectDue(path, due);
      return;
    }
    const size_t digits = path.rfind('f') + 1;
    const uint64_t number = std::strtoull(path.c_str() + digits, nullptr, 10);
    Check(&file, number + (path.starts_with("steady/") ? kSteadyOwners : 0), random, me);
  }

  const std::string root_;
  VideoLibrary& library_;
  test::FakeClock& clock_;
  const uint64_t seed_;
  const steady_clock::time_point until_;
  Counts counts_;
  std::atomic<uint64_t> turns_ = 0;
  std::atomic<bool> ended_ = false;
};

class MountSoakTest : public ServedMountFixture {
 protected:
  void OpenStore() {
    StoreOptions options;
    options.path = directory_ / "store";
    options.create_if_missing = true;
    auto store = Store::Open(options, clock_);
    ASSERT_TRUE(store.ok()) << store.status().message();
    store_ = *std::move(store);
  }

  /// The file system's options: each thread is a process of its own, as drafts tell them apart.
  FilesystemOptions Look() {
    FilesystemOptions look;
    look.read_only = false;
    look.uid = getuid();
    look.gid = getgid();
    look.store_directory = directory_ / "store";
    look.process_of = [](pid_t thread) { return thread; };
    look.is_alive = [](pid_t /*thread*/) { return true; };
    look.report = [](const Status& status) { ADD_FAILURE() << "reported: " << status.message(); };
    return look;
  }

  test::FakeClock clock_;
  std::unique_ptr<Store> store_;
};

// REEL_SOAK_SECONDS=60 is the campaign; in CI it is short.
TEST_F(MountSoakTest, NoWrongByteAndNothingLeft) {
  const uint64_t seed = test::TestSeed();
  const std::chrono::seconds length(test::CampaignLength("REEL_SOAK_SECONDS", 5));
  const size_t descriptors = OpenDescriptors();
  test::Watchdog watchdog(kPatience, [this](const std::string& standing) {
    std::fprintf(stderr, "%s", standing.c_str());
    // Or the threads that wait for the mount would keep the process from ending.
    umount2(mountpoint_.c_str(), MNT_FORCE);
    std::abort();
  });
  ASSERT_NO_FATAL_FAILURE(OpenStore());
  const auto entries = store_->Namespace("videos", true);
  ASSERT_TRUE(entries.ok()) << entries.status().message();
  {
    ChunkingOptions chunking;
    chunking.size_threshold = 300'000;
    chunking.chunk_size = 250'000;
    VideoLibrary library(*entries, {.chunking = chunking});
    Filesystem filesystem(&library, Look(), clock_);
    const Sweeper sweeper(store_.get(), std::chrono::milliseconds(100), [](const Status& status) {
      ADD_FAILURE() << "the sweeper: " << status.message();
    });
    Soak soak(mountpoint_, &library, &clock_, seed, length);
    const auto direct = [&] {
      Watched* me = watchdog.Add("director");
      me->Does("stores what stays");
      soak.PutSteadyFiles();
      me->Ends();
      std::vector<std::thread> threads;
      for (int i = 0; i < kReaders; ++i) {
        threads.emplace_back([&, i, one = watchdog.Add("reader " + std::to_string(i))] {
          soak.ReadAsMany(static_cast<uint64_t>(i), one);
        });
      }
      threads.emplace_back([&, one = watchdog.Add("ingester")] { soak.Ingest(one); });
      threads.emplace_back([&, one = watchdog.Add("purger")] { soak.Purge(one); });
      threads.emplace_back([&, one = watchdog.Add("scanner")] { soak.Scan(one); });
      for (std::thread& thread : threads) {
        thread.join();
      }
      soak.Clear(me);
      me->Does("waits for the kernel to let go");
      EXPECT_TRUE(Becomes([&] { return filesystem.handle_count() == 0; }))
          << filesystem.handle_count() << " handles are still open";
      EXPECT_TRUE(Becomes([&] { return filesystem.inode_count() == 1; }))
          << filesystem.inode_count() << " inodes are still held";
      me->Ends();
    };
    Serve(&filesystem, direct);
    const Counts& counts = soak.counts();
    std::cout << counts.opened << " opened, " << counts.gone << " gone, "
              << counts.bytes_compared / 1'000'000 << " MB compared, " << counts.stored
              << " stored, " << counts.renamed << " renamed, " << counts.removed << " removed, "
              << counts.purged << " purged, " << counts.lapses << " minutes passed, "
              << counts.scans << " scans\n";
    EXPECT_GT(counts.opened, 0U);
    EXPECT_GT(counts.stored, 0U);
  }
  EXPECT_TRUE(Becomes([&] { return store_->Stats()->garbage_extents == 0; }))
      << store_->Stats()->garbage_extents << " extents of dropped generations are kept";
  store_.reset();
  EXPECT_LE(OpenDescriptors(), descriptors);
  ASSERT_NO_FATAL_FAILURE(OpenStore());
  store_.reset();
  EXPECT_LT(test::DiskBytes(directory_ / "store"), 40U << 20) << "dropped generations take space";
}

}  // namespace
}  // namespace reel::mount

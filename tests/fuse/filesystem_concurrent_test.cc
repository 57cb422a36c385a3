// The file system under threads that change what others look at. Runs under ThreadSanitizer.
#include <fcntl.h>

#include <cerrno>
#include <initializer_list>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/fuse/writable_fixture.h"
#include "tests/support/told_file.h"

namespace reel::mount {
namespace {

using test::ToldFile;
using Random = std::mt19937_64;

constexpr uint64_t kRoot = InodeTable::kRoot;
constexpr uint64_t kShared = 4;

std::string SharedName(uint64_t number) {
  return "s" + std::to_string(number) + ".mp4";
}

/// One process as the kernel shows it to the file system: every lookup is counted and forgotten
/// with the object.
class Process {
 public:
  Process(Filesystem* filesystem, pid_t caller) : filesystem_(*filesystem), caller_(caller) {}
  ~Process() { Forget(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Forget() {
    for (const uint64_t inode : looked_up_) {
      filesystem_.Forget(inode, 1);
    }
    looked_up_.clear();
  }

  [[nodiscard]] pid_t caller() const { return caller_; }

  /// 0 when there is none, which `due` must say.
  uint64_t Find(uint64_t parent, std::string_view name, std::initializer_list<int> due = {}) {
    Attributes found;
    const int error = filesystem_.Lookup(parent, name, &found, caller_);
    return Note(error, name, found, due);
  }

  uint64_t Make(uint64_t parent, std::string_view name) {
    Attributes made;
    const int error = filesystem_.MakeDirectory(parent, name, &made);
    return error == EEXIST ? Find(parent, name) : Note(error, name, made, {});
  }

  void Store(uint64_t parent, std::string_view name, const ToldFile& told) {
    Attributes entry;
    OpenFile* file = nullptr;
    ASSERT_EQ(filesystem_.Create(parent, name, O_CREAT | O_RDWR, caller_, &entry, &file), 0);
    looked_up_.push_back(entry.stat.st_ino);
    std::string bytes;
    for (uint64_t offset = 0; offset < told.size; offset += bytes.size()) {
      bytes.resize(std::min<uint64_t>(700, told.size - offset));
      told.Fill(offset, bytes);
      ASSERT_EQ(filesystem_.Write(*file, offset, bytes), 0);
    }
    EXPECT_EQ(filesystem_.GetAttributes(entry.stat.st_ino, &entry), 0);
    EXPECT_EQ(static_cast<uint64_t>(entry.stat.st_size), told.size);
    EXPECT_EQ(filesystem_.Flush(*file, caller_), 0);
    filesystem_.Release(file);
  }

  /// What the whole file says that it is, every byte compared; nothing when it is gone, which `due`
  /// must say.
  std::optional<ToldFile> Read(uint64_t inode, std::initializer_list<int> due = {}) {
    OpenFile* file = nullptr;
    const int error = filesystem_.Open(inode, O_RDONLY, &file, caller_);
    if (error != 0) {
      ExpectDue(error, "open", due);
      return std::nullopt;
    }
    std::string bytes;
    BorrowedBytes some;
    do {
      EXPECT_EQ(filesystem_.Read(*file, bytes.size(), 1'500, &some), 0);
      bytes += some.ToString();
    } while (some.size() != 0);
    filesystem_.Release(file);
    const auto told = ToldFile::Of(bytes);
    EXPECT_TRUE(told);
    if (told) {
      std::string expected(told->size, '\0');
      told->Fill(0, expected);
      EXPECT_TRUE(bytes == expected) << "not one whole generation";
    }
    return told;
  }

  std::set<std::string> List(uint64_t inode, bool count_lookups) {
    std::set<std::string> names;
    OpenDirectory* directory = nullptr;
    EXPECT_EQ(filesystem_.OpenDir(inode, &directory), 0);
    if (directory == nullptr) {
      return names;
    }
    const auto accept = [&](const DirectoryEntry& entry) {
      if (!entry.is_dot) {
        EXPECT_TRUE(names.emplace(entry.name).second) << entry.name << " is listed twice";
        if (count_lookups) {
          looked_up_.push_back(entry.attributes.stat.st_ino);
        }
      }
      return true;
    };
    EXPECT_EQ(filesystem_.ReadDir(directory, 0, count_lookups, accept), 0);
    filesystem_.ReleaseDir(directory);
    return names;
  }

  static void ExpectDue(int error, std::string_view what, std::initializer_list<int> due) {
    EXPECT_TRUE(std::find(due.begin(), due.end(), error) != due.end()) << what << ": " << error;
  }

 private:
  uint64_t Note(int error, std::string_view name, const Attributes& found,
                std::initializer_list<int> due) {
    if (error != 0) {
      ExpectDue(error, name, due);
      return 0;
    }
    looked_up_.push_back(found.stat.st_ino);
    return found.stat.st_ino;
  }

  Filesystem& filesystem_;
  const pid_t caller_;
  std::vector<uint64_t> looked_up_;
};

class FilesystemConcurrentTest : public OnBothBackends<WritableFixture> {
 protected:
  static ToldFile NewFile(uint64_t owner, Random* random) {
    return {owner, (*random)(), ToldFile::kHeadBytes + (*random)() % 9'000};
  }

  /// Changes a directory that nobody else touches, of which everything is known.
  void WorkInPrivate(uint64_t worker, uint64_t rounds, uint64_t seed) {
    Random random(seed);
    const pid_t caller = static_cast<pid_t>(10 * (worker + 1));
    const std::string home = "own" + std::to_string(worker);
    std::map<std::string, ToldFile> model;
    for (uint64_t round = 0; round < rounds; ++round) {
      Process me(&filesystem_, caller);
      const uint64_t directory = me.Make(kRoot, home);
      const std::string name = std::to_string(random() % 5) + ".mkv";
      const std::string other = std::to_string(random() % 5) + ".mkv";
      const std::initializer_list<int> absent = {ENOENT};
      const auto due = model.contains(name) ? std::initializer_list<int>{} : absent;
      switch (random() % 7) {
        case 0:
          if (const int error = filesystem_.Unlink(directory, name, caller); error != 0) {
            Process::ExpectDue(error, name, due);
          }
          model.erase(name);
          break;
        case 1: {
          const int error = filesystem_.Rename(directory, name, directory, other, 0, caller);
          if (error != 0) {
            Process::ExpectDue(error, name, due);
          } else if (name != other) {
            model[other] = model[name];
            model.erase(name);
          }
          break;
        }
        case 2: {
          std::set<std::string> names;
          for (const auto& [key, told] : model) {
            names.insert(key);
          }
          EXPECT_EQ(me.List(directory, random() % 2 == 0), names);
          break;
        }
        case 3:
          if (const uint64_t inode = me.Find(directory, name, due); inode != 0) {
            std::string key;
            EXPECT_EQ(filesystem_.SetXattr(inode, "user.reel.tags", "tag" + other, 0), 0);
            EXPECT_EQ(filesystem_.GetXattr(inode, "user.reel.key", &key), 0);
            EXPECT_EQ(key, "video:" + home + "/" + name);
          }
          break;
        case 4:
          me.Make(directory, "made");
          EXPECT_EQ(filesystem_.RemoveDirectory(directory, "made"), 0);
          break;
        default:
          model[name] = NewFile(worker, &random);
          me.Store(directory, name, model[name]);
      }
      for (const auto& [key, told] : model) {
        const uint64_t inode = me.Find(directory, key);
        const auto found = me.Read(inode);
        ASSERT_TRUE(found) << key;
        EXPECT_EQ(*found, told) << key;
      }
    }
  }

  /// Changes and reads what all do: what is there is whole, and its own.
  void WorkInPublic(uint64_t worker, uint64_t rounds, uint64_t seed) {
    Random random(seed);
    const std::initializer_list<int> gone = {ENOENT, ESTALE};
    for (uint64_t round = 0; round < rounds; ++round) {
      Process me(&filesystem_, static_cast<pid_t>(10 * (worker + 1)));
      const uint64_t directory = me.Make(kRoot, random() % 2 == 0 ? "here" : "there");
      const uint64_t number = random() % kShared;
      const std::string name = SharedName(number);
      switch (random() % 8) {
        case 0:
          if (const int error = filesystem_.Unlink(directory, name, me.caller()); error != 0) {
            Process::ExpectDue(error, "unlink", gone);
          }
          break;
        case 1: {
          const uint64_t to = me.Make(kRoot, random() % 2 == 0 ? "here" : "there");
          if (const int error =
                  filesystem_.Rename(directory, name, to, name, random() % 2, me.caller());
              error != 0) {
            Process::ExpectDue(error, "rename", {ENOENT, ESTALE, EEXIST});
          }
          break;
        }
        case 2:
          me.List(directory, true);
          break;
        case 3:
        case 4:
          me.Store(directory, name, NewFile(number, &random));
          break;
        default:
          if (const uint64_t inode = me.Find(directory, name, gone); inode != 0) {
            if (const auto told = me.Read(inode, gone)) {
              EXPECT_EQ(told->owner, number);
            }
          }
      }
    }
  }
};

INSTANTIATE_TEST_SUITE_P(, FilesystemConcurrentTest, BothBackends(), test::BackendName);

TEST_P(FilesystemConcurrentTest, EachSeesWholeFilesAndItsOwnChanges) {
  const uint64_t seed = test::TestSeed();
  const uint64_t rounds = test::CampaignLength("REEL_CONCURRENT_ROUNDS", 100);
  std::vector<std::thread> threads;
  for (uint64_t worker = 0; worker < 6; ++worker) {
    threads.emplace_back([this, worker, rounds, seed] {
      if (worker < 2) {
        WorkInPrivate(worker, rounds, seed + worker);
      } else {
        WorkInPublic(worker, rounds * 3, seed + worker);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(filesystem_.inode_count(), 1U);
  EXPECT_EQ(filesystem_.handle_count(), 0U);
  EXPECT_TRUE(reported_.empty()) << reported_.front().message();
}

}  // namespace
}  // namespace reel::mount

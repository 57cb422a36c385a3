// A store that a campaign does things to, and what it must hold by then.
#pragma once

#include <reel/store.h>
#include <reel/video.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "storage/environment.h"
#include "tests/support/fake_clock.h"

namespace reel::test {

/// Where a video's bytes come to lie.
enum class Layout : uint8_t { kInline, kSmall, kSmallChunks, kShared, kBulk };

/// One thing that is done to the store.
struct Step {
  enum class Kind : uint8_t {
    kPut,
    kTouch,
    kRename,
    kRemove,
    /// Removes all that bear a tag, one after the other.
    kPurge,
    /// Lets time pass, and removes what has expired by then.
    kExpire,
    /// Damages the pages of a video, and puts its bytes back.
    kRepair,
    /// Makes a namespace with a video, and drops it.
    kDrop,
    kReopen,
  };
  Kind kind = Kind::kPut;
  std::string key;
  /// kRename.
  std::string to;
  /// kPut.
  Layout layout = Layout::kInline;
  uint64_t seed = 0;
  /// kPut, kPurge.
  std::string tag;
  /// kPut, kTouch: seconds; none: for ever.
  std::optional<int64_t> ttl;
};

std::string Describe(const Step& step);

/// A random one; most of them store something.
Step NextStep(std::mt19937_64* random);

/// Steps of every kind, in which every layout comes, goes and is replaced.
std::vector<Step> ShortWorkload();

class CampaignStore {
 public:
  /// `path`: of the store.
  explicit CampaignStore(std::string path) : path_(std::move(path)) {}

  /// With a copy of what `other`, which is closed, has at its path.
  CampaignStore(std::string path, const CampaignStore& other);

  Status Open(const Environment& environment);
  void Close();

  /// Closes it; what is wrong with its rows and files, a line each.
  std::vector<std::string> CloseChecked();
  [[nodiscard]] bool is_open() const { return store_ != nullptr; }

  /// Takes the step. ok: it is acknowledged, and the store must have it from then on. Otherwise it
  /// may have it or not, until Settle finds out. REQUIRES: open; the step is about other videos
  /// than those that were not acknowledged since.
  Status Take(const Step& step);

  /// What is wrong with the open store, a line each: videos other than they must be. Of a step that
  /// was not acknowledged either is right.
  [[nodiscard]] std::vector<std::string> Verify() const;

  /// The same, and what is there counts from then on. REQUIRES: the store was opened since: a write
  /// that failed may turn up then.
  std::vector<std::string> Settle();

  /// Repairs what a repair that was not acknowledged has left damaged. REQUIRES: as Take.
  Status Heal();

  [[nodiscard]] const FakeClock& clock() const { return clock_; }
  [[nodiscard]] uint64_t acknowledged() const { return acknowledged_; }

 private:
  struct Video {
    uint64_t size = 0;
    Hash128 xxh3;
    std::vector<std::string> tags;
    std::optional<int64_t> expires;

    friend bool operator==(const Video&, const Video&) = default;
  };
  struct Stored {
    Video video;
    /// Of the bytes.
    Layout layout = Layout::kInline;
    uint64_t seed = 0;
    /// Its pages were damaged, and it may be that nobody has repaired them.
    bool rotten = false;
    /// Once only: the second time it could be a repaired page, whose table has those of others too,
    /// and the check of rows would end there.
    bool was_damaged = false;
  };
  /// What may have become of a key.
  struct Doubt {
    std::optional<Stored> before;
    std::optional<Stored> after;
  };

  Status Put(const Step& step);
  Status Rename(const Step& step);
  Status Remove(const Step& step);
  Status Touch(const Step& step);
  Status Purge(const Step& step);
  Status Expire();
  Status Repair(const Step& step);
  Status Drop(const Step& step);
  Status PutBack(const std::string& key, const Stored& stored);

  VideoLibrary* LibraryFor(Layout layout);
  void ForgetExpired();
  void Changes(const std::string& key, std::optional<Stored> after);
  /// What the store has at a key; nothing: there is no such video. Not ok: it cannot be read.
  Result<std::optional<Video>> Find(const std::string& key) const;
  [[nodiscard]] static bool Fits(const std::optional<Stored>& wanted,
                                 const Result<std::optional<Video>>& found);
  /// All that may be there, and some that may not.
  [[nodiscard]] std::set<std::string> Keys() const;
  std::vector<std::string> Compare(std::map<std::string, Stored>* now) const;
  void CheckNames(size_t videos, std::vector<std::string>* findings) const;

  std::string path_;
  FakeClock clock_;
  Environment environment_;
  std::unique_ptr<Store> store_;
  KvNamespace* entries_ = nullptr;
  std::optional<VideoLibrary> chunked_;
  std::optional<VideoLibrary> whole_;
  std::map<std::string, Stored> videos_;
  /// Of the step that is being taken.
  std::map<std::string, Doubt> changes_;
  /// Of those that were not acknowledged.
  std::map<std::string, Doubt> doubts_;
  /// These are of one step, which is taken as a whole or not at all.
  std::vector<std::string> inseparable_;
  bool drop_in_doubt_ = false;
  uint64_t acknowledged_ = 0;
};

}  // namespace reel::test

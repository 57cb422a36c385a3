// Random operations on every implementation beside a plain map, with the clock moving, the store
// opened anew, and operations that fail. REEL_MODEL_OPERATIONS lengthens it.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/engine/kv/namespace_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

struct ModelVideo {
  std::string bytes;
  uint64_t chunk_size = 0;  // 0: a single entry
  int64_t expires = 0;      // 0: never
  std::string tag;
};

class ModelTest : public testing::TestWithParam<test::Backend> {
 protected:
  // Whether an operation met a fault: then it has done nothing.
  bool Failed(Code code) {
    failed_ += code == Code::kAborted ? 1 : 0;
    return code == Code::kAborted;
  }

  [[nodiscard]] bool Lives(const ModelVideo& video) {
    return video.expires == 0 || video.expires > entries_.clock().NowSeconds();
  }

  void Put(std::mt19937_64& random) {
    ModelVideo video;
    // Mostly little: what goes to table files of its own is rare, and slow.
    const size_t sizes[] = {0, 10, 500, 3'000, 5'000, 20'000};
    size_t size = random() % 200 == 0 ? 1'500'000 : sizes[random() % std::size(sizes)];
    size += random() % 100;
    video.bytes = AnyBytes(size, random);
    EntryAttributes attributes;
    video.tag = AnyTag(random);
    attributes.tags = {video.tag};
    if (random() % 4 == 0) {
      attributes.ttl = 60 + static_cast<int64_t>(random() % 100);
      video.expires = entries_.clock().NowSeconds() + *attributes.ttl;
    }
    const std::string key = keys_[random() % std::size(keys_)];
    if (size > 0 && random() % 2 == 0) {
      video.chunk_size = std::max<uint64_t>(1, size / (1 + random() % 12));
    }
    const Status put =
        (video.chunk_size > 0
             ? test::PutChunked(*entries_, key, video.bytes, video.chunk_size, attributes)
             : test::PutSingle(*entries_, key, video.bytes, attributes))
            .status();
    if (!Failed(put.code())) {
      ASSERT_TRUE(put.ok()) << put.message();
      model_[key] = std::move(video);
    }
  }

  // As it is, or compressed.
  static std::string AnyBytes(size_t size, std::mt19937_64& random) {
    return random() % 3 == 0 ? test::TextBytes(size, random()) : test::RandomBytes(size, random());
  }

  static std::string AnyTag(std::mt19937_64& random) { return "t" + std::to_string(random() % 3); }

  // Each key at most once: a put, an update or a deletion, some of them under a condition.
  void Batch(std::mt19937_64& random) {
    std::vector<Mutation> batch;
    std::map<std::string, ModelVideo> after = model_;
    bool holds = true;
    for (const std::string& key : keys_) {
      if (random() % 3 != 0) {
        continue;
      }
      const auto old = model_.find(key);
      const bool lives = old != model_.end() && Lives(old->second);
      Mutation mutation;
      mutation.key = key;
      if (random() % 4 == 0) {
        const bool right = random() % 4 != 0;
        const auto entry = entries_->Stat(key);
        if (Failed(entry.code())) {
          return;
        }
        mutation.if_generation = (entry.ok() ? entry->generation : 0) + (right ? 0 : 1);
        holds = holds && right;
      }
      switch (random() % 3) {
        case 0: {
          ModelVideo video;
          video.bytes = AnyBytes(random() % 6'000, random);
          video.tag = AnyTag(random);
          mutation.value = video.bytes;
          mutation.attributes.tags = {video.tag};
          after[key] = std::move(video);
          break;
        }
        case 1:
          mutation.kind = Mutation::Kind::kDelete;
          after.erase(key);
          break;
        default:
          mutation.kind = Mutation::Kind::kUpdate;
          mutation.update.ttl = 60 + static_cast<int64_t>(random() % 100);
          if (lives) {
            after[key].expires = entries_.clock().NowSeconds() + *mutation.update.ttl;
          }
          holds = holds && lives;
      }
      batch.push_back(std::move(mutation));
    }
    const Status applied = entries_->Apply(batch);
    if (Failed(applied.code())) {
      return;
    }
    ASSERT_EQ(applied.ok(), holds) << applied.message();
    if (holds) {
      model_ = std::move(after);
    }
  }

  // To another key, over whatever is there, or where it stays.
  void Relabel(std::mt19937_64& random) {
    Relabeling relabeling;
    relabeling.from = keys_[random() % std::size(keys_)];
    relabeling.to = keys_[random() % std::size(keys_)];
    relabeling.tags = {AnyTag(random)};
    const auto at = model_.find(relabeling.from);
    const bool lives = at != model_.end() && Lives(at->second);
    if (lives && at->second.chunk_size > 0 && random() % 2 == 0) {
      relabeling.manifest = {AnyBytes(random() % 10'000, random), "video/any"};
    }
    const auto before = entries_->Stat(relabeling.from);
    if (Failed(before.code())) {
      return;
    }
    const auto after = entries_->Relabel(relabeling);
    if (Failed(after.code())) {
      return;
    }
    ASSERT_EQ(after.code(), lives ? Code::kOk : Code::kNotFound) << after.status().message();
    if (!lives) {
      return;
    }
    EXPECT_EQ(after->generation, before->generation);
    ModelVideo video = std::move(at->second);
    video.tag = relabeling.tags[0];
    model_.erase(at);
    model_[relabeling.to] = std::move(video);
  }

  // Removes all that has expired, so that no clock that goes back shows it again.
  void Sweep(std::mt19937_64& random) {
    const auto limit = static_cast<uint32_t>(1 + random() % 4);
    uint32_t removed = 0;
    for (uint32_t step = limit; step > 0; removed += step) {
      const auto swept = entries_->RemoveExpired(limit);
      ASSERT_TRUE(swept.ok()) << swept.status().message();
      ASSERT_LE(swept->videos, limit);
      step = swept->videos;
    }
    EXPECT_EQ(removed,
              std::erase_if(model_, [&](const auto& item) { return !Lives(item.second); }));
  }

  void CheckTag(std::mt19937_64& random) {
    ListOptions options;
    options.tag = AnyTag(random);
    const auto page = entries_->List(options);
    if (Failed(page.code())) {
      return;
    }
    ASSERT_TRUE(page.ok());
    std::vector<std::string> got;
    for (const Entry& entry : page->entries) {
      got.push_back(entry.key);
    }
    std::vector<std::string> want;
    for (const auto& [key, video] : model_) {
      if (Lives(video) && video.tag == *options.tag) {
        want.push_back(key);
      }
    }
    EXPECT_EQ(got, want);
  }

  void CheckCount() {
    uint64_t videos = 0;
    for (const auto& [key, video] : model_) {
      videos += Lives(video) ? 1 : 0;
    }
    const auto count = entries_->Count("");
    if (!Failed(count.code())) {
      EXPECT_EQ(count->videos, videos);
    }
  }

  void Delete(std::mt19937_64& random) {
    const std::string key = keys_[random() % std::size(keys_)];
    const auto deleted = entries_->Delete(key);
    if (Failed(deleted.code())) {
      return;
    }
    ASSERT_TRUE(deleted.ok());
    const auto at = model_.find(key);
    EXPECT_EQ(*deleted, at != model_.end() && Lives(at->second));
    if (at != model_.end()) {
      model_.erase(at);
    }
  }

  void CheckRead(std::mt19937_64& random) {
    const std::string key = keys_[random() % std::size(keys_)];
    const auto view = entries_->Open(key);
    if (Failed(view.code())) {
      return;
    }
    const auto at = model_.find(key);
    if (at == model_.end() || !Lives(at->second)) {
      EXPECT_EQ(view.code(), Code::kNotFound) << key;
      return;
    }
    ASSERT_TRUE(view.ok()) << key << ": " << view.status().message();
    const ModelVideo& video = at->second;
    BorrowedBytes out;
    if (video.chunk_size == 0) {
      const uint64_t from = video.bytes.empty() ? 0 : random() % video.bytes.size();
      const Status read = (*view)->ReadValue(from, video.bytes.size() - from, &out);
      if (!Failed(read.code())) {
        ASSERT_TRUE(read.ok()) << read.message();
        EXPECT_TRUE(out.ToString() == video.bytes.substr(from)) << key;
      }
      return;
    }
    const auto index = static_cast<uint32_t>(random() % ((*view)->entry().body.chunk_count));
    const std::string want = video.bytes.substr(index * video.chunk_size, video.chunk_size);
    const Status read = (*view)->ReadChunk(index, 0, want.size(), &out);
    if (Failed(read.code())) {
      return;
    }
    ASSERT_TRUE(read.ok()) << read.message();
    EXPECT_TRUE(out.ToString() == want) << key;
    const auto chunk = entries_->Open(key + "_chunk_" + std::to_string(index));
    if (!Failed(chunk.code())) {
      ASSERT_TRUE(chunk.ok()) << chunk.status().message();
      const auto bytes = (*chunk)->ReadAll();
      EXPECT_TRUE(Failed(bytes.code()) || *bytes == want) << key;
    }
  }

  void CheckListing() {
    std::vector<std::string> want;
    for (const auto& [key, video] : model_) {
      if (!Lives(video)) {
        continue;
      }
      want.push_back(key);
      const uint64_t chunks = video.chunk_size == 0
                                  ? 0
                                  : (video.bytes.size() + video.chunk_size - 1) / video.chunk_size;
      for (uint64_t i = 0; i < chunks; ++i) {
        want.push_back(key + "_chunk_" + std::to_string(i));
      }
    }
    std::sort(want.begin(), want.end());
    ListOptions options;
    options.include_chunks = true;
    options.limit = 7;
    std::vector<std::string> got;
    for (bool more = true; more;) {
      const auto page = entries_->List(options);
      if (Failed(page.code())) {
        return;
      }
      ASSERT_TRUE(page.ok());
      for (const Entry& entry : page->entries) {
        got.push_back(entry.key);
      }
      more = page->next.has_value();
      options.start_after = page->next.value_or("");
    }
    EXPECT_EQ(got, want);
  }

  const std::string keys_[6] = {"a", "a/b", "video:x.mp4", "video:x.mp4:w=1", "日本", "z"};
  std::map<std::string, ModelVideo> model_;
  test::NamespaceUnderTest entries_{GetParam()};
  uint64_t failed_ = 0;
};

INSTANTIATE_TEST_SUITE_P(, ModelTest,
                         testing::Values(test::Backend::kMemory, test::Backend::kDisk,
                                         test::Backend::kFaulty),
                         test::BackendName);

TEST_P(ModelTest, RandomOperationsAgreeWithAMap) {
  std::mt19937_64 random(test::TestSeed());
  const uint64_t operations = test::CampaignLength("REEL_MODEL_OPERATIONS", 50'000);
  uint64_t reopened = 0;
  for (uint64_t i = 0; i < operations && !HasFatalFailure() && !HasNonfatalFailure(); ++i) {
    SCOPED_TRACE("operation " + std::to_string(i));
    switch (random() % 20) {
      case 0:
        entries_.clock().Advance(static_cast<int64_t>(random() % 50) - 5);
        break;
      case 1:
        CheckListing();
        CheckCount();
        break;
      case 2:
        if (random() % 40 == 0) {
          entries_.Reopen();
          reopened += GetParam() == test::Backend::kMemory ? 0 : 1;
        }
        break;
      case 3:
        Delete(random);
        break;
      case 4:
      case 5:
        Put(random);
        break;
      case 6:
        Batch(random);
        break;
      case 7:
        Sweep(random);
        break;
      case 8:
        CheckTag(random);
        break;
      case 9:
        Relabel(random);
        break;
      default:
        CheckRead(random);
    }
  }
  CheckListing();
  std::printf("%llu operations, of which %llu failed; opened anew %llu times\n",
              static_cast<unsigned long long>(operations), static_cast<unsigned long long>(failed_),
              static_cast<unsigned long long>(reopened));
}

}  // namespace
}  // namespace reel

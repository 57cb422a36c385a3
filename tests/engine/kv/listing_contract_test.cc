// Listings by tag and by expiry, and of the tags, on every implementation.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "tests/engine/kv/namespace_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using test::PutChunked;
using test::PutSingle;
using Strings = std::vector<std::string>;

class ListingContract : public testing::TestWithParam<test::Backend> {
 protected:
  // All rows in order, groups among them, page by page.
  Strings Rows(ListOptions options) {
    Strings names;
    for (int pages = 0; pages < 10'000; ++pages) {
      const auto page = entries_->List(options);
      EXPECT_TRUE(page.ok()) << page.status().message();
      EXPECT_LE(page->entries.size() + page->common_prefixes.size(), options.limit);
      Strings on_page = page->common_prefixes;
      for (const Entry& entry : page->entries) {
        on_page.push_back(entry.key);
      }
      std::sort(on_page.begin(), on_page.end());
      names.insert(names.end(), on_page.begin(), on_page.end());
      if (!page->next) {
        return names;
      }
      options.start_after = *page->next;
    }
    ADD_FAILURE() << "the listing does not end";
    return names;
  }

  Strings Tags(uint32_t limit) {
    Strings tags;
    for (std::optional<std::string> after = ""; after;) {
      const auto page = entries_->ListTags(*after, limit);
      EXPECT_TRUE(page.ok()) << page.status().message();
      EXPECT_LE(page->tags.size(), limit);
      tags.insert(tags.end(), page->tags.begin(), page->tags.end());
      after = page->next;
    }
    return tags;
  }

  test::NamespaceUnderTest entries_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(, ListingContract,
                         testing::Values(test::Backend::kMemory, test::Backend::kDisk,
                                         test::Backend::kFaultless),
                         test::BackendName);

// Every combination of conditions, against a plain filter over what was put.
TEST_P(ListingContract, ConditionsCombine) {
  struct Put {
    std::string key;
    Strings tags;
    std::optional<int64_t> ttl;
  };
  std::mt19937_64 random(test::TestSeed());
  std::vector<Put> puts;
  for (int i = 0; i < 60; ++i) {
    Put put;
    put.key = std::string(i % 2 == 0 ? "a/" : "b/") + std::to_string(i % 5) +
              (i % 3 == 0 ? "/" : ":") + std::to_string(i);
    for (const char* tag : {"t", "tt", "t t"}) {
      if (random() % 2 == 0) {
        put.tags.emplace_back(tag);
      }
    }
    if (random() % 3 != 0) {
      put.ttl = 60 + static_cast<int64_t>(random() % 5) * 10;
    }
    EntryAttributes attributes;
    attributes.tags = put.tags;
    attributes.ttl = put.ttl;
    const auto stored = i % 4 == 0
                            ? PutChunked(*entries_, put.key, std::string(25, 'x'), 10, attributes)
                            : PutSingle(*entries_, put.key, "x", attributes);
    ASSERT_TRUE(stored.ok());
    puts.push_back(std::move(put));
  }
  entries_.clock().Advance(65);  // those of 60 s are gone, and 65 more seconds hide nothing else
  const int64_t now = entries_.clock().NowSeconds();
  for (const char* prefix : {"", "a/", "b/3", "nothing"}) {
    for (const char* tag : {"", "t", "t t", "none"}) {
      for (const int64_t within : {-1, 0, 5, 15, 1'000}) {
        for (const bool by_delimiter : {false, true}) {
          std::set<std::string> want;
          for (const Put& put : puts) {
            const int64_t left = put.ttl.value_or(0) - 65;
            const bool has_tag =
                *tag == '\0' || std::find(put.tags.begin(), put.tags.end(), tag) != put.tags.end();
            const bool in_time = within < 0 || (put.ttl && left <= within);
            if (!put.key.starts_with(prefix) || (put.ttl && left <= 0) || !has_tag || !in_time) {
              continue;
            }
            const size_t at =
                by_delimiter ? put.key.find('/', std::string(prefix).size()) : std::string::npos;
            want.insert(at == std::string::npos ? put.key : put.key.substr(0, at + 1));
          }
          for (const uint32_t limit : {1U, 3U, 1000U}) {
            ListOptions options;
            options.prefix = prefix;
            options.limit = limit;
            if (*tag != '\0') {
              options.tag = tag;
            }
            if (within >= 0) {
              options.expires_by = now + within;
            }
            if (by_delimiter) {
              options.delimiter = '/';
            }
            EXPECT_EQ(Rows(options), Strings(want.begin(), want.end()))
                << "prefix " << prefix << ", tag " << tag << ", within " << within << ", delimiter "
                << by_delimiter << ", limit " << limit;
          }
        }
      }
    }
  }
}

TEST_P(ListingContract, ChunksExpireWithTheirVideo) {
  EntryAttributes soon;
  soon.ttl = 60;
  ASSERT_TRUE(PutChunked(*entries_, "v", std::string(15, 'x'), 10, soon).ok());
  ASSERT_TRUE(PutSingle(*entries_, "w", "x").ok());
  ListOptions options;
  options.expires_by = entries_.clock().NowSeconds() + 60;
  EXPECT_EQ(Rows(options), Strings{"v"});
  options.include_chunks = true;
  EXPECT_EQ(Rows(options), (Strings{"v", "v_chunk_0", "v_chunk_1"}));
  options.expires_by = entries_.clock().NowSeconds() + 59;
  EXPECT_EQ(Rows(options), Strings{});
  ASSERT_TRUE(entries_->Delete("v").ok());
  options.expires_by = entries_.clock().NowSeconds() + 1'000;
  EXPECT_EQ(Rows(options), Strings{});
}

TEST_P(ListingContract, EachTagIsListedOnce) {
  EXPECT_EQ(Tags(10), Strings{});
  for (int i = 0; i < 30; ++i) {
    EntryAttributes attributes;
    attributes.tags = {"all", "all " + std::to_string(i % 3), "日本"};
    if (i == 29) {
      attributes.tags.emplace_back("last");
      attributes.ttl = 60;
    }
    ASSERT_TRUE(PutSingle(*entries_, "k" + std::to_string(i), "x", attributes).ok());
  }
  const Strings want = {"all", "all 0", "all 1", "all 2", "last", "日本"};
  for (const uint32_t limit : {1U, 2U, 6U, 7U}) {
    EXPECT_EQ(Tags(limit), want) << limit;
  }
  EXPECT_EQ(entries_->ListTags("all 0x", 1)->tags, Strings{"all 1"});
  EXPECT_EQ(entries_->ListTags("z", 10)->tags, Strings{"日本"});
  entries_.clock().Advance(60);
  ASSERT_EQ(entries_->RemoveExpired(10)->videos, 1U);
  EXPECT_EQ(Tags(10), (Strings{"all", "all 0", "all 1", "all 2", "日本"}));
}

}  // namespace
}  // namespace reel

// Cloudflare KV's rules over every implementation of a namespace, for tests.
#pragma once

#include <gtest/gtest.h>
#include <reel/cloudflare_kv.h>

#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/engine/kv/namespace_fixture.h"

namespace reel {

/// Found by the test library.
inline void PrintTo(const KvError& error, std::ostream* out) {
  *out << error.http_status << ' ' << error.text;
}

namespace test {

/// What `clock()` of a fresh fixture tells.
inline constexpr int64_t kNow = 1'800'000'000;

/// Status 200 without a text where there is none.
template <typename T>
KvError ErrorOf(const KvResult<T>& result) {
  return result.ok() ? KvError{200, ""} : result.error();
}

inline KvError ErrorOf(const std::optional<KvError>& error) {
  return error.value_or(KvError{200, ""});
}

class CloudflareFixture : public testing::TestWithParam<Backend> {
 protected:
  /// The value at `key`, "(none)" where there is none.
  std::string Value(std::string_view key) {
    const auto view = kv_.Get(key);
    if (!view.ok()) {
      return "[" + view.error().text + "]";
    }
    if (*view == nullptr) {
      return "(none)";
    }
    BorrowedBytes out;
    const Status read = (*view)->ReadValue(0, (*view)->entry().size, &out);
    return read.ok() ? out.ToString() : "[" + read.message() + "]";
  }

  void Put(std::string_view key, std::string_view value, const KvPutOptions& options = {}) {
    const auto put = kv_.Put(key, value, options);
    ASSERT_TRUE(put.ok()) << put.error().text;
  }

  /// Names and page breaks ("|") of a whole list.
  std::string AllPages(KvListQuery query) {
    std::string names;
    std::string cursor;
    for (int pages = 0; pages < 100; ++pages) {
      const auto page = kv_.List(query);
      if (!page.ok()) {
        return names + "[" + page.error().text + "]";
      }
      for (const Entry& row : page->keys) {
        names += row.key + " ";
      }
      EXPECT_EQ(page->list_complete(), !page->cursor.has_value());
      if (page->list_complete()) {
        return names;
      }
      names += "| ";
      cursor = *page->cursor;
      query.cursor = cursor;
    }
    ADD_FAILURE() << "the list does not end";
    return names;
  }

  NamespaceUnderTest entries_{GetParam()};
  CloudflareKv kv_{entries_.get()};
};

}  // namespace test
}  // namespace reel

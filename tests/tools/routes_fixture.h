// The KV surfaces on a store, without a connection.
#pragma once

#include <gtest/gtest.h>
#include <reel/cloudflare_kv.h>
#include <reel/store.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"
#include "tests/tools/answers.h"
#include "tools/http/message.h"
#include "tools/routes/namespaces.h"

namespace reel::test {

/// A store in a directory of its own, by a clock that stands at 1,800,000,000.
class RoutesFixture : public testing::Test {
 protected:
  void SetUp() override {
    StoreOptions options;
    options.path = directory_ / "store";
    options.create_if_missing = true;
    auto store = Store::Open(options, clock_);
    ASSERT_TRUE(store.ok()) << store.status().message();
    store_ = *std::move(store);
    namespaces_.emplace(store_.get());
  }

  /// The value and metadata, "(none)" where there is no such key.
  std::string Stored(std::string_view name, std::string_view key) {
    const auto entries = store_->Namespace(name, false);
    if (!entries.ok()) {
      return "(no namespace)";
    }
    const auto view = (*entries)->Open(key);
    if (!view.ok()) {
      return "(none)";
    }
    return *(*view)->ReadAll() + "|" + (*view)->entry().metadata + "|" +
           std::to_string((*view)->entry().expires.value_or(0));
  }

  TempDirectory directory_;
  FakeClock clock_;
  std::unique_ptr<Store> store_;
  std::optional<routes::Namespaces> namespaces_;
};

}  // namespace reel::test

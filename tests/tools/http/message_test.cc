#include "tools/http/message.h"

#include <gtest/gtest.h>

#include "tools/http/address.h"
#include "tools/http/query.h"

namespace reel::http {
namespace {

TEST(HeadersTest, NamesAreFoundInAnyCase) {
  const Headers headers = {{"Range", "bytes=0-1"}, {"range", "bytes=5-6"}, {"Empty", ""}};
  EXPECT_EQ(headers.Find("RANGE"), "bytes=0-1, bytes=5-6");
  EXPECT_EQ(headers.Find("empty"), "");
  EXPECT_EQ(headers.Find("Rang"), std::nullopt);
}

TEST(RequestTest, TheTargetIsPathAndQuery) {
  Request request;
  request.target = "/a?b=c?d";
  EXPECT_EQ(request.path(), "/a");
  EXPECT_EQ(request.query(), "b=c?d");
  request.target = "/a";
  EXPECT_EQ(request.query(), "");
}

TEST(QueryTest, IsDecodedAsAForm) {
  const auto query = Query::Parse("a=1+2&b=%2B%26&&c&a=3&=d");
  ASSERT_TRUE(query);
  using Parameters = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(query->parameters(),
            (Parameters{{"a", "1 2"}, {"b", "+&"}, {"c", ""}, {"a", "3"}, {"", "d"}}));
  EXPECT_EQ(query->Find("a"), "1 2");
  EXPECT_EQ(query->Find("x"), std::nullopt);
  EXPECT_FALSE(Query::Parse("a=%2"));
  EXPECT_FALSE(Query::Parse("%zz=1"));
}

TEST(AddressTest, IsReadAsItIsWritten) {
  struct Case {
    const char* text;
    const char* written;  // null: it is wrong
    bool is_local;
  };
  for (const Case& one : std::vector<Case>{
           {"127.0.0.1:8787", "127.0.0.1:8787", true},
           {"[::1]:80", "[::1]:80", true},
           {"localhost:1", "127.0.0.1:1", true},
           {":9", "127.0.0.1:9", true},
           {"9", "127.0.0.1:9", true},
           {"127.8.8.8:0", "127.8.8.8:0", true},
           {"0.0.0.0:80", "0.0.0.0:80", false},
           {"[::]:80", "[::]:80", false},
           {"192.168.0.1:80", "192.168.0.1:80", false},
           {"unix:/run/x", "unix:/run/x", true},
           {"unix:", nullptr, false},
           {"example.org:80", nullptr, false},
           {"::1:80", nullptr, false},
           {"[127.0.0.1]:80", nullptr, false},
           {"127.0.0.1:65536", nullptr, false},
           {"127.0.0.1:", nullptr, false},
           {"127.0.0.1", nullptr, false},
           {"", nullptr, false},
       }) {
    SCOPED_TRACE(one.text);
    const auto address = ParseAddress(one.text);
    ASSERT_EQ(address.ok(), one.written != nullptr);
    if (address.ok()) {
      EXPECT_EQ(address->ToString(), one.written);
      EXPECT_EQ(address->IsLocal(), one.is_local);
    } else {
      EXPECT_EQ(address.code(), Code::kInvalidArgument);
    }
  }
  EXPECT_FALSE(ParseAddress("unix:" + std::string(200, 'x')).ok());
}

}  // namespace
}  // namespace reel::http

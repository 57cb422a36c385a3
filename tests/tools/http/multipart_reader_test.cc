// multipart/form-data, cut at every place.
#include "tools/http/multipart_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace reel {
namespace {

class Collected final : public http::PartSink {
 public:
  Status Begin(std::string_view name) override {
    text += "<" + std::string(name) + ">";
    return Status::Ok();
  }
  Status Append(std::string_view bytes) override {
    EXPECT_FALSE(bytes.empty());
    text += bytes;
    return Status::Ok();
  }
  Status End() override {
    text += "</>";
    return Status::Ok();
  }

  std::string text;
};

// The parts, and an error's message behind them.
std::string Read(std::string_view body, size_t first, size_t rest) {
  Collected parts;
  http::MultipartReader reader("b", &parts);
  Status status = Status::Ok();
  for (size_t length = first; status.ok() && !body.empty(); length = rest) {
    const std::string piece(body.substr(0, length));
    body.remove_prefix(piece.size());
    status = reader.Append(piece);
  }
  if (status.ok()) {
    status = reader.Finish();
  }
  if (!status.ok()) {
    EXPECT_EQ(reader.Append("x").message(), status.message());
  }
  return parts.text + (status.ok() ? "" : "[" + status.message() + "]");
}

TEST(MultipartReader, GivesTheSameHoweverABodyIsCut) {
  constexpr std::string_view kCutOff =
      "[the multipart body is cut off (send it as multipart/form-data)]";
  const std::string part = "Content-Disposition: form-data; name=\"v\"\r\n\r\n";
  const std::string unnamed =
      "[the multipart body has a part without a name (send it as multipart/form-data)]";
  const struct {
    std::string body;
    std::string parts;
  } cases[] = {
      {"--b\r\n" + part + "value\r\n--b--\r\n", "<v>value</>"},
      {"--b\r\n" + part + "value\r\n--b--", "<v>value</>"},
      {"before\r\n--b \t\r\n" + part + "1\r\n--b\r\n" + part + "2\r\n--b--behind",
       "<v>1</><v>2</>"},
      {"--b\r\n" + part + "\r\n--b--", "<v></>"},
      {"--b\r\n" + part + "--b--", "<v></>"},
      {"--b\r\n" + part + "\r\n\r\n--b--", "<v>\r\n</>"},
      {"--b\r\n" + part + "a\r\n-\r\n--\r--b\n--b\r\r\n--b--", "<v>a\r\n-\r\n--\r--b\n--b\r</>"},
      {"--b\r\ncontent-type: text/plain\r\ncontent-disposition:form-data; "
       "filename=\"a;name=x\";name=v \r\n\r\nx\r\n--b--",
       "<v>x</>"},
      {"--b\r\nContent-Disposition: form-data; name=\"a\\\"b\"\r\n\r\nx\r\n--b--", "<a\"b>x</>"},
      {"", std::string(kCutOff)},
      {"--b", std::string(kCutOff)},
      {"--b--", ""},
      {"--b\r\n" + part + "value\r\n--b", "<v>value</>" + std::string(kCutOff)},
      {"--b\r\n\r\nx\r\n--b--", unnamed},
      {"--b\r\nContent-Disposition: attachment; name=v\r\n\r\nx\r\n--b--", unnamed},
      {"--b\r\nContent-Disposition: form-data; name=\"v\r\n\r\nx\r\n--b--", unnamed},
      {"--bc\r\n" + part + "x\r\n--b--",
       "[the multipart body has something behind a boundary (send it as multipart/form-data)]"},
  };
  for (const auto& [body, parts] : cases) {
    EXPECT_EQ(Read(body, body.size() + 1, 1), parts) << body;
    EXPECT_EQ(Read(body, 1, 1), parts) << body;
    for (size_t first = 1; first < body.size(); ++first) {
      EXPECT_EQ(Read(body, first, body.size()), parts) << body << " cut at " << first;
    }
  }
}

TEST(MultipartReader, RefusesWhatHasNoEnd) {
  std::string many;
  for (int i = 0; i < 17; ++i) {
    many += "--b\r\nContent-Disposition: form-data; name=x\r\n\r\n\r\n";
  }
  EXPECT_TRUE(
      Read(many, 5, 5).ends_with("[the multipart body has too many parts (send at most 16)]"));
  EXPECT_EQ(Read("--b\r\nA: " + std::string(9000, 'a'), 100, 100),
            "[the multipart body has a part with a header of more than 8192 bytes (send less of "
            "it)]");
  EXPECT_EQ(Read("--b" + std::string(100, ' '), 9, 9),
            "[the multipart body has a boundary that does not end (send it as "
            "multipart/form-data)]");
}

TEST(MultipartReader, FindsBoundaries) {
  const struct {
    std::string type;
    std::optional<std::string> boundary;
  } cases[] = {
      {"multipart/form-data; boundary=abc", "abc"},
      {"Multipart/Form-Data;charset=utf-8; BOUNDARY=\"a b\"", "a b"},
      {"multipart/form-data; boundary=" + std::string(70, 'x'), std::string(70, 'x')},
      {"multipart/form-data; boundary=" + std::string(71, 'x'), std::nullopt},
      {"multipart/form-data; boundary=", std::nullopt},
      {"multipart/form-data; boundary=\"a\r\n\"", std::nullopt},
      {"multipart/form-data", std::nullopt},
      {"multipart/mixed; boundary=abc", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& [type, boundary] : cases) {
    EXPECT_EQ(http::MultipartBoundary(type), boundary) << type;
  }
}

}  // namespace
}  // namespace reel

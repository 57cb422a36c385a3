// Handlers run without a connection, for tests.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "tools/http/message.h"

namespace reel::test {

inline http::Request NewRequest(std::string method, std::string target,
                                http::Headers headers = {}) {
  http::Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.headers = std::move(headers);
  return request;
}

/// Sends `body` in pieces of `piece` bytes, as a server would.
inline http::Response Send(http::Answer answer, std::string_view body, size_t piece = SIZE_MAX) {
  if (auto* response = std::get_if<http::Response>(&answer)) {
    return std::move(*response);
  }
  auto& upload = std::get<std::unique_ptr<http::Upload>>(answer);
  while (!body.empty()) {
    const std::string_view next = body.substr(0, piece);
    body.remove_prefix(next.size());
    if (auto response = upload->Append(next)) {
      return *std::move(response);
    }
  }
  return upload->Finish();
}

/// The whole body, whichever way it is given.
inline std::string BodyOf(http::Response& response, size_t bytes_max = 100'000) {
  if (response.source == nullptr) {
    return response.body;
  }
  std::string body;
  BorrowedBytes bytes;
  while (true) {
    const Status next = response.source->Next(bytes_max, &bytes);
    if (!next.ok()) {
      return body + "[" + next.message() + "]";
    }
    if (bytes.size() == 0) {
      EXPECT_EQ(response.source->size(), body.size());
      return body;
    }
    body += bytes.ToString();
  }
}

/// "STATUS BODY".
inline std::string Text(http::Response response) {
  return std::to_string(response.status) + " " + BodyOf(response);
}

}  // namespace reel::test

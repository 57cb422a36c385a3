// The server as its clients see it: bytes over real sockets.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/temp_directory.h"
#include "tests/support/test_bytes.h"
#include "tests/tools/http/raw_client.h"
#include "tests/tools/http/server_fixture.h"

namespace reel::http {
namespace {

using std::chrono::milliseconds;

TEST_F(ServerTest, WhatIsNoRequestIsRefused) {
  options_.limits.header_bytes = 8192;
  Start();
  struct Case {
    const char* what;
    std::string request;
    int status;
  };
  const std::string host = "Host: x\r\n";
  const std::vector<Case> cases = {
      {"no HTTP", "hello\r\n\r\n", 400},
      {"no version", "GET /request\r\n\r\n", 400},
      {"a newer version", "GET /request HTTP/2.0\r\n" + host + "\r\n", 505},
      {"no Host", "GET /request HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", "GET /request HTTP/1.1\r\n" + host + host + "\r\n", 400},
      {"HTTP/1.0 needs no Host", "GET /request HTTP/1.0\r\n\r\n", 200},
      {"a target without a path", "GET request HTTP/1.1\r\n" + host + "\r\n", 400},
      {"the asterisk", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n", 400},
      {"a space in a name", "GET /request HTTP/1.1\r\n" + host + "A b: c\r\n\r\n", 400},
      {"a space before the colon", "GET /request HTTP/1.1\r\n" + host + "A : c\r\n\r\n", 400},
      {"length and chunks",
       "PUT /echo HTTP/1.1\r\n" + host +
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       400},
      {"two lengths",
       "PUT /echo HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
      {"a length that is none", "PUT /echo HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n",
       400},
      {"another encoding", "PUT /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\n\r\n",
       501},
      {"a long header",
       "GET /request HTTP/1.1\r\n" + host + "A: " + std::string(9000, 'a') + "\r\n\r\n", 431},
      {"a long target", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n" + host + "\r\n", 431},
      {"a handler that throws", "GET /throw HTTP/1.1\r\n" + host + "\r\n", 500},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.what);
    EXPECT_EQ(Ask(one.request).status, one.status);
  }
}

TEST_F(ServerTest, ARequestComesToTheHandlerAsItWasSent) {
  Start();
  const Reply reply =
      Ask("GET /request?a=%2F HTTP/1.1\r\nHost: x\r\nX-Request-Id: a.b-1\r\nX-Many: 1\r\nx-many: "
          "2\r\n\r\n");
  EXPECT_EQ(reply.body, "GET /request?a=%2F a.b-1 1, 2 127.0.0.1\n");
  EXPECT_EQ(reply.headers.Find("X-Request-Id"), "a.b-1");
  EXPECT_TRUE(reply.headers.Find("Date"));
  const AccessRecord record = AwaitRecord();
  EXPECT_EQ(record.id, "a.b-1");
  EXPECT_EQ(record.target, "/request?a=%2F");
  EXPECT_EQ(record.bytes_sent, reply.body.size());

  EXPECT_EQ(
      Ask("GET http://some.host/request?b HTTP/1.1\r\nHost: x\r\nX-Request-Id: 7\r\n\r\n").body,
      "GET /request?b 7 - 127.0.0.1\n");
  EXPECT_NE(Ask("GET /request HTTP/1.1\r\nHost: x\r\nX-Request-Id: a b\r\n\r\n")
                .headers.Find("X-Request-Id"),
            "a b");
}

TEST_F(ServerTest, ManyRequestsShareAConnection) {
  Start();
  RawClient client(address());
  // All at once, with bodies between them.
  ASSERT_TRUE(client.Send(
      "PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
      "GET /request HTTP/1.1\r\nHost: x\r\nX-Request-Id: 2\r\n\r\n"
      "PUT /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
      "chunked\r\n\r\n2\r\nde\r\n1;x=y\r\nf\r\n0\r\nT: 1\r\n\r\n"
      "POST /request HTTP/1.1\r\nHost: x\r\nX-Request-Id: 4\r\nContent-Length: 4\r\n\r\nskip"
      "GET /request HTTP/1.1\r\nHost: x\r\nX-Request-Id: 5\r\nConnection: close\r\n\r\n"));
  EXPECT_EQ(client.Receive().body, "abc");
  EXPECT_EQ(client.Receive().body, "GET /request 2 - 127.0.0.1\n");
  EXPECT_EQ(client.Receive().body, "def");
  EXPECT_EQ(client.Receive().body, "POST /request 4 - 127.0.0.1\n");
  EXPECT_EQ(client.Receive().body, "GET /request 5 - 127.0.0.1\n");
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST_F(ServerTest, BodiesOfAnyLengthComeBack) {
  Start();
  RawClient client(address());
  for (const size_t bytes :
       {size_t{0}, size_t{1}, size_t{262143}, size_t{262144}, size_t{262145}, kLong}) {
    SCOPED_TRACE(bytes);
    const std::string body = long_.substr(0, bytes);
    std::thread sender([&] {
      client.Send("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(bytes) +
                  "\r\n\r\n" + body);
    });
    Reply reply = client.Receive();
    sender.join();
    EXPECT_TRUE(reply.whole && reply.body == body);
    std::thread chunks([&] {
      client.Send("PUT /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (size_t at = 0; at < body.size(); at += 100'000) {
        const std::string chunk = body.substr(at, 100'000);
        std::array<char, 16> head{};
        std::snprintf(head.data(), head.size(), "%zx\r\n", chunk.size());
        client.Send(head.data() + chunk + "\r\n");
      }
      client.Send("0\r\n\r\n");
    });
    reply = client.Receive();
    chunks.join();
    EXPECT_TRUE(reply.whole && reply.body == body);
  }
}

TEST_F(ServerTest, ASourceIsSentWhole) {
  Start();
  Reply reply = Ask("GET /sized HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(reply.whole && reply.body == long_);
  EXPECT_EQ(reply.headers.Find("Content-Length"), std::to_string(kLong));
  reply = Ask("GET /chunks HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(reply.whole && reply.body == long_);
  EXPECT_EQ(reply.trailers.Find("X-Sum"), std::to_string(kLong));
  reply = Ask("GET /chunks HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(reply.body == long_);
  EXPECT_FALSE(reply.headers.Find("Transfer-Encoding"));
  reply = Ask("HEAD /sized HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(reply.headers.Find("Content-Length"), std::to_string(kLong));
}

TEST_F(ServerTest, WhatCannotGoOnIsCutOff) {
  Start();
  for (const char* path : {"/sized-fails", "/chunks-fails"}) {
    SCOPED_TRACE(path);
    const Reply reply = Ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(reply.status, 200);
    EXPECT_FALSE(reply.whole);
    EXPECT_TRUE(long_.starts_with(reply.body));
  }
  EXPECT_EQ(AwaitRecord().failure, "a page is damaged");
  // Nothing was sent yet.
  const Reply reply = Ask("GET /sized-fails-at-once HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(reply.status, 500);
  EXPECT_TRUE(reply.whole);
}

TEST_F(ServerTest, AClientOfHttp10IsTornAwayFromWhatIsNotWhole) {
  Start();
  RawClient client(address());
  ASSERT_TRUE(client.Send("GET /chunks-fails HTTP/1.0\r\n\r\n"));
  client.ReadToEnd();
  EXPECT_EQ(errno, ECONNRESET);
}

TEST_F(ServerTest, AClientMayWaitForTheGoAhead) {
  Start();
  RawClient client(address());
  const std::string head =
      "PUT /small HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ";
  ASSERT_TRUE(client.Send(head + "3\r\n\r\n"));
  EXPECT_EQ(client.Receive().status, 100);
  ASSERT_TRUE(client.Send("abc"));
  EXPECT_EQ(client.Receive().status, 200);
  // A body that nobody asks for is not asked for.
  ASSERT_TRUE(client.Send(
      "PUT /request HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"));
  const Reply reply = client.Receive();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.Find("Connection"), "close");
}

TEST_F(ServerTest, ABodyThatIsTooLongIsAnsweredWhileItComes) {
  Start();
  RawClient client(address());
  client.Send("PUT /small HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n" + long_);
  const Reply reply = client.Receive();
  EXPECT_EQ(reply.status, 413);
  EXPECT_TRUE(reply.whole);
}

TEST_F(ServerTest, AnUploadThatEndsEarlyIsNotFinished) {
  Start();
  const std::vector<std::string> requests = {
      "PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
      "PUT /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
      "PUT /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcdeXX0\r\n\r\n",
      "PUT /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  };
  for (size_t i = 0; i < requests.size(); ++i) {
    SCOPED_TRACE(requests[i]);
    RawClient client(address());
    client.Send(requests[i]);
    client.ShutDown();
    const bool is_malformed = i >= 2;
    EXPECT_EQ(client.Receive().status, is_malformed ? 400 : 0);
    AwaitUploadsEnded(static_cast<int>(i) + 1);
    EXPECT_EQ(AwaitRecord(i + 1).status, is_malformed ? 400 : 499);
  }
  EXPECT_EQ(uploads_begun_, static_cast<int>(requests.size()));
  EXPECT_EQ(uploads_finished_, 0);
}

TEST_F(ServerTest, NothingThatAHandlerSaysLeavesItsLine) {
  Start();
  const Reply reply = Ask("GET /inject HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_FALSE(reply.headers.Find("X-Injected"));
  EXPECT_FALSE(reply.headers.Find("X-Reason"));
  EXPECT_EQ(reply.reason, "Odd  X-Reason: 1");
}

TEST_F(ServerTest, ListensOnAllItsAddresses) {
  const test::TempDirectory directory;
  options_.listen = {{"127.0.0.1", 0, ""}, {"::1", 0, ""}, {"", 0, directory / "socket"}};
  Start();
  ASSERT_EQ(server_->addresses().size(), 3U);
  for (const Address& one : server_->addresses()) {
    SCOPED_TRACE(one.ToString());
    RawClient client(one);
    client.Send("GET /sized HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(client.Receive().body == long_);
  }
  // Somebody is there already: for both kinds.
  for (const Address& one : server_->addresses()) {
    ServerOptions options;
    options.listen = {one};
    const auto second = Server::Start(options, [](const Request&) { return Response(); });
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.code(), Code::kBusy);
    EXPECT_NE(second.status().message().find(one.ToString()), std::string::npos);
  }
}

TEST_F(ServerTest, AStopLetsRequestsFinish) {
  Start();
  RawClient idle(address());
  idle.Send("GET /request HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(idle.Receive().status, 200);
  RawClient busy(address());
  busy.Send("GET /gate HTTP/1.1\r\nHost: x\r\n\r\n");
  gate_.AwaitWaiting(1);
  std::thread stopper([&] { server_->Stop(std::chrono::minutes(1)); });
  EXPECT_EQ(idle.ReadToEnd(), "");
  gate_.Open();
  const Reply reply = busy.Receive();
  EXPECT_EQ(reply.body, "passed\n");
  EXPECT_EQ(reply.headers.Find("Connection"), "close");
  stopper.join();
  EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(ServerTest, AStopCutsOffWhatDoesNotFinish) {
  Start();
  RawClient reader(address());
  reader.ReceiveLittle();
  reader.Send("GET /sized HTTP/1.1\r\nHost: x\r\n\r\n");
  RawClient writer(address());
  writer.Send("PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc");
  {
    std::unique_lock lock(mutex_);
    told_.wait(lock, [&] { return uploads_begun_ == 1; });
  }
  server_->Stop(milliseconds(0));
  EXPECT_EQ(uploads_finished_, 0);
  EXPECT_EQ(uploads_ended_, 1);
  EXPECT_EQ(server_->connections(), 0U);
}

}  // namespace
}  // namespace reel::http

// What one client can take from the others: threads, turns, time and connections.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/tools/http/raw_client.h"
#include "tests/tools/http/server_fixture.h"

namespace reel::http {
namespace {

using std::chrono::milliseconds;

TEST_F(ServerTest, SlowClientsHoldNoThread) {
  options_.blocking_calls = 1;
  options_.lanes = 1;
  Start();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<RawClient>(address()));
    clients.back()->ReceiveLittle();
    switch (i % 4) {
      case 0:
        clients.back()->Send("GET /sized HTTP/1.1\r\nHost: x\r\n\r\n");  // and reads nothing
        break;
      case 1:
        clients.back()->Send("PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc");
        break;
      case 2:
        clients.back()->Send("GET /request HTT");
        break;
      default:
        break;
    }
  }
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(Ask("GET /sized HTTP/1.1\r\nHost: x\r\n\r\n").body == long_);
  }
}

TEST_F(ServerTest, WhoNeverPausesLetsOthersHaveTheirTurn) {
  options_.lanes = 1;
  Start();
  const std::string request = "GET /request HTTP/1.1\r\nHost: x\r\n\r\n";
  std::string requests;
  for (int i = 0; i < 1000; ++i) {
    requests += request;
  }
  const std::string upload =
      "PUT /sink HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\n";
  for (const auto& sent : {std::pair(request, requests), std::pair(upload, long_)}) {
    RawClient busy(address());
    busy.Send(sent.first);
    std::atomic<bool> answered = false;
    std::thread sender([&] {
      while (!answered && busy.Send(sent.second)) {
      }
      busy.ShutDown();
    });
    std::thread receiver([&] { busy.ReadToEnd(); });
    // In the time of a request on a connection of its own, the busy one has some ten calls.
    constexpr size_t kCallsMeanwhile = 200;
    for (size_t calls = 0; (calls = calls_) < 100;) {
      calls_.wait(calls);
    }
    const size_t before = calls_;
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(Ask(request).status, 200);
    }
    EXPECT_LT(calls_ - before, 10 * kCallsMeanwhile);
    answered = true;
    sender.join();
    receiver.join();
    calls_ = 0;
  }
}

TEST_F(ServerTest, WhoeverMakesNoProgressIsLetGo) {
  options_.limits.header_time = milliseconds(1000);
  options_.limits.idle_time = milliseconds(1000);
  options_.limits.stall_time = milliseconds(1000);
  Start();
  for (const char* sent :
       {"", "GET /request HTT",
        "PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc",
        "PUT /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    SCOPED_TRACE(sent);
    RawClient client(address());
    client.Send(sent);
    EXPECT_EQ(client.ReadToEnd(), "");
  }
  EXPECT_EQ(uploads_finished_, 0);
  RawClient client(address());
  client.ReceiveLittle();
  client.Send("GET /sized HTTP/1.1\r\nHost: x\r\n\r\n");
  AwaitFailure("the client had gone");
}

TEST_F(ServerTest, WhoWaitsForTheServerIsNotBlamed) {
  options_.blocking_calls = 1;
  options_.limits.header_time = milliseconds(1000);
  options_.limits.idle_time = milliseconds(1000);
  options_.limits.stall_time = milliseconds(1000);
  Start();
  RawClient handled(address());
  handled.Send("GET /gate HTTP/1.1\r\nHost: x\r\n\r\n");
  gate_.AwaitWaiting(1);
  RawClient queued(address());
  queued.Send("GET /sized HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(RawClient(address()).ReadToEnd(), "");  // when the limits of those two are over
  gate_.Open();
  EXPECT_EQ(handled.Receive().body, "passed\n");
  EXPECT_TRUE(queued.Receive().body == long_);
}

TEST_F(ServerTest, OneConnectionTooManyTakesThePlaceOfAnIdleOne) {
  options_.limits.connections = 2;
  Start();
  RawClient first(address());
  first.Send("GET /request HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(first.Receive().status, 200);
  RawClient second(address());
  second.Send("GET /gate HTTP/1.1\r\nHost: x\r\n\r\n");
  gate_.AwaitWaiting(1);
  // Who has an answer may not wait for its next request yet, and the new one is turned away.
  Reply reply;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (reply.status == 0 && std::chrono::steady_clock::now() < deadline) {
    RawClient third(address());
    third.Send("GET /request HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    reply = third.Receive();
  }
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(first.ReadToEnd(), "");
  gate_.Open();
  EXPECT_EQ(second.Receive().status, 200);
}

}  // namespace
}  // namespace reel::http

// A server whose handlers do whatever a test of it needs.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/test_bytes.h"
#include "tests/tools/http/raw_client.h"
#include "tools/http/message.h"
#include "tools/http/server.h"

namespace reel::http {

// Gives `bytes` in blocks, and fails at `fails_at`.
class TextSource final : public BodySource {
 public:
  TextSource(std::string bytes, bool has_size, size_t fails_at = SIZE_MAX)
      : bytes_(std::move(bytes)), has_size_(has_size), fails_at_(fails_at) {}

  [[nodiscard]] std::optional<uint64_t> size() const override {
    return has_size_ ? std::optional<uint64_t>(bytes_.size()) : std::nullopt;
  }
  Status Next(size_t bytes_max, BorrowedBytes* out) override {
    out->Clear();
    const size_t end = std::min({bytes_.size(), fails_at_, at_ + bytes_max});
    if (at_ == fails_at_) {
      return {Code::kCorruption, "a page is damaged"};
    }
    if (end > at_) {
      out->Append(std::string_view(bytes_).substr(at_, end - at_));
    }
    at_ = end;
    return Status::Ok();
  }
  [[nodiscard]] Headers trailers() const override { return {{"X-Sum", std::to_string(at_)}}; }

 private:
  std::string bytes_;
  bool has_size_;
  size_t fails_at_;
  size_t at_ = 0;
};

// Takes any body, and only counts it.
class Sink final : public Upload {
 public:
  explicit Sink(std::atomic<size_t>* calls) : calls_(*calls) {}
  std::optional<Response> Append(std::string_view /*bytes*/) override {
    ++calls_;
    calls_.notify_all();
    return std::nullopt;
  }
  Response Finish() override { return TextResponse(200, "ok"); }

 private:
  std::atomic<size_t>& calls_;
};

// A latch that waits for a moment in a test, not for luck.
class Gate {
 public:
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }
  void AwaitWaiting(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

class ServerTest : public testing::Test {
 protected:
  static constexpr size_t kLong = 5U << 20;

  void Start() {
    if (options_.listen.empty()) {
      options_.listen.push_back({"127.0.0.1", 0, ""});
    }
    options_.on_request = [this](const AccessRecord& record) {
      const std::lock_guard lock(mutex_);
      records_.push_back(record);
      told_.notify_all();
    };
    auto started =
        Server::Start(options_, [this](const Request& request) { return Handle(request); });
    ASSERT_TRUE(started.ok()) << started.status().message();
    server_ = *std::move(started);
  }

  [[nodiscard]] const Address& address() const { return server_->addresses().front(); }

  Reply Ask(const std::string& request) {
    RawClient client(address());
    EXPECT_TRUE(client.Send(request));
    return client.Receive(request.starts_with("HEAD"));
  }

  AccessRecord AwaitRecord(size_t number = 1) {
    std::unique_lock lock(mutex_);
    told_.wait(lock, [&] { return records_.size() >= number; });
    return records_[number - 1];
  }

  void AwaitFailure(const std::string& failure) {
    std::unique_lock lock(mutex_);
    told_.wait(lock, [&] {
      return std::any_of(records_.begin(), records_.end(),
                         [&](const AccessRecord& record) { return record.failure == failure; });
    });
  }

  Answer Handle(const Request& request) {
    const std::string_view path = request.path();
    if (path == "/echo") {
      return CollectBody(64U << 20, [](std::string body) {
        Response response;
        response.body = std::move(body);
        return response;
      });
    }
    if (path == "/upload") {
      return std::make_unique<CountedUpload>(this);
    }
    if (path == "/sink") {
      return std::make_unique<Sink>(&calls_);
    }
    if (path == "/small") {
      return CollectBody(4, [](const std::string&) { return TextResponse(200, "ok"); });
    }
    if (path == "/request") {
      ++calls_;
      calls_.notify_all();
      std::string text = request.method + " " + request.target + " " + request.id + " " +
                         request.headers.Find("X-Many").value_or("-") + " " +
                         request.peer.substr(0, request.peer.find(':'));
      return TextResponse(200, text);
    }
    if (path == "/gate") {
      gate_.Pass();
      return TextResponse(200, "passed");
    }
    if (path == "/throw") {
      throw std::runtime_error("thrown");
    }
    if (path == "/inject") {
      Response response = TextResponse(200, "");
      response.reason = "Odd\r\nX-Reason: 1";
      response.headers.Add("X-A", "b\r\nX-Injected: 1");
      return response;
    }
    Response response;
    const bool has_size = path.find("sized") != std::string_view::npos;
    const size_t fails_at = path.find("fails") != std::string_view::npos ? kLong / 2 : SIZE_MAX;
    response.source = std::make_unique<TextSource>(
        long_, has_size, path.find("at-once") != std::string_view::npos ? 0 : fails_at);
    return response;
  }

  class CountedUpload final : public Upload {
   public:
    explicit CountedUpload(ServerTest* test) : test_(*test) {
      const std::lock_guard lock(test_.mutex_);
      ++test_.uploads_begun_;
      test_.told_.notify_all();
    }
    ~CountedUpload() override {
      const std::lock_guard lock(test_.mutex_);
      ++test_.uploads_ended_;
      test_.told_.notify_all();
    }
    std::optional<Response> Append(std::string_view bytes) override {
      const std::lock_guard lock(test_.mutex_);
      test_.uploaded_ += bytes;
      test_.told_.notify_all();
      return std::nullopt;
    }
    Response Finish() override {
      ++test_.uploads_finished_;
      return TextResponse(201, "stored");
    }

   private:
    ServerTest& test_;
  };

  void AwaitUploadsEnded(int count) {
    std::unique_lock lock(mutex_);
    told_.wait(lock, [&] { return uploads_ended_ >= count; });
  }

  ServerOptions options_;
  const std::string long_ = test::RandomBytes(kLong, 1);
  Gate gate_;
  std::mutex mutex_;
  std::condition_variable told_;
  std::vector<AccessRecord> records_;
  std::string uploaded_;
  /// Of /request and of /sink.
  std::atomic<size_t> calls_ = 0;
  int uploads_begun_ = 0;
  std::atomic<int> uploads_finished_ = 0;
  int uploads_ended_ = 0;
  std::unique_ptr<Server> server_;  // ends before what it uses
};

}  // namespace reel::http

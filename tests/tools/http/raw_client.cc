#include "tests/tools/http/raw_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace reel::http {
namespace {

// Field lines up to an empty one.
void AddField(const std::string& line, Headers* headers) {
  const size_t colon = line.find(':');
  const size_t value = line.find_first_not_of(' ', colon + 1);
  headers->Add(line.substr(0, colon), value == std::string::npos ? "" : line.substr(value));
}

}  // namespace

RawClient::RawClient(const Address& address) {
  sockaddr_storage to{};
  socklen_t bytes = 0;
  if (address.is_unix()) {
    auto* local = reinterpret_cast<sockaddr_un*>(&to);
    local->sun_family = AF_UNIX;
    std::strncpy(local->sun_path, address.path.c_str(), sizeof(local->sun_path) - 1);
    bytes = sizeof(sockaddr_un);
  } else if (address.host.find(':') != std::string::npos) {
    auto* six = reinterpret_cast<sockaddr_in6*>(&to);
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(address.port);
    inet_pton(AF_INET6, address.host.c_str(), &six->sin6_addr);
    bytes = sizeof(sockaddr_in6);
  } else {
    auto* four = reinterpret_cast<sockaddr_in*>(&to);
    four->sin_family = AF_INET;
    four->sin_port = htons(address.port);
    inet_pton(AF_INET, address.host.c_str(), &four->sin_addr);
    bytes = sizeof(sockaddr_in);
  }
  fd_ = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{.tv_sec = 30, .tv_usec = 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&to), bytes), 0) << strerror(errno);
}

RawClient::~RawClient() {
  close(fd_);
}

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool RawClient::Fill() {
  std::array<char, 65536> block{};
  const ssize_t got = recv(fd_, block.data(), block.size(), 0);
  if (got > 0) {
    kept_.append(block.data(), static_cast<size_t>(got));
  }
  EXPECT_FALSE(got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) << "half a minute has gone";
  return got > 0;
}

std::optional<std::string> RawClient::ReadLine() {
  size_t end = 0;
  while ((end = kept_.find("\r\n")) == std::string::npos) {
    if (!Fill()) {
      return std::nullopt;
    }
  }
  std::string line = kept_.substr(0, end);
  kept_.erase(0, end + 2);
  return line;
}

std::string RawClient::Read(size_t bytes) {
  while (kept_.size() < bytes && Fill()) {
  }
  std::string read = kept_.substr(0, bytes);
  kept_.erase(0, bytes);
  return read;
}

std::string RawClient::ReadToEnd() {
  while (Fill()) {
  }
  return std::exchange(kept_, "");
}

void RawClient::ShutDown() {
  shutdown(fd_, SHUT_WR);
}

void RawClient::ReceiveLittle() {
  const int bytes = 4096;
  setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

Reply RawClient::Receive(bool to_head) {
  Reply reply;
  auto line = ReadLine();
  if (!line || line->size() < 12) {
    return reply;
  }
  reply.status = std::atoi(line->c_str() + 9);
  reply.reason = line->size() > 13 ? line->substr(13) : "";
  while ((line = ReadLine()) && !line->empty()) {
    AddField(*line, &reply.headers);
  }
  if (to_head || reply.status < 200 || reply.status == 204 || reply.status == 304) {
    reply.whole = line.has_value();
    return reply;
  }
  if (const auto length = reply.headers.Find("Content-Length")) {
    const size_t bytes = std::stoull(*length);
    reply.body = Read(bytes);
    reply.whole = reply.body.size() == bytes;
  } else if (reply.headers.Find("Transfer-Encoding")) {
    size_t bytes = 0;
    do {
      line = ReadLine();
      if (!line) {
        return reply;
      }
      bytes = std::stoull(*line, nullptr, 16);
      reply.body += Read(bytes);
    } while (bytes > 0 && ReadLine() == "");
    while ((line = ReadLine()) && !line->empty()) {
      AddField(*line, &reply.trailers);
    }
    reply.whole = line.has_value();
  } else {
    reply.body = ReadToEnd();
    reply.whole = true;
  }
  return reply;
}

}  // namespace reel::http

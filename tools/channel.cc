#include "tools/channel.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "tools/system_error.h"
#include "tools/units.h"

namespace reel::cli {
namespace {

// More than the arguments of a process can have.
constexpr uint32_t kFrameBytesMax = 64U << 20;
constexpr size_t kDescriptorsMax = 3;
// Bytes that follow, kind.
constexpr size_t kHeaderBytes = 5;

Status Malformed() {
  return {Code::kIoError, "what came from the other process makes no sense (is it a reel?)"};
}

void AppendNumber(uint32_t number, std::string* out) {
  out->append(reinterpret_cast<const char*>(&number), sizeof number);  // one machine, one order
}

uint32_t TakeNumber(std::string_view* bytes) {
  uint32_t number = 0;
  std::memcpy(&number, bytes->data(), sizeof number);
  bytes->remove_prefix(sizeof number);
  return number;
}

/// Room for the control message of kDescriptorsMax descriptors.
struct alignas(cmsghdr) ControlBuffer {
  std::array<char, CMSG_SPACE(sizeof(int) * kDescriptorsMax)> bytes{};
};

Status SendBytes(int socket, std::string_view bytes, const std::vector<int>& descriptors,
                 const Interruption* interruption) {
  ControlBuffer control;
  bool carries = !descriptors.empty();
  while (!bytes.empty()) {
    if (interruption != nullptr && !interruption->WaitWritable(socket)) {
      return {Code::kAborted, "interrupted"};
    }
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (carries) {
      message.msg_control = control.bytes.data();
      message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
      cmsghdr* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
      std::memcpy(CMSG_DATA(header), descriptors.data(), sizeof(int) * descriptors.size());
    }
    const int flags = MSG_NOSIGNAL | (interruption != nullptr ? MSG_DONTWAIT : 0);
    const ssize_t count = sendmsg(socket, &message, flags);
    if (count < 0 && errno != EINTR && errno != EAGAIN) {
      return SystemError("cannot write to the other process", errno);
    }
    if (count > 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
      carries = false;
    }
  }
  return Status::Ok();
}

void TakeDescriptors(msghdr* message, std::vector<FileDescriptor>* descriptors) {
  for (cmsghdr* header = CMSG_FIRSTHDR(message); header != nullptr;
       header = CMSG_NXTHDR(message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
      continue;
    }
    const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      descriptors->emplace_back(fd);
    }
  }
}

/// Fills `bytes`; false at the end, if nothing came before it.
Result<bool> ReceiveBytes(int socket, std::string* bytes,
                          std::vector<FileDescriptor>* descriptors) {
  size_t done = 0;
  while (done < bytes->size()) {
    ControlBuffer control;
    iovec part{bytes->data() + done, bytes->size() - done};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    const ssize_t count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return SystemError("cannot read from the other process", errno);
    }
    TakeDescriptors(&message, descriptors);
    if (count == 0) {
      return done == 0 ? Result<bool>(false) : Malformed();
    }
    done += static_cast<size_t>(count);
  }
  return true;
}

}  // namespace

Result<uint64_t> Frame::Number(size_t field) const {
  const auto number = field < fields.size() ? ParseNumber(fields[field]) : std::nullopt;
  return number ? Result<uint64_t>(*number) : Malformed();
}

Status Channel::Send(FrameKind kind, const std::vector<std::string>& fields,
                     const std::vector<int>& descriptors, const Interruption* interruption) const {
  std::string body;
  for (const std::string& field : fields) {
    if (body.size() + sizeof(uint32_t) + field.size() > kFrameBytesMax) {
      return {Code::kTooLarge, "the command line is too long (give it fewer arguments)"};
    }
    AppendNumber(static_cast<uint32_t>(field.size()), &body);
    body += field;
  }
  std::string header;
  AppendNumber(static_cast<uint32_t>(body.size()), &header);
  header += static_cast<char>(kind);
  REEL_RETURN_IF_ERROR(SendBytes(socket_.get(), header, descriptors, interruption));
  return SendBytes(socket_.get(), body, {}, interruption);
}

Result<std::optional<Frame>> Channel::Receive() const {
  Frame frame;
  std::string header(kHeaderBytes, '\0');
  const auto came = ReceiveBytes(socket_.get(), &header, &frame.descriptors);
  if (!came.ok()) {
    return came.status();
  }
  if (!*came) {
    return std::optional<Frame>();
  }
  std::string_view rest = header;
  const uint32_t size = TakeNumber(&rest);
  frame.kind = static_cast<FrameKind>(rest.front());
  if (size > kFrameBytesMax) {
    return Malformed();
  }
  std::string body(size, '\0');
  const auto whole = ReceiveBytes(socket_.get(), &body, &frame.descriptors);
  if (!whole.ok()) {
    return whole.status();
  }
  if (!*whole) {
    return Malformed();
  }
  for (std::string_view left = body; !left.empty();) {
    const uint32_t length = left.size() < sizeof(uint32_t) ? UINT32_MAX : TakeNumber(&left);
    if (length > left.size()) {
      return Malformed();
    }
    frame.fields.emplace_back(left.substr(0, length));
    left.remove_prefix(length);
  }
  return std::optional<Frame>(std::move(frame));
}

void Channel::SetPatience(int seconds) const {
  const timeval time{seconds, 0};
  setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

void Channel::StopReceiving() const {
  shutdown(socket_.get(), SHUT_RD);
}

Result<uint32_t> PeerUser(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return SystemError("cannot tell who is at the other end", errno);
  }
  return peer.uid;
}

}  // namespace reel::cli

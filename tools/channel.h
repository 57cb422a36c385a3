// What the owner of a store and a client say to each other, over a Unix socket.
//
//   client                      owner
//   kHello            ->                        the command; with the standard descriptors
//                     <-        kRefused        instead of all that follows: why
//                     <-        kBegun
//                     <-        kOpen...        as often as the command asks for files
//   kAnswer           ->                        to each; with a descriptor where one was opened
//   kInterrupt        ->                        at any time after kHello
//                     <-        kExit
#pragma once

#include <reel/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/file_descriptor.h"
#include "tools/interrupt.h"

namespace reel::cli {

/// Of the frames and what they mean. kHello's first field and kRefused are the same in all.
inline constexpr std::string_view kProtocolVersion = "1";

enum class FrameKind : uint8_t {
  /// version, directory, number of variables, NAME=VALUE..., arguments...
  kHello = 1,
  /// message
  kRefused = 2,
  kBegun = 3,
  kInterrupt = 4,
  /// exit status
  kExit = 5,
  /// question's number, code, message, "1" if the file is visible
  kAnswer = 6,
  /// question's number, path
  kOpenToRead = 7,
  /// question's number, path, name
  kOpenToAppend = 8,
  /// question's number, path
  kOpenOutput = 9,
  /// question's number, number of the question that opened it
  kCommitOutput = 10,
  /// number of the question that opened it; not answered
  kAbandonOutput = 11,
  /// question's number; answered with kAborted by a client that is interrupted
  kCatchUp = 12,
};

struct Frame {
  FrameKind kind = FrameKind::kHello;
  std::vector<std::string> fields;
  std::vector<FileDescriptor> descriptors;

  /// A field as a number; kIoError where there is none.
  [[nodiscard]] Result<uint64_t> Number(size_t field) const;
};

/// One end of a connected stream socket.
class Channel {
 public:
  explicit Channel(FileDescriptor socket) : socket_(std::move(socket)) {}

  /// Sends all of a frame; kIoError when the other end is gone, kAborted when interrupted. One
  /// thread at a time. `interruption` may be null.
  Status Send(FrameKind kind, const std::vector<std::string>& fields,
              const std::vector<int>& descriptors = {},
              const Interruption* interruption = nullptr) const;

  /// Waits for a frame; nothing at the end. kIoError: no frame, or the time of SetPatience is over.
  /// One thread at a time.
  [[nodiscard]] Result<std::optional<Frame>> Receive() const;

  /// How long Receive waits for each part of a frame; 0: for ever.
  void SetPatience(int seconds) const;

  /// Nothing more is received; what waits for it returns.
  void StopReceiving() const;

  [[nodiscard]] int descriptor() const { return socket_.get(); }

 private:
  FileDescriptor socket_;
};

/// The user at the other end of a socket.
Result<uint32_t> PeerUser(int socket);

}  // namespace reel::cli

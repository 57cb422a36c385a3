// The files of a client's command line, opened by the client: it may see others than the owner of
// the store does, or be another user.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/channel.h"
#include "tools/files.h"
#include "tools/shared_store.h"

namespace reel::cli {

/// What is asked of a client. One thread asks, another brings the answers.
class Questions {
 public:
  /// What a question does once the command is interrupted. kWaits: for some seconds, which only a
  /// client that was stopped needs.
  enum class WhenInterrupted : uint8_t { kGivesUp, kWaits };

  Questions(const Channel* channel, const Interruption* interruption)
      : channel_(channel), interruption_(interruption) {}

  struct Asked {
    uint64_t question = 0;
    Frame answer;
  };

  /// Sends `fields` behind the question's number, and waits. An answer that is an error is
  /// returned as one. kAborted: interrupted, or the client is gone.
  Result<Asked> Ask(FrameKind kind, std::vector<std::string> fields,
                    WhenInterrupted when = WhenInterrupted::kGivesUp);

  /// Sends what needs no answer.
  void Tell(FrameKind kind, const std::vector<std::string>& fields) const;

  /// Of the other thread: an answer has come.
  void Answer(Frame frame);

  /// Of the other thread: whoever waits looks at the interruption. With `gone`, nothing comes any
  /// more.
  void WakeUp(bool gone);

 private:
  const Channel* channel_;
  const Interruption* interruption_;
  uint64_t last_question_ = 0;
  // Waits for the answer to `question`; nothing where none comes.
  std::optional<Frame> WaitForAnswer(WhenInterrupted when);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Frame> answer_;
  bool gone_ = false;
};

class ClientFiles final : public Files {
 public:
  /// reel.json in the directory `shown`, which is the store's as the client sees it, is opened by
  /// this process, in the directory that it sees itself. Files that this process serves are
  /// refused. Both pointers outlive this object and what it opens.
  ClientFiles(Questions* questions, const SharedStore* store, std::string shown)
      : questions_(questions), store_(store), shown_(std::move(shown)) {}

  Result<FileDescriptor> OpenToRead(const std::string& path) override;
  Result<FileDescriptor> OpenToAppend(const std::string& path, const std::string& name) override;
  Result<std::unique_ptr<OutputFile>> OpenOutput(const std::string& path) override;

 private:
  /// The descriptor that an answer came with, of the file `path`.
  Result<FileDescriptor> Take(const std::string& path, Frame* answer) const;

  Questions* questions_;
  const SharedStore* store_;
  std::string shown_;
};

}  // namespace reel::cli

#include "tools/client_files.h"

#include <fcntl.h>

#include <cerrno>
#include <chrono>

#include "tools/served_files.h"
#include "tools/system_error.h"

namespace reel::cli {
namespace {

Status Interrupted() {
  return {Code::kAborted, "interrupted"};
}

class ClientOutput final : public OutputFile {
 public:
  ClientOutput(Questions* questions, uint64_t question, FileDescriptor fd, bool is_visible)
      : questions_(questions), question_(question), fd_(std::move(fd)), is_visible_(is_visible) {}
  ClientOutput(const ClientOutput&) = delete;
  ClientOutput& operator=(const ClientOutput&) = delete;

  ~ClientOutput() override {
    if (!is_committed_) {
      questions_->Tell(FrameKind::kAbandonOutput, {std::to_string(question_)});
    }
  }

  [[nodiscard]] int descriptor() const override { return fd_.get(); }
  [[nodiscard]] bool IsVisible() const override { return is_visible_; }

  Status Commit() override {
    // What has become of the file only the client can tell.
    const auto asked = questions_->Ask(FrameKind::kCommitOutput, {std::to_string(question_)},
                                       Questions::WhenInterrupted::kWaits);
    if (!asked.ok()) {
      return asked.status();
    }
    is_committed_ = true;
    is_visible_ = true;
    return Status::Ok();
  }

 private:
  Questions* questions_;
  uint64_t question_;
  FileDescriptor fd_;
  bool is_visible_;
  bool is_committed_ = false;
};

}  // namespace

Result<Questions::Asked> Questions::Ask(FrameKind kind, std::vector<std::string> fields,
                                        WhenInterrupted when) {
  const uint64_t question = ++last_question_;
  fields.insert(fields.begin(), std::to_string(question));
  if (!channel_->Send(kind, fields).ok()) {
    return Interrupted();
  }
  while (auto answer = WaitForAnswer(when)) {
    const auto number = answer->Number(0);
    const auto code = answer->Number(1);
    if (!number.ok() || !code.ok() || answer->fields.size() != 4) {
      return {Code::kIoError, "the other process's answer makes no sense (is it a reel?)"};
    }
    if (*number != question) {
      continue;  // of a question that was given up
    }
    if (*code != static_cast<uint64_t>(Code::kOk)) {
      return {static_cast<Code>(*code), answer->fields[2]};
    }
    return Asked{question, *std::move(answer)};
  }
  return Interrupted();
}

std::optional<Frame> Questions::WaitForAnswer(WhenInterrupted when) {
  constexpr std::chrono::seconds kPatience(5);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return answer_ || gone_ || interruption_->IsRaised(); });
  if (when == WhenInterrupted::kWaits) {
    changed_.wait_for(lock, kPatience, [&] { return answer_ || gone_; });
  }
  return std::exchange(answer_, std::nullopt);
}

void Questions::Tell(FrameKind kind, const std::vector<std::string>& fields) const {
  // A client that is gone has nothing left to be told.
  [[maybe_unused]] const Status ignored = channel_->Send(kind, fields);
}

void Questions::Answer(Frame frame) {
  const std::scoped_lock lock(mutex_);
  answer_ = std::move(frame);
  changed_.notify_all();
}

void Questions::WakeUp(bool gone) {
  const std::scoped_lock lock(mutex_);
  gone_ = gone_ || gone;
  changed_.notify_all();
}

Result<FileDescriptor> ClientFiles::Take(const std::string& path, Frame* answer) const {
  if (answer->descriptors.size() != 1) {
    return {Code::kIoError, "the other process opened nothing (is it a reel?)"};
  }
  REEL_RETURN_IF_ERROR(CheckNotServedHere(*store_, answer->descriptors.front().get(), path));
  return std::move(answer->descriptors.front());
}

Result<FileDescriptor> ClientFiles::OpenToRead(const std::string& path) {
  constexpr std::string_view kSettings = "/reel.json";
  if (path == shown_ + std::string(kSettings)) {
    const std::string here = store_->path + std::string(kSettings);
    FileDescriptor fd(open(here.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    return fd.ok() ? Result<FileDescriptor>(std::move(fd))
                   : SystemError("cannot read " + path, errno);
  }
  auto asked = questions_->Ask(FrameKind::kOpenToRead, {path});
  return asked.ok() ? Take(path, &asked->answer) : asked.status();
}

Result<FileDescriptor> ClientFiles::OpenToAppend(const std::string& path, const std::string& name) {
  auto asked = questions_->Ask(FrameKind::kOpenToAppend, {path, name});
  return asked.ok() ? Take(path, &asked->answer) : asked.status();
}

Result<std::unique_ptr<OutputFile>> ClientFiles::OpenOutput(const std::string& path) {
  auto asked = questions_->Ask(FrameKind::kOpenOutput, {path});
  if (!asked.ok()) {
    return asked.status();
  }
  auto fd = Take(path, &asked->answer);
  if (!fd.ok()) {
    questions_->Tell(FrameKind::kAbandonOutput, {std::to_string(asked->question)});
    return fd.status();
  }
  return Result<std::unique_ptr<OutputFile>>(std::make_unique<ClientOutput>(
      questions_, asked->question, *std::move(fd), asked->answer.fields[3] == "1"));
}

}  // namespace reel::cli

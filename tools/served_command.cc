#include "tools/served_command.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <exception>
#include <utility>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/exit_status.h"
#include "tools/owner_client.h"
#include "tools/served_files.h"

namespace reel::cli {
namespace {

constexpr const char* kOwnerEnds = "the owner of the store ends (try again)";

// For a client to say what it wants, which it does at once.
constexpr int kPatienceSeconds = 10;
constexpr int kNudgeAgainMs = 20;

Status Malformed() {
  return {Code::kIoError, "the command makes no sense to the owner of the store (is it a reel?)"};
}

// Whether a write of few bytes would not wait.
bool IsReady(int fd) {
  pollfd output{fd, POLLOUT, 0};
  return poll(&output, 1, 0) > 0;
}

}  // namespace

ServedCommand::ServedCommand(const SharedStore* store, FileDescriptor client,
                             std::function<void()> on_end)
    : store_(store),
      channel_(std::move(client)),
      questions_(&channel_, &interruption_),
      on_end_(std::move(on_end)),
      conversation_([this] { Converse(); }) {}

ServedCommand::~ServedCommand() {
  Interrupt();
  conversation_.join();
}

void ServedCommand::Interrupt() {
  interruption_.Raise();
  questions_.WakeUp(/*gone=*/false);
  if (!has_begun_) {
    channel_.StopReceiving();
  }
}

void ServedCommand::EndWithOwner() {
  owner_ends_ = true;
  Interrupt();
}

void ServedCommand::Converse() {
  const Status begun = Begin();
  if (begun.ok()) {
    running_ = std::thread([this] { Run(); });
    Hear();
    running_.join();
  } else {
    [[maybe_unused]] const Status ignored = channel_.Send(FrameKind::kRefused, {begun.message()});
  }
  has_ended_ = true;
  on_end_();
}

Status ServedCommand::Begin() {
  channel_.SetPatience(kPatienceSeconds);
  auto hello = channel_.Receive();
  if (!hello.ok()) {
    return hello.status();
  }
  if (!*hello || (*hello)->kind != FrameKind::kHello || (*hello)->fields.empty()) {
    return Malformed();
  }
  REEL_RETURN_IF_ERROR(Read(**std::move(hello)));
  channel_.SetPatience(0);
  has_begun_ = true;
  return interruption_.IsRaised() ? Status(Code::kBusy, kOwnerEnds)
                                  : channel_.Send(FrameKind::kBegun, {});
}

Status ServedCommand::Read(Frame hello) {
  if (hello.fields[0] != kProtocolVersion) {
    return {Code::kUnsupported, "the owner of the store, process " + std::to_string(getpid()) +
                                    ", is a reel of another version (start it again)"};
  }
  const auto variables = hello.Number(2);
  if (!variables.ok() || *variables > hello.fields.size() - 3 || hello.descriptors.size() != 3) {
    return Malformed();
  }
  const auto first = hello.fields.begin() + 3;
  const auto end = first + static_cast<ptrdiff_t>(*variables);
  variables_.assign(first, end);
  arguments_.assign(end, hello.fields.end());
  auto line = CommandLine::Parse(arguments_);
  REEL_RETURN_IF_ERROR(line.status());
  if (line->command() == nullptr || !RunsInOwner(line->command()->id)) {
    return Malformed();
  }
  line_ = *std::move(line);
  constexpr std::array kNames = {"standard input", "standard output", "standard error"};
  for (size_t i = 0; i < kNames.size(); ++i) {
    REEL_RETURN_IF_ERROR(CheckNotServedHere(*store_, hello.descriptors[i].get(), kNames[i]));
  }
  standard_ = std::move(hello.descriptors);
  session_.input = standard_[0].get();
  session_.output = standard_[1].get();
  session_.errors = standard_[2].get();
  session_.interruption = &interruption_;
  session_.report = [this](const std::string& text) { Tell(text); };
  session_.environment = [this](const std::string& name) { return Variable(name); };
  session_.directory = hello.fields[1];
  session_.store = store_;
  session_.catch_up = [this] {
    if (!questions_.Ask(FrameKind::kCatchUp, {}).ok()) {
      interruption_.Raise();
    }
  };
  const auto shown = StorePath(session_, *line_);
  REEL_RETURN_IF_ERROR(shown.status());
  files_.emplace(&questions_, store_, *shown);
  session_.files = &*files_;
  return Status::Ok();
}

std::string ServedCommand::Variable(const std::string& name) const {
  const std::string begin = name + "=";
  const auto found = std::find_if(variables_.begin(), variables_.end(),
                                  [&](const std::string& each) { return each.starts_with(begin); });
  return found == variables_.end() ? "" : found->substr(begin.size());
}

void ServedCommand::Tell(const std::string& line) {
  const std::scoped_lock lock(telling_);
  const std::string text = "reel: " + line + "\n";
  std::string_view left = text;
  while (!left.empty()) {
    // Once it is interrupted, a command does not wait for whoever reads.
    if (!interruption_.WaitWritable(session_.errors) && !IsReady(session_.errors)) {
      return;
    }
    const ssize_t count = write(session_.errors, left.data(), left.size());
    if (count < 0 && errno != EINTR && errno != EAGAIN) {
      return;
    }
    left.remove_prefix(count < 0 ? 0 : static_cast<size_t>(count));
  }
}

void ServedCommand::Run() {
  sigset_t nudge;
  sigemptyset(&nudge);
  sigaddset(&nudge, SIGURG);
  pthread_sigmask(SIG_UNBLOCK, &nudge, nullptr);
  int exit_status = 0;
  try {
    exit_status = RunCommand(session_, *line_);
  } catch (const std::exception& failure) {  // of memory that ran out, say: others go on
    exit_status = Report(
        session_,
        Status(Code::kIoError, line_->words() + ": it failed: " + failure.what() + " (try again)"));
  }
  if (exit_status != 0 && owner_ends_) {
    Tell(line_->words() + ": " + kOwnerEnds);
  }
  // Whoever reads the output must see its end when the client's is over.
  standard_.clear();
  [[maybe_unused]] const Status ignored =
      channel_.Send(FrameKind::kExit, {std::to_string(exit_status)});
  has_run_ = true;
  channel_.StopReceiving();
}

void ServedCommand::Hear() {
  while (true) {
    const bool interrupted = interruption_.IsRaised();
    std::array<pollfd, 2> waits = {
        {{channel_.descriptor(), POLLIN, 0}, {interruption_.descriptor(), POLLIN, 0}}};
    poll(waits.data(), interrupted ? 1 : 2, interrupted ? kNudgeAgainMs : -1);
    if (interrupted) {
      Nudge();
    }
    if (waits[0].revents == 0) {
      continue;
    }
    auto frame = channel_.Receive();
    if (!frame.ok() || !*frame) {
      break;
    }
    if ((*frame)->kind == FrameKind::kInterrupt) {
      Interrupt();
    } else if ((*frame)->kind == FrameKind::kAnswer) {
      questions_.Answer(**std::move(frame));
    }
  }
  interruption_.Raise();
  questions_.WakeUp(/*gone=*/true);
  while (!has_run_) {
    Nudge();
    poll(nullptr, 0, kNudgeAgainMs);
  }
}

void ServedCommand::Nudge() {
  if (!has_run_) {
    pthread_kill(running_.native_handle(), SIGURG);
  }
}

}  // namespace reel::cli

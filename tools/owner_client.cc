#include "tools/owner_client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "tools/channel.h"
#include "tools/context.h"
#include "tools/exit_status.h"
#include "tools/owner_socket.h"

namespace reel::cli {
namespace {

// The variables that settings are read from.
constexpr std::array kVariables = {"REEL_STORE", "XDG_DATA_HOME", "HOME"};

/// None where nobody listens, or somebody who must not be given descriptors of this user's.
FileDescriptor Connect(const std::string& store) {
  const FileDescriptor directory(open(store.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!directory.ok() || !socket.ok()) {
    return {};
  }
  const sockaddr_un address = OwnerAddress(directory.get());
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return {};
  }
  const auto user = PeerUser(socket.get());
  const bool trusted = user.ok() && (*user == 0 || *user == geteuid() || geteuid() == 0);
  return trusted ? std::move(socket) : FileDescriptor();
}

/// What a client has to do while its command runs.
class Client {
 public:
  Client(const Session& session, const CommandLine& line, FileDescriptor socket)
      : session_(session), line_(line), channel_(std::move(socket)) {}

  std::optional<int> Run(std::span<const std::string> arguments) {
    std::error_code error;
    const std::filesystem::path directory = std::filesystem::current_path(error);
    if (error) {
      return std::nullopt;
    }
    std::vector<std::string> fields = {std::string(kProtocolVersion), directory.string(),
                                       std::to_string(kVariables.size())};
    for (const char* name : kVariables) {
      fields.push_back(std::string(name) + "=" + session_.environment(name));
    }
    fields.insert(fields.end(), arguments.begin(), arguments.end());
    // Who does not take all of it may have said why.
    [[maybe_unused]] const Status ignored =
        channel_.Send(FrameKind::kHello, fields, {session_.input, session_.output, session_.errors},
                      session_.interruption);
    while (!exit_status_) {
      if (!HearOwner()) {
        return has_begun_ ? std::optional(Failed("the process that owned the store ended "
                                                 "(try again)"))
                          : std::nullopt;
      }
    }
    return exit_status_;
  }

 private:
  /// False when the owner is gone.
  bool HearOwner() {
    std::array<pollfd, 2> waits = {
        {{channel_.descriptor(), POLLIN, 0}, {session_.interruption->descriptor(), POLLIN, 0}}};
    poll(waits.data(), has_told_ ? 1 : 2, -1);
    if (session_.Interrupted() && !std::exchange(has_told_, true)) {
      [[maybe_unused]] const Status ignored = channel_.Send(FrameKind::kInterrupt, {});
    }
    if (waits[0].revents == 0) {
      return true;
    }
    auto frame = channel_.Receive();
    if (!frame.ok() || !*frame) {
      return false;
    }
    Take(**frame);
    return true;
  }

  void Take(const Frame& frame) {
    switch (frame.kind) {
      case FrameKind::kBegun:
        has_begun_ = true;
        break;
      case FrameKind::kRefused:
        exit_status_ = Failed(frame.fields.empty() ? "it was refused" : frame.fields.front());
        break;
      case FrameKind::kExit: {
        const auto status = frame.Number(0);
        exit_status_ = status.ok() ? static_cast<int>(*status) : Failed(status.status().message());
        break;
      }
      case FrameKind::kOpenToRead:
        Answer(frame, Names(frame, ToRead()) ? session_.files->OpenToRead(frame.fields[1])
                                             : Result<FileDescriptor>(NotNamed()));
        break;
      case FrameKind::kOpenToAppend:
        Answer(frame, Names(frame, line_.Texts(FlagId::kLog)) && frame.fields.size() == 3
                          ? session_.files->OpenToAppend(frame.fields[1], frame.fields[2])
                          : Result<FileDescriptor>(NotNamed()));
        break;
      case FrameKind::kOpenOutput:
        OpenOutput(frame);
        break;
      case FrameKind::kCommitOutput:
        CommitOutput(frame);
        break;
      case FrameKind::kCatchUp:
        Answer(frame, session_.Interrupted() ? Status(Code::kAborted, "interrupted") : Status::Ok(),
               {});
        break;
      case FrameKind::kAbandonOutput:
        if (const auto opened = frame.Number(0); opened.ok()) {
          outputs_.erase(*opened);
        }
        break;
      default:
        break;
    }
  }

  [[nodiscard]] std::vector<std::string> ToRead() const {
    std::vector<std::string> names = line_.Texts(FlagId::kConfig);
    if (line_.command()->operand_kind == ValueKind::kFile) {
      names.insert(names.end(), line_.operands().begin(), line_.operands().end());
    }
    return names;
  }

  static bool Names(const Frame& question, const std::vector<std::string>& names) {
    return question.fields.size() >= 2 &&
           std::find(names.begin(), names.end(), question.fields[1]) != names.end();
  }

  static Status NotNamed() {
    return {Code::kReadOnly,
            "the owner of the store asks for a file that the command line does "
            "not name (look at what process it is)"};
  }

  void Answer(const Frame& question, const Status& status, const std::vector<int>& descriptors,
              bool is_visible = false) const {
    // An owner that is gone is found out by the next look.
    [[maybe_unused]] const Status ignored = channel_.Send(
        FrameKind::kAnswer,
        {question.fields.empty() ? "" : question.fields.front(),
         std::to_string(static_cast<int>(status.code())), status.message(), is_visible ? "1" : ""},
        descriptors);
  }

  void Answer(const Frame& question, const Result<FileDescriptor>& opened) const {
    Answer(question, opened.status(),
           opened.ok() ? std::vector<int>{opened->get()} : std::vector<int>());
  }

  void OpenOutput(const Frame& question) {
    const auto number = question.Number(0);
    if (!number.ok() || !Names(question, line_.Texts(FlagId::kOutput))) {
      Answer(question, NotNamed(), {});
      return;
    }
    auto file = session_.files->OpenOutput(question.fields[1]);
    if (!file.ok()) {
      Answer(question, file.status(), {});
      return;
    }
    Answer(question, Status::Ok(), {(*file)->descriptor()}, (*file)->IsVisible());
    outputs_[*number] = *std::move(file);
  }

  void CommitOutput(const Frame& question) {
    const auto opened = question.Number(1);
    const auto found = opened.ok() ? outputs_.find(*opened) : outputs_.end();
    Answer(question, found == outputs_.end() ? NotNamed() : found->second->Commit(), {});
  }

  [[nodiscard]] int Failed(const std::string& why) const {
    const int status = Report(session_, Status(Code::kIoError, why).WithContext(line_.words()));
    // Of a scrub, 1 would mean that it found something.
    return line_.command()->id == CommandId::kScrub ? 2 : status;
  }

  const Session& session_;
  const CommandLine& line_;
  Channel channel_;
  // By the number of the question that opened them. What is left is abandoned with the object.
  std::map<uint64_t, std::unique_ptr<OutputFile>> outputs_;
  bool has_begun_ = false;
  bool has_told_ = false;
  std::optional<int> exit_status_;
};

}  // namespace

bool RunsInOwner(CommandId command) {
  switch (command) {
    case CommandId::kMount:
    case CommandId::kServe:
    case CommandId::kConfig:
    case CommandId::kHelp:
      return false;
    default:
      return true;
  }
}

std::optional<int> RunInOwner(const Session& session, std::span<const std::string> arguments,
                              const CommandLine& line) {
  const auto store = StorePath(session, line);
  if (!store.ok()) {
    return std::nullopt;  // for the command to tell
  }
  FileDescriptor socket = Connect(*store);
  return socket.ok() ? Client(session, line, std::move(socket)).Run(arguments) : std::nullopt;
}

}  // namespace reel::cli

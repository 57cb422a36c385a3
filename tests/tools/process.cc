#include "tests/tools/process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace reel::test {
namespace {

[[noreturn]] void Die(const std::string& what) {
  std::perror(what.c_str());
  std::abort();
}

int Checked(int result, const std::string& what) {
  if (result < 0) {
    Die(what);
  }
  return result;
}

int OpenOutput(const std::string& path) {
  return path.empty() ? Checked(memfd_create("output", MFD_CLOEXEC), "memfd_create")
                      : Checked(open(path.c_str(), O_WRONLY | O_CLOEXEC), path);
}

std::string ReadBack(int fd) {
  std::string text;
  std::array<char, 65536> block{};
  for (;;) {
    const ssize_t count = pread(fd, block.data(), block.size(), static_cast<off_t>(text.size()));
    if (count <= 0) {
      return text;
    }
    text.append(block.data(), static_cast<size_t>(count));
  }
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) {
    pointers.push_back(const_cast<char*>(text.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Process::Process(const ProcessOptions& options) {
  std::array<int, 2> ends = {-1, -1};
  if (options.feed) {
    Checked(pipe2(ends.data(), O_CLOEXEC), "pipe2");
  } else {
    ends[0] = Checked(open(options.input.c_str(), O_RDONLY | O_CLOEXEC), options.input);
  }
  input_ = ends[1];
  output_ = OpenOutput(options.output);
  errors_ = OpenOutput(options.errors);
  const std::vector<char*> arguments = Pointers(options.arguments);
  const std::vector<char*> environment = Pointers(options.environment);
  std::signal(SIGPIPE, SIG_IGN);
  pid_ = Checked(fork(), "fork");
  if (pid_ == 0) {
    std::signal(SIGPIPE, SIG_DFL);
    dup2(ends[0], STDIN_FILENO);
    dup2(output_, STDOUT_FILENO);
    dup2(errors_, STDERR_FILENO);
    for (const int fd : options.closed) {
      close(fd);
    }
    execve(arguments[0], arguments.data(), environment.data());
    _exit(127);
  }
  close(ends[0]);
}

Process::~Process() {
  if (!Ended()) {
    kill(pid_, SIGKILL);
    waitpid(pid_, &wait_status_, 0);
  }
  CloseInput();
  close(output_);
  close(errors_);
}

bool Process::WriteInput(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(input_, bytes.data(), bytes.size());
    if (count < 0 && errno == EPIPE) {
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(Checked(static_cast<int>(count), "write")));
  }
  return true;
}

void Process::CloseInput() {
  if (input_ >= 0) {
    close(input_);
    input_ = -1;
  }
}

void Process::Signal(int signal) const {
  Checked(kill(pid_, signal), "kill");
}

bool Process::Catches(int signal) const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("SigCgt:")) {
      return (std::stoull(line.substr(7), nullptr, 16) >> (signal - 1) & 1U) != 0;
    }
  }
  return false;
}

void Process::Stop() const {
  Signal(SIGSTOP);
  siginfo_t info{};
  Checked(waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WEXITED | WNOWAIT), "waitid");
}

bool Process::Ended() {
  if (!ended_) {
    ended_ = waitpid(pid_, &wait_status_, WNOHANG) == pid_;
  }
  return ended_;
}

Outcome Process::Wait() {
  CloseInput();
  if (!WaitUntil([&] { return Ended(); })) {
    std::fprintf(stderr, "the program does not end; killing it\n");
    kill(pid_, SIGKILL);
    waitpid(pid_, &wait_status_, 0);
    ended_ = true;
  }
  Outcome outcome;
  outcome.exit_status = WIFEXITED(wait_status_) ? WEXITSTATUS(wait_status_) : -1;
  outcome.signal = WIFSIGNALED(wait_status_) ? WTERMSIG(wait_status_) : 0;
  outcome.out = ReadBack(output_);
  outcome.err = ReadBack(errors_);
  return outcome;
}

void PollPause() {
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace reel::test

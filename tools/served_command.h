// One client's command, run by the owner of the store.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tools/channel.h"
#include "tools/client_files.h"
#include "tools/flags.h"
#include "tools/session.h"
#include "tools/shared_store.h"

namespace reel::cli {

/// The conversation with one client, on threads of its own from the start to the end. The client
/// interrupts the command by saying so, or by going away.
class ServedCommand {
 public:
  /// Of `client`, who is allowed to. `store` outlives this object; `on_end` is called when nothing
  /// of it runs any more but that call. REQUIRES: SIGURG has a handler, and is blocked in this
  /// thread.
  ServedCommand(const SharedStore* store, FileDescriptor client, std::function<void()> on_end);

  /// Interrupts the command, and waits for its end.
  ~ServedCommand();

  ServedCommand(const ServedCommand&) = delete;
  ServedCommand& operator=(const ServedCommand&) = delete;

  void Interrupt();

  /// The same, because the owner ends: the client's user, who did not ask for it, is told.
  void EndWithOwner();

  /// Whether `on_end` was called, or will be at once.
  [[nodiscard]] bool HasEnded() const { return has_ended_; }

 private:
  void Converse();
  /// Takes the command that the client asks for. An error is why it is refused.
  Status Begin();
  Status Read(Frame hello);
  [[nodiscard]] std::string Variable(const std::string& name) const;
  /// To whoever reads the client's stderr.
  void Tell(const std::string& line);
  void Run();
  /// Hears the client until the command has run.
  void Hear();
  /// Makes a system call return that an interrupted command is blocked in.
  void Nudge();

  const SharedStore* store_;
  Channel channel_;
  Interruption interruption_;
  Questions questions_;
  Session session_;
  std::optional<ClientFiles> files_;
  std::optional<CommandLine> line_;
  std::vector<FileDescriptor> standard_;
  std::vector<std::string> variables_;
  std::vector<std::string> arguments_;

  // Threads of the engine tell of failures too.
  std::mutex telling_;
  std::atomic<bool> has_begun_ = false;
  std::atomic<bool> owner_ends_ = false;
  std::atomic<bool> has_run_ = false;
  std::atomic<bool> has_ended_ = false;
  std::function<void()> on_end_;
  std::thread running_;
  std::thread conversation_;
};

}  // namespace reel::cli

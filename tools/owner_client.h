// Commands that work through the process that owns the store.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "tools/flags.h"
#include "tools/session.h"

namespace reel::cli {

/// Has the owner of the store run the command (owner.h), and returns its exit status; output and
/// errors are those of the command. Meanwhile this process opens the files that `line` names, and
/// no others, since the owner may be another user, and tells the owner of interruptions. Nothing
/// where no owner answers that this user may talk to: the command was not begun. `arguments` are
/// those of `line`. REQUIRES: RunsInOwner, and `session` is the process's.
std::optional<int> RunInOwner(const Session& session, std::span<const std::string> arguments,
                              const CommandLine& line);

/// Whether a command runs in the owner of the store, if there is one.
bool RunsInOwner(CommandId command);

}  // namespace reel::cli

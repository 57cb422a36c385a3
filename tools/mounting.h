// A mount, as a command line asks for it.
#pragma once

#include <reel/status.h>

#include <functional>
#include <string>

#include "fuse/filesystem.h"
#include "fuse/mount_options.h"
#include "fuse/session.h"
#include "tools/context.h"
#include "tools/flags.h"
#include "tools/session.h"

namespace reel::cli {

struct Mounting {
  mount::MountFlags flags;
  mount::MountOptions options;
};

/// At `directory`, with -o. kInvalidArgument and others: what can be told of before a store is
/// opened.
Result<Mounting> MountingOf(const Session& session, const CommandLine& line,
                            const std::string& directory);

/// How the store is to look, with --prefix. `context` outlives what is made of it. `report` is told
/// of failures.
mount::FilesystemOptions LookOf(const CommandLine& line, const Mounting& mounting,
                                std::function<void(const Status&)> report, Context* context);

}  // namespace reel::cli

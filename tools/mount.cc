#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "fuse/background.h"
#include "fuse/filesystem.h"
#include "fuse/session.h"
#include "tools/commands.h"
#include "tools/context.h"
#include "tools/exit_status.h"
#include "tools/mounting.h"
#include "tools/owner.h"
#include "tools/report_sink.h"
#include "tools/served_files.h"
#include "tools/upkeep.h"

namespace reel::cli {
namespace {

void ReportMount(const Status& failure) {
  Report(failure.WithContext("mount"));
}

// Returns when the mount is gone again.
Status Serve(const Session& session, const CommandLine& line, const Mounting& mounting,
             const std::function<bool()>& on_ready) {
  std::optional<Context> context;
  std::optional<Upkeep> upkeep;
  std::optional<mount::Filesystem> filesystem;
  std::unique_ptr<Owner> owner;
  const auto open = [&]() -> Result<mount::Filesystem*> {
    auto opened =
        Context::Open(session, line, Missing::kIsAnError, Versions::kAreCreatedIfPossible);
    if (!opened.ok()) {
      return opened.status();
    }
    context = *std::move(opened);
    upkeep.emplace(&context->store(), line, ReportMount);
    filesystem.emplace(&context->library(), LookOf(line, mounting, ReportMount, &*context));
    SharedStore shared = context->Share();
    shared.mounted = DeviceMountedAt(mounting.options.mountpoint);
    owner = Owner::ListenIfPossible(std::move(shared), ReportMount);
    return &*filesystem;
  };
  return mount::ServeMount(mounting.options, open, on_ready);
}

Result<int> Mount(const Session& session, const CommandLine& line) {
  REEL_RETURN_IF_ERROR(CheckUpkeep(line));
  const auto mounting = MountingOf(session, line, line.operands().front());
  if (!mounting.ok()) {
    return mounting.status();
  }
  if (line.Has(FlagId::kForeground)) {
    // Readers of the mount must not wait for whoever reads of failures.
    SendReportsTo(WithoutWaiting(STDERR_FILENO));
    REEL_RETURN_IF_ERROR(Serve(session, line, *mounting, [] { return true; }));
    return 0;
  }
  auto background = mount::Background::Fork();
  if (!background.ok()) {
    return background.status();
  }
  if (background->is_child()) {
    REEL_RETURN_IF_ERROR(Serve(session, line, *mounting, [&] {
      // Ready gives up stderr, and a mount may have to tell of failures for years.
      SendReportsTo(SystemLog());
      return background->Ready();
    }));
    return 0;
  }
  std::string error;
  const int exit_status = background->Wait(mounting->options.mountpoint, &error);
  if (!error.empty()) {
    Report(session, {Code::kIoError, error});
  }
  return exit_status;
}

}  // namespace

int RunMount(const Session& session, const CommandLine& line) {
  const auto exit_status = Mount(session, line);
  return exit_status.ok()
             ? *exit_status
             : Report(session,
                      exit_status.status().WithContext("mount " + line.operands().front()));
}

}  // namespace reel::cli

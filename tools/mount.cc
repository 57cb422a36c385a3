#include <reel/sweeper.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "fuse/background.h"
#include "fuse/filesystem.h"
#include "fuse/mount_options.h"
#include "fuse/mountpoint.h"
#include "fuse/session.h"
#include "tools/commands.h"
#include "tools/context.h"
#include "tools/exit_status.h"
#include "tools/report_sink.h"

namespace reel::cli {
namespace {

Result<mount::MountFlags> FlagsOf(const CommandLine& line) {
  std::string words;
  for (const std::string& more : line.Texts(FlagId::kMountOptions)) {
    words += more + ",";
  }
  return mount::ParseMountFlags(words);
}

// The mount as the command line describes it, with what can be checked before a store is opened.
Result<mount::MountOptions> OptionsOf(const CommandLine& line, const mount::MountFlags& flags) {
  mount::MountOptions options;
  options.allow_other = flags.allow_other;
  options.read_only = flags.read_only;
  options.noexec = flags.noexec;
  options.noatime = flags.noatime;
  options.auto_unmount = mount::HasFusermount() && (geteuid() == 0 || flags.allow_other);
  auto source = StorePath(line);
  if (!source.ok()) {
    return source.status();
  }
  options.source = *std::move(source);
  auto mountpoint = mount::CheckMountpoint(line.operands().front());
  if (!mountpoint.ok()) {
    return mountpoint.status();
  }
  options.mountpoint = *std::move(mountpoint);
  return options;
}

// Returns when the mount is gone again.
Status Serve(const CommandLine& line, const mount::MountFlags& flags,
             const mount::MountOptions& options, const std::function<bool()>& on_ready) {
  auto context = Context::Open(line, Missing::kIsAnError);
  if (!context.ok()) {
    return context.status();
  }
  mount::FilesystemOptions look;
  look.prefix = line.Text(FlagId::kPrefix).value_or(look.prefix);
  look.uid = flags.uid.value_or(getuid());
  look.gid = flags.gid.value_or(getgid());
  look.umask = flags.umask;
  look.read_only = flags.read_only;
  look.store_directory = options.source;
  const auto report = [](const Status& failure) { Report(failure.WithContext("mount")); };
  look.report = report;
  // A mount may last for years: what expires meanwhile must not fill the disk.
  const Sweeper sweeper(&context->store(), std::chrono::minutes(1), report);
  mount::Filesystem filesystem(&context->library(), std::move(look));
  return mount::ServeMount(options, &filesystem, on_ready);
}

Result<int> Mount(const CommandLine& line) {
  const auto flags = FlagsOf(line);
  if (!flags.ok()) {
    return flags.status();
  }
  const auto options = OptionsOf(line, *flags);
  if (!options.ok()) {
    return options.status();
  }
  if (line.Has(FlagId::kForeground)) {
    REEL_RETURN_IF_ERROR(Serve(line, *flags, *options, [] { return true; }));
    return 0;
  }
  auto background = mount::Background::Fork();
  if (!background.ok()) {
    return background.status();
  }
  if (background->is_child()) {
    REEL_RETURN_IF_ERROR(Serve(line, *flags, *options, [&] {
      // Ready gives up stderr, and a mount may have to tell of failures for years.
      SendReportsTo(SystemLog());
      return background->Ready();
    }));
    return 0;
  }
  std::string error;
  const int exit_status = background->Wait(options->mountpoint, &error);
  if (!error.empty()) {
    Report({Code::kIoError, error});
  }
  return exit_status;
}

}  // namespace

int RunMount(const CommandLine& line) {
  const auto exit_status = Mount(line);
  return exit_status.ok()
             ? *exit_status
             : Report(exit_status.status().WithContext("mount " + line.operands().front()));
}

}  // namespace reel::cli

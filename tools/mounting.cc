#include "tools/mounting.h"

#include <unistd.h>

#include <utility>

#include "fuse/mountpoint.h"
#include "tools/describe.h"

namespace reel::cli {
namespace {

Result<mount::MountFlags> FlagsOf(const CommandLine& line) {
  std::string words;
  for (const std::string& more : line.Texts(FlagId::kMountOptions)) {
    words += more + ",";
  }
  return mount::ParseMountFlags(words);
}

}  // namespace

Result<Mounting> MountingOf(const Session& session, const CommandLine& line,
                            const std::string& directory) {
  auto flags = FlagsOf(line);
  if (!flags.ok()) {
    return flags.status();
  }
  Mounting mounting;
  mounting.flags = *std::move(flags);
  mount::MountOptions& options = mounting.options;
  options.allow_other = mounting.flags.allow_other;
  options.read_only = mounting.flags.read_only;
  options.noexec = mounting.flags.noexec;
  options.noatime = mounting.flags.noatime;
  options.auto_unmount = mount::HasFusermount() && (geteuid() == 0 || options.allow_other);
  auto source = StorePath(session, line);
  if (!source.ok()) {
    return source.status();
  }
  options.source = *std::move(source);
  auto mountpoint = mount::CheckMountpoint(directory);
  if (!mountpoint.ok()) {
    return mountpoint.status();
  }
  options.mountpoint = *std::move(mountpoint);
  return mounting;
}

mount::FilesystemOptions LookOf(const CommandLine& line, const Mounting& mounting,
                                std::function<void(const Status&)> report, Context* context) {
  const mount::MountFlags& flags = mounting.flags;
  mount::FilesystemOptions look;
  look.prefix = line.Text(FlagId::kPrefix).value_or(look.prefix);
  look.uid = flags.uid.value_or(getuid());
  look.gid = flags.gid.value_or(getgid());
  look.umask = flags.umask;
  look.read_only = flags.read_only;
  look.store_directory = mounting.options.source;
  look.report = std::move(report);
  look.texts.stats = [&store = context->store()]() -> Result<std::string> {
    const auto stats = store.Stats();
    if (!stats.ok()) {
      return stats.status();
    }
    return ToJsonLine(*stats);
  };
  look.texts.config = [text = ToJsonLines(context->settings())] { return text; };
  return look;
}

}  // namespace reel::cli

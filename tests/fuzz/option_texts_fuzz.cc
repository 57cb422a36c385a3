// Fuzzes the texts of options that come from outside: a mount's words, and scripts of faults.
#include "format/fault_script.h"
#include "fuse/mount_options.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/require.h"

namespace reel {
namespace {

bool Same(const mount::MountFlags& a, const mount::MountFlags& b) {
  return a.read_only == b.read_only && a.allow_other == b.allow_other && a.noexec == b.noexec &&
         a.noatime == b.noatime && a.uid == b.uid && a.gid == b.gid && a.umask == b.umask;
}

void CheckMountFlags(std::string_view text) {
  const auto flags = mount::ParseMountFlags(text);
  if (!flags.ok()) {
    REEL_REQUIRE(flags.code() == Code::kInvalidArgument);
    return;
  }
  REEL_REQUIRE((flags->umask & ~mode_t{0777}) == 0);
  const auto twice = mount::ParseMountFlags(std::string(text) + "," + std::string(text));
  REEL_REQUIRE(twice.ok() && Same(*twice, *flags));
  // Words behind others override them.
  const auto read_only = mount::ParseMountFlags(std::string(text) + ",ro,umask=077");
  REEL_REQUIRE(read_only.ok() && read_only->read_only && read_only->umask == 077);
}

void CheckFaultScript(std::string_view text) {
  const auto script = ParseFaultScript(text, "here");
  if (!script.ok()) {
    REEL_REQUIRE(script.code() == Code::kInvalidArgument);
    REEL_REQUIRE(script.status().message().starts_with("here: "));
    return;
  }
  for (const Fault& fault : script->faults) {
    REEL_REQUIRE(!FaultName(fault.kind).empty());
    REEL_REQUIRE(fault.selector.operations != 0);
    REEL_REQUIRE(!fault.selector.key || !fault.selector.key_prefix);
    REEL_REQUIRE(fault.schedule.times > 0);
    REEL_REQUIRE(fault.schedule.probability >= 0 && fault.schedule.probability <= 1);
    REEL_REQUIRE(fault.milliseconds >= 0 && fault.cache_ttl_s >= 30);
    REEL_REQUIRE(fault.kind != FaultKind::kWrongSize || fault.by != 0);
    REEL_REQUIRE(fault.kind != FaultKind::kError || fault.code != Code::kOk);
  }
}

}  // namespace
}  // namespace reel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const reel::FuzzInput input(data, size);
  reel::CheckMountFlags(input.rest());
  reel::CheckFaultScript(input.rest());
  return 0;
}

#include "fuse/mount_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>

namespace reel::mount {
namespace {

// -1 stands for "no change" in chown(2), and for no user.
constexpr uint32_t kIdMax = std::numeric_limits<uint32_t>::max() - 1;
constexpr uint32_t kUmaskMax = 0777;

constexpr std::string_view kChoices =
    "ro, rw, allow_other, uid=N, gid=N, umask=OCTAL, and what fstab brings along";

enum class Effect : uint8_t {
  kNone,
  kReadOnly,
  kReadWrite,
  kAllowOther,
  kNoexec,
  kExec,
  kNoatime,
  kAtime,
  kUid,
  kGid,
  kUmask,
};

struct Word {
  std::string_view name;
  Effect effect;
};

// Words without a value.
constexpr std::array kWords = {
    Word{"ro", Effect::kReadOnly},
    Word{"rw", Effect::kReadWrite},
    Word{"allow_other", Effect::kAllowOther},
    Word{"noexec", Effect::kNoexec},
    Word{"exec", Effect::kExec},
    Word{"noatime", Effect::kNoatime},
    Word{"atime", Effect::kAtime},
    Word{"relatime", Effect::kAtime},
    Word{"strictatime", Effect::kAtime},
    // When and by whom it is mounted, which mount(8) and the service manager look after.
    Word{"defaults", Effect::kNone},
    Word{"auto", Effect::kNone},
    Word{"noauto", Effect::kNone},
    Word{"nofail", Effect::kNone},
    Word{"user", Effect::kNone},
    Word{"nouser", Effect::kNone},
    Word{"users", Effect::kNone},
    Word{"nousers", Effect::kNone},
    Word{"owner", Effect::kNone},
    Word{"noowner", Effect::kNone},
    Word{"group", Effect::kNone},
    Word{"nogroup", Effect::kNone},
    Word{"_netdev", Effect::kNone},
    // Files are neither devices nor set-user-ID, and every mount has nodev and nosuid.
    Word{"dev", Effect::kNone},
    Word{"nodev", Effect::kNone},
    Word{"suid", Effect::kNone},
    Word{"nosuid", Effect::kNone},
    // FUSE keeps no access times, and a file is durable when close has returned.
    Word{"norelatime", Effect::kNone},
    Word{"nostrictatime", Effect::kNone},
    Word{"diratime", Effect::kNone},
    Word{"nodiratime", Effect::kNone},
    Word{"lazytime", Effect::kNone},
    Word{"nolazytime", Effect::kNone},
    Word{"async", Effect::kNone},
    Word{"sync", Effect::kNone},
    Word{"dirsync", Effect::kNone},
};

// Words with a value behind "=".
constexpr std::array kSettings = {
    Word{"uid", Effect::kUid},      Word{"gid", Effect::kGid},   Word{"umask", Effect::kUmask},
    Word{"comment", Effect::kNone}, Word{"user", Effect::kNone},
};

const Word* Find(std::string_view word) {
  const size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  const auto is_named = [&](const Word& known) { return known.name == name; };
  if (equals == std::string_view::npos) {
    const auto* const found = std::find_if(kWords.begin(), kWords.end(), is_named);
    return found == kWords.end() ? nullptr : found;
  }
  const auto* const found = std::find_if(kSettings.begin(), kSettings.end(), is_named);
  return found == kSettings.end() ? nullptr : found;
}

/// Words that programs leave for each other in fstab; with x- they stay visible there.
bool IsForOthers(std::string_view word) {
  return word.starts_with("x-") || word.starts_with("X-");
}

std::optional<uint32_t> NumberBehind(std::string_view word, int base, uint32_t most) {
  const std::string_view digits = word.substr(word.find('=') + 1);
  uint32_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  return whole && number <= most ? std::optional(number) : std::nullopt;
}

Status Refuse(std::string_view word, std::string_view why) {
  return {Code::kInvalidArgument,
          "cannot mount with -o " + std::string(word) + ": " + std::string(why)};
}

Status Apply(std::string_view word, Effect effect, MountFlags* flags) {
  switch (effect) {
    case Effect::kNone:
      break;
    case Effect::kReadOnly:
    case Effect::kReadWrite:
      flags->read_only = effect == Effect::kReadOnly;
      break;
    case Effect::kAllowOther:
      flags->allow_other = true;
      break;
    case Effect::kNoexec:
    case Effect::kExec:
      flags->noexec = effect == Effect::kNoexec;
      break;
    case Effect::kNoatime:
    case Effect::kAtime:
      flags->noatime = effect == Effect::kNoatime;
      break;
    case Effect::kUid:
    case Effect::kGid: {
      const auto id = NumberBehind(word, 10, kIdMax);
      if (!id) {
        return Refuse(word, "that is no number of a user or group (give one from 0 to " +
                                std::to_string(kIdMax) + ")");
      }
      (effect == Effect::kUid ? flags->uid : flags->gid) = *id;
      break;
    }
    case Effect::kUmask: {
      const auto bits = NumberBehind(word, 8, kUmaskMax);
      if (!bits) {
        return Refuse(word, "that is no umask (give an octal number from 0 to 777)");
      }
      flags->umask = *bits;
      break;
    }
  }
  return Status::Ok();
}

}  // namespace

Result<MountFlags> ParseMountFlags(std::string_view text) {
  MountFlags flags;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty() || IsForOthers(word)) {
      continue;
    }
    const Word* known = Find(word);
    if (known == nullptr) {
      return Refuse(word, "there is no such option (choose from: " + std::string(kChoices) + ")");
    }
    REEL_RETURN_IF_ERROR(Apply(word, known->effect, &flags));
  }
  return flags;
}

bool IsMountWord(std::string_view word) {
  return IsForOthers(word) || Find(word) != nullptr;
}

}  // namespace reel::mount

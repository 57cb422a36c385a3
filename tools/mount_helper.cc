#include "tools/mount_helper.h"

#include <algorithm>
#include <array>
#include <optional>

#include "fuse/mount_options.h"
#include "tools/commands.h"
#include "tools/exit_status.h"

namespace reel::cli {
namespace {

// mount(8), "EXIT STATUS".
constexpr int kIncorrectInvocation = 1;
constexpr int kMountFailure = 32;

struct FlagWord {
  std::string_view word;
  const char* flag;
};
constexpr std::array kFlagWords = {FlagWord{"prefix=", "--prefix"}, FlagWord{"log=", "--log"},
                                   FlagWord{"scrub-every=", "--scrub-every"},
                                   FlagWord{"scrub-rate=", "--scrub-rate"}};

/// A helper's arguments, sorted and not yet understood.
struct Parts {
  std::vector<std::string> operands;
  std::string words;
  bool is_sloppy = false;
  bool is_fake = false;
};

Status Refuse(const std::string& why) {
  return {Code::kInvalidArgument,
          why + " (mount(8) calls this: mount.fuse.reel STORE DIR [-sfnv] [-o OPTIONS] [-t TYPE])"};
}

/// Takes one argument of flags; `next` is what stands behind it. True when that was its value.
Result<bool> TakeFlags(std::string_view argument, const std::string* next, Parts* parts) {
  for (size_t i = 1; i < argument.size(); ++i) {
    const char flag = argument[i];
    switch (flag) {
      case 's':
        parts->is_sloppy = true;
        break;
      case 'f':
        parts->is_fake = true;
        break;
      case 'n':
      case 'v':
        break;
      case 'o':
      case 't': {
        const bool is_attached = i + 1 < argument.size();
        if (!is_attached && next == nullptr) {
          return Refuse(std::string("-") + flag + " needs a value");
        }
        if (flag == 'o') {
          parts->words.append(",").append(is_attached ? argument.substr(i + 1) : *next);
        }
        return !is_attached;
      }
      default:
        return Refuse(std::string("there is no flag -") + flag);
    }
  }
  return false;
}

Result<Parts> Sort(std::span<const std::string> arguments) {
  Parts parts;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument.size() < 2 || argument.front() != '-') {
      parts.operands.push_back(argument);
      continue;
    }
    const auto took_next =
        TakeFlags(argument, i + 1 < arguments.size() ? &arguments[i + 1] : nullptr, &parts);
    if (!took_next.ok()) {
      return took_next.status();
    }
    i += *took_next ? 1 : 0;
  }
  if (parts.operands.size() != 2) {
    return Refuse("a store and a directory must be given, and nothing else");
  }
  return parts;
}

}  // namespace

bool IsMountHelper(std::string_view program) {
  return program.substr(program.rfind('/') + 1).starts_with("mount.");
}

Result<MountRequest> ReadMountRequest(std::span<const std::string> arguments) {
  const auto parts = Sort(arguments);
  if (!parts.ok()) {
    return parts.status();
  }
  MountRequest request;
  request.is_fake = parts->is_fake;
  request.arguments = {"--store", parts->operands[0], "mount"};
  std::string kept;
  std::string_view words = parts->words;
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(','));
    words.remove_prefix(std::min(word.size() + 1, words.size()));
    const auto* const flag =
        std::find_if(kFlagWords.begin(), kFlagWords.end(),
                     [&](const FlagWord& known) { return word.starts_with(known.word); });
    if (flag != kFlagWords.end()) {
      request.arguments.emplace_back(flag->flag);
      request.arguments.emplace_back(word.substr(flag->word.size()));
    } else if (!word.empty() && (!parts->is_sloppy || mount::IsMountWord(word))) {
      kept.append(kept.empty() ? "" : ",").append(word);
    }
  }
  const auto flags = mount::ParseMountFlags(kept);
  if (!flags.ok()) {
    return flags.status();
  }
  if (!kept.empty()) {
    request.arguments.insert(request.arguments.end(), {"-o", kept});
  }
  request.arguments.insert(request.arguments.end(), {"--", parts->operands[1]});
  return request;
}

int RunMountHelper(std::span<const std::string> arguments) {
  const auto request = ReadMountRequest(arguments);
  if (!request.ok()) {
    Report(request.status().WithContext("mount"));
    return kIncorrectInvocation;
  }
  if (request->is_fake) {
    return 0;
  }
  const int status = RunCommandLine(request->arguments);
  return status == 0                                      ? 0
         : status == ExitStatusOf(Code::kInvalidArgument) ? kIncorrectInvocation
                                                          : kMountFailure;
}

}  // namespace reel::cli

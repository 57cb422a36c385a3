#include "tools/flags.h"

#include <algorithm>
#include <array>
#include <limits>

#include "tools/units.h"

namespace reel::cli {
namespace {

constexpr size_t kAnyNumber = std::numeric_limits<size_t>::max();

constexpr std::array<Command, 26> kCommands = {{
    {CommandId::kPut, "put", "FILE|-", ValueKind::kFile, 1, 1, "store a video",
     "Stores FILE, or standard input, under a key; the old video of that key is gone in the same "
     "step. The key is --key, or else video: and FILE's base name and the parameters of the "
     "variant (--mode to --interval). The store and the namespace are created if they are missing. "
     "A file that is empty, or changes while it is read, is refused."},
    {CommandId::kGet, "get", "KEY", ValueKind::kText, 1, 1, "write a video's bytes",
     "Writes to standard output unless -o names a file. Every byte is verified before it is "
     "written. With --degrade, damage does not end it: from there to the end of its chunk zeros "
     "are "
     "written, each such range is told on stderr, and the exit status is 1. The first and the last "
     "chunk are never filled."},
    {CommandId::kLs, "ls", "[PREFIX]", ValueKind::kText, 0, 1, "list videos",
     "Prints the keys that begin with PREFIX, one a line. Control characters in keys are shown as "
     "escapes such as \\n; --json has the exact keys."},
    {CommandId::kStat, "stat", "KEY", ValueKind::kText, 1, 1, "tell what is known of a video", ""},
    {CommandId::kRm, "rm", "KEY...", ValueKind::kText, 1, kAnyNumber, "remove videos",
     "Removes every KEY that there is; one that is missing is an error, and the others are removed "
     "all the same."},
    {CommandId::kPurge, "purge", "", ValueKind::kNone, 0, 0,
     "remove videos by tag or prefix, or expired ones",
     "Removes the videos with the tag of --tag, those whose keys begin with --prefix, or with both "
     "flags those that match both; or with --expired the entries of the namespace that have "
     "expired, "
     "which reads do not find anyway but which take space. Prints how many and how large they "
     "were. Each goes with all "
     "its parts in one step: Ctrl-C leaves whole videos, and purging again goes on."},
    {CommandId::kTouch, "touch", "KEY", ValueKind::kText, 1, 1, "set the time a video has left",
     "Sets it for the video and all its parts, counted from now."},
    {CommandId::kVersionShow, "version show", "KEY", ValueKind::kText, 1, 1,
     "print the version of a key", "It is 1 until it is bumped, whether or not there is a video."},
    {CommandId::kVersionBump, "version bump", "KEY", ValueKind::kText, 1, 1,
     "make a key's video stale",
     "Raises the version of KEY by one and prints it. A video that was stored before reads as "
     "missing from then on; the next put stores one of the new version. The versions of the "
     "namespace NS are kept in the namespace NS.versions."},
    {CommandId::kMount, "mount", "DIR", ValueKind::kDirectory, 1, 1,
     "show videos as files below a directory",
     "Returns when the files are there. To unmount: fusermount3 -u DIR, or Ctrl-C or SIGTERM to "
     "the process. While it is mounted, other commands work through its process. "
     "DIR/.reel, which no listing shows, has the videos by tag and by expiry (by-tag/TAG, "
     "expiring/24h), and stats.json and config.json, which are live."},
    {CommandId::kServe, "serve", "", ValueKind::kNone, 0, 0, "serve the videos over HTTP",
     "Prints where it listens, and serves until Ctrl-C or SIGTERM: /videos/KEY takes GET, HEAD, "
     "PUT "
     "and DELETE, with ranges and conditions; /videos lists; /purge purges; /client/v4 is "
     "Cloudflare's REST API for KV, and --kv workerd's protocol; /metrics and /healthz are for "
     "operators. The store and the namespace are created if they are missing. Other commands work "
     "through its process meanwhile."},
    {CommandId::kScrub, "scrub", "", ValueKind::kNone, 0, 0,
     "verify the whole store, and account for every byte of it",
     "Reads all that the store has, in every namespace, and prints a line for each damage that it "
     "finds, then what it came to. Ctrl-C stops it, and --resume goes on from there. Nothing is "
     "changed unless --repair or --repair-from says so. Exit status 0: nothing is damaged any "
     "more. 1: findings remain. 2: it could not run, or was not finished."},
    {CommandId::kKvGet, "kv get", "KEY", ValueKind::kText, 1, 1, "write the value of an entry",
     "The entry itself: of a chunked video, its manifest. Otherwise as get."},
    {CommandId::kKvPut, "kv put", "KEY FILE|-", ValueKind::kFile, 2, 2, "store an entry",
     "Stores FILE, or standard input, as the value of one entry of at most 25 MiB; the old value, "
     "metadata and expiry of KEY are gone in the same step, and the chunks of a video too. The "
     "store and the namespace are created if they are missing."},
    {CommandId::kKvList, "kv list", "", ValueKind::kNone, 0, 0, "list entries, chunks included",
     "Prints a key a line, in bytewise order. Control characters in keys are shown as escapes such "
     "as \\n; --json has the exact keys, and the expiration and metadata of those that have any."},
    {CommandId::kKvDelete, "kv delete", "KEY...", ValueKind::kText, 1, kAnyNumber, "remove entries",
     "A KEY that is missing is no error. The manifest of a video takes its chunks with it; a chunk "
     "alone is refused."},
    {CommandId::kKvBulkPut, "kv bulk put", "FILE|-", ValueKind::kFile, 1, 1,
     "store entries from a JSON file",
     "FILE, or standard input, is what wrangler kv bulk put takes: an array of {key, value, "
     "base64?, expiration?, expiration_ttl?, metadata?}. Entries are stored in batches of at most "
     "1,000 entries and 32 MiB of values, each batch whole or not at all; an error tells how many "
     "entries were stored before it. Then every manifest that has all its chunks, whenever they "
     "came, becomes one video, each in one step; a video that lacks a part stays entries, and is "
     "told of. Over a chunked video that is there, its manifest must come in the file ahead of its "
     "chunks, or in the same batch. The store and the namespace are created if they are missing."},
    {CommandId::kKvBulkGet, "kv bulk get", "FILE|-", ValueKind::kFile, 1, 1,
     "print the values of many entries as JSON",
     "FILE, or standard input, is what wrangler kv bulk get takes: an array of keys, or of "
     "{name}."},
    {CommandId::kKvBulkDelete, "kv bulk delete", "FILE|-", ValueKind::kFile, 1, 1,
     "remove many entries",
     "FILE, or standard input, is what wrangler kv bulk delete takes: an array of keys, or of "
     "{name}. Otherwise as kv delete."},
    {CommandId::kKvBulkDump, "kv bulk dump", "", ValueKind::kNone, 0, 0,
     "write all entries as a file for kv bulk put",
     "Writes what wrangler kv bulk put, and kv bulk put, take: every entry of the namespace, "
     "chunks "
     "included, with its expiration and metadata. Every value is verified before it is written. kv "
     "bulk put makes videos of the manifests and chunks again."},
    {CommandId::kNamespaceList, "namespace list", "", ValueKind::kNone, 0, 0,
     "list the namespaces of the store",
     "Prints a name a line, in bytewise order, with those that hold the versions of keys. Control "
     "characters are shown as escapes such as \\n; --json has the exact names."},
    {CommandId::kNamespaceRename, "namespace rename", "FROM TO", ValueKind::kText, 2, 2,
     "rename a namespace",
     "Renames FROM, and in the same step FROM.versions, which holds the versions of its keys. "
     "Refused when TO or TO.versions is there."},
    {CommandId::kNamespaceDrop, "namespace drop", "NAME", ValueKind::kText, 1, 1,
     "remove a namespace with all its videos",
     "Removes NAME with all its entries, and in the same step NAME.versions, which holds the "
     "versions of its keys. Nothing asks back. Cut off behind that step, the next command that "
     "opens the store gives back what is left of their space."},
    {CommandId::kStats, "stats", "", ValueKind::kNone, 0, 0, "tell what the store holds",
     "Counts the entries of every namespace, living and expired, and the bytes on disk. Expired "
     "entries are gone for all other commands; purge --expired gives back their space."},
    {CommandId::kConfig, "config", "", ValueKind::kNone, 0, 0, "tell the settings in force",
     "Prints every setting, its value and where it comes from: the default, reel.json in the "
     "store's directory, or the file of --config, each ahead of the one before."},
    {CommandId::kHelp, "help", "[COMMAND]", ValueKind::kCommand, 0, 3, "tell about the commands",
     ""},
}};

constexpr uint32_t Of(std::initializer_list<CommandId> commands) {
  uint32_t bits = 0;
  for (const CommandId command : commands) {
    bits |= 1U << static_cast<unsigned>(command);
  }
  return bits;
}

constexpr uint32_t kGlobal = 0;
constexpr uint32_t kPut = Of({CommandId::kPut});
constexpr uint32_t kLs = Of({CommandId::kLs});
constexpr uint32_t kPurge = Of({CommandId::kPurge});
constexpr uint32_t kTouch = Of({CommandId::kTouch});
constexpr uint32_t kMount = Of({CommandId::kMount});
constexpr uint32_t kServe = Of({CommandId::kServe});
constexpr uint32_t kOwners = Of({CommandId::kMount, CommandId::kServe});
constexpr uint32_t kScrub = Of({CommandId::kScrub});
constexpr uint32_t kKvPut = Of({CommandId::kKvPut});
constexpr uint32_t kKvList = Of({CommandId::kKvList});
constexpr uint32_t kHelp = Of({CommandId::kHelp});
constexpr uint32_t kKeys = Of({CommandId::kKvList, CommandId::kKvBulkDump});
constexpr uint32_t kBytes =
    Of({CommandId::kGet, CommandId::kKvGet, CommandId::kKvBulkGet, CommandId::kKvBulkDump});
constexpr uint32_t kReading = Of({CommandId::kGet, CommandId::kMount, CommandId::kServe});
constexpr uint32_t kRecords =
    Of({CommandId::kPut, CommandId::kLs, CommandId::kStat, CommandId::kPurge,
        CommandId::kVersionShow, CommandId::kVersionBump, CommandId::kKvList,
        CommandId::kNamespaceList, CommandId::kStats, CommandId::kConfig, CommandId::kScrub});

constexpr std::array<Flag, 62> kFlags = {{
    {FlagId::kStore, "--store", ValueKind::kDirectory, "DIR", kGlobal, 0,
     "the store's directory (otherwise $REEL_STORE, $XDG_DATA_HOME/reel, ~/.local/share/reel)"},
    {FlagId::kNamespace, "--namespace", ValueKind::kText, "NS", kGlobal, 0,
     "the namespace in the store (otherwise videos)"},
    {FlagId::kConfig, "--config", ValueKind::kFile, "FILE", kGlobal, 0,
     "settings ahead of those in reel.json in the store's directory"},
    {FlagId::kHelp, "--help", ValueKind::kNone, "", kGlobal, 0, "tell about the command"},
    {FlagId::kVersion, "--version", ValueKind::kNone, "", kGlobal, 0, "print the version"},
    {FlagId::kKey, "--key", ValueKind::kText, "KEY", kPut, 0, "the whole key to store under"},
    {FlagId::kContentType, "--content-type", ValueKind::kText, "TYPE", kPut, 0,
     "the media type (otherwise by the name's extension)"},
    {FlagId::kTtl, "--ttl", ValueKind::kSeconds, "SECONDS", kPut, 60,
     "the video is gone after this time, at least 60 seconds (otherwise it stays)"},
    {FlagId::kTag, "--tag", ValueKind::kText, "TAG", kPut, 0, "give it a tag (repeat for more)"},
    {FlagId::kMode, "--mode", ValueKind::kText, "MODE", kPut, 0,
     "video, frame, spritesheet or audio (otherwise video)"},
    {FlagId::kWidth, "--width", ValueKind::kNumber, "N", kPut, 1, "w of the variant"},
    {FlagId::kHeight, "--height", ValueKind::kNumber, "N", kPut, 1, "h of the variant"},
    {FlagId::kDerivative, "--derivative", ValueKind::kText, "NAME", kPut, 0,
     "a named variant, in place of all other parameters"},
    {FlagId::kFormat, "--format", ValueKind::kText, "F", kPut, 0, "f of the variant"},
    {FlagId::kQuality, "--quality", ValueKind::kText, "Q", kPut, 0, "q of a video"},
    {FlagId::kCompression, "--compression", ValueKind::kText, "C", kPut, 0, "c of a video"},
    {FlagId::kTime, "--time", ValueKind::kText, "T", kPut, 0,
     "t of a frame, a spritesheet or audio"},
    {FlagId::kDuration, "--duration", ValueKind::kText, "D", kPut, 0,
     "duration of a spritesheet or audio"},
    {FlagId::kCols, "--cols", ValueKind::kNumber, "N", kPut, 1, "cols of a spritesheet"},
    {FlagId::kRows, "--rows", ValueKind::kNumber, "N", kPut, 1, "rows of a spritesheet"},
    {FlagId::kInterval, "--interval", ValueKind::kText, "N", kPut, 0, "interval of a spritesheet"},
    {FlagId::kOutput, "-o", ValueKind::kFile, "FILE|-", kBytes, 0,
     "write to FILE, which appears when it is whole (- for standard output)"},
    {FlagId::kRange, "--range", ValueKind::kText, "A-B|A-|-N", Of({CommandId::kGet}), 0,
     "only bytes A to B, from A on, or the last N"},
    {FlagId::kDegrade, "--degrade", ValueKind::kNone, "", Of({CommandId::kGet}), 0,
     "write zeros in the place of chunks that are damaged, and go on"},
    {FlagId::kLog, "--log", ValueKind::kFile, "FILE", kReading, 0,
     "append a line of JSON for each fault, and each fetch if logChunkOperations says so"},
    {FlagId::kTag, "--tag", ValueKind::kText, "TAG", kLs, 0, "only videos with this tag"},
    {FlagId::kLong, "--long", ValueKind::kNone, "", kLs, 0,
     "with size, chunks, expiry and time of creation"},
    {FlagId::kDamaged, "--damaged", ValueKind::kNone, "", kLs, 0,
     "only what the last scrub found damaged, with the byte ranges that no reader gets"},
    {FlagId::kTag, "--tag", ValueKind::kText, "TAG", kPurge, 0, "the videos with this tag"},
    {FlagId::kPrefix, "--prefix", ValueKind::kText, "P", kPurge, 0,
     "the videos whose keys begin with P"},
    {FlagId::kExpired, "--expired", ValueKind::kNone, "", kPurge, 0,
     "what has expired, alone and not with the others"},
    {FlagId::kTtl, "--ttl", ValueKind::kSeconds, "SECONDS", kTouch, 60,
     "how long it stays from now on, at least 60 seconds (needed)"},
    {FlagId::kTtl, "--ttl", ValueKind::kSeconds, "SECONDS", kKvPut, 60,
     "the entry is gone after this time, at least 60 seconds (otherwise it stays)"},
    {FlagId::kExpiration, "--expiration", ValueKind::kNumber, "T", kKvPut, 0,
     "the entry is gone from T on: seconds since the epoch, at least 60 ahead; --ttl comes first"},
    {FlagId::kMetadata, "--metadata", ValueKind::kText, "JSON", kKvPut, 0,
     "JSON of at most 1,024 bytes that is kept with the value"},
    {FlagId::kPrefix, "--prefix", ValueKind::kText, "P", kKeys, 0,
     "only the keys that begin with P"},
    {FlagId::kLimit, "--limit", ValueKind::kNumber, "N", kKvList, 1,
     "at most N keys (otherwise all)"},
    {FlagId::kPrefix, "--prefix", ValueKind::kText, "P", kOwners, 0,
     "show the keys that begin with P, without it (otherwise video:)"},
    {FlagId::kForeground, "-f", ValueKind::kNone, "", kMount, 0,
     "stay in the foreground and tell of failures on stderr (otherwise in the system's log)"},
    {FlagId::kMountOptions, "-o", ValueKind::kText, "OPTIONS", kOwners, 0,
     "ro (nothing can be changed), rw, allow_other, uid=N, gid=N, umask=OCTAL, or words of fstab, "
     "separated by commas or repeated"},
    {FlagId::kScrubEvery, "--scrub-every", ValueKind::kSeconds, "AGE", kOwners, 60,
     "scrub the store in the background: all that was not verified for AGE, as in 30d; findings "
     "are "
     "told where failures are"},
    {FlagId::kScrubRate, "--scrub-rate", ValueKind::kSize, "BYTES", kOwners, 1,
     "with --scrub-every, read at most so many bytes a second for it"},
    {FlagId::kMountAt, "--mount", ValueKind::kDirectory, "DIR", kServe, 0,
     "show the videos as files below DIR too, as reel mount does; it ends when that is unmounted"},
    {FlagId::kListen, "--listen", ValueKind::kText, "ADDR:PORT", kServe, 0,
     "where to listen: ADDR:PORT, [IPV6]:PORT or unix:/PATH (otherwise 127.0.0.1:8787; repeat for "
     "more; port 0 is a free one)"},
    {FlagId::kTokenFile, "--token-file", ValueKind::kFile, "FILE", kServe, 0,
     "ask clients for the token in FILE (otherwise for $REEL_TOKEN, if it is set); needed where "
     "other machines can connect"},
    {FlagId::kDegrade, "--degrade", ValueKind::kNone, "", kServe, 0,
     "send zeros in the place of chunks that are damaged, and tell of them in X-Reel-Filled"},
    {FlagId::kKv, "--kv", ValueKind::kText, "ADDR:PORT=NS", kServe, 0,
     "listen there for workerd's KV protocol, about the namespace NS (repeat for more; at the "
     "other "
     "addresses the header X-KV-Namespace names it)"},
    {FlagId::kFault, "--fault", ValueKind::kFile, "SCRIPT", kServe, 0,
     "have the faults of SCRIPT on purpose: delays, missing chunks, stale reads"},
    {FlagId::kAccessLog, "--access-log", ValueKind::kFile, "FILE", kServe, 0,
     "append a line for each request"},
    {FlagId::kAccessLogFormat, "--access-log-format", ValueKind::kText, "common|json", kServe, 0,
     "how these lines look (otherwise common)"},
    {FlagId::kKey, "--key", ValueKind::kText, "KEY", kScrub, 0, "only this video of the namespace"},
    {FlagId::kTag, "--tag", ValueKind::kText, "TAG", kScrub, 0,
     "only the namespace's videos with this tag"},
    {FlagId::kSample, "--sample", ValueKind::kText, "P%", kScrub, 0,
     "read only this share of the videos, chosen anew each time: 5%"},
    {FlagId::kSince, "--since", ValueKind::kSeconds, "AGE", kScrub, 1,
     "pass over what was verified within this time: 30d"},
    {FlagId::kRate, "--rate", ValueKind::kSize, "BYTES", kScrub, 1,
     "read at most so many bytes a second: 50M"},
    {FlagId::kNice, "--nice", ValueKind::kNone, "", kScrub, 0,
     "leave the processor and the disk to others"},
    {FlagId::kResume, "--resume", ValueKind::kNone, "", kScrub, 0,
     "go on where the last scrub of the whole store was stopped, if it was"},
    {FlagId::kRepair, "--repair", ValueKind::kNone, "", kScrub, 0,
     "drop what is provably garbage, and put right what sound records tell"},
    {FlagId::kRepairFrom, "--repair-from", ValueKind::kFile, "FILE|STORE|DIR", kScrub, 0,
     "take what is damaged from another copy: a file of the video of --key, another store, or a "
     "directory as a mount shows it; bytes that are not what was stored change nothing"},
    {FlagId::kJson, "--json", ValueKind::kNone, "", kRecords, 0, "print JSON, an object a line"},
    {FlagId::kMan, "--man", ValueKind::kNone, "", kHelp, 0, "print the manual page (troff)"},
    {FlagId::kCompletion, "--completion", ValueKind::kNone, "", kHelp, 0,
     "print the completion for bash"},
}};

bool IsShort(const Flag& flag) {
  return flag.spelling.size() == 2;
}

// Whether `argument` spells `flag`, and the value that is attached to it.
bool Spells(std::string_view argument, const Flag& flag,
            std::optional<std::string_view>* attached) {
  attached->reset();
  if (!argument.starts_with(flag.spelling)) {
    return false;
  }
  std::string_view rest = argument.substr(flag.spelling.size());
  if (rest.empty()) {
    return true;
  }
  if (rest.front() == '=') {
    rest.remove_prefix(1);
  } else if (!IsShort(flag) || flag.kind == ValueKind::kNone) {
    return false;
  }
  *attached = rest;
  return true;
}

bool IsNumeric(ValueKind kind) {
  return kind == ValueKind::kNumber || kind == ValueKind::kSeconds || kind == ValueKind::kSize;
}

std::optional<uint64_t> ParseValue(const Flag& flag, std::string_view text) {
  if (flag.kind == ValueKind::kSeconds) {
    const auto seconds = ParseSeconds(text);
    return seconds ? std::optional(static_cast<uint64_t>(*seconds)) : std::nullopt;
  }
  return flag.kind == ValueKind::kSize ? ParseSize(text) : ParseNumber(text);
}

std::string Allowed(const Flag& flag) {
  const std::string from = " from " + std::to_string(flag.least) + " on";
  switch (flag.kind) {
    case ValueKind::kSeconds:
      return "a whole number of seconds" + from + "; s, m, h or d may stand behind it";
    case ValueKind::kSize:
      return "a whole number of bytes" + from + "; K, M, G, T or KiB and so on may stand behind it";
    default:
      return "a whole number" + from;
  }
}

// What follows `words` in a command's name; nothing when it does not begin with them.
std::string_view WordsBehind(std::string_view words, std::string_view name) {
  if (words.empty()) {
    return name;
  }
  const bool begins = name.starts_with(words) && name.substr(words.size()).starts_with(' ');
  return begins ? name.substr(words.size() + 1) : std::string_view();
}

// "choose from: get, put, list".
std::string Choices(std::string_view words) {
  std::string choices;
  for (const std::string_view word : NextWords(words)) {
    choices += (choices.empty() ? "choose from: " : ", ") + std::string(word);
  }
  return choices;
}

}  // namespace

std::span<const Command> Commands() {
  return kCommands;
}

std::span<const Flag> Flags() {
  return kFlags;
}

const Command* FindCommand(std::string_view name) {
  const auto* found = std::find_if(kCommands.begin(), kCommands.end(),
                                   [&](const Command& command) { return command.name == name; });
  return found == kCommands.end() ? nullptr : found;
}

bool IsCommandGroup(std::string_view words) {
  return !NextWords(words).empty();
}

std::vector<std::string_view> NextWords(std::string_view words) {
  std::vector<std::string_view> next;
  for (const Command& command : kCommands) {
    std::string_view word = WordsBehind(words, command.name);
    word = word.substr(0, word.find(' '));
    if (!word.empty() && std::find(next.begin(), next.end(), word) == next.end()) {
      next.push_back(word);
    }
  }
  return next;
}

Status NoSuchCommand(std::string_view name) {
  std::string_view known = name;
  do {
    known = known.substr(0, known.rfind(' ') == std::string_view::npos ? 0 : known.rfind(' '));
  } while (!IsCommandGroup(known));
  return {Code::kInvalidArgument,
          "there is no command \"" + std::string(name) + "\" (" + Choices(known) + ")"};
}

std::string UsageLine(const Command& command) {
  std::string line = "reel " + std::string(command.name);
  line += (command.operands.empty() ? "" : " ") + std::string(command.operands);
  return line + " [flags]";
}

Status CommandLine::Refuse(const std::string& why) const {
  return {Code::kInvalidArgument, words_ + (words_.empty() ? "" : ": ") + why};
}

Result<CommandLine> CommandLine::Parse(std::span<const std::string> arguments) {
  CommandLine line;
  bool flags_end = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!flags_end && argument == "--") {
      flags_end = true;
    } else if (!flags_end && argument.size() > 1 && argument.front() == '-') {
      const auto took_next =
          line.TakeFlag(argument, i + 1 < arguments.size() ? &arguments[i + 1] : nullptr);
      if (!took_next.ok()) {
        return took_next.status();
      }
      i += *took_next ? 1 : 0;
    } else if (line.command_ == nullptr) {
      REEL_RETURN_IF_ERROR(line.TakeWord(argument));
    } else {
      line.operands_.push_back(argument);
    }
  }
  if (!line.Has(FlagId::kHelp) && !line.Has(FlagId::kVersion)) {
    REEL_RETURN_IF_ERROR(line.CheckOperands());
  }
  return line;
}

Status CommandLine::TakeWord(const std::string& word) {
  const std::string words = words_ + (words_.empty() ? "" : " ") + word;
  command_ = FindCommand(words);
  if (command_ == nullptr && (word.empty() || !IsCommandGroup(words))) {
    return NoSuchCommand(words);
  }
  words_ = words;
  return Status::Ok();
}

// True when `next` was the flag's value.
Result<bool> CommandLine::TakeFlag(std::string_view argument, const std::string* next) {
  std::string choices;
  for (const Flag& flag : kFlags) {
    if (!flag.IsGlobal() && (command_ == nullptr || !flag.IsOf(command_->id))) {
      continue;
    }
    choices += (choices.empty() ? "" : ", ") + std::string(flag.spelling);
    std::optional<std::string_view> attached;
    if (!Spells(argument, flag, &attached)) {
      continue;
    }
    const std::string name(flag.spelling);
    if (flag.kind == ValueKind::kNone) {
      if (attached) {
        return Refuse(name + " takes no value (leave out \"" + std::string(*attached) + "\")");
      }
      values_[flag.id];
      return false;
    }
    if (!attached && next == nullptr) {
      return Refuse(name + " needs a value (write " + name + " " + std::string(flag.value_name) +
                    ")");
    }
    const std::string value(attached ? *attached : std::string_view(*next));
    if (IsNumeric(flag.kind)) {
      const auto number = ParseValue(flag, value);
      if (!number || *number < flag.least) {
        return Refuse(name + " is \"" + value + "\" (allowed: " + Allowed(flag) + ")");
      }
      values_[flag.id].push_back(std::to_string(*number));
    } else {
      values_[flag.id].push_back(value);
    }
    return !attached.has_value();
  }
  return Refuse("there is no flag \"" + std::string(argument) + "\"" +
                (command_ == nullptr ? " before the command" : "") + " (choose from: " + choices +
                ")");
}

Status CommandLine::CheckOperands() const {
  if (command_ == nullptr) {
    return Refuse("the command is missing (" + Choices(words_) + ")");
  }
  if (operands_.size() < command_->operands_min) {
    return Refuse(std::string(command_->operands) + " is missing (write " + UsageLine(*command_) +
                  ")");
  }
  if (operands_.size() > command_->operands_max) {
    return Refuse("\"" + operands_[command_->operands_max] + "\" is too much (write " +
                  UsageLine(*command_) + ")");
  }
  return Status::Ok();
}

std::optional<std::string> CommandLine::Text(FlagId flag) const {
  const auto found = values_.find(flag);
  return found == values_.end() || found->second.empty()
             ? std::nullopt
             : std::optional<std::string>(found->second.back());
}

std::vector<std::string> CommandLine::Texts(FlagId flag) const {
  const auto found = values_.find(flag);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

std::optional<uint64_t> CommandLine::Number(FlagId flag) const {
  const auto text = Text(flag);
  return text ? ParseNumber(*text) : std::nullopt;
}

}  // namespace reel::cli

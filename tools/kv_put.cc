#include <reel/bulk.h>

#include <string>
#include <utility>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/exit_status.h"
#include "tools/keys.h"
#include "tools/source.h"

namespace reel::cli {
namespace {

// Publishing refuses more; a stream without an end is not read to find out.
constexpr uint64_t kValueBytesMax = 25ULL << 20;

Result<EntryAttributes> AttributesOf(const CommandLine& line) {
  EntryAttributes attributes;
  if (const auto text = line.Text(FlagId::kMetadata)) {
    auto metadata = ParseMetadata(*text);
    if (!metadata.ok()) {  // whatever is wrong with it, the command line is
      return Status(Code::kInvalidArgument, metadata.status().message()).WithContext("--metadata");
    }
    attributes.metadata = *std::move(metadata);
  }
  if (const auto ttl = line.Number(FlagId::kTtl)) {
    attributes.ttl = static_cast<int64_t>(*ttl);
  }
  if (const auto expiration = line.Number(FlagId::kExpiration)) {
    attributes.expiration = static_cast<int64_t>(*expiration);
  }
  return attributes;
}

Status Store(const Session& session, const CommandLine& line, const std::string& key,
             const EntryAttributes& attributes, Source* source) {
  // Nothing is created for a source that fails at once.
  auto block = source->Next();
  if (!block.ok()) {
    return block.status();
  }
  auto context = Context::Open(session, line, Missing::kIsCreated);
  if (!context.ok()) {
    return context.status();
  }
  const auto writer = context->entries().NewWriter(key, kValueBytesMax);
  if (!writer.ok()) {
    return writer.status();
  }
  while (!block->empty() && (*writer)->size() <= kValueBytesMax) {
    REEL_RETURN_IF_ERROR((*writer)->Append(*block));
    block = source->Next();
    if (!block.ok()) {
      return block.status();
    }
  }
  if (session.Interrupted()) {
    return {Code::kAborted, "interrupted"};
  }
  return (*writer)->PublishSingle(attributes).status();
}

Status KvPut(const Session& session, const CommandLine& line) {
  const std::string& key = line.operands()[0];
  REEL_RETURN_IF_ERROR(CheckKey(key));
  const auto attributes = AttributesOf(line);
  if (!attributes.ok()) {
    return attributes.status();
  }
  auto source = Source::Open(session, line.operands()[1], Empty::kIsAllowed);
  return source.ok() ? NothingStored(Store(session, line, key, *attributes, &*source))
                     : source.status();
}

}  // namespace

int RunKvPut(const Session& session, const CommandLine& line) {
  return Report(session, KvPut(session, line).WithContext("kv put " + line.operands().front()));
}

}  // namespace reel::cli

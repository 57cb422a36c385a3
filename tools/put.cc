#include <reel/content_type.h>
#include <reel/video_key.h>

#include <string>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/describe.h"
#include "tools/exit_status.h"
#include "tools/keys.h"
#include "tools/output.h"
#include "tools/progress.h"
#include "tools/source.h"

namespace reel::cli {
namespace {

VideoAttributes AttributesOf(const CommandLine& line, const std::string& file,
                             const std::string& key) {
  VideoAttributes attributes;
  const std::string name = file == "-" ? ParseVideoKey(key).path : BaseName(file);
  attributes.content_type =
      line.Text(FlagId::kContentType).value_or(std::string(ContentTypeOf(name)));
  attributes.tags = line.Texts(FlagId::kTag);
  if (const auto ttl = line.Number(FlagId::kTtl)) {
    attributes.ttl = static_cast<int64_t>(*ttl);
  }
  return attributes;
}

Result<VideoInfo> Store(const Session& session, const CommandLine& line, const std::string& key,
                        const VideoAttributes& attributes, Source* source) {
  // Nothing is created for a source that has nothing to give.
  auto block = source->Next();
  if (!block.ok()) {
    return block.status();
  }
  auto context = Context::Open(session, line, Missing::kIsCreated);
  if (!context.ok()) {
    return context.status();
  }
  auto writer = context->library().NewWriter(key, attributes, source->size());
  if (!writer.ok()) {
    return writer.status();
  }
  Progress progress(session, source->size());
  while (!block->empty()) {
    REEL_RETURN_IF_ERROR((*writer)->Append(*block));
    progress.Add(block->size());
    block = source->Next();
    if (!block.ok()) {
      return block.status();
    }
  }
  if (session.Interrupted()) {
    return Status(Code::kAborted, "interrupted");
  }
  return (*writer)->Commit();
}

Status Put(const Session& session, const CommandLine& line) {
  const std::string& file = line.operands().front();
  const auto key = KeyToPut(line, file);
  if (!key.ok()) {
    return key.status().WithContext("put " + file);
  }
  auto source = Source::Open(session, file);
  if (!source.ok()) {
    return source.status().WithContext("put " + *key);
  }
  const auto stored = Store(session, line, *key, AttributesOf(line, file, *key), &*source);
  if (!stored.ok()) {
    return NothingStored(stored.status()).WithContext("put " + *key);
  }
  if (!line.Has(FlagId::kJson)) {
    return Status::Ok();
  }
  Output output = Output::Standard(session);
  REEL_RETURN_IF_ERROR(output.Print(ToStoredJson(*stored) + "\n"));
  return output.Finish();
}

}  // namespace

int RunPut(const Session& session, const CommandLine& line) {
  return Report(session, Put(session, line));
}

}  // namespace reel::cli

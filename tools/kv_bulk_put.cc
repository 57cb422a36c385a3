#include <reel/bulk.h>
#include <reel/loaded_videos.h>

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/exit_status.h"
#include "tools/progress.h"
#include "tools/source.h"

namespace reel::cli {
namespace {

// A file whose content is refused has failed: neither the command line nor a setting is wrong.
Status OfContent(const Status& status) {
  return status.code() == Code::kInvalidArgument ? Status(Code::kIoError, status.message())
                                                 : status;
}

// Stores entries a batch at a time, and makes videos of those that are parts of some.
class Batches {
 public:
  Batches(const Session& session, const CommandLine& line) : session_(session), line_(line) {}

  Status Add(BulkEntry entry) {
    if (batch_.size() == kBulkBatchEntriesMax || bytes_ + entry.value.size() > kBulkBatchBytesMax) {
      REEL_RETURN_IF_ERROR(Store());
    }
    bytes_ += entry.value.size();
    batch_.push_back(ToMutation(std::move(entry)));
    return Status::Ok();
  }

  // Stores what was added since the last batch.
  Status Store() {
    // Nothing is created for a file that has nothing to give.
    if (!context_) {
      auto context = Context::Open(session_, line_, Missing::kIsCreated);
      if (!context.ok()) {
        return context.status();
      }
      context_.emplace(*std::move(context));
    }
    REEL_RETURN_IF_ERROR(OfContent(context_->entries().Apply(batch_)));
    for (const Mutation& put : batch_) {
      videos_.Note(put.key, put.attributes.metadata);
    }
    stored_ += batch_.size();
    batch_.clear();
    bytes_ = 0;
    return Status::Ok();
  }

  // REQUIRES: all is stored.
  Status Assemble() {
    Progress progress(session_, std::nullopt);
    const auto warn = [&](const std::string& key, const Status& why) {
      Warn(session_, line_.words() + " " + line_.operands().front() + ": \"" + key +
                         "\" was stored as entries, not as a video: " + why.message());
    };
    const Status assembled = videos_.Assemble(&context_->library(), warn, [&](uint64_t bytes) {
      progress.Add(bytes);
      return !session_.Interrupted();
    });
    return assembled.code() == Code::kAborted
               ? Status(Code::kAborted, "interrupted (some videos stay entries: load this again)")
               : assembled;
  }

  [[nodiscard]] uint64_t stored() const { return stored_; }

 private:
  const Session& session_;
  const CommandLine& line_;
  std::optional<Context> context_;
  std::vector<Mutation> batch_;
  LoadedVideos videos_;
  uint64_t bytes_ = 0;
  uint64_t stored_ = 0;
};

// Adds the entries that are whole by now.
Status Take(const Session& session, BulkReader* reader, Batches* batches,
            std::set<std::string>* ignored) {
  while (true) {
    auto entry = reader->Next();
    REEL_RETURN_IF_ERROR(OfContent(entry.status()));
    if (!*entry) {
      return Status::Ok();
    }
    ignored->insert((*entry)->ignored_fields.begin(), (*entry)->ignored_fields.end());
    if (session.Interrupted()) {
      return {Code::kAborted, "interrupted"};
    }
    REEL_RETURN_IF_ERROR(batches->Add(**std::move(entry)));
  }
}

Status StoreAll(const Session& session, Source* source, Batches* batches,
                std::set<std::string>* ignored) {
  BulkReader reader;
  Progress progress(session, source->size());
  while (true) {
    const auto block = source->Next();
    if (!block.ok()) {
      return block.status();
    }
    if (block->empty()) {
      break;
    }
    reader.Append(*block);
    REEL_RETURN_IF_ERROR(Take(session, &reader, batches, ignored));
    progress.Add(block->size());
  }
  REEL_RETURN_IF_ERROR(OfContent(reader.Finish()));
  return session.Interrupted() ? Status(Code::kAborted, "interrupted") : batches->Store();
}

Status KvBulkPut(const Session& session, const CommandLine& line) {
  auto source = Source::Open(session, line.operands().front());
  if (!source.ok()) {
    return source.status();
  }
  Batches batches(session, line);
  std::set<std::string> ignored;
  Status stored = StoreAll(session, &*source, &batches, &ignored);
  if (stored.ok()) {
    stored = batches.Assemble();
  }
  for (const std::string& field : ignored) {
    Warn(session, line.words() + " " + line.operands().front() + ": the field \"" + field +
                      "\" means nothing and was left out");
  }
  return stored.ok() ? stored
                     : Status(stored.code(), "entries stored: " + std::to_string(batches.stored()) +
                                                 "; " + stored.message());
}

}  // namespace

int RunKvBulkPut(const Session& session, const CommandLine& line) {
  return Report(session,
                KvBulkPut(session, line).WithContext("kv bulk put " + line.operands().front()));
}

}  // namespace reel::cli

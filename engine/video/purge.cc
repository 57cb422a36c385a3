#include <reel/video.h>

#include <utility>

#include "kv/publication.h"

namespace reel {
namespace {

Status Interrupted() {
  return {Code::kAborted, "interrupted (what is left can be purged again)"};
}

}  // namespace

Result<PurgeReport> VideoLibrary::Purge(const PurgeSelector& selector,
                                        const std::function<bool(const PurgeReport&)>& progress) {
  if (!selector.tag && !selector.prefix) {
    return Status(Code::kInvalidArgument, "nothing says what to purge (give a tag or a prefix)");
  }
  ListOptions options;
  options.tag = selector.tag;
  options.prefix = selector.prefix.value_or("");
  PurgeReport report;
  // Straight from the namespace: stale videos go too.
  for (bool more = true; more;) {
    const auto page = entries_->List(options);
    if (!page.ok()) {
      return page.status();
    }
    for (const Entry& video : page->entries) {
      // What was replaced since it was listed stays: it may no longer match.
      Mutation removal;
      removal.kind = Mutation::Kind::kDelete;
      removal.key = video.key;
      removal.if_generation = video.generation;
      const Status removed = entries_->Apply({&removal, 1});
      if (removed.code() == Code::kConflict) {
        continue;
      }
      REEL_RETURN_IF_ERROR(removed);
      ++report.videos;
      report.bytes += VideoBytes(video);
      if (progress && !progress(report)) {
        return Interrupted();
      }
    }
    more = page->next.has_value();
    options.start_after = page->next.value_or("");
  }
  return report;
}

Result<PurgeReport> VideoLibrary::PurgeExpired(
    const std::function<bool(const PurgeReport&)>& progress) {
  constexpr uint32_t kVideosAtOnce = 16;
  PurgeReport report;
  while (true) {
    const auto removed = entries_->RemoveExpired(kVideosAtOnce);
    if (!removed.ok()) {
      return removed.status();
    }
    if (removed->videos == 0) {
      return report;
    }
    report.videos += removed->videos;
    report.bytes += removed->bytes;
    if (progress && !progress(report)) {
      return Interrupted();
    }
  }
}

}  // namespace reel

#include <reel/video.h>

#include <memory>
#include <utility>
#include <vector>

namespace reel {
namespace {

// Of the videos, and of their versions.
class VideoSubscription final : public ChangeSubscription {
 public:
  explicit VideoSubscription(std::vector<std::unique_ptr<ChangeSubscription>> parts)
      : parts_(std::move(parts)) {}

 private:
  std::vector<std::unique_ptr<ChangeSubscription>> parts_;
};

}  // namespace

std::vector<Change> VideoLibrary::ChangesByVersions(std::span<const Change> versions) const {
  std::vector<Change> changes;
  for (const Change& version : versions) {
    const auto entry = version.key.empty() ? Result<Entry>(Code::kNotFound, "all versions are gone")
                                           : entries_->Stat(version.key);
    if (entry.ok() && entry->kind != EntryKind::kChunk) {
      const auto stale = IsStale(*entry);
      const bool gone = stale.ok() && *stale;
      changes.push_back({version.key, entry->generation, gone ? 0 : entry->generation});
    }
  }
  return changes;
}

std::unique_ptr<ChangeSubscription> VideoLibrary::Subscribe(ChangeListener listener) {
  std::vector<std::unique_ptr<ChangeSubscription>> parts;
  if (options_.versions != nullptr) {
    parts.push_back(
        options_.versions->Subscribe([this, listener](std::span<const Change> versions) {
          const std::vector<Change> changes = ChangesByVersions(versions);
          if (!changes.empty()) {
            listener(changes);
          }
        }));
  }
  parts.push_back(entries_->Subscribe(std::move(listener)));
  return std::make_unique<VideoSubscription>(std::move(parts));
}

}  // namespace reel

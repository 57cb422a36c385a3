#include "fuse/drafts.h"

#include <algorithm>
#include <cerrno>

namespace reel::mount {
namespace {

// Apart from the numbers of generations and of directories (fuse/inode_table.cc).
constexpr uint64_t kDraftBit = 1ULL << 62;
// The kernel opens what it was told of at once, so nobody is coming any more.
constexpr int64_t kAbandonedAfterS = 30;

}  // namespace

int DraftTable::Begin(std::string key, pid_t process, pid_t thread,
                      const std::string& spool_directory, bool exclusive,
                      std::shared_ptr<Draft>* out) {
  std::unique_ptr<Spool> spool;
  if (const int error = Spool::Create(spool_directory, &spool); error != 0) {
    return error;
  }
  const std::scoped_lock lock(mutex_);
  ForgetAbandonedLocked();
  if (exclusive && HasKeyLocked(key)) {
    return EEXIST;
  }
  const uint64_t number = ++begun_ | kDraftBit;
  *out = std::make_shared<Draft>(number, std::move(key), process, thread, std::move(spool),
                                 clock_.NowSeconds());
  drafts_.emplace(number, *out);
  return 0;
}

std::shared_ptr<Draft> DraftTable::FindByKey(std::string_view key, pid_t process) const {
  const std::scoped_lock lock(mutex_);
  std::shared_ptr<Draft> newest;
  for (const auto& [number, draft] : drafts_) {
    if (draft->process() == process && draft->key() == key && IsPending(*draft) &&
        (newest == nullptr || newest->number() < number)) {
      newest = draft;
    }
  }
  return newest;
}

bool DraftTable::HasKey(std::string_view key) const {
  const std::scoped_lock lock(mutex_);
  return HasKeyLocked(key);
}

bool DraftTable::HasKeyLocked(std::string_view key) const {
  return std::any_of(drafts_.begin(), drafts_.end(), [key](const auto& row) {
    return row.second->key() == key && IsPending(*row.second);
  });
}

std::shared_ptr<Draft> DraftTable::Refuse(std::string_view key, pid_t thread) {
  const std::scoped_lock lock(mutex_);
  ForgetAbandonedLocked();
  for (const auto& [number, draft] : drafts_) {
    if (draft->thread() == thread && draft->key() == key && draft->handles_ == 0) {
      draft->refused_ = true;
      return draft;
    }
  }
  return nullptr;
}

bool DraftTable::ForgetRefused(const Draft& draft) {
  const std::scoped_lock lock(mutex_);
  return draft.refused_ && drafts_.erase(draft.number()) > 0;
}

std::shared_ptr<Draft> DraftTable::FindByNumber(uint64_t number) const {
  const std::scoped_lock lock(mutex_);
  const auto draft = drafts_.find(number);
  return draft == drafts_.end() ? nullptr : draft->second;
}

size_t DraftTable::size() const {
  const std::scoped_lock lock(mutex_);
  return drafts_.size();
}

void DraftTable::AddHandle(Draft* draft) {
  const std::scoped_lock lock(mutex_);
  ++draft->handles_;
}

void DraftTable::RemoveHandle(Draft* draft) {
  const std::scoped_lock lock(mutex_);
  if (--draft->handles_ == 0) {
    drafts_.erase(draft->number());
  }
}

void DraftTable::NoteChange(Draft* draft) {
  const std::scoped_lock lock(mutex_);
  ++draft->changes_;
  draft->modified_.reset();
}

void DraftTable::SetModified(Draft* draft, int64_t modified) {
  const std::scoped_lock lock(mutex_);
  ++draft->changes_;
  draft->modified_ = modified;
}

std::optional<int64_t> DraftTable::Modified(const Draft& draft) const {
  const std::scoped_lock lock(mutex_);
  return draft.modified_;
}

std::optional<uint64_t> DraftTable::ToPublish(const Draft* draft) const {
  const std::scoped_lock lock(mutex_);
  return IsPending(*draft) ? std::optional<uint64_t>(draft->changes_) : std::nullopt;
}

void DraftTable::NoteTried(Draft* draft, uint64_t changes) {
  const std::scoped_lock lock(mutex_);
  draft->tried_ = changes;
}

void DraftTable::Unlink(Draft* draft) {
  const std::scoped_lock lock(mutex_);
  draft->unlinked_ = true;
}

void DraftTable::ForgetAbandonedLocked() {
  const int64_t now = clock_.NowSeconds();
  std::erase_if(drafts_, [now](const auto& row) {
    const Draft& draft = *row.second;
    return draft.handles_ == 0 && now - draft.begun_at() >= kAbandonedAfterS;
  });
}

}  // namespace reel::mount

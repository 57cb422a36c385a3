// Files that are being written: there for who writes them, and for nobody else until they are
// published.
#pragma once

#include <reel/clock.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "fuse/spool.h"

namespace reel::mount {

/// A file that somebody writes. What changes of it is its table's.
class Draft {
 public:
  Draft(uint64_t number, std::string key, pid_t process, pid_t thread, std::unique_ptr<Spool> spool,
        int64_t begun_at)
      : number_(number),
        key_(std::move(key)),
        process_(process),
        thread_(thread),
        spool_(std::move(spool)),
        begun_at_(begun_at) {}

  /// Of its inode.
  [[nodiscard]] uint64_t number() const { return number_; }
  /// Under which it is published.
  [[nodiscard]] const std::string& key() const { return key_; }
  /// Whose it is, with all threads.
  [[nodiscard]] pid_t process() const { return process_; }
  /// Of that process, the one that began it.
  [[nodiscard]] pid_t thread() const { return thread_; }
  [[nodiscard]] int64_t begun_at() const { return begun_at_; }
  [[nodiscard]] Spool& spool() const { return *spool_; }
  /// Held while it is published, so that two closes at once do not mix.
  std::mutex& publishing() { return publishing_; }

 private:
  friend class DraftTable;

  const uint64_t number_;
  const std::string key_;
  const pid_t process_;
  const pid_t thread_;
  const std::unique_ptr<Spool> spool_;
  const int64_t begun_at_;
  std::mutex publishing_;

  // Under the mutex of the table.
  uint64_t handles_ = 0;
  uint64_t changes_ = 1;  // that it was made is one
  uint64_t tried_ = 0;
  bool unlinked_ = false;
  bool refused_ = false;
  std::optional<int64_t> modified_;
};

/// The drafts of a mount. Thread-safe. `Draft*` is one of its own.
class DraftTable {
 public:
  /// `clock` outlives it.
  explicit DraftTable(const Clock& clock) : clock_(clock) {}

  /// Begins one without a handle; if it gets none within some seconds it is forgotten. 0 or an
  /// errno: with `exclusive`, EEXIST when anybody has one under that key.
  int Begin(std::string key, pid_t process, pid_t thread, const std::string& spool_directory,
            bool exclusive, std::shared_ptr<Draft>* out);

  /// The newest of `process` under that key that is still to be published; null if none.
  [[nodiscard]] std::shared_ptr<Draft> FindByKey(std::string_view key, pid_t process) const;

  /// Whether anybody has one under that key that is still to be published.
  [[nodiscard]] bool HasKey(std::string_view key) const;

  /// The one under that key that `thread` has begun and nobody has opened yet; null if none. From
  /// now on nobody finds it by its key, and whoever opens it is to be refused.
  std::shared_ptr<Draft> Refuse(std::string_view key, pid_t thread);
  /// Forgets it if it is one of these; false if not.
  bool ForgetRefused(const Draft& draft);

  /// Null once its last handle is gone.
  [[nodiscard]] std::shared_ptr<Draft> FindByNumber(uint64_t number) const;

  [[nodiscard]] size_t size() const;

  void AddHandle(Draft* draft);
  /// With the last one the draft is forgotten.
  void RemoveHandle(Draft* draft);

  /// Its bytes are other ones now, so what SetModified said is no longer true.
  void NoteChange(Draft* draft);

  /// When its content was last changed, in seconds since the epoch, where somebody has said so.
  void SetModified(Draft* draft, int64_t modified);
  [[nodiscard]] std::optional<int64_t> Modified(const Draft& draft) const;

  /// How often it was changed; nothing if it was tried to publish it as it is, or if it is
  /// unlinked.
  [[nodiscard]] std::optional<uint64_t> ToPublish(const Draft* draft) const;
  /// It was tried after so many changes. Whether it succeeded was told, so it is not tried again.
  void NoteTried(Draft* draft, uint64_t changes);

  /// It is not published any more; who has it open goes on with it.
  void Unlink(Draft* draft);

 private:
  [[nodiscard]] static bool IsPending(const Draft& draft) {
    return !draft.unlinked_ && !draft.refused_ && draft.changes_ != draft.tried_;
  }
  [[nodiscard]] bool HasKeyLocked(std::string_view key) const;
  void ForgetAbandonedLocked();

  const Clock& clock_;
  mutable std::mutex mutex_;
  uint64_t begun_ = 0;
  std::unordered_map<uint64_t, std::shared_ptr<Draft>> drafts_;
};

}  // namespace reel::mount

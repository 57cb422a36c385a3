#include "storage/manifest_files.h"

#include <algorithm>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/hash.h"
#include "storage/manifest_scan.h"
#include "storage/slices.h"

namespace reel {
namespace {

constexpr std::string_view kMarksName = "MANIFEST.synced";
// So that rot cannot pass for a loss of power in more than that.
constexpr uint64_t kUnmarkedBytesMax = uint64_t{64} << 10;

std::string_view NameOf(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool IsManifest(std::string_view path) {
  return NameOf(path).starts_with("MANIFEST-");
}

bool IsLog(std::string_view path) {
  return path.ends_with(".log");
}

// What a file like CURRENT names.
std::string ReadName(rocksdb::FileSystem* files, const std::string& path) {
  std::string text;
  if (!rocksdb::ReadFileToString(files, path, &text).ok()) {
    return "";
  }
  return text.substr(0, text.find('\n'));
}

rocksdb::IOStatus Scan(rocksdb::FSSequentialFile* file, ManifestScan* scan) {
  std::string block(ManifestScan::kBlockBytes, '\0');
  rocksdb::Slice got;
  do {
    rocksdb::IOStatus read =
        file->Read(block.size(), rocksdb::IOOptions(), &got, block.data(), nullptr);
    if (!read.ok()) {
      return read;
    }
    scan->Add(ToView(got));
  } while (got.size() == block.size());
  return rocksdb::IOStatus::OK();
}

// The first bytes of a file.
class FrontOfFile final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  FrontOfFile(std::unique_ptr<rocksdb::FSSequentialFile> file, uint64_t bytes)
      : FSSequentialFileOwnerWrapper(std::move(file)), left_(bytes) {}

  rocksdb::IOStatus Read(size_t bytes, const rocksdb::IOOptions& options, rocksdb::Slice* result,
                         char* scratch, rocksdb::IODebugContext* dbg) override {
    rocksdb::IOStatus read =
        target()->Read(std::min<uint64_t>(bytes, left_), options, result, scratch, dbg);
    left_ -= read.ok() ? result->size() : 0;
    return read;
  }
  rocksdb::IOStatus Skip(uint64_t bytes) override {
    const uint64_t skipped = std::min(bytes, left_);
    left_ -= skipped;
    return target()->Skip(skipped);
  }

 private:
  uint64_t left_;
};

}  // namespace

class ManifestFiles::WrittenManifest final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WrittenManifest(std::unique_ptr<rocksdb::FSWritableFile> file, ManifestFiles* files,
                  std::string name)
      : FSWritableFileOwnerWrapper(std::move(file)), files_(files), name_(std::move(name)) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* dbg) override {
    return Count(data, target()->Append(data, options, dbg));
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& verification,
                           rocksdb::IODebugContext* dbg) override {
    return Count(data, target()->Append(data, options, verification, dbg));
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* dbg) override {
    return Note(target()->Sync(options, dbg));
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* dbg) override {
    return Note(target()->Fsync(options, dbg));
  }

 private:
  rocksdb::IOStatus Count(const rocksdb::Slice& data, rocksdb::IOStatus appended) {
    failed_ |= !appended.ok();
    bytes_ += appended.ok() ? data.size() : 0;
    return appended;
  }
  // RocksDB writes and syncs a MANIFEST on one thread at a time, and gives it up when that fails.
  rocksdb::IOStatus Note(rocksdb::IOStatus synced) {
    failed_ |= !synced.ok();
    if (!failed_) {
      files_->NoteSynced(name_, bytes_);
    }
    return synced;
  }

  ManifestFiles* const files_;
  const std::string name_;
  uint64_t bytes_ = 0;
  bool failed_ = false;
};

rocksdb::IOStatus ManifestFiles::NewSequentialFile(const std::string& path,
                                                   const rocksdb::FileOptions& options,
                                                   std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                                   rocksdb::IODebugContext* dbg) {
  if (!IsManifest(path)) {
    return target()->NewSequentialFile(path, options, file, dbg);
  }
  // First, since the file may be written to.
  std::optional<uint64_t> synced;
  {
    const std::lock_guard lock(mutex_);
    const Lengths marks = ReadMarks();
    for (const Lengths* lengths : {&marks, &std::as_const(synced_)}) {
      if (const auto found = lengths->find(std::string(NameOf(path))); found != lengths->end()) {
        synced = std::max(synced.value_or(0), found->second);
      }
    }
  }
  ManifestScan scan;
  rocksdb::IOStatus opened = target()->NewSequentialFile(path, options, file, dbg);
  if (opened.ok() && synced) {
    opened = Scan(file->get(), &scan);
    file->reset();
    if (opened.ok()) {
      opened = target()->NewSequentialFile(path, options, file, dbg);
    }
  }
  if (!opened.ok() || !synced) {
    return opened;
  }
  const uint64_t sound = scan.sound_bytes();
  if (sound < *synced || (scan.is_damaged() && !scan.has_zero_sector())) {
    file->reset();
    return rocksdb::IOStatus::Corruption(path + " is damaged from byte " + std::to_string(sound) +
                                         " on (restore the store from a copy)");
  }
  if (scan.is_damaged()) {
    *file = std::make_unique<FrontOfFile>(std::move(*file), sound);
    const std::lock_guard lock(mutex_);
    torn_ = path;
  }
  return opened;
}

rocksdb::IOStatus ManifestFiles::NewWritableFile(const std::string& path,
                                                 const rocksdb::FileOptions& options,
                                                 std::unique_ptr<rocksdb::FSWritableFile>* file,
                                                 rocksdb::IODebugContext* dbg) {
  rocksdb::IOStatus created = target()->NewWritableFile(path, options, file, dbg);
  if (created.ok() && IsManifest(path)) {
    *file = std::make_unique<WrittenManifest>(std::move(*file), this, std::string(NameOf(path)));
  }
  return created;
}

rocksdb::IOStatus ManifestFiles::RenameFile(const std::string& from, const std::string& to,
                                            const rocksdb::IOOptions& options,
                                            rocksdb::IODebugContext* dbg) {
  const bool switches = NameOf(to) == "CURRENT";
  const std::string name = switches ? ReadName(target(), from) : "";
  rocksdb::IOStatus marked;
  if (switches) {
    marked = SwitchTo(name);
  } else if (IsLog(from)) {  // into the trash
    marked = Mark();
  }
  return marked.ok() ? target()->RenameFile(from, to, options, dbg) : marked;
}

rocksdb::IOStatus ManifestFiles::DeleteFile(const std::string& path,
                                            const rocksdb::IOOptions& options,
                                            rocksdb::IODebugContext* dbg) {
  rocksdb::IOStatus marked;
  if (IsLog(path)) {
    marked = Mark();
  }
  return marked.ok() ? target()->DeleteFile(path, options, dbg) : marked;
}

rocksdb::IOStatus ManifestFiles::Mark() {
  const std::lock_guard lock(mutex_);
  return MarkLocked();
}

std::string ManifestFiles::torn() const {
  const std::lock_guard lock(mutex_);
  return torn_;
}

void ManifestFiles::NoteSynced(const std::string& name, uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  synced_[name] = bytes;
  if (name == current_ && bytes - marked_ > kUnmarkedBytesMax) {
    MarkLocked().PermitUncheckedError();  // the next one tries again
  }
}

rocksdb::IOStatus ManifestFiles::MarkLocked() {
  const auto synced = synced_.find(current_);
  if (synced == synced_.end() || synced->second == marked_) {
    return rocksdb::IOStatus::OK();
  }
  Lengths marks = ReadMarks();
  marks[current_] = synced->second;
  rocksdb::IOStatus written = WriteMarks(marks);
  if (written.ok()) {
    marked_ = synced->second;
  }
  return written;
}

// The entry of the MANIFEST that was current stays: the power may go before CURRENT is on the disk.
rocksdb::IOStatus ManifestFiles::SwitchTo(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const std::string before = ReadName(target(), directory_ + "/CURRENT");
  Lengths marks = ReadMarks();
  std::erase_if(marks, [&](const auto& mark) { return mark.first != before; });
  std::erase_if(synced_, [&](const auto& each) { return each.first != name; });
  if (const auto synced = synced_.find(name); synced != synced_.end()) {
    marks[name] = synced->second;
  }
  rocksdb::IOStatus written = WriteMarks(marks);
  if (written.ok()) {
    current_ = name;
    marked_ = marks[name];
  }
  return written;
}

// None where the file is damaged: then nothing is left out, and RocksDB has its say.
ManifestFiles::Lengths ManifestFiles::ReadMarks() const {
  std::string text;
  if (!rocksdb::ReadFileToString(target(), directory_ + "/" + std::string(kMarksName), &text)
           .ok()) {
    return {};
  }
  const size_t body = text.rfind("hash ");
  if (body == std::string::npos ||
      text.substr(body) != "hash " + std::to_string(Hash64(text.substr(0, body), 0)) + "\n") {
    return {};
  }
  Lengths marks;
  std::istringstream lines(text.substr(0, body));
  std::string name;
  uint64_t bytes = 0;
  while (lines >> name >> bytes) {
    marks[name] = bytes;
  }
  return marks;
}

rocksdb::IOStatus ManifestFiles::WriteMarks(const Lengths& marks) {
  std::string text;
  for (const auto& [name, bytes] : marks) {
    text += name + " " + std::to_string(bytes) + "\n";
  }
  text += "hash " + std::to_string(Hash64(text, 0)) + "\n";
  const std::string path = directory_ + "/" + std::string(kMarksName);
  rocksdb::IOStatus status =
      rocksdb::WriteStringToFile(target(), text, path + ".new", /*should_sync=*/true);
  if (status.ok()) {
    status = target()->RenameFile(path + ".new", path, rocksdb::IOOptions(), nullptr);
  }
  std::unique_ptr<rocksdb::FSDirectory> directory;
  if (status.ok()) {
    status = target()->NewDirectory(directory_, rocksdb::IOOptions(), &directory, nullptr);
  }
  if (status.ok()) {
    status = directory->Fsync(rocksdb::IOOptions(), nullptr);
  }
  return status;
}

}  // namespace reel

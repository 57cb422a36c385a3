#include "tools/repair_source.h"

#include <fcntl.h>
#include <reel/store.h>
#include <reel/video.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "fuse/path_map.h"
#include "tools/context.h"
#include "tools/system_error.h"

namespace reel::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kVideoPrefix = "video:";
// What every store has in its directory (docs/format.md).
constexpr std::string_view kStoreMarker = "REEL";

Status ReadFailure(const std::string& path, int error) {
  return SystemError("cannot read " + path, error);
}

// All of `length` bytes from `offset` on.
Result<std::string> ReadFrom(int fd, const std::string& path, uint64_t offset, uint64_t length) {
  std::string bytes(length, '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count =
        pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return ReadFailure(path, errno);
    }
    if (count == 0) {
      return {Code::kOutOfRange, path + " ends at byte " + std::to_string(offset + done) +
                                     " already (give a copy of the whole video)"};
    }
    done += static_cast<size_t>(count);
  }
  return bytes;
}

Result<std::string> ReadFile(const std::string& path, uint64_t offset, uint64_t length) {
  // What is no file must not be waited for.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return ReadFailure(path, errno);
  }
  struct stat info {};
  auto bytes = fstat(fd, &info) == 0 && S_ISREG(info.st_mode)
                   ? ReadFrom(fd, path, offset, length)
                   : Result<std::string>(Code::kIoError, path + " is no file (name a copy)");
  close(fd);
  return bytes;
}

// Of another store. One thread, as a scrub is.
class StoreCopy {
 public:
  explicit StoreCopy(std::unique_ptr<Store> store) : store_(std::move(store)) {}

  Result<std::string> Read(const std::string& namespace_name, const std::string& key,
                           uint64_t offset, uint64_t length) {
    const auto library = LibraryOf(namespace_name);
    if (!library.ok()) {
      return library.status();
    }
    const auto reader = (*library)->Open(key);
    if (!reader.ok()) {
      return reader.status();
    }
    BorrowedBytes bytes;
    REEL_RETURN_IF_ERROR((*reader)->Borrow(offset, length, &bytes));
    return bytes.ToString();
  }

 private:
  Result<VideoLibrary*> LibraryOf(const std::string& name) {
    std::unique_ptr<VideoLibrary>& library = libraries_[name];
    if (library == nullptr) {
      const auto entries = store_->Namespace(name, /*create=*/false);
      if (!entries.ok()) {
        return entries.status();
      }
      const auto versions = VersionsOf(store_.get(), name, Versions::kAreReadIfAny);
      if (!versions.ok()) {
        return versions.status();
      }
      LibraryOptions options;
      options.ttl_refresh.enabled = false;  // a copy stays as it is
      options.versions = *versions;
      library = std::make_unique<VideoLibrary>(*entries, options);
    }
    return library.get();
  }

  std::unique_ptr<Store> store_;
  std::map<std::string, std::unique_ptr<VideoLibrary>> libraries_;
};

// A tree of files.
class DirectoryCopy {
 public:
  explicit DirectoryCopy(fs::path root) : root_(std::move(root)) {}

  [[nodiscard]] Result<std::string> Read(std::string_view key, uint64_t offset,
                                         uint64_t length) const {
    const std::string_view name =
        key.starts_with(kVideoPrefix) ? key.substr(kVideoPrefix.size()) : key;
    const std::array<std::string, 3> candidates = {
        mount::KeyToPath(name, /*also_directory=*/false),
        mount::KeyToPath(name, /*also_directory=*/true),
        std::string(name),  // from elsewhere than a mount
    };
    for (const std::string& candidate : candidates) {
      const auto path = Inside(candidate);
      if (path) {
        return ReadFile(*path, offset, length);
      }
    }
    return {Code::kNotFound,
            root_.string() + " has no file " + candidates.front() + " (give another copy)"};
  }

 private:
  // Where the file lies, symbolic links followed; nothing for one outside of the tree.
  [[nodiscard]] std::optional<std::string> Inside(const std::string& candidate) const {
    std::error_code error;
    const fs::path path = fs::canonical(root_ / fs::path(candidate).relative_path(), error);
    if (error || !fs::is_regular_file(path, error)) {
      return std::nullopt;
    }
    const auto [root_left, path_left] =
        std::mismatch(root_.begin(), root_.end(), path.begin(), path.end());
    return root_left == root_.end() ? std::optional(path.string()) : std::nullopt;
  }

  fs::path root_;
};

Result<RepairSource> OpenStoreCopy(const std::string& path) {
  StoreOptions options;
  options.path = path;
  auto store = Store::Open(options);
  if (!store.ok()) {
    return store.status();
  }
  const auto copy = std::make_shared<StoreCopy>(*std::move(store));
  return RepairSource(
      [copy](const std::string& namespace_name, const Entry& entry, uint64_t offset,
             uint64_t length) { return copy->Read(namespace_name, entry.key, offset, length); });
}

}  // namespace

Result<RepairSource> OpenRepairSource(const std::string& path, const std::string& directory,
                                      const RepairTarget& target) {
  std::error_code error;
  const fs::path root = fs::canonical(fs::path(directory) / path, error);
  if (error) {
    return ReadFailure(path, error.value());
  }
  if (fs::equivalent(root, target.store, error)) {
    return {Code::kInvalidArgument, path + " is the store itself (give another copy)"};
  }
  if (!fs::is_directory(root, error)) {
    if (!target.of_one_key) {
      return {Code::kInvalidArgument, path + " is a file (say with --key KEY of which video)"};
    }
    return RepairSource(
        [file = root.string()](const std::string&, const Entry&, uint64_t offset, uint64_t length) {
          return ReadFile(file, offset, length);
        });
  }
  if (fs::is_regular_file(root / kStoreMarker, error)) {
    return OpenStoreCopy(root);
  }
  return RepairSource(
      [copy = DirectoryCopy(root), shown = target.namespace_name](
          const std::string& namespace_name, const Entry& entry, uint64_t offset, uint64_t length) {
        return namespace_name == shown
                   ? copy.Read(entry.key, offset, length)
                   : Result<std::string>(Code::kNotFound, "the copy is of the namespace " + shown +
                                                              " (give one of this namespace)");
      });
}

}  // namespace reel::cli

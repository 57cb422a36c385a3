#include "storage/store_directory.h"

#include <rocksdb/file_system.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "storage/status_map.h"

namespace reel {
namespace {

namespace fs = std::filesystem;

constexpr int kFormat = 2;
constexpr std::string_view kFirstLine = "reel store";

Status FromErrno(int error, const std::string& what) {
  const std::string text = what + ": " + std::strerror(error);
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return {Code::kNoSpace, text + " (free some space and try again)"};
    case EROFS:
      return {Code::kReadOnly, text + " (remount the file system for writing)"};
    case EACCES:
    case EPERM:
      return {Code::kReadOnly, text + " (change its owner or permissions)"};
    default:
      return {Code::kIoError, text};
  }
}

Status SyncDirectory(rocksdb::FileSystem* files, const std::string& path) {
  std::unique_ptr<rocksdb::FSDirectory> directory;
  rocksdb::IOStatus status =
      files->NewDirectory(path, rocksdb::IOOptions(), &directory, /*dbg=*/nullptr);
  if (status.ok()) {
    status = directory->Fsync(rocksdb::IOOptions(), nullptr);
  }
  return FromRocks(status).WithContext("cannot sync " + path);
}

// Files of the database that nobody needs, once it is open. An earlier build had RocksDB write its
// options. And of an open after which nothing is written RocksDB keeps the log, which is empty,
// until something is (7.8): a store that is only read would have one more file each time.
std::vector<fs::path> NeedlessFiles(const std::string& database, std::error_code& error) {
  std::vector<fs::path> files;
  std::vector<fs::path> logs;
  for (const fs::directory_entry& file : fs::directory_iterator(database, error)) {
    if (file.path().filename().string().starts_with("OPTIONS-")) {
      files.push_back(file.path());
    } else if (file.path().extension() == ".log") {
      logs.push_back(file.path());
    }
  }
  // The one with the highest number is being written.
  const auto newest =
      std::max_element(logs.begin(), logs.end(), [](const fs::path& a, const fs::path& b) {
        return std::pair(a.native().size(), a.native()) < std::pair(b.native().size(), b.native());
      });
  for (auto log = logs.begin(); log != logs.end(); ++log) {
    std::error_code gone;
    if (log != newest && fs::file_size(*log, gone) == 0) {
      files.push_back(*log);
    }
  }
  return files;
}

std::string NewStoreId() {
  std::random_device random;
  std::ostringstream id;
  id << std::hex;
  for (int i = 0; i < 4; ++i) {
    id.width(8);
    id.fill('0');
    id << random();
  }
  return id.str();
}

Status WriteMarker(rocksdb::FileSystem* files, const std::string& path) {
  std::ostringstream text;
  text << kFirstLine << "\nformat " << kFormat << "\nid " << NewStoreId() << "\n";
  const rocksdb::IOOptions options;
  std::unique_ptr<rocksdb::FSWritableFile> file;
  rocksdb::IOStatus status =
      files->NewWritableFile(path, rocksdb::FileOptions(), &file, /*dbg=*/nullptr);
  if (status.ok()) {
    status = file->Append(text.str(), options, nullptr);
  }
  if (status.ok()) {
    status = file->Sync(options, nullptr);
  }
  if (status.ok()) {
    status = file->Close(options, nullptr);
  }
  return FromRocks(status).WithContext("cannot write " + path);
}

Status CheckMarker(const std::string& path) {
  std::ifstream in(path);
  std::string first;
  std::string word;
  int format = 0;
  if (!std::getline(in, first) || first != kFirstLine || !(in >> word >> format) ||
      word != "format" || format < 1) {
    return {Code::kCorruption, path + " is damaged (restore it from a copy of the store)"};
  }
  if (format > kFormat) {
    return {Code::kUnsupported, "it has format " + std::to_string(format) +
                                    ", and this build reads formats up to " +
                                    std::to_string(kFormat) + " (use a newer reel)"};
  }
  if (format < kFormat) {
    return {Code::kUnsupported, "it has format " + std::to_string(format) +
                                    ", which this build no longer reads (write its videos to files "
                                    "with the reel that made it, and put them into a new store)"};
  }
  return Status::Ok();
}

Status NoStore(std::string_view why) {
  return {Code::kNotFound,
          std::string(why) + " (storing a video with reel put creates a store there)"};
}

Status CreateDirectory(rocksdb::FileSystem* files, const std::string& path) {
  return FromRocks(files->CreateDirIfMissing(path, rocksdb::IOOptions(), /*dbg=*/nullptr))
      .WithContext("cannot create " + path);
}

// Creates `path` and what is missing above it, durably.
Status CreateDirectories(rocksdb::FileSystem* files, const fs::path& path) {
  std::error_code error;
  if (fs::exists(path, error)) {
    return Status::Ok();
  }
  const fs::path parent = path.parent_path();
  REEL_RETURN_IF_ERROR(CreateDirectories(files, parent));
  REEL_RETURN_IF_ERROR(CreateDirectory(files, path));
  return SyncDirectory(files, parent);
}

Status CheckWritable(const std::string& path) {
  return access(path.c_str(), W_OK | X_OK) == 0 ? Status::Ok()
                                                : FromErrno(errno, "it cannot be written to");
}

// Whether there is nothing in the directory, or nothing but what configures a store to come.
bool HoldsOnlySettings(const std::string& path, std::error_code* error) {
  const fs::directory_iterator files(path, *error);
  return !*error && std::all_of(begin(files), end(files), [](const fs::directory_entry& entry) {
    return entry.path().filename() == "reel.json";
  });
}

}  // namespace

Result<StoreDirectory> StoreDirectory::Prepare(const std::string& path, bool create,
                                               const Environment& environment) {
  const std::shared_ptr<rocksdb::FileSystem> files =
      environment.files != nullptr ? environment.files : rocksdb::FileSystem::Default();
  std::error_code error;
  const fs::file_status found = fs::status(path, error);
  if (found.type() == fs::file_type::not_found) {
    if (!create) {
      return NoStore("there is no such directory");
    }
    REEL_RETURN_IF_ERROR(CreateDirectories(files.get(), fs::absolute(path)));
  } else if (error) {
    return FromErrno(error.value(), "it cannot be looked at");
  } else if (found.type() != fs::file_type::directory) {
    return Status(Code::kInvalidArgument, "it is not a directory (name the store's directory)");
  }

  const std::string marker = path + "/REEL";
  const std::string new_marker = path + "/REEL.new";
  if (fs::exists(marker, error)) {
    REEL_RETURN_IF_ERROR(CheckMarker(marker));
    REEL_RETURN_IF_ERROR(CheckWritable(path));
    StoreDirectory directory(path, /*creating=*/false, files);
    if (!fs::exists(directory.database() + "/CURRENT", error)) {
      return Status(Code::kCorruption, "its database is missing (restore the store from a copy)");
    }
    REEL_RETURN_IF_ERROR(CreateDirectory(files.get(), directory.staging()));
    return directory;
  }
  const bool begun = fs::exists(new_marker, error);
  const bool fresh = HoldsOnlySettings(path, &error);
  if (error) {
    return FromErrno(error.value(), "it cannot be read");
  }
  if (!begun && !fresh) {
    return Status(Code::kInvalidArgument,
                  "it is a directory with something else in it (name a store, or an empty or new "
                  "directory)");
  }
  if (!create) {
    return NoStore("there is no store yet");
  }
  REEL_RETURN_IF_ERROR(CheckWritable(path));
  // Anew, since what an interrupted creation has left of it may not be whole; and certain before
  // there is anything else, which alone would be taken for somebody's directory.
  REEL_RETURN_IF_ERROR(WriteMarker(files.get(), new_marker));
  REEL_RETURN_IF_ERROR(SyncDirectory(files.get(), path));
  StoreDirectory directory(path, /*creating=*/true, files);
  for (const std::string& part : {directory.database(), directory.staging()}) {
    REEL_RETURN_IF_ERROR(CreateDirectory(files.get(), part));
  }
  return directory;
}

Status StoreDirectory::Settle() const {
  std::error_code error;
  for (const fs::directory_entry& left : fs::directory_iterator(staging(), error)) {
    if (left.is_regular_file(error)) {
      REEL_RETURN_IF_ERROR(
          FromRocks(files_->DeleteFile(left.path(), rocksdb::IOOptions(), /*dbg=*/nullptr))
              .WithContext("cannot clear " + staging()));
    }
  }
  if (error) {
    return FromErrno(error.value(), "cannot clear " + staging());
  }
  for (const fs::path& file : NeedlessFiles(database(), error)) {
    fs::remove(file, error);
  }
  if (error) {
    return FromErrno(error.value(), "cannot clear " + database());
  }
  if (!creating_) {
    return Status::Ok();
  }
  // A store must not be final before its parts are certain.
  REEL_RETURN_IF_ERROR(SyncDirectory(files_.get(), path_));
  REEL_RETURN_IF_ERROR(FromRocks(files_->RenameFile(path_ + "/REEL.new", path_ + "/REEL",
                                                    rocksdb::IOOptions(), /*dbg=*/nullptr))
                           .WithContext("cannot finish the store"));
  return SyncDirectory(files_.get(), path_);
}

}  // namespace reel

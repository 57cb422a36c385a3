#include "storage/store_directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

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

Status SyncPath(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return FromErrno(errno, "cannot open " + path);
  }
  const int failed = fsync(fd) != 0 ? errno : 0;
  close(fd);
  return failed != 0 ? FromErrno(failed, "cannot sync " + path) : Status::Ok();
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

Status WriteMarker(const std::string& path) {
  std::ofstream out(path, std::ios::trunc);
  out << kFirstLine << "\nformat " << kFormat << "\nid " << NewStoreId() << "\n";
  out.close();
  if (!out) {
    return FromErrno(errno, "cannot write " + path);
  }
  return SyncPath(path);
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

// Creates `path` and what is missing above it, durably.
Status CreateDirectories(const fs::path& path) {
  std::error_code error;
  if (fs::exists(path, error)) {
    return Status::Ok();
  }
  const fs::path parent = path.parent_path();
  REEL_RETURN_IF_ERROR(CreateDirectories(parent));
  fs::create_directory(path, error);
  if (error) {
    return FromErrno(error.value(), "it cannot be created");
  }
  return SyncPath(parent);
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

Result<StoreDirectory> StoreDirectory::Prepare(const std::string& path, bool create) {
  std::error_code error;
  const fs::file_status found = fs::status(path, error);
  if (found.type() == fs::file_type::not_found) {
    if (!create) {
      return NoStore("there is no such directory");
    }
    REEL_RETURN_IF_ERROR(CreateDirectories(fs::absolute(path)));
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
    StoreDirectory directory(path, /*creating=*/false);
    if (!fs::exists(directory.database() + "/CURRENT", error)) {
      return Status(Code::kCorruption, "its database is missing (restore the store from a copy)");
    }
    fs::create_directory(directory.staging(), error);
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
  if (!begun) {
    REEL_RETURN_IF_ERROR(WriteMarker(new_marker));
  }
  StoreDirectory directory(path, /*creating=*/true);
  for (const std::string& part : {directory.database(), directory.staging()}) {
    fs::create_directory(part, error);
    if (error) {
      return FromErrno(error.value(), "cannot create " + part);
    }
  }
  return directory;
}

Status StoreDirectory::Settle() const {
  std::error_code error;
  for (const fs::directory_entry& left : fs::directory_iterator(staging(), error)) {
    fs::remove_all(left.path(), error);
  }
  if (error) {
    return FromErrno(error.value(), "cannot clear " + staging());
  }
  if (!creating_) {
    return Status::Ok();
  }
  fs::rename(path_ + "/REEL.new", path_ + "/REEL", error);
  if (error) {
    return FromErrno(error.value(), "cannot finish the store");
  }
  return SyncPath(path_);
}

}  // namespace reel

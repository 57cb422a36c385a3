#include "storage/info_log.h"

#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace reel {

void InfoLog::Logv(const char* format, va_list arguments) {
  if (file_ == nullptr) {
    return;
  }
  timeval now{};
  gettimeofday(&now, nullptr);
  tm date{};
  localtime_r(&now.tv_sec, &date);
  // Longer ones are cut off.
  constexpr size_t kLineBytesMax = 16384;
  std::array<char, kLineBytesMax> line;
  size_t bytes = std::strftime(line.data(), line.size(), "%Y/%m/%d-%H:%M:%S", &date);
  const auto append = [&](int printed) {
    bytes = std::min(bytes + static_cast<size_t>(std::max(printed, 0)), line.size() - 1);
  };
  append(std::snprintf(line.data() + bytes, line.size() - bytes, ".%06d %d ",
                       static_cast<int>(now.tv_usec), gettid()));
  append(std::vsnprintf(line.data() + bytes, line.size() - bytes, format, arguments));
  if (line[bytes - 1] != '\n') {
    line[bytes++] = '\n';
  }
  const std::lock_guard lock(mutex_);
  const rocksdb::IOStatus written =
      file_->Append(rocksdb::Slice(line.data(), bytes), rocksdb::IOOptions(), /*dbg=*/nullptr);
  bytes_ += written.ok() ? bytes : 0;
}

size_t InfoLog::GetLogFileSize() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace reel

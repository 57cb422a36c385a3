#include "tools/progress.h"

#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "tools/units.h"

namespace reel::cli {
namespace {

constexpr std::chrono::seconds kPatience(1);
constexpr std::chrono::milliseconds kInterval(200);
constexpr std::string_view kEraseLine = "\r\x1b[K";

void Show(std::string_view text) {
  [[maybe_unused]] const ssize_t ignored = write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

std::string ProgressText(uint64_t done, std::optional<uint64_t> total,
                         std::chrono::duration<double> elapsed) {
  const double rate = elapsed.count() > 0 ? static_cast<double>(done) / elapsed.count() : 0;
  const std::string rate_text = FormatSize(static_cast<uint64_t>(rate)) + "/s";
  if (!total || *total == 0) {
    return FormatSize(done) + ", " + rate_text;
  }
  const uint64_t left = *total - std::min(done, *total);
  const auto percent =
      static_cast<uint64_t>(static_cast<double>(*total - left) * 100 / static_cast<double>(*total));
  std::string text = FormatSize(done) + " of " + FormatSize(*total) + ", " +
                     std::to_string(percent) + " %, " + rate_text;
  if (rate >= 1) {
    text += ", " + FormatSeconds(static_cast<uint64_t>(static_cast<double>(left) / rate)) + " left";
  }
  return text;
}

Progress::Progress(std::optional<uint64_t> total)
    : on_terminal_(isatty(STDERR_FILENO) == 1), total_(total), next_(begin_ + kPatience) {}

Progress::~Progress() {
  if (shown_) {
    Show(kEraseLine);
  }
}

void Progress::Add(uint64_t bytes) {
  done_ += bytes;
  if (!on_terminal_) {
    return;
  }
  const Clock::time_point now = Clock::now();
  if (now < next_) {
    return;
  }
  next_ = now + kInterval;
  shown_ = true;
  Show(std::string(kEraseLine) + ProgressText(done_, total_, now - begin_));
}

}  // namespace reel::cli

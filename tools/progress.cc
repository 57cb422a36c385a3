#include "tools/progress.h"

#include <unistd.h>

#include <algorithm>

#include "tools/units.h"

namespace reel::cli {
namespace {

constexpr std::chrono::seconds kPatience(1);
constexpr std::chrono::milliseconds kInterval(200);
constexpr std::string_view kEraseLine = "\r\x1b[K";

}  // namespace

std::string ProgressText(uint64_t done, std::optional<uint64_t> total,
                         std::chrono::duration<double> elapsed, uint64_t done_before) {
  const auto since = static_cast<double>(done - std::min(done_before, done));
  const double rate = elapsed.count() > 0 ? since / elapsed.count() : 0;
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

Progress::Progress(const Session& session, std::optional<uint64_t> total)
    : errors_(session.errors),
      on_terminal_(isatty(session.errors) == 1),
      total_(total),
      next_(begin_ + kPatience) {}

Progress::~Progress() {
  Erase();
}

void Progress::Add(uint64_t bytes) {
  done_ += bytes;
  ShowIfDue();
}

void Progress::Set(uint64_t done, uint64_t total) {
  if (!done_before_) {
    done_before_ = done;
  }
  done_ = done;
  total_ = total;
  ShowIfDue();
}

void Progress::Erase() {
  if (shown_) {
    Show(kEraseLine);
  }
  shown_ = false;
}

void Progress::Show(std::string_view text) const {
  [[maybe_unused]] const ssize_t ignored = write(errors_, text.data(), text.size());
}

void Progress::ShowIfDue() {
  if (!on_terminal_) {
    return;
  }
  const Clock::time_point now = Clock::now();
  if (now < next_) {
    return;
  }
  next_ = now + kInterval;
  shown_ = true;
  Show(std::string(kEraseLine) +
       ProgressText(done_, total_, now - begin_, done_before_.value_or(0)));
}

}  // namespace reel::cli

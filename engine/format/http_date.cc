#include <reel/http_date.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>

namespace reel {
namespace {

constexpr std::array<std::string_view, 7> kWeekdays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr size_t kShortWeekday = 3;
constexpr int64_t kYearZero = -62'167'219'200;
constexpr int64_t kEndOfYear9999 = 253'402'300'799;

struct Fields {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
};

/// Eats a text from its front; once something did not fit, nothing does.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool AtEnd() const { return ok_ && rest_.empty(); }

  bool Take(std::string_view literal) {
    ok_ = ok_ && rest_.starts_with(literal);
    if (ok_) {
      rest_.remove_prefix(literal.size());
    }
    return ok_;
  }

  bool Weekday(size_t length) {
    for (const auto name : kWeekdays) {
      if (rest_.starts_with(name.substr(0, length))) {
        return Take(name.substr(0, length));
      }
    }
    return ok_ = false;
  }

  unsigned Month() {
    for (size_t i = 0; i < kMonths.size(); ++i) {
      if (rest_.starts_with(kMonths[i])) {
        Take(kMonths[i]);
        return static_cast<unsigned>(i + 1);
      }
    }
    ok_ = false;
    return 0;
  }

  unsigned Digits(size_t count) {
    unsigned number = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!ok_ || rest_.empty() || rest_.front() < '0' || rest_.front() > '9') {
        ok_ = false;
        return 0;
      }
      number = number * 10 + static_cast<unsigned>(rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return number;
  }

  void TimeOfDay(Fields& fields) {
    fields.hour = Digits(2);
    Take(":");
    fields.minute = Digits(2);
    Take(":");
    fields.second = Digits(2);
  }

  [[nodiscard]] char Peek() const { return rest_.empty() ? '\0' : rest_.front(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

std::optional<int64_t> ToSeconds(const Fields& fields) {
  using std::chrono::sys_days;
  const std::chrono::year_month_day date{std::chrono::year(fields.year),
                                         std::chrono::month(fields.month),
                                         std::chrono::day(fields.day)};
  if (!date.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 60) {
    return std::nullopt;
  }
  const int64_t days = sys_days(date).time_since_epoch().count();
  return ((days * 24 + fields.hour) * 60 + fields.minute) * 60 + fields.second;
}

std::optional<int64_t> ParseImfFixdate(std::string_view text) {
  Scanner scanner(text);
  Fields fields;
  scanner.Weekday(kShortWeekday);
  scanner.Take(", ");
  fields.day = scanner.Digits(2);
  scanner.Take(" ");
  fields.month = scanner.Month();
  scanner.Take(" ");
  fields.year = static_cast<int>(scanner.Digits(4));
  scanner.Take(" ");
  scanner.TimeOfDay(fields);
  scanner.Take(" GMT");
  return scanner.AtEnd() ? ToSeconds(fields) : std::nullopt;
}

std::optional<int64_t> ParseAsctime(std::string_view text) {
  Scanner scanner(text);
  Fields fields;
  scanner.Weekday(kShortWeekday);
  scanner.Take(" ");
  fields.month = scanner.Month();
  scanner.Take(" ");
  if (scanner.Peek() == ' ') {
    scanner.Take(" ");
    fields.day = scanner.Digits(1);
  } else {
    fields.day = scanner.Digits(2);
  }
  scanner.Take(" ");
  scanner.TimeOfDay(fields);
  scanner.Take(" ");
  fields.year = static_cast<int>(scanner.Digits(4));
  return scanner.AtEnd() ? ToSeconds(fields) : std::nullopt;
}

std::optional<int64_t> ParseRfc850(std::string_view text, int64_t now) {
  using std::chrono::floor;
  Scanner scanner(text);
  Fields fields;
  scanner.Weekday(std::string_view::npos);
  scanner.Take(", ");
  fields.day = scanner.Digits(2);
  scanner.Take("-");
  fields.month = scanner.Month();
  scanner.Take("-");
  const int year = static_cast<int>(scanner.Digits(2));
  scanner.Take(" ");
  scanner.TimeOfDay(fields);
  scanner.Take(" GMT");
  if (!scanner.AtEnd()) {
    return std::nullopt;
  }
  const std::chrono::sys_seconds time{
      std::chrono::seconds(std::clamp(now, kYearZero, kEndOfYear9999))};
  const std::chrono::year_month_day today{floor<std::chrono::days>(time)};
  // 29 February needs a leap year, so the century is chosen by comparing fields, not seconds; a
  // point "more than 50 years in the future" lies behind the same moment of the year 50 years on.
  const int horizon = static_cast<int>(today.year()) + 50;
  fields.year = horizon - (horizon - year) % 100;
  if (fields.year == horizon) {
    Fields then{.year = horizon,
                .month = static_cast<unsigned>(today.month()),
                .day = static_cast<unsigned>(today.day())};
    const auto of_day = static_cast<unsigned>((time - floor<std::chrono::days>(time)).count());
    then.hour = of_day / 3600;
    then.minute = of_day / 60 % 60;
    then.second = of_day % 60;
    const auto key = [](const Fields& f) {
      return std::array{f.month, f.day, f.hour, f.minute, f.second};
    };
    if (key(fields) > key(then)) {
      fields.year -= 100;
    }
  }
  return ToSeconds(fields);
}

}  // namespace

std::optional<int64_t> ParseHttpDate(std::string_view text, int64_t now) {
  if (const auto time = ParseImfFixdate(text)) {
    return time;
  }
  if (const auto time = ParseRfc850(text, now)) {
    return time;
  }
  return ParseAsctime(text);
}

std::string FormatHttpDate(int64_t seconds) {
  const std::chrono::sys_seconds time{
      std::chrono::seconds(std::clamp(seconds, kYearZero, kEndOfYear9999))};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  const auto weekday = kWeekdays[std::chrono::weekday(day).c_encoding()];
  const auto month = kMonths[static_cast<unsigned>(date.month()) - 1];
  std::array<char, 64> text{};
  const int length = std::snprintf(
      text.data(), text.size(), "%.3s, %02u %.3s %04d %02d:%02d:%02d GMT", weekday.data(),
      static_cast<unsigned>(date.day()), month.data(), static_cast<int>(date.year()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return {text.data(), static_cast<size_t>(length)};
}

}  // namespace reel

#include "tools/store_metrics.h"

#include <string_view>

#include "tools/routes/request_metrics.h"

namespace reel::cli {
namespace {

constexpr int64_t kSecondsKept = 30;

// As a label's value.
std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') {
      escaped += '\\';
    }
    escaped += c;
  }
  return escaped;
}

std::string PerNamespace(const StoreStats& stats, const std::string& name, const std::string& help,
                         uint64_t KvCount::*number) {
  std::string text = "# HELP " + name + " " + help + "\n# TYPE " + name + " gauge\n";
  for (const StoreStats::PerNamespace& one : stats.namespaces) {
    text += name + "{namespace=\"" + Escaped(one.name) + "\"} " + std::to_string(one.live.*number) +
            "\n";
  }
  return text;
}

std::string TextOf(const StoreStats& stats) {
  using routes::MetricText;
  return PerNamespace(stats, "reel_videos", "Videos that are there.", &KvCount::videos) +
         PerNamespace(stats, "reel_entries", "Entries, chunks included.", &KvCount::keys) +
         PerNamespace(stats, "reel_value_bytes", "Bytes in the values.", &KvCount::bytes) +
         MetricText("reel_store_disk_bytes", "gauge", "Bytes of the store's files.",
                    stats.disk_bytes) +
         MetricText("reel_store_garbage_bytes", "gauge", "Bytes that wait to be reclaimed.",
                    stats.garbage_bytes);
}

}  // namespace

std::string StoreMetrics::ToText() {
  const std::lock_guard lock(mutex_);
  const int64_t now = clock_.NowSeconds();
  if (!counted_ || now - *counted_ >= kSecondsKept || now < *counted_) {
    const auto stats = store_.Stats();
    text_ = stats.ok() ? TextOf(*stats) : "";
    counted_ = now;
  }
  return text_;
}

}  // namespace reel::cli

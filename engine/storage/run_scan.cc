#include "storage/run_scan.h"

#include <algorithm>
#include <utility>

#include "format/row_key.h"
#include "storage/page_row.h"

namespace reel {
namespace {

using State = ScannedPage::State;

// A read past the system's cache of so many bytes, framing and alignment included, fills one huge
// page of memory: the disk takes smaller ones, and scattered memory, at a third of its speed.
constexpr uint64_t kWindowBytes = (2U << 20) - (96U << 10);
// Those that are read, and as many that wait to be hashed.
constexpr size_t kWindowsAhead = size_t{2} * ScanPool::kThreads;
// Copied from the system's cache at once: so few that they are still in the processor's when they
// are verified and hashed.
constexpr uint64_t kCachedReadBytes = 256U << 10;

uint32_t PagesIn(uint64_t bytes, uint32_t page_size) {
  return std::max<uint32_t>(1, static_cast<uint32_t>(bytes / page_size));
}

}  // namespace

RunScan::RunScan(const Database* database, ScanPool* pool, const PageRun& run, uint64_t bytes)
    : database_(database),
      pool_(pool),
      run_(run),
      bytes_(bytes),
      next_(run.first_page),
      end_(run.first_page + run.PageCount(bytes)),
      ahead_end_(next_) {}

RunScan::~RunScan() {
  for (const Window& window : ahead_) {
    if (window.loaded != nullptr) {
      window.loaded->WaitUntilLoaded();
    }
  }
}

uint64_t RunScan::position() const {
  return done() ? bytes_ : run_.PageStart(next_);
}

void RunScan::OpenFile(uint32_t number) {
  file_number_ = number;
  file_end_ = std::min((number + 1) * PagesPerSegment(run_.page_size), end_);
  direct_.reset();
  auto file = OpenSegment(Caching::kBySystem);
  file_ = file == nullptr
              ? nullptr
              : std::make_shared<const ScannedFile>(ScannedFile{run_, bytes_, std::move(file)});
}

// Null where there is none, or it cannot be opened: then each page tells by itself what is wrong.
std::unique_ptr<SegmentFile> RunScan::OpenSegment(Caching caching) const {
  auto file = database_->OpenSegment(FamilyOf(run_.family), run_.extent, ahead_end_, file_end_ - 1,
                                     caching);
  return file.ok() ? *std::move(file) : nullptr;
}

std::shared_ptr<const SegmentFile> RunScan::Direct() {
  if (!direct_) {
    auto file = OpenSegment(Caching::kByCaller);
    // A merge may have come between the two.
    const bool fits = file != nullptr && file->is_direct() && file->path() == file_->cached->path();
    direct_ = fits ? std::shared_ptr<const SegmentFile>(std::move(file)) : nullptr;
  }
  return *direct_;
}

RunScan::Window RunScan::NewWindow(uint32_t first, uint32_t end) {
  Window window{end, file_, {}, nullptr};
  const auto blocks = file_ == nullptr ? std::nullopt : file_->BlocksOf(first, end);
  if (!blocks) {
    return window;
  }
  window.uncached = file_->cached->Uncached(blocks->offset, blocks->bytes);
  if (window.uncached.empty()) {
    return window;
  }
  if (auto direct = Direct()) {
    window.loaded = pool_->Load(file_, std::move(direct), first, end);
    return window;
  }
  for (const FileRange& range : window.uncached) {
    file_->cached->Prefetch(range.offset, range.bytes);
  }
  return window;
}

void RunScan::LookAhead() {
  const uint32_t at_once = PagesIn(kWindowBytes, run_.page_size);
  while (ahead_end_ < end_ && ahead_.size() < kWindowsAhead) {
    if (run_.family == PageFamily::kSmall) {
      file_end_ = end_;
    } else if (const uint32_t number = ahead_end_ / PagesPerSegment(run_.page_size);
               file_number_ != number) {
      OpenFile(number);
    }
    const uint32_t end = std::min(file_end_, ahead_end_ + at_once);
    ahead_.push_back(NewWindow(ahead_end_, end));
    ahead_end_ = end;
  }
}

void RunScan::Next(const Sink& sink) {
  LookAhead();
  const Window window = std::move(ahead_.front());
  ahead_.pop_front();
  if (window.file == nullptr) {
    NextRows(window, sink);
  } else if (window.loaded == nullptr) {
    NextCached(window, sink);
  } else {
    window.loaded->WaitUntilLoaded();
    Give(window.loaded->pages(), *window.file, sink);
    pool_->GiveBack(window.loaded->TakeMemory());
  }
}

void RunScan::NextRows(const Window& window, const Sink& sink) {
  const auto rows = database_->NewSnapshot();
  for (; next_ < window.end; ++next_) {
    memory_.Clear();
    const ScannedPage page = LookAtRow(next_, FamilyOf(run_.family), *rows);
    sink(page.state == State::kSound ? page : SecondLook(next_, nullptr));
  }
}

void RunScan::NextCached(const Window& window, const Sink& sink) {
  const uint32_t at_once = PagesIn(kCachedReadBytes, run_.page_size);
  while (next_ < window.end) {
    memory_.Clear();
    const uint32_t end = std::min(window.end, next_ + at_once);
    Give(window.file->ReadPages(*window.file->cached, next_, end, &memory_), *window.file, sink);
  }
  for (const FileRange& range : window.uncached) {
    window.file->cached->Forget(range);
  }
}

void RunScan::Give(const std::vector<ScannedPage>& pages, const ScannedFile& file,
                   const Sink& sink) {
  if (const auto blocks = file.BlocksOf(next_, next_ + static_cast<uint32_t>(pages.size()))) {
    stored_bytes_ += blocks->bytes;
  }
  for (const ScannedPage& page : pages) {
    sink(page.state == State::kSound ? page : SecondLook(page.page, &file));
    ++next_;
  }
}

ScannedPage RunScan::LookAtRow(uint32_t page, Family family, const RowSnapshot& rows) {
  ScannedPage seen{page, State::kDamaged, {}, "is missing", {}};
  const auto row = rows.Get(family, PageRowKey(run_.extent, page));
  if (!row.ok()) {
    seen.why = "cannot be read: " + row.status().message();
    return seen;
  }
  if (!row->has_value()) {
    return seen;
  }
  stored_bytes_ += (*row)->size();
  char* copy = memory_.Allocate((*row)->size());
  std::copy((*row)->begin(), (*row)->end(), copy);
  if (const auto data = DecodePageRow(run_, bytes_, page, {copy, (*row)->size()}, &memory_)) {
    seen.state = State::kSound;
    seen.bytes = *data;
    seen.why.clear();
  } else {
    seen.why = "does not fit its checksum";
  }
  return seen;
}

// Past what the system may have kept of a first read that went wrong; then what readers would try.
ScannedPage RunScan::SecondLook(uint32_t page, const ScannedFile* file) {
  ScannedPage seen{page, State::kDamaged, {}, "is missing", {}};
  const auto blocks = file == nullptr ? std::nullopt : file->BlocksOf(page, page + 1);
  if (blocks) {
    file->cached->Forget(*blocks);
    const auto read = file->cached->Read(blocks->offset, blocks->bytes, &memory_);
    seen = file->LookAtBlock(
        page, read.ok() ? read->value_or(std::string_view()) : std::string_view(), &memory_);
    if (!read.ok()) {
      seen.why = "cannot be read: " + read.status().message();
    }
  }
  const auto rows = database_->NewSnapshot();
  if (seen.state == State::kDamaged) {
    const ScannedPage row = LookAtRow(page, FamilyOf(run_.family), *rows);
    if (row.state == State::kSound || !blocks) {
      seen = row;
    }
  }
  if (seen.state == State::kDamaged && run_.family != PageFamily::kSmall) {
    const ScannedPage repaired = LookAtRow(page, Family::kSmallPages, *rows);
    if (repaired.state == State::kSound) {
      seen.state = State::kRepaired;
      seen.bytes = repaired.bytes;
    }
  }
  reread_ += seen.state == State::kSound ? 1 : 0;
  return seen;
}

}  // namespace reel

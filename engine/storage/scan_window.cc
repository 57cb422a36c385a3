#include "storage/scan_window.h"

#include <utility>

#include "storage/page_row.h"
#include "storage/segment_layout.h"

namespace reel {
namespace {

using State = ScannedPage::State;

}  // namespace

std::optional<FileRange> ScannedFile::BlocksOf(uint32_t first, uint32_t end) const {
  const auto first_row = cached->Find(first);
  const auto last_row = cached->Find(end - 1);
  if (!first_row || !last_row) {
    return std::nullopt;
  }
  const uint64_t begin = BlockOf(*first_row).offset;
  return FileRange{begin, BlockOf(*last_row).end() - begin};
}

ScannedPage ScannedFile::LookAtBlock(uint32_t page, std::string_view block,
                                     BorrowedBytes* memory) const {
  ScannedPage seen{page, State::kDamaged, {}, "cannot be read", cached->path()};
  const auto row = cached->Find(page);
  if (!row || block.empty()) {
    return seen;
  }
  const auto data = DecodePageRow(
      run, run_bytes, page, block.substr(row->offset - BlockOf(*row).offset, row->bytes), memory);
  if (!data) {
    seen.why = "does not fit its checksum";
    return seen;
  }
  seen.bytes = *data;
  if (FitsBlockChecksum(block)) {
    seen.state = State::kSound;
    seen.why.clear();
  } else {
    seen.state = State::kFrameDamaged;
    seen.why = "is framed by bytes that do not fit RocksDB's checksum";
  }
  return seen;
}

std::vector<ScannedPage> ScannedFile::ReadPages(const SegmentFile& from, uint32_t first,
                                                uint32_t end, BorrowedBytes* memory) const {
  std::string_view bytes;
  const auto range = BlocksOf(first, end);
  if (range) {
    const auto read = from.Read(range->offset, range->bytes, memory);
    bytes = read.ok() ? read->value_or(std::string_view()) : std::string_view();
  }
  std::vector<ScannedPage> pages;
  pages.reserve(end - first);
  for (uint32_t page = first; page < end; ++page) {
    std::string_view block;
    if (const auto row = cached->Find(page); row && !bytes.empty()) {
      const BlockPlace place = BlockOf(*row);
      block = bytes.substr(place.offset - range->offset, place.bytes);
    }
    pages.push_back(LookAtBlock(page, block, memory));
  }
  return pages;
}

void ScanWindow::Load() {
  pages_ = file_->ReadPages(*direct_, first_, end_, memory_.get());
  loaded_.set_value();
}

std::shared_ptr<ScanWindow> ScanPool::Load(std::shared_ptr<const ScannedFile> file,
                                           std::shared_ptr<const SegmentFile> direct,
                                           uint32_t first, uint32_t end) {
  std::unique_ptr<BorrowedBytes> memory;
  if (spare_.empty()) {
    memory = std::make_unique<BorrowedBytes>();
  } else {
    memory = std::move(spare_.back());
    spare_.pop_back();
  }
  auto window = std::make_shared<ScanWindow>(std::move(file), std::move(direct), first, end,
                                             std::move(memory));
  threads_.Submit([window] { window->Load(); });
  return window;
}

void ScanPool::GiveBack(std::unique_ptr<BorrowedBytes> memory) {
  memory->Clear();
  spare_.push_back(std::move(memory));
}

}  // namespace reel

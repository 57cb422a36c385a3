#include "tools/copy.h"

#include <algorithm>

#include "tools/interrupt.h"
#include "tools/progress.h"

namespace reel::cli {
namespace {

constexpr uint64_t kBlockBytes = 1ULL << 20;

Status CopyAll(Output* output, ByteRange range, const LendBytes& lend) {
  Progress progress(range.length);
  BorrowedBytes bytes;
  while (range.length > 0) {
    if (Interrupted()) {
      return {Code::kAborted, "interrupted"};
    }
    bytes.Clear();
    REEL_RETURN_IF_ERROR(lend(range.offset, std::min(range.length, kBlockBytes), &bytes));
    REEL_RETURN_IF_ERROR(output->Write(bytes.slices()));
    progress.Add(bytes.size());
    range.offset += bytes.size();
    range.length -= bytes.size();
  }
  return Status::Ok();
}

}  // namespace

Status CopyTo(Target* target, ByteRange range, const LendBytes& lend) {
  return target->Finish(CopyAll(&target->output(), range, lend));
}

}  // namespace reel::cli

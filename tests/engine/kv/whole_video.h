// Whole videos of a namespace: read, and given back where they are damaged.
#pragma once

#include <reel/kv.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace reel::test {

/// The bytes of the video: of its chunks where it has some.
inline Result<std::string> ReadVideo(const EntryView& view) {
  const Entry& entry = view.entry();
  if (entry.kind != EntryKind::kManifest) {
    return view.ReadAll();
  }
  std::string bytes;
  BorrowedBytes out;
  for (uint32_t i = 0; i < entry.body.chunk_count; ++i) {
    const uint64_t start = i * entry.body.chunk_size;
    out.Clear();
    REEL_RETURN_IF_ERROR(
        view.ReadChunk(i, 0, std::min(entry.body.chunk_size, entry.body.size - start), &out));
    bytes += out.ToString();
  }
  return bytes;
}

/// Gives every part back that is damaged. `bytes` are those that were stored.
inline Status RepairVideo(const EntryView& view, std::string_view bytes) {
  const Entry& entry = view.entry();
  if (entry.kind != EntryKind::kManifest) {
    return view.Repair(std::nullopt, bytes);
  }
  for (uint32_t i = 0; i < entry.body.chunk_count; ++i) {
    REEL_RETURN_IF_ERROR(
        view.Repair(i, bytes.substr(i * entry.body.chunk_size, entry.body.chunk_size)));
  }
  return Status::Ok();
}

}  // namespace reel::test

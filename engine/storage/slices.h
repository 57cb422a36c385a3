// Texts as RocksDB takes and gives them.
#pragma once

#include <rocksdb/slice.h>

#include <string_view>

namespace reel {

inline rocksdb::Slice ToSlice(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view ToView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

}  // namespace reel

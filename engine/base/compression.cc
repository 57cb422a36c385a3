#include "base/compression.h"

#include <zstd.h>

#include <memory>

namespace reel {
namespace {

// A frame must save this share to be worth what reading it costs.
constexpr size_t kSavedShareMin = 8;

}  // namespace

// Making a context costs more than a page, so each thread keeps its own.

bool Compress(std::string_view bytes, std::string* frame) {
  thread_local const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(),
                                                                                &ZSTD_freeCCtx);
  // No room for more: the library gives up as soon as the frame would be longer.
  frame->resize(bytes.size() - (bytes.size() + kSavedShareMin - 1) / kSavedShareMin);
  const size_t length = ZSTD_compressCCtx(context.get(), frame->data(), frame->size(), bytes.data(),
                                          bytes.size(), ZSTD_CLEVEL_DEFAULT);
  if (ZSTD_isError(length) != 0) {
    return false;
  }
  frame->resize(length);
  return true;
}

bool Decompress(std::string_view frame, char* out, size_t bytes) {
  thread_local const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                                &ZSTD_freeDCtx);
  return ZSTD_decompressDCtx(context.get(), out, bytes, frame.data(), frame.size()) == bytes;
}

}  // namespace reel

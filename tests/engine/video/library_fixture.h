// A library of videos on an empty namespace of either kind.
#pragma once

#include <gtest/gtest.h>
#include <reel/video.h>

#include <memory>
#include <string>

#include "tests/engine/kv/namespace_fixture.h"

namespace reel::test {

class LibraryTest : public testing::TestWithParam<Backend> {
 protected:
  void Configure(const ChunkingOptions& chunking) {
    library_.emplace(entries_.get(), LibraryOptions{.chunking = chunking, .tags = NoTags()});
  }

  // Tests are about the tags that they give.
  static TagOptions NoTags() { return {.derived = false}; }

  Result<VideoInfo> Put(std::string_view key, std::string_view bytes,
                        const VideoAttributes& attributes = {}, size_t piece = 1 << 20,
                        bool announce = false) {
    auto writer = library_->NewWriter(
        key, attributes, announce ? std::optional<uint64_t>(bytes.size()) : std::nullopt);
    if (!writer.ok()) {
      return writer.status();
    }
    for (size_t at = 0; at < bytes.size(); at += piece) {
      REEL_RETURN_IF_ERROR((*writer)->Append(bytes.substr(at, piece)));
    }
    return (*writer)->Commit();
  }

  std::string Get(std::string_view key) {
    const auto reader = library_->Open(key);
    if (!reader.ok()) {
      return "[" + reader.status().message() + "]";
    }
    std::string bytes((*reader)->info().size, '\0');
    const auto count = (*reader)->Read(0, bytes);
    return count.ok() ? bytes.substr(0, *count) : "[" + count.status().message() + "]";
  }

  NamespaceUnderTest entries_{GetParam()};
  std::optional<VideoLibrary> library_{std::in_place, entries_.get(),
                                       LibraryOptions{.tags = NoTags()}};
};

}  // namespace reel::test

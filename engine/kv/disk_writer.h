// Streams a value to disk and publishes it.
#pragma once

#include <reel/kv.h>

#include <string>

#include "kv/disk_namespace.h"
#include "kv/publication.h"
#include "storage/extent_writer.h"

namespace reel {

class DiskWriter final : public EntryWriter {
 public:
  DiskWriter(DiskNamespace* owner, std::string key, uint32_t chunk_size);

  Status Append(std::string_view data) override;
  [[nodiscard]] uint64_t size() const override { return extent_.size(); }
  [[nodiscard]] Hash128 xxh3() const override { return hasher_.whole(); }
  Result<Entry> PublishSingle(const EntryAttributes& attributes) override;
  Result<Entry> PublishChunked(const NewManifest& manifest,
                               const EntryAttributes& attributes) override;

 private:
  DiskNamespace* owner_;
  std::string key_;
  uint32_t chunk_size_;
  ExtentWriter extent_;
  ValueHasher hasher_;
};

}  // namespace reel

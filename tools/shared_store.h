// A store that the process keeps open, and that the commands which run in it work on.
#pragma once

#include <reel/read_pool.h>
#include <reel/store.h>
#include <sys/types.h>

#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>

namespace reel::cli {

struct SharedStore {
  /// Outlives this object.
  Store* store = nullptr;
  /// Its directory, as this process sees it.
  std::string path;
  /// What all libraries share.
  std::shared_ptr<ReadPool> reads;
  /// Held alone while namespaces are renamed or dropped: others find one by its id and then by its
  /// name, which must stay the same between.
  std::shared_ptr<std::shared_mutex> names = std::make_shared<std::shared_mutex>();
  /// The file system that this process serves of the store.
  std::optional<dev_t> mounted;
};

}  // namespace reel::cli

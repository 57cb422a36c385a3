// What a store stands on. Only engine/storage knows what is in it.
#pragma once

#include <memory>

namespace rocksdb {
class FileSystem;
}  // namespace rocksdb

namespace reel {

struct Environment {
  /// Through which all that is in a store is written, and its database is read. Null: the system's.
  std::shared_ptr<rocksdb::FileSystem> files;
};

}  // namespace reel

// A store's directory: what is in it, and how one comes to be.
//   REEL       says that this is a store, and of which format (docs/format.md)
//   REEL.new   the same while the store is being created
//   db/        the database
//   staging/   table files in the making; emptied at every open
//   reel.json  settings, if somebody put them there; not read here
//   owner.sock where other processes find the owner, if it listens; not read here
#pragma once

#include <reel/options.h>
#include <reel/status.h>

#include <memory>
#include <string>
#include <utility>

#include "storage/environment.h"

namespace reel {

class StoreDirectory {
 public:
  /// Looks at `path`, and with `create` makes a directory of what is missing or empty. Nothing of
  /// an existing store is changed.
  static Result<StoreDirectory> Prepare(const std::string& path, bool create,
                                        const Environment& environment = {});

  [[nodiscard]] std::string database() const { return path_ + "/db"; }
  [[nodiscard]] std::string staging() const { return path_ + "/staging"; }

  /// To be called by the owner, when the database is open: removes what earlier owners left in
  /// staging, and files of the database that they had not finished; makes a creation final.
  [[nodiscard]] Status Settle() const;

 private:
  StoreDirectory(std::string path, bool creating, std::shared_ptr<rocksdb::FileSystem> files)
      : path_(std::move(path)), creating_(creating), files_(std::move(files)) {}

  std::string path_;
  bool creating_;
  std::shared_ptr<rocksdb::FileSystem> files_;
};

}  // namespace reel

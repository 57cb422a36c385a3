// A store's directory: what is in it, and how one comes to be.
//   REEL       says that this is a store, and of which format (docs/format.md)
//   REEL.new   the same while the store is being created
//   db/        the database
//   staging/   table files in the making; emptied at every open
//   reel.json  settings, if somebody put them there; not read here
#pragma once

#include <reel/options.h>
#include <reel/status.h>

#include <string>

namespace reel {

class StoreDirectory {
 public:
  /// Looks at `path`, and with `create` makes a directory of what is missing or empty. Nothing of
  /// an existing store is changed.
  static Result<StoreDirectory> Prepare(const std::string& path, bool create);

  [[nodiscard]] std::string database() const { return path_ + "/db"; }
  [[nodiscard]] std::string staging() const { return path_ + "/staging"; }

  /// To be called by the owner, when the database is open: removes what earlier owners left in
  /// staging, and makes a creation final.
  [[nodiscard]] Status Settle() const;

 private:
  StoreDirectory(std::string path, bool creating) : path_(std::move(path)), creating_(creating) {}

  std::string path_;
  bool creating_;
};

}  // namespace reel

// What the kernel keeps of a mount, and can be told to forget.
#pragma once

#include <cstdint>
#include <string>

namespace reel::mount {

/// Calls may wait until requests under way are answered: for the directory's lock, or for pages
/// that are being read. So no handler of a request may make or wait for one. What the kernel does
/// not keep is no error. Thread-safe.
class KernelCache {
 public:
  virtual ~KernelCache() = default;

  /// `name` in the directory `parent` is looked up anew. Returns when lookups that it could not see
  /// are over.
  virtual void DropEntry(uint64_t parent, const std::string& name) = 0;

  /// The attributes of `inode` are asked for anew; with `pages`, its bytes too. An answer that was
  /// under way meanwhile is not believed.
  virtual void DropInode(uint64_t inode, bool pages) = 0;
};

}  // namespace reel::mount

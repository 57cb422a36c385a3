// What the tests of a store's owner share. The owner is in this process, its clients are processes
// of their own.
#pragma once

#include <reel/store.h>
#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "tests/tools/cli_fixture.h"
#include "tools/channel.h"
#include "tools/owner.h"

namespace reel::test {

/// What a process has while it owns a store.
struct OwnedStore {
  std::unique_ptr<Store> store;
  std::unique_ptr<cli::Owner> owner;
};

/// Opens or creates the store at `path`, and listens; with the device of what it has `mounted`.
OwnedStore Own(const std::string& path, std::optional<dev_t> mounted = std::nullopt);

class OwnerTest : public CliTest {
 protected:
  void BeOwner() { owned_ = Own(store_); }
  void EndOwner();

  [[nodiscard]] std::string Socket() const;

  /// A put of standard input that has taken `bytes`, and waits for more.
  [[nodiscard]] std::unique_ptr<Process> BeginPut(const std::string& key,
                                                  const std::string& bytes) const;

  void Give(const std::string& name, const std::string& bytes) const;

  OwnedStore owned_;
};

/// A client as no reel is one.
class OddClient {
 public:
  explicit OddClient(const std::string& store);

  [[nodiscard]] const cli::Channel& channel() const { return channel_; }

  /// Why it was refused.
  [[nodiscard]] std::string Refusal() const;

 private:
  cli::Channel channel_;
};

}  // namespace reel::test

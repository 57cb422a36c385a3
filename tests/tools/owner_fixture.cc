#include "tests/tools/owner_fixture.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <reel/read_pool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <utility>

#include "tests/support/test_bytes.h"
#include "tools/file_descriptor.h"
#include "tools/owner_socket.h"

namespace reel::test {

OwnedStore Own(const std::string& path, std::optional<dev_t> mounted) {
  OwnedStore owned;
  auto store = Store::Open({.path = path, .create_if_missing = true});
  EXPECT_TRUE(store.ok()) << store.status().message();
  owned.store = *std::move(store);
  cli::SharedStore shared{owned.store.get(), path, std::make_shared<ReadPool>()};
  shared.mounted = mounted;
  auto owner = cli::Owner::Listen(std::move(shared));
  EXPECT_TRUE(owner.ok()) << owner.status().message();
  owned.owner = *std::move(owner);
  return owned;
}

void OwnerTest::EndOwner() {
  owned_.owner.reset();
  owned_.store.reset();
}

std::string OwnerTest::Socket() const {
  return store_ + "/" + cli::kOwnerSocket;
}

std::unique_ptr<Process> OwnerTest::BeginPut(const std::string& key,
                                             const std::string& bytes) const {
  ProcessOptions options = Command({"put", "-", "--key", key});
  options.feed = true;
  auto process = std::make_unique<Process>(options);
  EXPECT_TRUE(process->WriteInput(bytes));
  return process;
}

void OwnerTest::Give(const std::string& name, const std::string& bytes) const {
  WriteWholeFile(directory_ / name, bytes);
}

OddClient::OddClient(const std::string& store)
    : channel_(cli::FileDescriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))) {
  const cli::FileDescriptor directory(open(store.c_str(), O_PATH | O_CLOEXEC));
  const sockaddr_un address = cli::OwnerAddress(directory.get());
  EXPECT_EQ(
      connect(channel_.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
      0);
}

std::string OddClient::Refusal() const {
  const auto frame = channel_.Receive();
  return frame.ok() && *frame && (*frame)->kind == cli::FrameKind::kRefused &&
                 (*frame)->fields.size() == 1
             ? (*frame)->fields[0]
             : "it was not refused";
}

}  // namespace reel::test

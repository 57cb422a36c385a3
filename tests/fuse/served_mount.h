// A real mount that the test itself serves, so that it can change videos behind the kernel's back.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "fuse/filesystem.h"
#include "fuse/mountpoint.h"
#include "fuse/session.h"
#include "tests/support/fuse_probe.h"
#include "tests/support/temp_directory.h"

namespace reel::mount {

/// True when it is, within a while.
inline bool Becomes(const std::function<bool()>& is) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!is()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::yield();
  }
  return true;
}

class ServedMountFixture : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(std::filesystem::create_directory(mountpoint_));
    std::string refusal = test::FuseRefusal(mountpoint_);
    if (refusal.empty() && geteuid() != 0 && !HasFusermount()) {
      refusal = "there is no fusermount3";
    }
    if (!refusal.empty()) {
      GTEST_SKIP() << "no FUSE here: " << refusal;
    }
  }

  /// Mounts `filesystem` and runs `use`, on another thread, while it answers.
  void Serve(Filesystem* filesystem, const std::function<void()>& use) const {
    std::thread user;
    MountOptions options;
    options.mountpoint = *CheckMountpoint(mountpoint_);
    // No auto_unmount: it forks, and the child of a process with threads can wait for ever for a
    // lock of AddressSanitizer's that another thread held.
    const auto open = [&]() -> Result<Filesystem*> { return filesystem; };
    const Status served = ServeMount(options, open, [&] {
      user = std::thread([&] {
        use();
        kill(getpid(), SIGTERM);
      });
      return true;
    });
    EXPECT_TRUE(served.ok()) << served.message();
    if (user.joinable()) {
      user.join();
    }
  }

  const test::TempDirectory directory_;
  const std::string mountpoint_ = directory_ / "mnt";
};

}  // namespace reel::mount

#include "fuse/kept_listings.h"

#include <gtest/gtest.h>

namespace reel::mount {
namespace {

constexpr int64_t kValid = 300;
constexpr uint64_t kDirectory = 7;
constexpr uint64_t kOther = 8;

class KeptListingsTest : public testing::Test {
 protected:
  /// A directory that is opened, listed and closed.
  bool List(int64_t now, uint64_t directory = kDirectory) {
    const bool kept = kept_.Open(directory, now);
    kept_.Close(directory);
    return kept;
  }

  KeptListings kept_{kValid};
};

TEST_F(KeptListingsTest, IsGoodUntilItIsTooOld) {
  EXPECT_FALSE(List(1000));
  EXPECT_TRUE(List(1000));
  EXPECT_TRUE(List(1299));
  EXPECT_FALSE(List(1300));
  EXPECT_TRUE(List(1301));
}

TEST_F(KeptListingsTest, AClockThatWasSetBackSaysNothing) {
  EXPECT_FALSE(List(1000));
  EXPECT_FALSE(List(999));
  EXPECT_TRUE(List(999));
}

TEST_F(KeptListingsTest, EndsWithTheFirstOfItsNames) {
  EXPECT_FALSE(kept_.Open(kDirectory, 1000));
  kept_.NoteExpiry(kDirectory, 1200);
  kept_.NoteExpiry(kDirectory, 1100);
  kept_.NoteExpiry(kDirectory, 1150);
  kept_.NoteExpiry(kOther, 1001);
  kept_.Close(kDirectory);
  EXPECT_TRUE(List(1099));
  EXPECT_FALSE(List(1100));
  EXPECT_TRUE(List(1399));  // the new one shows other names
}

TEST_F(KeptListingsTest, EachDirectoryIsSpoiledByItself) {
  EXPECT_FALSE(List(1000));
  EXPECT_FALSE(List(1000, kOther));
  kept_.Spoil(kDirectory);
  EXPECT_FALSE(List(1000));
  EXPECT_TRUE(List(1000, kOther));
  kept_.SpoilAll();
  EXPECT_FALSE(List(1000));
  EXPECT_FALSE(List(1000, kOther));
  kept_.Forget(kDirectory);
  EXPECT_FALSE(List(1000));
  EXPECT_TRUE(List(1000, kOther));
}

TEST_F(KeptListingsTest, SpoiledWhileItIsBeingListedItIsNotReused) {
  EXPECT_FALSE(kept_.Open(kDirectory, 1000));
  kept_.Spoil(kDirectory);
  kept_.Close(kDirectory);
  EXPECT_FALSE(List(1000));
  EXPECT_TRUE(List(1000));
}

TEST_F(KeptListingsTest, TwoThatListAtOnceShareOne) {
  EXPECT_FALSE(kept_.Open(kDirectory, 1000));
  EXPECT_TRUE(kept_.Open(kDirectory, 1000));
  kept_.Close(kDirectory);
  kept_.Close(kDirectory);
  EXPECT_TRUE(List(1000));
}

// The kernel would put the rest of the old listing behind the beginning of the new one.
TEST_F(KeptListingsTest, OneThatBeganBesideAnOlderOneIsNotReused) {
  EXPECT_FALSE(kept_.Open(kDirectory, 1000));
  kept_.Spoil(kDirectory);
  EXPECT_FALSE(kept_.Open(kDirectory, 1000));
  kept_.Close(kDirectory);
  EXPECT_FALSE(kept_.Open(kDirectory, 1000));
  kept_.Close(kDirectory);
  kept_.Close(kDirectory);
  EXPECT_FALSE(List(1000));
  EXPECT_TRUE(List(1000));
}

}  // namespace
}  // namespace reel::mount

// Reading a stored video through the engine, against reading the same bytes from a plain file.
//   read_bench [--mib N] [--rounds N] [--ranges N] [--dir DIR]
// Prints Markdown tables: medians over rounds in which all variants take turns, and how much more
// than asked for is read from the disk.
#include <fcntl.h>
#include <reel/store.h>
#include <reel/video.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/bench/measure.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_bytes.h"

namespace {

using reel::bench::Die;
using reel::bench::Evict;
using reel::bench::Median;
using reel::bench::Seconds;

namespace fs = std::filesystem;

constexpr size_t kBlock = 1 << 20;

struct Variant {
  std::string name;
  std::string directory;  // what to evict
  std::function<void(uint64_t offset, size_t length)> read;
};

struct Stored {
  std::unique_ptr<reel::Store> store;
  std::optional<reel::VideoLibrary> library;
  std::unique_ptr<reel::VideoReader> reader;
  reel::BorrowedBytes bytes;
};

std::unique_ptr<Stored> StoreVideo(const std::string& directory, uint32_t page_size,
                                   const std::vector<std::string>& blocks, uint64_t mib) {
  auto stored = std::make_unique<Stored>();
  reel::StoreOptions options;
  options.path = directory;
  options.create_if_missing = true;
  options.page_size = page_size;
  auto store = reel::Store::Open(options);
  if (!store.ok()) {
    Die(store.status().message());
  }
  stored->store = *std::move(store);
  const auto entries = stored->store->Namespace("videos", true);
  if (!entries.ok()) {
    Die(entries.status().message());
  }
  stored->library.emplace(*entries);
  const auto writer = stored->library->NewWriter("video:bench.mp4", {});
  for (uint64_t i = 0; i < mib; ++i) {
    if (!(*writer)->Append(blocks[i % blocks.size()]).ok()) {
      Die("append failed");
    }
  }
  if (!(*writer)->Commit().ok()) {
    Die("commit failed");
  }
  stored->reader = *stored->library->Open("video:bench.mp4");
  return stored;
}

// Bytes that this process had read from a disk so far; files in memory count as none.
uint64_t DiskBytesRead() {
  std::ifstream io("/proc/self/io");
  std::string name;
  uint64_t value = 0;
  while (io >> name >> value) {
    if (name == "read_bytes:") {
      return value;
    }
  }
  Die("/proc/self/io has no read_bytes");
}

// What the disk gives beyond the bytes that are asked for.
void PrintReadAmplification(const std::vector<Variant>& variants, uint64_t bytes, int ranges) {
  constexpr size_t kLengths[] = {4U << 10, 64U << 10, 1U << 20};
  std::printf(
      "\n| %d cold ranges anywhere: KiB from the disk beyond the range, median (max) | 4 KiB | "
      "64 KiB | 1 MiB |\n|---|---|---|---|\n",
      ranges);
  for (const Variant& variant : variants) {
    std::printf("| %s |", variant.name.c_str());
    variant.read(0, 1);
    for (const size_t length : kLengths) {
      std::mt19937_64 random(2);
      std::vector<double> beyond;
      for (int i = 0; i < ranges; ++i) {
        Evict(variant.directory);
        const uint64_t offset = random() % (bytes - length);
        const uint64_t before = DiskBytesRead();
        variant.read(offset, length);
        const auto more = static_cast<double>(DiskBytesRead() - before);
        beyond.push_back((more - static_cast<double>(length)) / 1024);
      }
      std::printf(" %.0f (%.0f) |", Median(beyond),
                  *std::max_element(beyond.begin(), beyond.end()));
    }
    std::printf("\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t mib = 1024;
  int rounds = 7;
  int ranges = 400;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    if (flag == "--mib") {
      mib = std::strtoull(argv[i + 1], nullptr, 10);
    } else if (flag == "--rounds") {
      rounds = std::atoi(argv[i + 1]);
    } else if (flag == "--ranges") {
      ranges = std::atoi(argv[i + 1]);
    } else if (flag == "--dir") {
      setenv("TMPDIR", argv[i + 1], 1);
    } else {
      Die("unknown flag " + flag);
    }
  }
  const reel::test::TempDirectory directory;
  std::vector<std::string> blocks;
  for (uint64_t i = 0; i < 64; ++i) {
    blocks.push_back(reel::test::RandomBytes(kBlock, i));
  }
  fs::create_directory(directory / "plain");
  const std::string plain = directory / "plain/file";
  {
    const int out = open(plain.c_str(), O_CREAT | O_WRONLY, 0600);
    for (uint64_t i = 0; i < mib; ++i) {
      if (write(out, blocks[i % blocks.size()].data(), kBlock) != static_cast<ssize_t>(kBlock)) {
        Die("cannot write the plain file");
      }
    }
    fsync(out);
    close(out);
  }
  const int plain_fd = open(plain.c_str(), O_RDONLY);
  std::string buffer(kBlock, '\0');
  std::vector<Variant> variants;
  variants.push_back({"plain file", directory / "plain", [&](uint64_t offset, size_t length) {
                        if (pread(plain_fd, buffer.data(), length, static_cast<off_t>(offset)) !=
                            static_cast<ssize_t>(length)) {
                          Die("short read");
                        }
                      }});
  std::vector<std::unique_ptr<Stored>> stores;
  for (const uint32_t kib : {16U, 32U, 64U}) {
    const std::string name = std::to_string(kib) + " KiB pages";
    stores.push_back(StoreVideo(directory / name, kib << 10, blocks, mib));
    Stored* stored = stores.back().get();
    variants.push_back({name, directory / name, [stored](uint64_t offset, size_t length) {
                          const reel::Status status =
                              stored->reader->Borrow(offset, length, &stored->bytes);
                          if (!status.ok() || stored->bytes.size() != length) {
                            Die(status.message());
                          }
                        }});
  }

  const uint64_t bytes = mib * kBlock;
  const auto sequential = [&](const Variant& variant) {
    return static_cast<double>(bytes) / 1e6 / Seconds([&] {
             for (uint64_t at = 0; at < bytes; at += kBlock) {
               variant.read(at, kBlock);
             }
           });
  };
  const auto random_us = [&](const Variant& variant, size_t length) {
    constexpr int kReads = 400;
    std::mt19937_64 random(1);
    return Seconds([&] {
             for (int i = 0; i < kReads; ++i) {
               variant.read(random() % (bytes / length) * length, length);
             }
           }) /
           kReads * 1e6;
  };
  enum Column { kCold, kWarm, kRandom64, kRandom4, kColumns };
  std::map<std::string, std::vector<double>> results[kColumns];
  for (int round = 0; round < rounds; ++round) {
    for (const Variant& variant : variants) {
      Evict(variant.directory);
      results[kCold][variant.name].push_back(sequential(variant));
      results[kWarm][variant.name].push_back(sequential(variant));
      Evict(variant.directory);
      results[kRandom64][variant.name].push_back(random_us(variant, 64 << 10));
      Evict(variant.directory);
      results[kRandom4][variant.name].push_back(random_us(variant, 4 << 10));
    }
  }
  std::printf(
      "| %llu MiB, %d rounds | cold MB/s | warm MB/s | random 64 KiB cold µs | "
      "random 4 KiB cold µs |\n|---|---|---|---|---|\n",
      static_cast<unsigned long long>(mib), rounds);
  for (const Variant& variant : variants) {
    std::printf("| %s |", variant.name.c_str());
    for (auto& column : results) {
      const double value = Median(column[variant.name]);
      std::printf(" %.0f (%.2f) |", value, value / Median(column["plain file"]));
    }
    std::printf("\n");
  }
  if (ranges > 0) {
    PrintReadAmplification(variants, bytes, ranges);
  }
  return 0;
}

// Streaming a stored video, against reading the same bytes from a plain file.
//   stream_bench [--mib N] [--rounds N] [--streams N] [--dir DIR]
// Prints Markdown tables: medians over rounds in which all variants take turns.
#include <fcntl.h>
#include <reel/store.h>
#include <reel/video.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <thread>
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

struct Settings {
  uint64_t mib = 1024;
  int rounds = 5;
  int streams = 100;
};

Settings Parse(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    if (flag == "--mib") {
      settings.mib = std::strtoull(argv[i + 1], nullptr, 10);
    } else if (flag == "--rounds") {
      settings.rounds = std::atoi(argv[i + 1]);
    } else if (flag == "--streams") {
      settings.streams = std::atoi(argv[i + 1]);
    } else if (flag == "--dir") {
      setenv("TMPDIR", argv[i + 1], 1);
    } else {
      Die("unknown flag " + flag);
    }
  }
  return settings;
}

template <typename T>
T Value(reel::Result<T> result) {
  if (!result.ok()) {
    Die(result.status().message());
  }
  return *std::move(result);
}

void Check(const reel::Status& status) {
  if (!status.ok()) {
    Die(status.message());
  }
}

uint64_t StreamAll(const reel::VideoReader& reader, reel::ByteRange range) {
  uint64_t bytes = 0;
  const auto result = reader.Stream(range, [&](std::span<const std::string_view> slices) {
    for (const std::string_view slice : slices) {
      bytes += slice.size();
    }
    return true;
  });
  Check(result.status);
  return bytes;
}

struct Bench {
  explicit Bench(const Settings& of) : settings(of) {
    std::vector<std::string> blocks;
    for (uint64_t i = 0; i < 64; ++i) {
      blocks.push_back(reel::test::RandomBytes(kBlock, i));
    }
    fs::create_directory(directory / "plain");
    plain = open((directory / "plain/file").c_str(), O_CREAT | O_RDWR, 0600);
    store = Value(reel::Store::Open({.path = directory / "store", .create_if_missing = true}));
    library.emplace(Value(store->Namespace("videos", true)), reel::LibraryOptions{.reads = pool});
    const auto writer = Value(library->NewWriter("video:bench.mp4", {}));
    for (uint64_t i = 0; i < settings.mib; ++i) {
      const std::string& block = blocks[i % blocks.size()];
      Check(writer->Append(block));
      if (write(plain, block.data(), kBlock) != static_cast<ssize_t>(kBlock)) {
        Die("cannot write the plain file");
      }
    }
    fsync(plain);
    Value(writer->Commit());
    reader = Value(library->Open("video:bench.mp4"));
  }

  ~Bench() { close(plain); }

  void Sequential();
  void FirstByte();
  void Concurrent();

  [[nodiscard]] uint64_t bytes() const { return settings.mib * kBlock; }
  [[nodiscard]] double Speed(const std::function<void()>& work) const {
    return static_cast<double>(bytes()) / 1e6 / Seconds(work);
  }
  void ReadPlain() {
    for (uint64_t at = 0; at < bytes(); at += kBlock) {
      if (pread(plain, buffer.data(), kBlock, static_cast<off_t>(at)) !=
          static_cast<ssize_t>(kBlock)) {
        Die("short read");
      }
    }
  }

  Settings settings;
  reel::test::TempDirectory directory;
  std::string buffer = std::string(kBlock, '\0');
  int plain = -1;
  std::shared_ptr<reel::ReadPool> pool = std::make_shared<reel::ReadPool>();
  std::unique_ptr<reel::Store> store;
  std::optional<reel::VideoLibrary> library;
  std::unique_ptr<reel::VideoReader> reader;
};

void Bench::Sequential() {
  const std::map<std::string, std::pair<std::string, std::function<void()>>> variants = {
      {"plain file", {directory / "plain", [&] { ReadPlain(); }}},
      {"Stream",
       {directory / "store",
        [&] {
          StreamAll(*reader, {0, bytes()});
        }}},
      {"Read of 1 MiB",
       {directory / "store",
        [&] {
          for (uint64_t at = 0; at < bytes(); at += kBlock) {
            Value(reader->Read(at, buffer));
          }
        }}},
  };
  std::map<std::string, std::vector<double>> cold;
  std::map<std::string, std::vector<double>> warm;
  for (int round = 0; round < settings.rounds; ++round) {
    for (const auto& [name, variant] : variants) {
      Evict(variant.first);
      cold[name].push_back(Speed(variant.second));
      warm[name].push_back(Speed(variant.second));
    }
  }
  std::printf("| %llu MiB, %d rounds | cold MB/s | warm MB/s |\n|---|---|---|\n",
              static_cast<unsigned long long>(settings.mib), settings.rounds);
  for (const char* name : {"plain file", "Stream", "Read of 1 MiB"}) {
    std::printf("| %s | %.0f (%.2f) | %.0f (%.2f) |\n", name, Median(cold[name]),
                Median(cold[name]) / Median(cold["plain file"]), Median(warm[name]),
                Median(warm[name]) / Median(warm["plain file"]));
  }
}

void Bench::FirstByte() {
  std::mt19937_64 random(1);
  std::vector<double> first;
  StreamAll(*reader, {0, bytes()});
  for (int i = 0; i < 1000; ++i) {
    const reel::ByteRange range{random() % (bytes() - kBlock), kBlock};
    first.push_back(Seconds([&] {
                      reader->Stream(range,
                                     [](std::span<const std::string_view>) { return false; });
                    }) *
                    1e6);
  }
  std::sort(first.begin(), first.end());
  std::printf(
      "\n| first byte of a warm random range | median µs | 99 of 100 µs |\n|---|---|---|\n"
      "| Stream | %.0f | %.0f |\n",
      first[first.size() / 2], first[first.size() * 99 / 100]);
}

void Bench::Concurrent() {
  std::printf(
      "\n| %d streams at once | together MB/s | slowest / mean | memory MiB, at most |\n"
      "|---|---|---|---|\n",
      settings.streams);
  std::atomic<bool> done = false;
  std::vector<std::atomic<uint64_t>> sent(static_cast<size_t>(settings.streams));
  std::vector<std::thread> threads;
  const double seconds = Seconds([&] {
    for (auto& count : sent) {
      threads.emplace_back([&] {
        while (!done) {
          const auto result =
              reader->Stream({0, bytes()}, [&](std::span<const std::string_view> slices) {
                for (const std::string_view slice : slices) {
                  count += slice.size();
                }
                return !done;
              });
          Check(result.status);
        }
      });
    }
    std::this_thread::sleep_for(std::chrono::seconds(settings.rounds));
    done = true;
    for (std::thread& thread : threads) {
      thread.join();
    }
  });
  const uint64_t sum = std::accumulate(sent.begin(), sent.end(), uint64_t{0});
  const uint64_t slowest = *std::min_element(sent.begin(), sent.end());
  std::printf(
      "| Stream | %.0f | %.2f | %.0f of %.0f |\n", static_cast<double>(sum) / 1e6 / seconds,
      static_cast<double>(slowest) * static_cast<double>(sent.size()) / static_cast<double>(sum),
      static_cast<double>(pool->Stats().memory_bytes_peak) / kBlock,
      static_cast<double>(reel::ReadPoolOptions().memory_bytes) / kBlock);
}

}  // namespace

int main(int argc, char** argv) {
  Bench bench(Parse(argc, argv));
  bench.Sequential();
  bench.FirstByte();
  bench.Concurrent();
  return 0;
}

// What entries cost in a store of many, against a store of a thousand.
//   kv_bench [--entries N] [--videos N] [--rounds N] [--drop-mib N] [--dir DIR]
// Prints Markdown tables: medians over rounds in which both stores take turns.
#include <fcntl.h>
#include <reel/store.h>
#include <reel/video.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/measure.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_bytes.h"

namespace {

using reel::bench::Die;
using reel::bench::Median;
using reel::bench::Seconds;

void Check(const reel::Status& status) {
  if (!status.ok()) {
    Die(status.message());
  }
}

template <typename T>
T Must(reel::Result<T> result) {
  Check(result.status());
  return *std::move(result);
}

double ResidentMib() {
  std::ifstream statm("/proc/self/statm");
  uint64_t pages = 0;
  statm >> pages >> pages;
  return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

std::string EntryKey(uint64_t i) {
  return "entry/" + std::to_string(i * 2654435761U % 1'000'000'007U) + "/" + std::to_string(i);
}
std::string VideoKey(uint64_t i) {
  return "video:clips/" + std::to_string(i) + ".mp4";
}

// A store with small entries and small chunked videos, closed and opened as it is asked for.
class Subject {
 public:
  Subject(std::string path, uint64_t entries, uint64_t videos)
      : path_(std::move(path)), entries_(entries), videos_(videos) {
    Open(/*create=*/true);
    std::vector<reel::Mutation> batch;
    fill_s_ = Seconds([&] {
      for (uint64_t i = 0; i < entries_; ++i) {
        reel::Mutation put;
        put.key = EntryKey(i);
        put.value = "value of " + put.key;
        batch.push_back(std::move(put));
        if (batch.size() == 1000 || i + 1 == entries_) {
          Check(kv_->Apply(batch));
          batch.clear();
        }
      }
    });
    const std::string bytes = reel::test::RandomBytes(500, 1);
    for (uint64_t i = 0; i < videos_; ++i) {
      const auto writer = Must(library_->NewWriter(VideoKey(i), {}));
      Check(writer->Append(std::string_view(bytes).substr(0, 300 + i % 200)));
      Must(writer->Commit());
    }
  }

  void Open(bool create = false) {
    library_.reset();
    store_.reset();
    reel::StoreOptions options;
    options.path = path_;
    options.create_if_missing = create;
    store_ = Must(reel::Store::Open(options));
    kv_ = Must(store_->Namespace("videos", create));
    reel::LibraryOptions library;
    library.chunking.size_threshold = 0;
    library.chunking.chunk_size = 100;
    library_ = std::make_unique<reel::VideoLibrary>(kv_, library);
  }
  void Close() {
    library_.reset();
    store_.reset();
  }

  reel::KvNamespace& kv() { return *kv_; }
  reel::VideoLibrary& library() { return *library_; }
  [[nodiscard]] uint64_t entries() const { return entries_; }
  [[nodiscard]] uint64_t videos() const { return videos_; }
  [[nodiscard]] double batched_puts_per_s() const {
    return static_cast<double>(entries_) / fill_s_;
  }

 private:
  std::string path_;
  uint64_t entries_;
  uint64_t videos_;
  double fill_s_ = 0;
  std::unique_ptr<reel::Store> store_;
  reel::KvNamespace* kv_ = nullptr;
  std::unique_ptr<reel::VideoLibrary> library_;
};

struct Measure {
  const char* name;
  // Microseconds an operation.
  std::function<double(Subject&, std::mt19937_64&)> run;
};

double Repeated(int count, const std::function<void()>& operation) {
  return Seconds([&] {
           for (int i = 0; i < count; ++i) {
             operation();
           }
         }) /
         count * 1e6;
}

void Get(Subject& subject, uint64_t i) {
  const auto view = Must(subject.kv().Open(EntryKey(i)));
  reel::BorrowedBytes bytes;
  Check(view->ReadValue(0, view->entry().size, &bytes));
}

void Stat(Subject& subject, uint64_t i) {
  Must(subject.library().Stat(VideoKey(i)));
}

std::vector<Measure> Measures() {
  return {
      {"get, any key, the first since the store was opened",
       [](Subject& subject, std::mt19937_64& random) {
         return Repeated(5'000, [&] { Get(subject, random() % subject.entries()); });
       }},
      {"get, any key",
       [](Subject& subject, std::mt19937_64& random) {
         // The walk puts what fits into the cache, as days of serving would.
         Must(subject.kv().Count(""));
         return Repeated(50'000, [&] { Get(subject, random() % subject.entries()); });
       }},
      {"get, of 500 keys",
       [](Subject& subject, std::mt19937_64& random) {
         // Few enough keys that both stores have them in memory.
         const uint64_t first = random() % (subject.entries() - 500);
         const auto get = [&] { Get(subject, first + random() % 500); };
         Repeated(1'000, get);
         return Repeated(20'000, get);
       }},
      {"stat of any video",
       [](Subject& subject, std::mt19937_64& random) {
         return Repeated(10'000, [&] { Stat(subject, random() % subject.videos()); });
       }},
      {"stat of 20 videos",
       [](Subject& subject, std::mt19937_64& random) {
         const uint64_t few = std::min<uint64_t>(subject.videos(), 20);
         const uint64_t first = random() % (subject.videos() - few + 1);
         const auto stat = [&] { Stat(subject, first + random() % few); };
         Repeated(1'000, stat);
         return Repeated(20'000, stat);
       }},
      {"list a page of 100",
       [](Subject& subject, std::mt19937_64& random) {
         return Repeated(200, [&] {
           reel::ListOptions options;
           options.limit = 100;
           options.start_after = EntryKey(random() % subject.entries());
           Must(subject.kv().List(options));
         });
       }},
      {"put, synced",
       [](Subject& subject, std::mt19937_64& random) {
         return Repeated(50, [&] {
           reel::Mutation put;
           put.key = EntryKey(random() % subject.entries());
           put.value = "another value";
           Check(subject.kv().Apply({&put, 1}));
         });
       }},
  };
}

double FsyncUs(const std::string& path) {
  const int fd = open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  const std::string bytes(200, 'x');
  const double us = Repeated(50, [&] {
    if (write(fd, bytes.data(), bytes.size()) < 0 || fdatasync(fd) != 0) {
      Die("cannot write " + path);
    }
  });
  close(fd);
  return us;
}

void CompareStores(const std::string& directory, uint64_t entries, uint64_t videos, int rounds) {
  Subject few(directory + "/few", std::min<uint64_t>(entries, 1000),
              std::min<uint64_t>(videos, 20));
  Subject many(directory + "/many", entries, videos);
  const double batched = many.batched_puts_per_s();
  few.Close();
  many.Close();
  std::vector<double> open_s[2];
  std::vector<std::vector<double>> results[2];
  std::vector<std::vector<double>> ratios;
  Subject* const subjects[] = {&few, &many};
  const std::vector<Measure> measures = Measures();
  std::mt19937_64 random(1);
  std::vector<double> fsync_us;
  ratios.resize(measures.size());
  for (int i = 0; i < 2; ++i) {
    results[i].resize(measures.size());
    subjects[i]->Open();
  }
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < 2; ++i) {
      subjects[i]->Close();
      open_s[i].push_back(Seconds([&] { subjects[i]->Open(); }));
    }
    // One right after the other: the machine's speed drifts.
    for (size_t m = 0; m < measures.size(); ++m) {
      for (int i = 0; i < 2; ++i) {
        results[i][m].push_back(measures[m].run(*subjects[i], random));
      }
      ratios[m].push_back(results[1][m].back() / results[0][m].back());
    }
    fsync_us.push_back(FsyncUs(directory + "/fsync"));
  }
  std::printf("| %d rounds | a thousand | %llu entries, %llu videos | ratio |\n|---|---|---|---|\n",
              rounds, static_cast<unsigned long long>(entries),
              static_cast<unsigned long long>(videos));
  std::printf("| open, ms | %.0f | %.0f | %.2f |\n", Median(open_s[0]) * 1e3,
              Median(open_s[1]) * 1e3, Median(open_s[1]) / Median(open_s[0]));
  for (size_t m = 0; m < measures.size(); ++m) {
    std::printf("| %s, us | %.1f | %.1f | %.2f |\n", measures[m].name, Median(results[0][m]),
                Median(results[1][m]), Median(ratios[m]));
  }
  std::printf("| memory of the process with both open, MiB | | %.0f | |\n", ResidentMib());
  std::printf("\nBatched puts: %.0f a second. Write and fdatasync of 200 bytes: %.0f us.\n",
              batched, Median(fsync_us));
}

uint64_t TableFiles(const std::string& store) {
  uint64_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(store + "/db")) {
    files += file.path().extension() == ".sst" ? 1 : 0;
  }
  return files;
}

// Values of a few MiB each: how many files they make, and what is left of those that go.
void ManyClips(const std::string& directory, uint64_t mib) {
  constexpr uint64_t kClipMib = 4;
  const uint64_t clips = std::max<uint64_t>(2, mib / kClipMib);
  reel::StoreOptions options;
  options.path = directory + "/clips";
  options.create_if_missing = true;
  auto store = Must(reel::Store::Open(options));
  reel::VideoLibrary library(Must(store->Namespace("videos", true)));
  const std::string bytes = reel::test::RandomBytes(kClipMib << 20, 1);
  const double put_s = Seconds([&] {
    for (uint64_t i = 0; i < clips; ++i) {
      const auto writer = Must(library.NewWriter(VideoKey(i), {}));
      Check(writer->Append(bytes));
      Must(writer->Commit());
    }
  });
  store.reset();
  const uint64_t files = TableFiles(options.path);
  store = Must(reel::Store::Open(options));
  reel::VideoLibrary again(Must(store->Namespace("videos", true)));
  const double remove_s = Seconds([&] {
    for (uint64_t i = 0; i < clips; i += 2) {
      Check(again.Remove(VideoKey(i)));
    }
  });
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const auto left = static_cast<double>(Must(store->Stats()).disk_bytes) / (1 << 20);
  std::printf(
      "\n| clips of %llu MiB | put, MB/s | table files | remove one, us | on disk a second "
      "after every other one went, MiB |\n|---|---|---|---|---|\n",
      static_cast<unsigned long long>(kClipMib));
  std::printf("| %llu | %.0f | %llu | %.0f | %.0f |\n", static_cast<unsigned long long>(clips),
              static_cast<double>(clips * bytes.size()) / put_s / 1e6,
              static_cast<unsigned long long>(files),
              remove_s * 1e6 / static_cast<double>((clips + 1) / 2), left);
}

// Seconds until the store takes no more than `bytes`, and what the log may have grown by.
double WaitForSpace(const reel::Store& store, uint64_t bytes) {
  constexpr uint64_t kLogBytes = 1U << 20;
  constexpr double kSecondsMax = 10;
  const auto start = std::chrono::steady_clock::now();
  double seconds = 0;
  while (Must(store.Stats()).disk_bytes > bytes + kLogBytes) {
    std::this_thread::yield();
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (seconds > kSecondsMax) {
      Die("the space of a dropped video does not come back");
    }
  }
  return seconds;
}

void DropVideos(const std::string& directory, uint64_t mib, int rounds) {
  reel::StoreOptions options;
  options.path = directory + "/drop";
  options.create_if_missing = true;
  const auto store = Must(reel::Store::Open(options));
  reel::VideoLibrary library(Must(store->Namespace("videos", true)));
  const std::string block = reel::test::RandomBytes(1 << 20, 1);
  std::printf("\n| drop a video of | ms | its space is back after, ms |\n|---|---|---|\n");
  for (const uint64_t size : {std::max<uint64_t>(2, mib / 16), mib}) {
    std::vector<double> ms;
    std::vector<double> back_ms;
    const uint64_t before = Must(store->Stats()).disk_bytes;
    for (int round = 0; round < rounds; ++round) {
      const auto writer = Must(library.NewWriter("video:v.mp4", {}));
      for (uint64_t i = 0; i < size; ++i) {
        Check(writer->Append(block));
      }
      Must(writer->Commit());
      ms.push_back(Seconds([&] { Check(library.Remove("video:v.mp4")); }) * 1e3);
      back_ms.push_back(ms.back() + WaitForSpace(*store, before) * 1e3);
    }
    std::printf("| %llu MiB | %.1f | %.1f |\n", static_cast<unsigned long long>(size), Median(ms),
                Median(back_ms));
  }
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t entries = 1'000'000;
  uint64_t videos = 20'000;
  uint64_t drop_mib = 1024;
  int rounds = 5;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    const uint64_t value = std::strtoull(argv[i + 1], nullptr, 10);
    if (flag == "--entries") {
      entries = std::max<uint64_t>(value, 1000);
    } else if (flag == "--videos") {
      videos = value;
    } else if (flag == "--rounds") {
      rounds = static_cast<int>(value);
    } else if (flag == "--drop-mib") {
      drop_mib = value;
    } else if (flag == "--dir") {
      setenv("TMPDIR", argv[i + 1], 1);
    } else {
      Die("unknown flag " + flag);
    }
  }
  const reel::test::TempDirectory directory;
  CompareStores(directory.path(), entries, videos, rounds);
  DropVideos(directory.path(), drop_mib, rounds);
  ManyClips(directory.path(), drop_mib);
  return 0;
}

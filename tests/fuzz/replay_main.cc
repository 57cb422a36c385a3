// NAME_fuzz CORPUS: where there is no libFuzzer, gives a fuzz target every file of CORPUS and then
// REEL_FUZZ_RUNS random mutations of them. The input of a failed assertion is left in
// fuzz-failed-input: keep it in the corpus.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/support/test_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace reel {
namespace {

constexpr size_t kInputBytesMax = 16 << 10;

// For the signal handler.
std::string current_input;

void KeepInput(int signal) {
  const int file = ::open("fuzz-failed-input", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file >= 0 && ::write(file, current_input.data(), current_input.size()) >= 0) {
    constexpr std::string_view kText = "the input is in fuzz-failed-input\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kText.data(), kText.size());
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void Run(std::string input) {
  current_input = std::move(input);
  // A copy of exactly its size, so that a sanitizer sees a read behind it.
  const std::vector<uint8_t> bytes(current_input.begin(), current_input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

std::vector<std::string> ReadCorpus(const char* directory) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    paths.push_back(entry.path());
  }
  // A seed has to mean the same on every file system.
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> corpus;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

class Mutator {
 public:
  Mutator(uint64_t seed, const std::vector<std::string>& corpus) : random_(seed), corpus_(corpus) {}

  std::string Next() {
    std::string input = Any();
    for (uint64_t changes = 1 + Below(4); changes > 0; --changes) {
      Change(input);
    }
    input.resize(std::min(input.size(), kInputBytesMax));
    return input;
  }

 private:
  uint64_t Below(uint64_t bound) { return random_() % bound; }
  const std::string& Any() { return corpus_[Below(corpus_.size())]; }

  void Change(std::string& input) {
    static constexpr std::array<const char*, 12> kNumbers = {"0",
                                                             "1",
                                                             "-1",
                                                             "127",
                                                             "255",
                                                             "2147483648",
                                                             "4294967295",
                                                             "4294967296",
                                                             "9223372036854775808",
                                                             "18446744073709551615",
                                                             "18446744073709551616",
                                                             "00000000000000001"};
    const size_t at = Below(input.size() + 1);
    const size_t length = std::min<size_t>(Below(16), input.size() - at);
    switch (Below(7)) {
      case 0:
        input.erase(at, length);
        break;
      case 1:
        input.insert(at, 1, static_cast<char>(Below(256)));
        break;
      case 2:
        if (at < input.size()) {
          input[at] = static_cast<char>(input[at] ^ (1 << Below(8)));
        }
        break;
      case 3: {
        // Sometimes many copies: lists grow long this way.
        const std::string piece = input.substr(at, length);
        for (int copies = Below(8) == 0 ? 400 : 1; copies > 0; --copies) {
          input.insert(at, piece);
        }
        break;
      }
      case 4: {
        const std::string& other = Any();
        const size_t from = Below(other.size() + 1);
        input.replace(at, length, other, from, Below(32));
        break;
      }
      case 5:
        input.replace(at, length, kNumbers[Below(kNumbers.size())]);
        break;
      default:
        ChangeNumber(input, at);
    }
  }

  /// Replaces the first number behind `at` by one of similar size.
  void ChangeNumber(std::string& input, size_t at) {
    constexpr std::string_view kDigits = "0123456789";
    const size_t begin = input.find_first_of(kDigits, at);
    if (begin == std::string::npos) {
      return;
    }
    const size_t end = std::min(input.find_first_not_of(kDigits, begin), input.size());
    std::string number;
    for (size_t i = 0; i < end - begin; ++i) {
      number += kDigits[Below(kDigits.size())];
    }
    input.replace(begin, end - begin, number);
  }

  std::mt19937_64 random_;
  const std::vector<std::string>& corpus_;
};

int Replay(const char* directory) {
  const auto corpus = ReadCorpus(directory);
  if (corpus.empty()) {
    std::fprintf(stderr, "%s holds no inputs\n", directory);
    return 1;
  }
  std::signal(SIGABRT, KeepInput);
  for (const auto& input : corpus) {
    Run(input);
  }
  Mutator mutator(test::TestSeed(), corpus);
  std::fflush(stdout);
  const uint64_t runs = test::CampaignLength("REEL_FUZZ_RUNS", REEL_FUZZ_RUNS);
  for (uint64_t i = 0; i < runs; ++i) {
    Run(mutator.Next());
  }
  std::printf("%zu inputs and %llu mutations\n", corpus.size(),
              static_cast<unsigned long long>(runs));
  return 0;
}

}  // namespace
}  // namespace reel

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
    return 2;
  }
  return reel::Replay(argv[1]);
}

#include "tools/context.h"

#include <reel/options.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

namespace reel::cli {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any
  return value == nullptr ? "" : value;
}

}  // namespace

Result<std::string> StorePath(const CommandLine& line) {
  std::string path;
  if (const auto given = line.Text(FlagId::kStore)) {
    if (given->empty()) {
      return {Code::kInvalidArgument, "--store is empty (name the store's directory)"};
    }
    path = *given;
  } else if (std::string store = Environment("REEL_STORE"); !store.empty()) {
    path = std::move(store);
  } else if (const std::string data = Environment("XDG_DATA_HOME"); data.starts_with('/')) {
    path = data + "/reel";
  } else if (const std::string home = Environment("HOME"); !home.empty()) {
    path = home + "/.local/share/reel";
  } else {
    return {Code::kInvalidArgument, "no store is named (give --store DIR or set REEL_STORE)"};
  }
  std::error_code error;
  std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) {
    return {Code::kIoError, "store " + path + ": " + error.message() + " (give an absolute path)"};
  }
  return absolute.lexically_normal().string();
}

Context::Context(std::unique_ptr<Store> store, KvNamespace* entries)
    : store_(std::move(store)),
      library_(std::make_unique<VideoLibrary>(entries, ChunkingOptions())) {}

Result<Context> Context::Open(const CommandLine& line, Missing missing) {
  auto path = StorePath(line);
  if (!path.ok()) {
    return path.status();
  }
  StoreOptions options;
  options.path = *std::move(path);
  options.create_if_missing = missing == Missing::kIsCreated;
  auto store = Store::Open(options);
  if (!store.ok()) {
    return store.status();
  }
  const auto entries = (*store)->Namespace(line.Text(FlagId::kNamespace).value_or("videos"),
                                           options.create_if_missing);
  if (!entries.ok()) {
    return entries.status().WithContext("store " + options.path);
  }
  return Context(*std::move(store), *entries);
}

}  // namespace reel::cli

#include "tools/context.h"

#include <reel/options.h>
#include <reel/video_namespaces.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <utility>

#include "tools/log_file.h"
#include "tools/settings.h"

namespace reel::cli {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any
  return value == nullptr ? "" : value;
}

// Null without --log.
Result<std::unique_ptr<EventLog>> OpenLog(const CommandLine& line) {
  const auto path = line.Text(FlagId::kLog);
  if (!path) {
    return std::unique_ptr<EventLog>();
  }
  auto opened = LogFile::Open(*path);
  if (!opened.ok()) {
    return opened.status();
  }
  const std::shared_ptr<LogFile> file = *std::move(opened);
  constexpr EventLogOptions kOptions{.lines_per_second_max = 1000};
  return std::make_unique<EventLog>([file](std::string_view text) { file->Append(text); },
                                    kOptions);
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

Result<OpenedStore> OpenStore(const CommandLine& line, Missing missing) {
  auto path = StorePath(line);
  if (!path.ok()) {
    return path.status();
  }
  // Settings that are wrong are told before a store is created.
  const auto settings = ReadSettings(line, *path);
  if (!settings.ok()) {
    return settings.status();
  }
  const auto config = settings->Build();
  if (!config.ok()) {
    return config.status();
  }
  StoreOptions options;
  options.path = *path;
  options.create_if_missing = missing == Missing::kIsCreated;
  auto store = Store::Open(options);
  if (!store.ok()) {
    return store.status();
  }
  return OpenedStore{*std::move(path), *config, *std::move(store)};
}

Context::Context(std::unique_ptr<Store> store, std::unique_ptr<EventLog> log, KvNamespace* entries,
                 const LibraryOptions& options)
    : store_(std::move(store)),
      log_(std::move(log)),
      entries_(entries),
      library_(std::make_unique<VideoLibrary>(entries, options)) {}

Result<Context> Context::Open(const CommandLine& line, Missing missing, Versions versions) {
  // First: where it cannot be had, nothing is done.
  auto log = OpenLog(line);
  if (!log.ok()) {
    return log.status();
  }
  auto open = OpenStore(line, missing);
  if (!open.ok()) {
    return open.status();
  }
  const std::string name = line.Text(FlagId::kNamespace).value_or("videos");
  const auto entries = open->store->Namespace(name, missing == Missing::kIsCreated);
  if (!entries.ok()) {
    return entries.status().WithContext("store " + open->path);
  }
  const bool create = versions == Versions::kAreCreated;
  const auto bumped = open->store->Namespace(VersionsNamespace(name), create);
  // A name that is too long for its versions never had any.
  const bool none = bumped.code() == Code::kNotFound || bumped.code() == Code::kInvalidArgument;
  if (!bumped.ok() && (create || !none)) {
    return bumped.status().WithContext("store " + open->path);
  }
  LibraryOptions options;
  options.chunking = open->config.chunking;
  options.tags = open->config.tags;
  options.ttl_refresh = open->config.ttl_refresh;
  options.fetch = open->config.fetch;
  options.log = log->get();
  options.versions = bumped.ok() ? *bumped : nullptr;
  return Context(std::move(open->store), *std::move(log), *entries, options);
}

}  // namespace reel::cli

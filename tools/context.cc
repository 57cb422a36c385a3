#include "tools/context.h"

#include <reel/options.h>
#include <reel/video_namespaces.h>

#include <filesystem>
#include <memory>
#include <utility>

#include "tools/log_file.h"
#include "tools/settings.h"

namespace reel::cli {
namespace {

// Null without --log.
Result<std::unique_ptr<EventLog>> OpenLog(const Session& session, const CommandLine& line) {
  const auto path = line.Text(FlagId::kLog);
  if (!path) {
    return std::unique_ptr<EventLog>();
  }
  auto opened = LogFile::Open(session, *path);
  if (!opened.ok()) {
    return opened.status();
  }
  const std::shared_ptr<LogFile> file = *std::move(opened);
  constexpr EventLogOptions kOptions{.lines_per_second_max = 1000};
  return std::make_unique<EventLog>([file](std::string_view text) { file->Append(text); },
                                    kOptions);
}

}  // namespace

Result<std::string> StorePath(const Session& session, const CommandLine& line) {
  std::string path;
  if (const auto given = line.Text(FlagId::kStore)) {
    if (given->empty()) {
      return {Code::kInvalidArgument, "--store is empty (name the store's directory)"};
    }
    path = *given;
  } else if (std::string store = session.environment("REEL_STORE"); !store.empty()) {
    path = std::move(store);
  } else if (const std::string data = session.environment("XDG_DATA_HOME"); data.starts_with('/')) {
    path = data + "/reel";
  } else if (const std::string home = session.environment("HOME"); !home.empty()) {
    path = home + "/.local/share/reel";
  } else {
    return {Code::kInvalidArgument, "no store is named (give --store DIR or set REEL_STORE)"};
  }
  std::error_code error;
  std::filesystem::path absolute =
      std::filesystem::absolute(std::filesystem::path(session.directory) / path, error);
  if (error) {
    return {Code::kIoError, "store " + path + ": " + error.message() + " (give an absolute path)"};
  }
  return absolute.lexically_normal().string();
}

std::string NamespaceNameOf(const CommandLine& line) {
  return line.Text(FlagId::kNamespace).value_or("videos");
}

Result<OpenedStore> OpenStore(const Session& session, const CommandLine& line, Missing missing) {
  auto path = StorePath(session, line);
  if (!path.ok()) {
    return path.status();
  }
  // Settings that are wrong are told before a store is created.
  const auto settings = ReadSettings(session, line, *path);
  if (!settings.ok()) {
    return settings.status();
  }
  const auto config = settings->Build();
  if (!config.ok()) {
    return config.status();
  }
  OpenedStore open{*std::move(path), *config, settings->Settings(), nullptr, nullptr};
  if (session.store != nullptr) {
    open.store = session.store->store;
    return open;
  }
  StoreOptions options;
  options.path = open.path;
  options.create_if_missing = missing == Missing::kIsCreated;
  auto store = Store::Open(options);
  if (!store.ok()) {
    return store.status();
  }
  open.owned = *std::move(store);
  open.store = open.owned.get();
  return open;
}

Result<KvNamespace*> VersionsOf(Store* store, const std::string& name, Versions versions) {
  if (versions == Versions::kAreCreatedIfPossible) {
    const auto created = VersionsOf(store, name, Versions::kAreCreated);
    return created.ok() ? created : VersionsOf(store, name, Versions::kAreReadIfAny);
  }
  const bool create = versions == Versions::kAreCreated;
  auto found = store->Namespace(VersionsNamespace(name), create);
  // A name that is too long for its versions never had any.
  const bool none = found.code() == Code::kNotFound || found.code() == Code::kInvalidArgument;
  return !create && none ? Result<KvNamespace*>(nullptr) : found;
}

Context::Context(OpenedStore open, std::unique_ptr<EventLog> log, KvNamespace* entries,
                 const LibraryOptions& options)
    : open_(std::move(open)),
      reads_(options.reads),
      log_(std::move(log)),
      entries_(entries),
      library_options_(options),
      library_(std::make_unique<VideoLibrary>(entries, options)) {}

Result<Context> Context::Open(const Session& session, const CommandLine& line, Missing missing,
                              Versions versions) {
  // First: where it cannot be had, nothing is done.
  auto log = OpenLog(session, line);
  if (!log.ok()) {
    return log.status();
  }
  auto open = OpenStore(session, line, missing);
  if (!open.ok()) {
    return open.status();
  }
  const std::string name = NamespaceNameOf(line);
  const auto entries = open->store->Namespace(name, missing == Missing::kIsCreated);
  if (!entries.ok()) {
    return entries.status().WithContext("store " + open->path);
  }
  const auto bumped = VersionsOf(open->store, name, versions);
  if (!bumped.ok()) {
    return bumped.status().WithContext("store " + open->path);
  }
  LibraryOptions options;
  options.chunking = open->config.chunking;
  options.tags = open->config.tags;
  options.ttl_refresh = open->config.ttl_refresh;
  options.fetch = open->config.fetch;
  options.log = log->get();
  options.versions = *bumped;
  options.reads = session.store == nullptr ? std::make_shared<ReadPool>() : session.store->reads;
  return Context(*std::move(open), *std::move(log), *entries, options);
}

}  // namespace reel::cli

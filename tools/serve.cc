#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "fuse/filesystem.h"
#include "fuse/session.h"
#include "tools/access_log.h"
#include "tools/commands.h"
#include "tools/context.h"
#include "tools/describe.h"
#include "tools/exit_status.h"
#include "tools/fault_front.h"
#include "tools/http/server.h"
#include "tools/interrupt.h"
#include "tools/mounting.h"
#include "tools/output.h"
#include "tools/owner.h"
#include "tools/report_sink.h"
#include "tools/routes/namespaces.h"
#include "tools/routes/request_metrics.h"
#include "tools/routes/rest_routes.h"
#include "tools/routes/site.h"
#include "tools/routes/video_routes.h"
#include "tools/routes/workerd_routes.h"
#include "tools/serve_options.h"
#include "tools/served_files.h"
#include "tools/shared_store.h"
#include "tools/store_metrics.h"
#include "tools/upkeep.h"

namespace reel::cli {
namespace {

constexpr auto kGrace = std::chrono::seconds(10);

void ReportServe(const Status& failure) {
  Report(failure.WithContext("serve"));
}

routes::VideoRoutesOptions VideoOptions(const Context& context, FaultPolicy policy) {
  routes::VideoRoutesOptions options;
  options.policy = policy;
  const FetchOptions& fetch = context.library_options().fetch;
  options.cacheable = fetch.use_edge_cache;
  options.max_age_s = fetch.edge_cache_ttl_s;
  options.describe = [](const VideoInfo& video) { return ToJson(video); };
  options.describe_purge = [](const PurgeReport& purged) { return ToJson(purged); };
  return options;
}

std::set<size_t> ListenersOfNamespaces(const std::vector<std::string>& namespaces) {
  std::set<size_t> listeners;
  for (size_t i = 0; i < namespaces.size(); ++i) {
    if (!namespaces[i].empty()) {
      listeners.insert(i);
    }
  }
  return listeners;
}

/// Answers all requests. Thread-safe.
class Service {
 public:
  /// `context`, `names` (see SharedStore) and `faults` outlive this; there may be no faults.
  Service(Context* context, std::shared_mutex* names, FaultFront* faults, FaultPolicy policy,
          const ServeOptions& options)
      : context_(context),
        videos_(VideosBehind(faults), VideoOptions(*context, policy), Clock::System()),
        namespaces_(
            &context->store(),
            [faults](KvNamespace* stored) {
              return faults == nullptr ? stored : faults->Before(stored);
            },
            names),
        rest_(&namespaces_, {.token = options.token}),
        workerd_(routes::ByHeader(&namespaces_, options.kv_namespaces), Clock::System()),
        store_metrics_(&context->store(), Clock::System()),
        site_({
            .token = options.token,
            .videos = &videos_,
            .rest = &rest_,
            .workerd = &workerd_,
            .workerd_listeners = ListenersOfNamespaces(options.kv_namespaces),
            .metrics = [this] { return Metrics(); },
            .health = [context] { return context->store().Namespaces().status(); },
        }) {}

  http::Answer Handle(const http::Request& request) const { return site_.Handle(request); }

  void Count(const http::AccessRecord& record) { requests_.Count(record); }

  /// Tells of the connections of `server`, which outlives this or is replaced by null.
  void Watch(const http::Server* server) { server_ = server; }

 private:
  VideoLibrary* VideosBehind(FaultFront* faults) {
    if (faults == nullptr) {
      return &context_->library();
    }
    return &faulty_.emplace(faults->Before(&context_->entries()), context_->library_options());
  }

  std::string Metrics() {
    const http::Server* server = server_;
    return requests_.ToText(server == nullptr ? 0 : server->connections()) +
           store_metrics_.ToText();
  }

  Context* context_;
  std::optional<VideoLibrary> faulty_;
  routes::VideoRoutes videos_;
  routes::Namespaces namespaces_;
  routes::RestRoutes rest_;
  routes::WorkerdRoutes workerd_;
  routes::RequestMetrics requests_;
  StoreMetrics store_metrics_;
  std::atomic<const http::Server*> server_ = nullptr;
  routes::Site site_;
};

Status Announce(const Session& session, const std::vector<http::Address>& addresses) {
  Output output = Output::Standard(session);
  for (const http::Address& address : addresses) {
    const std::string text = address.ToString();
    REEL_RETURN_IF_ERROR(output.Print((address.is_unix() ? text : "http://" + text) + "\n"));
  }
  return output.Finish();
}

// All that serves a store, in the order in which one stands on the other. Stays where it is.
class Serving {
 public:
  explicit Serving(ServeOptions options) : options_(std::move(options)) {}

  // Clients are answered from then on. Once.
  Status Start(const Session& session, const CommandLine& line) {
    auto opened =
        Context::Open(session, line, Missing::kIsCreated, Versions::kAreCreatedIfPossible);
    if (!opened.ok()) {
      return opened.status();
    }
    context_ = *std::move(opened);
    upkeep_.emplace(&context_->store(), line, ReportServe);
    shared_ = context_->Share();
    faults_ = std::move(options_.faults);
    service_.emplace(&*context_, shared_.names.get(), faults_.get(),
                     line.Has(FlagId::kDegrade) ? FaultPolicy::kDegrade : FaultPolicy::kStrict,
                     options_);
    http::ServerOptions server_options;
    server_options.listen = options_.listen;
    server_options.on_request = [this](const http::AccessRecord& record) {
      service_->Count(record);
      if (options_.access_log != nullptr) {
        options_.access_log->Append(record);
      }
    };
    auto server = http::Server::Start(
        server_options, [this](const http::Request& request) { return service_->Handle(request); });
    if (!server.ok()) {
      return server.status();
    }
    server_ = *std::move(server);
    service_->Watch(server_.get());
    return Status::Ok();
  }

  // Commands find it from then on; `mounted` as in SharedStore. Once, after Start.
  void Own(std::optional<dev_t> mounted) {
    shared_.mounted = mounted;
    owner_ = Owner::ListenIfPossible(shared_, ReportServe);
  }

  ~Serving() {
    if (faults_ != nullptr) {
      faults_->EndWaits();
    }
    if (server_ != nullptr) {
      server_->Stop(kGrace);
    }
  }

  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  Context& context() { return *context_; }
  [[nodiscard]] const std::vector<http::Address>& addresses() const { return server_->addresses(); }

 private:
  ServeOptions options_;
  std::optional<Context> context_;
  std::optional<Upkeep> upkeep_;
  SharedStore shared_;
  std::unique_ptr<FaultFront> faults_;
  std::optional<Service> service_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<Owner> owner_;
};

// Returns when the mount is gone again.
Status ServeWithMount(const Session& session, const CommandLine& line, const Mounting& mounting,
                      Serving* serving) {
  std::optional<mount::Filesystem> filesystem;
  const auto open = [&]() -> Result<mount::Filesystem*> {
    REEL_RETURN_IF_ERROR(serving->Start(session, line));
    serving->Own(DeviceMountedAt(mounting.options.mountpoint));
    Context& context = serving->context();
    filesystem.emplace(&context.library(), LookOf(line, mounting, ReportServe, &context));
    return &*filesystem;
  };
  Status announced;
  const auto on_ready = [&] {
    announced = Announce(session, serving->addresses());
    return announced.ok();
  };
  const Status served = mount::ServeMount(mounting.options, open, on_ready);
  return announced.ok() ? served : announced;
}

Status Serve(const Session& session, const CommandLine& line) {
  REEL_RETURN_IF_ERROR(CheckUpkeep(line));
  auto options = ServeOptionsOf(session, line);
  if (!options.ok()) {
    return options.status();
  }
  Serving serving(*std::move(options));
  SendReportsTo(WithoutWaiting(STDERR_FILENO));
  if (const auto directory = line.Text(FlagId::kMountAt)) {
    const auto mounting = MountingOf(session, line, *directory);
    return mounting.ok() ? ServeWithMount(session, line, *mounting, &serving) : mounting.status();
  }
  if (line.Has(FlagId::kMountOptions) || line.Has(FlagId::kPrefix)) {
    return {Code::kInvalidArgument, "-o and --prefix are of a mount (give --mount DIR too)"};
  }
  REEL_RETURN_IF_ERROR(serving.Start(session, line));
  serving.Own(std::nullopt);
  REEL_RETURN_IF_ERROR(Announce(session, serving.addresses()));
  session.interruption->WaitUntilRaised();
  return Status::Ok();
}

}  // namespace

int RunServe(const Session& session, const CommandLine& line) {
  return Report(session, Serve(session, line).WithContext("serve"));
}

}  // namespace reel::cli

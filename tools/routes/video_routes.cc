#include "tools/routes/video_routes.h"

#include <reel/cloudflare_kv.h>
#include <reel/content_type.h>
#include <reel/http_date.h>
#include <reel/json.h>
#include <reel/percent.h>
#include <reel/range_request.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "tools/http/query.h"
#include "tools/routes/video_body.h"

namespace reel::routes {
namespace {

using http::Request;
using http::Response;
using http::TextResponse;

constexpr std::string_view kVideos = "/videos";
constexpr std::string_view kPurge = "/purge";

Response Failure(const Status& status) {
  const KvError error = ToKvError(status);
  return TextResponse(error.http_status, error.text);
}

Response MethodNotAllowed(const std::string& allowed) {
  Response response = TextResponse(405, "this takes " + allowed);
  response.headers.Add("Allow", allowed);
  return response;
}

std::string ETagOf(const VideoInfo& video) {
  return '"' + video.xxh3.ToHex() + '"';
}

// The header fields that decide what is sent, kept as long as what is made of them is looked at.
struct Conditions {
  Conditions(const Request& request, RequestMethod method, int64_t now)
      : range(request.headers.Find("Range")),
        if_range(request.headers.Find("If-Range")),
        if_match(request.headers.Find("If-Match")),
        if_none_match(request.headers.Find("If-None-Match")),
        if_modified_since(request.headers.Find("If-Modified-Since")),
        if_unmodified_since(request.headers.Find("If-Unmodified-Since")) {
    view.method = method;
    view.now = now;
    view.range = range;
    view.if_range = if_range;
    view.if_match = if_match;
    view.if_none_match = if_none_match;
    view.if_modified_since = if_modified_since;
    view.if_unmodified_since = if_unmodified_since;
  }
  Conditions(const Conditions&) = delete;
  Conditions& operator=(const Conditions&) = delete;

  std::optional<std::string> range;
  std::optional<std::string> if_range;
  std::optional<std::string> if_match;
  std::optional<std::string> if_none_match;
  std::optional<std::string> if_modified_since;
  std::optional<std::string> if_unmodified_since;
  RequestConditions view;
};

std::string NewBoundary() {
  // Drawn anew for each response: nobody can have put it into a video.
  static thread_local std::mt19937_64 random{std::random_device()()};
  constexpr std::string_view kLetters = "0123456789abcdefghijklmnopqrstuvwxyz";
  constexpr size_t kBoundaryBytes = 32;
  std::string boundary;
  while (boundary.size() < kBoundaryBytes) {
    boundary += kLetters[random() % kLetters.size()];
  }
  return boundary;
}

// The pieces of a multipart body for `ranges`, and its content type in `multipart`.
std::vector<VideoBody::Piece> PiecesOf(const std::vector<ByteRange>& ranges,
                                       const MultipartBody& multipart) {
  std::vector<VideoBody::Piece> pieces;
  for (const ByteRange& range : ranges) {
    pieces.emplace_back(multipart.PartHeader(range));
    pieces.emplace_back(range);
  }
  pieces.emplace_back(multipart.End());
  return pieces;
}

bool TakesTrailers(const Request& request) {
  const std::string te = request.headers.Find("TE").value_or("");
  return te.find("trailers") != std::string::npos;
}

// Of what a query says about a video that is stored; nothing where it is wrong.
std::optional<VideoAttributes> AttributesOf(const Request& request, const std::string& key) {
  VideoAttributes attributes;
  attributes.content_type =
      request.headers.Find("Content-Type").value_or(std::string(ContentTypeOfKey(key)));
  const auto query = http::Query::Parse(request.query());
  if (!query) {
    return std::nullopt;
  }
  for (const auto& [name, value] : query->parameters()) {
    if (name == "tag") {
      attributes.tags.push_back(value);
    } else if (name == "ttl") {
      attributes.ttl = http::ParseNumber<int64_t>(value);
      if (!attributes.ttl) {
        return std::nullopt;
      }
    }
  }
  return attributes;
}

class VideoUpload final : public http::Upload {
 public:
  // `uploads` counts those that there are.
  VideoUpload(std::unique_ptr<VideoWriter> writer, bool replaces, std::atomic<size_t>* uploads,
              const std::function<std::string(const VideoInfo&)>* describe)
      : writer_(std::move(writer)), replaces_(replaces), uploads_(*uploads), describe_(*describe) {}
  ~VideoUpload() override { --uploads_; }
  VideoUpload(const VideoUpload&) = delete;
  VideoUpload& operator=(const VideoUpload&) = delete;

  std::optional<Response> Append(std::string_view bytes) override {
    const Status taken = writer_->Append(bytes);
    return taken.ok() ? std::nullopt : std::optional(Failure(taken));
  }

  Response Finish() override {
    const auto stored = writer_->Commit();
    if (!stored.ok()) {
      return Failure(stored.status());
    }
    Response response = http::JsonResponse(replaces_ ? 200 : 201, describe_(*stored) + "\n");
    response.headers.Add("ETag", ETagOf(*stored));
    return response;
  }

 private:
  std::unique_ptr<VideoWriter> writer_;
  bool replaces_;
  std::atomic<size_t>& uploads_;
  const std::function<std::string(const VideoInfo&)>& describe_;
};

}  // namespace

VideoRoutes::VideoRoutes(VideoLibrary* videos, VideoRoutesOptions options, const Clock& clock)
    : videos_(videos), options_(std::move(options)), clock_(clock) {}

bool VideoRoutes::Serves(std::string_view path) {
  return path == kPurge || path == kVideos ||
         (path.starts_with(kVideos) && path[kVideos.size()] == '/');
}

http::Answer VideoRoutes::Handle(const Request& request) {
  const std::string_view path = request.path();
  if (path == kPurge) {
    return request.method == "POST" ? Purge(request) : MethodNotAllowed("POST");
  }
  if (path.size() <= kVideos.size() + 1) {
    const bool reads = request.method == "GET" || request.method == "HEAD";
    return reads ? List(request) : MethodNotAllowed("GET, HEAD");
  }
  const auto key = DecodePercent(path.substr(kVideos.size() + 1));
  return key ? HandleVideo(request, *key)
             : TextResponse(400, "the path has a % without two hex digits (write %25 for a %)");
}

http::Answer VideoRoutes::HandleVideo(const Request& request, const std::string& key) {
  if (const Status valid = ValidateKey(key); !valid.ok()) {
    Response refused = Failure(valid);
    refused.status = valid.code() == Code::kTooLarge ? 414 : refused.status;  // it is in the URI
    return refused;
  }
  if (request.method == "GET" || request.method == "HEAD") {
    return Get(request, key);
  }
  if (request.method == "PUT") {
    return Put(request, key);
  }
  return request.method == "DELETE" ? Delete(key) : MethodNotAllowed("GET, HEAD, PUT, DELETE");
}

std::string VideoRoutes::CacheControl(const VideoInfo& video) const {
  if (!options_.cacheable) {
    return "no-cache";
  }
  const int64_t age = video.expires ? std::max<int64_t>(0, *video.expires - clock_.NowSeconds())
                                    : options_.max_age_s;
  return "public, max-age=" + std::to_string(age);
}

Response VideoRoutes::Get(const Request& request, const std::string& key) const {
  auto opened = videos_->Open(key, {.policy = options_.policy});
  if (!opened.ok()) {
    return Failure(opened.status());
  }
  const std::shared_ptr<const VideoReader> reader = *std::move(opened);
  const VideoInfo& video = reader->info();
  const int64_t now = clock_.NowSeconds();
  Representation representation{.size = video.size, .etag = ETagOf(video)};
  if (video.created < now) {
    // In the second in which it was stored it may be stored once more.
    representation.last_modified = video.created;
  }
  Conditions conditions(request,
                        request.method == "HEAD" ? RequestMethod::kHead : RequestMethod::kGet, now);
  if (conditions.if_modified_since &&
      ParseHttpDate(*conditions.if_modified_since, now) != representation.last_modified) {
    // A video that was renamed may be older than the one that was here.
    conditions.view.if_modified_since.reset();
  }
  Selection selection = SelectRanges(conditions.view, representation);

  Response response;
  response.status = static_cast<int>(selection.answer);
  if (selection.answer == reel::Answer::kNotSatisfiable ||
      selection.answer == reel::Answer::kPreconditionFailed) {
    response = TextResponse(response.status, http::ReasonOf(response.status));
  }
  response.headers.Add("Accept-Ranges", "bytes");
  response.headers.Add("ETag", representation.etag);
  if (selection.answer == reel::Answer::kNotSatisfiable) {
    response.headers.Add("Content-Range", UnsatisfiedContentRange(video.size));
    return response;
  }
  if (selection.answer == reel::Answer::kPreconditionFailed) {
    return response;
  }
  if (representation.last_modified) {
    response.headers.Add("Last-Modified", FormatHttpDate(*representation.last_modified));
  }
  response.headers.Add("Cache-Control", CacheControl(video));
  if (!video.tags.empty()) {
    std::string tags;
    for (const std::string& tag : video.tags) {
      tags += (tags.empty() ? "" : ",") + tag;
    }
    response.headers.Add("Cache-Tag", tags);
  }
  if (selection.answer == reel::Answer::kNotModified) {
    return response;
  }
  std::vector<VideoBody::Piece> pieces;
  if (selection.ranges.size() > 1) {
    const MultipartBody multipart{NewBoundary(), video.content_type, video.size};
    response.headers.Add("Content-Type", multipart.ContentType());
    pieces = PiecesOf(selection.ranges, multipart);
  } else {
    response.headers.Add("Content-Type", video.content_type);
    if (selection.answer == reel::Answer::kPartial) {
      response.headers.Add("Content-Range", ContentRange(selection.ranges.front(), video.size));
      pieces.emplace_back(selection.ranges.front());
    } else {
      pieces.emplace_back(ByteRange{0, video.size});
    }
  }
  auto body = std::make_unique<VideoBody>(reader, std::move(pieces));
  if (options_.policy == FaultPolicy::kDegrade && request.method == "GET") {
    constexpr size_t kFirstBytes = 256U << 10;
    if (const Status read = body->ReadAhead(kFirstBytes); !read.ok()) {
      return Failure(read);
    }
    if (const std::string filled = FilledText(reader->filled()); !filled.empty()) {
      response.headers.Add(kFilledField, filled);
    }
    if (TakesTrailers(request)) {
      response.headers.Add("Trailer", kFilledField);
      body->TellFilledInTrailer();
    }
  }
  response.source = std::move(body);
  return response;
}

http::Answer VideoRoutes::Put(const Request& request, const std::string& key) {
  if (request.headers.Find("Content-Range")) {
    return TextResponse(400, "a video is stored whole, not in ranges (leave out Content-Range)");
  }
  if (request.headers.Find("Content-Encoding")) {
    return TextResponse(415, "videos are stored as they come (leave out Content-Encoding)");
  }
  const auto attributes = AttributesOf(request, key);
  if (!attributes) {
    return TextResponse(400, "the query is wrong (say ?ttl=SECONDS and &tag=TAG)");
  }
  const auto before = videos_->Stat(key);
  if (!before.ok() && before.code() != Code::kNotFound) {
    return Failure(before.status());
  }
  const Conditions conditions(request, RequestMethod::kOther, clock_.NowSeconds());
  const bool met =
      before.ok()
          ? SelectRanges(conditions.view, {.size = before->size, .etag = ETagOf(*before)}).answer ==
                reel::Answer::kWhole
          : !conditions.if_match;
  if (!met) {
    return TextResponse(412, http::ReasonOf(412));
  }
  if (++uploads_ > options_.uploads_max) {
    --uploads_;
    Response busy = TextResponse(503, "too many uploads at a time (try again later)");
    busy.headers.Add("Retry-After", "5");
    return busy;
  }
  auto writer = videos_->NewWriter(key, *attributes, request.content_length);
  if (!writer.ok()) {
    --uploads_;
    return Failure(writer.status());
  }
  return std::make_unique<VideoUpload>(*std::move(writer), before.ok(), &uploads_,
                                       &options_.describe);
}

Response VideoRoutes::Delete(const std::string& key) {
  const Status removed = videos_->Remove(key);
  if (!removed.ok()) {
    return Failure(removed);
  }
  Response response;
  response.status = 204;
  return response;
}

Response VideoRoutes::List(const Request& request) const {
  const auto query = http::Query::Parse(request.query());
  ListOptions options;
  const auto limit = query ? query->Find("limit") : std::nullopt;
  const auto rows = limit ? http::ParseNumber<uint32_t>(*limit) : options.limit;
  if (!query || !rows || *rows < 1 || *rows > 1000) {
    return TextResponse(400, "the query is wrong (limit is 1 to 1000)");
  }
  options.limit = *rows;
  options.prefix = query->Find("prefix").value_or("");
  options.start_after = query->Find("after").value_or("");
  if (const auto tag = query->Find("tag")) {
    options.tag = std::string(*tag);
  }
  const auto page = videos_->List(options);
  if (!page.ok()) {
    return Failure(page.status());
  }
  std::string videos;
  for (const VideoInfo& video : page->videos) {
    videos += (videos.empty() ? "" : ",") + options_.describe(video);
  }
  JsonObject json;
  json.AddRaw("videos", "[" + videos + "]");
  if (page->next) {
    json.Add("next", *page->next);
  } else {
    json.AddRaw("next", "");
  }
  return http::JsonResponse(200, json.ToString() + "\n");
}

Response VideoRoutes::Purge(const Request& request) {
  const auto query = http::Query::Parse(request.query());
  PurgeSelector selector;
  if (query) {
    if (const auto tag = query->Find("tag")) {
      selector.tag = std::string(*tag);
    }
    if (const auto prefix = query->Find("prefix")) {
      selector.prefix = std::string(*prefix);
    }
  }
  const auto names_nothing = [](const std::optional<std::string>& text) {
    return !text || text->empty();  // an empty prefix would be everything
  };
  if (names_nothing(selector.tag) && names_nothing(selector.prefix)) {
    return TextResponse(400,
                        "nothing is named that is to be purged (say ?tag=TAG or ?prefix=PREFIX)");
  }
  const auto purged = videos_->Purge(selector);
  return purged.ok() ? http::JsonResponse(200, options_.describe_purge(*purged) + "\n")
                     : Failure(purged.status());
}

}  // namespace reel::routes

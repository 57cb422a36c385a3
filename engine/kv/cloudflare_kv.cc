#include <reel/cloudflare_kv.h>
#include <reel/percent.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/limits.h"
#include "format/json.h"
#include "kv/cloudflare_rules.h"

namespace reel {
namespace {

KvError InEntry(size_t index, const KvError& error) {
  return {error.http_status, "entry " + std::to_string(index + 1) + ": " + error.text};
}

KvResult<Mutation> NewPut(BulkEntry entry, int64_t now) {
  if (auto error = CheckKey(entry.key)) {
    return *std::move(error);
  }
  const auto text = [](const std::optional<int64_t>& number) {
    return number ? std::to_string(*number) : std::string();
  };
  const std::string expiration = text(entry.expiration);
  const std::string ttl = text(entry.expiration_ttl);
  KvPutOptions options;
  if (entry.expiration) {
    options.expiration = expiration;
  }
  if (entry.expiration_ttl) {
    options.expiration_ttl = ttl;
  }
  if (!entry.metadata.empty()) {
    options.metadata = entry.metadata;
  }
  auto attributes = ParsePutOptions(options, now);
  if (!attributes.ok()) {
    return attributes.error();
  }
  if (auto error = CheckValueBytes(entry.value.size())) {
    return *std::move(error);
  }
  Mutation put;
  put.key = std::move(entry.key);
  put.value = std::move(entry.value);
  put.attributes = *std::move(attributes);
  return put;
}

// How many of `mutations`, none of them empty, make up the next batch.
size_t BatchLength(std::span<const Mutation> mutations) {
  const size_t most = std::min(kBulkBatchEntriesMax, mutations.size());
  uint64_t bytes = mutations.front().value.size();
  size_t count = 1;
  while (count < most && bytes + mutations[count].value.size() <= kBulkBatchBytesMax) {
    bytes += mutations[count].value.size();
    ++count;
  }
  return count;
}

KvBulkOutcome ApplyInBatches(std::span<const Mutation> mutations, KvNamespace* entries) {
  KvBulkOutcome outcome;
  while (!mutations.empty()) {
    const auto batch = mutations.first(BatchLength(mutations));
    mutations = mutations.subspan(batch.size());
    const Status applied = entries->Apply(batch);
    if (applied.ok()) {
      outcome.successful_key_count += batch.size();
      continue;
    }
    for (const Mutation& mutation : batch) {
      outcome.unsuccessful_keys.push_back(mutation.key);
    }
    if (!outcome.error) {
      outcome.error = ToKvError(applied);
    }
  }
  return outcome;
}

KvResult<std::string> ReadJson(std::string value) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (value.starts_with(kByteOrderMark)) {
    value.erase(0, kByteOrderMark.size());
  }
  if (!IsJson(value)) {
    return NotJsonInBulk();
  }
  return value;
}

KvResult<std::string> ReadValue(const EntryView& view, std::string_view type) {
  auto value = view.ReadAll();
  if (!value.ok()) {
    return ToKvError(value.status());
  }
  return type == "json" ? ReadJson(*std::move(value)) : *std::move(value);
}

}  // namespace

KvUpload::KvUpload(KvNamespace* entries, std::unique_ptr<EntryWriter> writer,
                   EntryAttributes attributes, const KvPutOptions& options)
    : entries_(entries),
      writer_(std::move(writer)),
      attributes_(std::move(attributes)),
      raw_expiration_(options.expiration.value_or("")),
      declared_(options.value_bytes) {}

std::optional<KvError> KvUpload::Append(std::string_view data) {
  received_ += data.size();
  if (auto error = CheckValueBytes(received_)) {
    return Fail(*std::move(error));
  }
  if (error_) {
    return error_;
  }
  if (declared_ && received_ > *declared_) {
    return Fail(OtherLengthDeclared(*declared_, received_));
  }
  if (const Status appended = writer_->Append(data); !appended.ok()) {
    return Fail(ToKvError(appended));
  }
  return std::nullopt;
}

std::optional<KvError> KvUpload::SetMetadata(std::string_view raw) {
  if (error_) {
    return error_;
  }
  auto metadata = ParseRawMetadata(raw);
  if (!metadata.ok()) {
    return Fail(metadata.error());
  }
  attributes_.metadata = *std::move(metadata);
  return std::nullopt;
}

KvResult<Entry> KvUpload::Finish() {
  if (error_) {
    return *error_;
  }
  if (declared_ && received_ != *declared_) {
    return Fail(OtherLengthDeclared(*declared_, received_));
  }
  if (attributes_.expiration) {
    const auto expiration = ParseExpiration(raw_expiration_, entries_->NowSeconds());
    if (!expiration.ok()) {
      return Fail(expiration.error());
    }
  }
  auto entry = writer_->PublishSingle(attributes_);
  if (!entry.ok()) {
    return Fail(ToKvError(entry.status()));
  }
  return *std::move(entry);
}

KvError KvUpload::Fail(KvError error) {
  writer_.reset();
  error_ = std::move(error);
  return *error_;
}

KvResult<std::string> CloudflareKv::DecodeKeySegment(std::string_view segment) {
  auto key = DecodePercent(segment);
  if (!key) {
    return BadKeyEncoding();
  }
  return *std::move(key);
}

KvResult<std::unique_ptr<EntryView>> CloudflareKv::Get(std::string_view key,
                                                       const KvGetOptions& options) const {
  if (auto error = CheckKey(key)) {
    return *std::move(error);
  }
  if (auto error = CheckCacheTtl(options.cache_ttl)) {
    return *std::move(error);
  }
  auto view = entries_->Open(key);
  if (view.code() == Code::kNotFound) {
    return std::unique_ptr<EntryView>();
  }
  if (!view.ok()) {
    return ToKvError(view.status());
  }
  return *std::move(view);
}

KvResult<KvUpload> CloudflareKv::BeginPut(std::string_view key, const KvPutOptions& options) {
  if (auto error = CheckKey(key)) {
    return *std::move(error);
  }
  auto attributes = ParsePutOptions(options, entries_->NowSeconds());
  if (!attributes.ok()) {
    return attributes.error();
  }
  if (auto error = CheckValueBytes(options.value_bytes.value_or(0))) {
    return *std::move(error);
  }
  auto writer = entries_->NewWriter(key, kValueBytesMax);
  if (!writer.ok()) {
    return ToKvError(writer.status());
  }
  return KvUpload(entries_, *std::move(writer), *std::move(attributes), options);
}

KvResult<Entry> CloudflareKv::Put(std::string_view key, std::string_view value,
                                  const KvPutOptions& options) {
  KvPutOptions declared = options;
  declared.value_bytes = options.value_bytes.value_or(value.size());
  auto upload = BeginPut(key, declared);
  if (!upload.ok()) {
    return upload.error();
  }
  if (auto error = upload->Append(value)) {
    return *std::move(error);
  }
  return upload->Finish();
}

std::optional<KvError> CloudflareKv::Delete(std::string_view key) {
  if (auto error = CheckKey(key)) {
    return error;
  }
  const auto deleted = entries_->Delete(key);
  return deleted.ok() ? std::nullopt : std::optional(ToKvError(deleted.status()));
}

KvResult<KvKeyPage> CloudflareKv::List(const KvListQuery& query) const {
  const auto limit = ParseLimit(query.limit, query.limit_min);
  if (!limit.ok()) {
    return limit.error();
  }
  if (auto error = CheckPrefix(query.prefix)) {
    return *std::move(error);
  }
  auto start_after = DecodeCursor(query.cursor);
  if (!start_after.ok()) {
    return start_after.error();
  }
  ListOptions options;
  options.prefix = query.prefix;
  options.start_after = *std::move(start_after);
  options.limit = *limit;
  options.include_chunks = true;
  auto page = entries_->List(options);
  if (!page.ok()) {
    return ToKvError(page.status());
  }
  KvKeyPage keys;
  keys.keys = std::move(page->entries);
  if (page->next) {
    keys.cursor = EncodeCursor(*page->next);
  }
  return keys;
}

KvResult<std::vector<KvBulkValue>> CloudflareKv::BulkGet(std::span<const std::string> keys,
                                                         const KvBulkGetOptions& options) const {
  if (auto error = CheckBulkGetType(options.type)) {
    return *std::move(error);
  }
  if (auto error = CheckBulkGetCount(keys.size())) {
    return *std::move(error);
  }
  std::vector<KvBulkValue> values;
  std::vector<std::unique_ptr<EntryView>> views;
  std::unordered_set<std::string_view> seen;
  uint64_t bytes = 0;
  for (const std::string& key : keys) {
    auto view = Get(key, {.cache_ttl = options.cache_ttl});
    if (!view.ok()) {
      return view.error();
    }
    if (!seen.insert(key).second) {
      continue;
    }
    bytes += *view != nullptr ? (*view)->entry().size : 0;
    values.push_back({key, std::nullopt, *view != nullptr ? (*view)->entry().metadata : ""});
    views.push_back(*std::move(view));
  }
  if (auto error = CheckBulkGetBytes(bytes)) {
    return *std::move(error);
  }
  for (size_t i = 0; i < views.size(); ++i) {
    if (views[i] == nullptr) {
      continue;
    }
    auto value = ReadValue(*views[i], options.type);
    if (!value.ok()) {
      return value.error();
    }
    values[i].value = *std::move(value);
    views[i].reset();
  }
  return values;
}

KvResult<KvBulkOutcome> CloudflareKv::BulkPut(std::vector<BulkEntry> entries) {
  if (auto error = CheckBulkWriteCount(entries.size())) {
    return *std::move(error);
  }
  const int64_t now = entries_->NowSeconds();
  uint64_t bytes = 0;
  std::vector<Mutation> puts;
  std::unordered_map<std::string, size_t> places;
  for (size_t i = 0; i < entries.size(); ++i) {
    bytes += entries[i].value.size();
    auto put = NewPut(std::move(entries[i]), now);
    if (!put.ok()) {
      return InEntry(i, put.error());
    }
    const auto [place, is_new] = places.try_emplace(put->key, puts.size());
    if (is_new) {
      puts.push_back(*std::move(put));
    } else {
      puts[place->second] = *std::move(put);
    }
  }
  if (auto error = CheckBulkPutBytes(bytes)) {
    return *std::move(error);
  }
  return ApplyInBatches(puts, entries_);
}

KvResult<KvBulkOutcome> CloudflareKv::BulkDelete(std::span<const std::string> keys) {
  if (auto error = CheckBulkWriteCount(keys.size())) {
    return *std::move(error);
  }
  std::vector<Mutation> deletes;
  std::unordered_set<std::string_view> seen;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (auto error = CheckKey(keys[i])) {
      return InEntry(i, *error);
    }
    if (seen.insert(keys[i]).second) {
      Mutation erase;
      erase.kind = Mutation::Kind::kDelete;
      erase.key = keys[i];
      deletes.push_back(std::move(erase));
    }
  }
  return ApplyInBatches(deletes, entries_);
}

}  // namespace reel

#include "format/fault_script.h"

#include <reel/kv.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <utility>

#include "format/json.h"
#include "format/kv_key.h"
#include "format/option_bounds.h"

namespace reel {
namespace {

using enum FaultKind;

constexpr uint8_t Bit(FaultOperation operation) {
  return static_cast<uint8_t>(operation);
}
constexpr uint8_t kReads = Bit(FaultOperation::kRead);
constexpr uint8_t kLookups = kReads | Bit(FaultOperation::kOpen);
constexpr uint8_t kWrites =
    Bit(FaultOperation::kAppend) | Bit(FaultOperation::kPublish) | Bit(FaultOperation::kDelete);
constexpr uint8_t kAll = kLookups | kWrites | Bit(FaultOperation::kList);

struct KindRow {
  FaultKind kind;
  std::string_view name;
  /// What it acts on where the script does not say.
  uint8_t usual;
  /// What it can act on.
  uint8_t possible;
};

constexpr std::array kKinds = {
    KindRow{kDelay, "delay", kReads, kAll},
    KindRow{kHang, "hang", kReads, kAll},
    KindRow{kTimeout, "timeout", kReads, kAll},
    KindRow{kMissing, "missing", kLookups, kLookups},
    KindRow{kWrongSize, "wrongSize", kReads, kReads},
    KindRow{kFlipBit, "flipBit", kReads, kReads},
    KindRow{kError, "error", kReads, kAll},
    KindRow{kStale, "stale", kLookups, kLookups},
};

struct OperationRow {
  std::string_view name;
  uint8_t operations;
};

constexpr std::array kOperations = {
    OperationRow{"open", Bit(FaultOperation::kOpen)},
    OperationRow{"read", kReads},
    OperationRow{"list", Bit(FaultOperation::kList)},
    OperationRow{"append", Bit(FaultOperation::kAppend)},
    OperationRow{"publish", Bit(FaultOperation::kPublish)},
    OperationRow{"delete", Bit(FaultOperation::kDelete)},
    OperationRow{"write", kWrites},
    OperationRow{"any", kAll},
};

struct CodeRow {
  std::string_view name;
  Code code;
};

constexpr std::array kCodes = {
    CodeRow{"notFound", Code::kNotFound}, CodeRow{"invalidArgument", Code::kInvalidArgument},
    CodeRow{"tooLarge", Code::kTooLarge}, CodeRow{"outOfRange", Code::kOutOfRange},
    CodeRow{"conflict", Code::kConflict}, CodeRow{"corruption", Code::kCorruption},
    CodeRow{"busy", Code::kBusy},         CodeRow{"noSpace", Code::kNoSpace},
    CodeRow{"readOnly", Code::kReadOnly}, CodeRow{"unsupported", Code::kUnsupported},
    CodeRow{"ioError", Code::kIoError},   CodeRow{"aborted", Code::kAborted},
    CodeRow{"timedOut", Code::kTimedOut},
};

const KindRow& RowOf(FaultKind kind) {
  return *std::find_if(kKinds.begin(), kKinds.end(),
                       [&](const KindRow& row) { return row.kind == kind; });
}

template <typename Rows>
auto FindNamed(const Rows& rows, const JsonValue& value) {
  return std::find_if(rows.begin(), rows.end(), [&](const auto& row) {
    return value.kind == JsonValue::Kind::kText && row.name == value.text;
  });
}

template <typename Rows>
std::string NamesOf(const Rows& rows) {
  std::string names;
  for (const auto& row : rows) {
    names += (names.empty() ? "" : ", ") + std::string(row.name);
  }
  return names;
}

// Each assigns a field's value; what it returns is empty, or what is allowed instead.

template <typename Number>
std::string AssignNumber(const JsonValue& value, const OptionBounds& bounds, Number* number) {
  const auto integer = ExactInteger(value);
  if (!integer || !InBounds(bounds, *integer)) {
    return "an integer from " + Allowed(bounds);
  }
  *number = static_cast<Number>(*integer);
  return "";
}

std::string AssignKey(const JsonValue& value, Fault* fault) {
  fault->selector.key = value.text;
  const bool legal = value.kind == JsonValue::Kind::kText && ValidateKey(value.text).ok();
  return legal ? "" : "text that can be a key, of 1 to 512 bytes";
}

std::string AssignKeyPrefix(const JsonValue& value, Fault* fault) {
  fault->selector.key_prefix = value.text;
  return value.kind == JsonValue::Kind::kText ? "" : "text";
}

std::string AssignChunk(const JsonValue& value, Fault* fault) {
  constexpr OptionBounds kBounds = {"chunk", 0, UINT32_MAX, ""};
  FaultSelector& selector = fault->selector;
  if (value.kind == JsonValue::Kind::kText && (value.text == "any" || value.text == "manifest")) {
    selector.part =
        value.text == "any" ? FaultSelector::Part::kAny : FaultSelector::Part::kManifest;
    return "";
  }
  selector.part = FaultSelector::Part::kChunk;
  const std::string allowed = AssignNumber(value, kBounds, &selector.chunk);
  return allowed.empty() ? "" : "\"any\", \"manifest\" or " + allowed;
}

std::string AssignOperation(const JsonValue& value, Fault* fault) {
  const uint8_t possible = RowOf(fault->kind).possible;
  const auto row = FindNamed(kOperations, value);
  if (row != kOperations.end() && (row->operations & possible) != 0) {
    fault->selector.operations = row->operations & possible;
    return "";
  }
  std::string names;
  for (const OperationRow& each : kOperations) {
    if ((each.operations & possible) != 0) {
      names += (names.empty() ? "" : ", ") + std::string(each.name);
    }
  }
  return names;
}

std::string AssignAfter(const JsonValue& value, Fault* fault) {
  return AssignNumber(value, {"after", 0, INT64_MAX, ""}, &fault->schedule.after);
}

std::string AssignTimes(const JsonValue& value, Fault* fault) {
  return AssignNumber(value, {"times", 1, INT64_MAX, ""}, &fault->schedule.times);
}

std::string AssignProbability(const JsonValue& value, Fault* fault) {
  double number = -1;
  if (value.kind == JsonValue::Kind::kNumber) {
    std::from_chars(value.text.data(), value.text.data() + value.text.size(), number);
  }
  fault->schedule.probability = number;
  return number >= 0 && number <= 1 ? "" : "a number from 0 to 1";
}

std::string AssignMilliseconds(const JsonValue& value, Fault* fault) {
  return AssignNumber(value, {"milliseconds", 0, UINT32_MAX, ""}, &fault->milliseconds);
}

std::string AssignBy(const JsonValue& value, Fault* fault) {
  constexpr auto kMost = static_cast<int64_t>(kValueBytesMax);
  constexpr OptionBounds kBounds = {"by", -kMost, kMost, ", but not 0"};
  fault->by = 0;
  AssignNumber(value, kBounds, &fault->by);
  return fault->by != 0 ? "" : "an integer from " + Allowed(kBounds);
}

std::string AssignByte(const JsonValue& value, Fault* fault) {
  fault->byte = 0;
  return AssignNumber(value, {"byte", 0, kValueBytesMax - 1, ""}, &*fault->byte);
}

std::string AssignCode(const JsonValue& value, Fault* fault) {
  const auto row = FindNamed(kCodes, value);
  if (row == kCodes.end()) {
    return NamesOf(kCodes);
  }
  fault->code = row->code;
  return "";
}

std::string AssignCacheTtl(const JsonValue& value, Fault* fault) {
  return AssignNumber(value, {"cacheTtl", 30, kTtlSecondsMax, " seconds"}, &fault->cache_ttl_s);
}

constexpr uint32_t Kinds(std::initializer_list<FaultKind> kinds) {
  uint32_t set = 0;
  for (const FaultKind kind : kinds) {
    set |= 1U << static_cast<uint32_t>(kind);
  }
  return set;
}
constexpr uint32_t kEveryKind = UINT32_MAX;

struct FieldRow {
  std::string_view name;
  std::string (*assign)(const JsonValue&, Fault*);
  uint32_t kinds = kEveryKind;
  uint32_t required = 0;
};

constexpr std::array kFields = {
    FieldRow{"key", AssignKey},
    FieldRow{"keyPrefix", AssignKeyPrefix},
    FieldRow{"chunk", AssignChunk},
    FieldRow{"operation", AssignOperation},
    FieldRow{"after", AssignAfter},
    FieldRow{"times", AssignTimes},
    FieldRow{"probability", AssignProbability},
    FieldRow{"milliseconds", AssignMilliseconds, Kinds({kDelay, kTimeout}), Kinds({kDelay})},
    FieldRow{"by", AssignBy, Kinds({kWrongSize}), Kinds({kWrongSize})},
    FieldRow{"byte", AssignByte, Kinds({kFlipBit})},
    FieldRow{"code", AssignCode, Kinds({kError}), Kinds({kError})},
    FieldRow{"cacheTtl", AssignCacheTtl, Kinds({kStale})},
};

bool Has(uint32_t kinds, FaultKind kind) {
  return (kinds & Kinds({kind})) != 0;
}

std::string FieldsOf(FaultKind kind) {
  std::string names = "fault";
  for (const FieldRow& row : kFields) {
    names += Has(row.kinds, kind) ? ", " + std::string(row.name) : "";
  }
  return names;
}

Status Refuse(std::string_view what, std::string_view allowed) {
  return {Code::kInvalidArgument, std::string(what) + " (allowed: " + std::string(allowed) + ")"};
}

Status CheckObject(const JsonValue& value, std::string_view what) {
  if (value.kind != JsonValue::Kind::kObject) {
    return Refuse(std::string(what) + " is " + QuoteJson(value), "an object");
  }
  if (const std::string* repeated = FindRepeatedName(value)) {
    return {Code::kInvalidArgument, QuoteJson(*repeated) + " stands twice (give it once)"};
  }
  return Status::Ok();
}

Result<Fault> ParseFault(const JsonValue& value) {
  REEL_RETURN_IF_ERROR(CheckObject(value, "it"));
  const JsonValue* name = FindField(value, "fault");
  if (name == nullptr) {
    return Refuse("fault is missing", NamesOf(kKinds));
  }
  const auto kind = FindNamed(kKinds, *name);
  if (kind == kKinds.end()) {
    return Refuse("fault is " + QuoteJson(*name), NamesOf(kKinds));
  }
  Fault fault;
  fault.kind = kind->kind;
  fault.selector.operations = kind->usual;
  for (size_t i = 0; i < value.names.size(); ++i) {
    if (value.names[i] == "fault") {
      continue;
    }
    const auto row = std::find_if(kFields.begin(), kFields.end(), [&](const FieldRow& field) {
      return field.name == value.names[i] && Has(field.kinds, fault.kind);
    });
    if (row == kFields.end()) {
      return Refuse(QuoteJson(value.names[i]) + " is unknown in " + std::string(kind->name),
                    FieldsOf(fault.kind));
    }
    const std::string allowed = row->assign(value.items[i], &fault);
    if (!allowed.empty()) {
      return Refuse(std::string(row->name) + " is " + QuoteJson(value.items[i]), allowed);
    }
  }
  for (const FieldRow& row : kFields) {
    if (Has(row.required, fault.kind) && FindField(value, row.name) == nullptr) {
      Fault unused = fault;
      return Refuse(std::string(row.name) + " is missing", row.assign(JsonValue(), &unused));
    }
  }
  if (fault.selector.key && fault.selector.key_prefix) {
    return {Code::kInvalidArgument, "key and keyPrefix stand together (give one of them)"};
  }
  return fault;
}

Status ParseFaults(const JsonValue& faults, FaultScript* script) {
  if (faults.kind != JsonValue::Kind::kArray) {
    return Refuse("faults is " + QuoteJson(faults), "an array of objects");
  }
  for (const JsonValue& each : faults.items) {
    auto fault = ParseFault(each);
    if (!fault.ok()) {
      return fault.status().WithContext("fault " + std::to_string(script->faults.size() + 1));
    }
    script->faults.push_back(*std::move(fault));
  }
  return Status::Ok();
}

Result<FaultScript> ParseScript(std::string_view text) {
  const auto parsed = ParseJson(text);
  if (!parsed.ok()) {
    return parsed.status();
  }
  REEL_RETURN_IF_ERROR(CheckObject(*parsed, "the script"));
  FaultScript script;
  for (size_t i = 0; i < parsed->names.size(); ++i) {
    const JsonValue& value = parsed->items[i];
    if (parsed->names[i] == "seed") {
      const std::string allowed = AssignNumber(value, {"seed", 0, INT64_MAX, ""}, &script.seed);
      if (!allowed.empty()) {
        return Refuse("seed is " + QuoteJson(value), allowed);
      }
    } else if (parsed->names[i] == "faults") {
      REEL_RETURN_IF_ERROR(ParseFaults(value, &script));
    } else {
      return Refuse(QuoteJson(parsed->names[i]) + " is unknown", "seed, faults");
    }
  }
  return script;
}

}  // namespace

std::string_view FaultName(FaultKind kind) {
  return RowOf(kind).name;
}

bool FaultSelector::Selects(FaultOperation operation, std::string_view name) const {
  if ((operations & Bit(operation)) == 0) {
    return false;
  }
  if (key_prefix && !name.starts_with(*key_prefix)) {
    return false;
  }
  if (operation == FaultOperation::kList) {
    return !key && part == Part::kAny;
  }
  const auto chunk_name = SplitChunkKey(name);
  if (key && *key != name && !(chunk_name && chunk_name->base_key == *key)) {
    return false;
  }
  return part == Part::kAny || (part == Part::kManifest && !chunk_name) ||
         (part == Part::kChunk && chunk_name && chunk_name->index == chunk);
}

Result<FaultScript> ParseFaultScript(std::string_view text, std::string_view source) {
  auto script = ParseScript(text);
  if (!script.ok()) {
    return script.status().WithContext(source);
  }
  return script;
}

}  // namespace reel

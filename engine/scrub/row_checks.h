// What rows say of each other: records against tags, expiries and the parts of their video (I5,
// I6).
#pragma once

#include <reel/scrub.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "format/record.h"
#include "kv/store_parts.h"
#include "storage/database.h"

namespace reel {

/// The namespaces at one moment.
struct NamespaceTable {
  std::map<uint32_t, std::string> names;
  std::set<uint32_t> dropped;
};
Result<NamespaceTable> NamespaceTableOf(const RowSnapshot& rows);

/// What is wrong, and what would put it right where that is certain: rows to be written if they
/// still are as they were.
struct RowProblem {
  ScrubFinding finding;
  RowBatch remedy;
};

/// Checks rows as they are in one snapshot. One thread.
class RowChecks {
 public:
  RowChecks(const RowSnapshot* rows, const NamespaceTable* namespaces)
      : rows_(rows), namespaces_(namespaces) {}

  /// An index row. `base`: set to its record where that is a base entry and sound.
  std::vector<RowProblem> CheckIndexRow(std::string_view row_key, std::string_view row,
                                        std::optional<Record>* base);
  /// The same by its key alone; nothing is wrong with a row that is not there.
  std::vector<RowProblem> CheckIndexRow(std::string_view row_key, std::optional<Record>* base);

  std::vector<RowProblem> CheckTagRow(std::string_view row_key);
  std::vector<RowProblem> CheckExpiryRow(std::string_view row_key);

 private:
  struct Found {
    std::optional<Record> record;
    std::string damage;
  };
  [[nodiscard]] Found Find(uint32_t namespace_id, std::string_view key) const;
  [[nodiscard]] bool IsDropped(uint32_t namespace_id) const;
  [[nodiscard]] ScrubFinding NewFinding(FindingKind kind, uint32_t invariant, uint32_t namespace_id,
                                        std::string_view key, std::string message) const;
  void CheckMirrors(uint32_t namespace_id, const Entry& base,
                    std::vector<RowProblem>* problems) const;
  void CheckParts(uint32_t namespace_id, const Record& manifest,
                  std::vector<RowProblem>* problems) const;
  void CheckChunk(std::string_view row_key, uint32_t namespace_id, const Record& chunk,
                  std::vector<RowProblem>* problems);

  const RowSnapshot* rows_;
  const NamespaceTable* namespaces_;
  // The chunks of a video come together.
  std::string parent_row_;
  Found parent_;
};

}  // namespace reel

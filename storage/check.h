// Holds a base against itself: everything that is kept twice must say the same.
//
// Checked: the head and the anchor; every link of the audit chain; that each record decodes and
// stands under its key; that references lead somewhere; that each identity's status follows from
// its facts and its history has no gap; and that every index entry and every counter is exactly
// what the records give, in both directions. Nothing is changed.
//
// Nobody may write meanwhile. The work is a few scans of every table. Memory is a few megabytes:
// index tables are compared by sums of hashes over parts of them, and only parts that differ are
// compared entry by entry.
//
// Findings name records by reference ("identity/42") and never hold a trait or a matricule.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/anchor.h"
#include "storage/kv.h"
#include "storage/store.h"

namespace vigie::storage {

// One thing that is wrong.
struct CheckFinding {
  std::string code;       // machine-readable, e.g. "entry_missing"
  std::string table;      // TableName, or "anchor"
  std::string reference;  // e.g. "identity/42", "visit/DPI/V1", "commit/7"; may be empty
  std::string message;    // a clause for people
  bool operator==(const CheckFinding&) const = default;
};

struct CheckOptions {
  // What the index must hold for an identity: computed by the caller, as for PutIdentity. Required.
  std::function<IndexEntries(const matching::Identity&)> index_entries;
  std::size_t findings_max = 1000;  // kept; all are counted
  // Told now and then: which step runs and how many records of how many are done. May be null.
  std::function<void(std::string_view step, std::int64_t done, std::int64_t total)> progress;
};

struct CheckReport {
  std::string base_id;
  std::int64_t commit_number = 0;
  std::int64_t identity_count = 0;
  std::int64_t change_count = 0;
  std::int64_t visit_count = 0;
  std::int64_t case_count = 0;
  std::int64_t decision_count = 0;
  std::int64_t note_count = 0;
  std::int64_t proposal_count = 0;
  std::int64_t label_pair_count = 0;
  std::int64_t request_count = 0;
  std::int64_t snapshot_count = 0;
  std::int64_t index_entry_count = 0;  // of all index tables and counters
  std::int64_t finding_count = 0;
  std::vector<CheckFinding> findings;  // the first ones
};

// `anchor`: the records of the base's anchor, oldest first.
// An error is about the check itself: a table cannot be read at all, or the schema is newer
// (FAILED_PRECONDITION) or older (FAILED_PRECONDITION: start the daemon once) than this program's.
absl::StatusOr<CheckReport> CheckBase(const KeyValueStore& kv,
                                      const std::vector<AnchorRecord>& anchor,
                                      const CheckOptions& options);

// The same on the data folder of a stopped daemon, whose lock is held meanwhile. The database is
// opened for reading only. `anchor_directory` empty: data_directory/anchor.
// NOT_FOUND: no database there. FAILED_PRECONDITION: in use. DATA_LOSS: a file is damaged so that
// the database does not open.
absl::StatusOr<CheckReport> CheckDataFolder(const std::string& data_directory,
                                            const std::string& anchor_directory,
                                            const CheckOptions& options);

// The audit chain, the head and the anchor alone.
absl::StatusOr<CheckReport> CheckAuditOfFolder(const std::string& data_directory,
                                               const std::string& anchor_directory);

}  // namespace vigie::storage

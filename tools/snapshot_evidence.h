// What is written of one snapshot as evidence: the figures as CSV, everything as JSON, a page for
// people, and for a later revision what changed.
//
// Values only. Everything written comes from the snapshot itself, so that the same snapshot gives
// the same files, whenever they are written.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/output.h"
#include "vigie/v1/qualification.pb.h"

namespace vigie::tools {

struct SnapshotRevision {
  v1::Snapshot snapshot;
  std::vector<v1::RateRow> rows;
  std::optional<v1::DiffSnapshotsResponse>
      difference;  // to the revision before; none for the first
};

// The figures: a row a group, then the total; every column of the contract, groups first.
Table SnapshotTable(const v1::Snapshot& snapshot, const std::vector<v1::RateRow>& rows);
// The rows as those of an answer of ComputeRate, for what reads such answers.
v1::ComputeRateResponse RateOfSnapshot(const v1::Snapshot& snapshot,
                                       const std::vector<v1::RateRow>& rows);
Json SnapshotJson(const SnapshotRevision& revision);
// The difference in words, French and English.
std::string DifferenceText(const v1::DiffSnapshotsResponse& difference);

// File name -> content: NAME.rN.csv, NAME.rN.json, NAME.rN.html, and NAME.rN.difference.txt from
// the second revision on.
std::map<std::string, std::string> EvidenceFiles(const SnapshotRevision& revision);

}  // namespace vigie::tools

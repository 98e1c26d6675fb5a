// Values on disk ↔ value types. With record_labels.cc and record_standing.cc, the only file
// that sees the stored messages (record.proto).
//
// A value is: version byte (1) · message · CRC-32C, little-endian, of all bytes before it.
// Encoding is deterministic, and what was decoded encodes to the same bytes again.
//
// Every Decode function returns DATA_LOSS for bytes that are damaged or that this version cannot
// have written, FAILED_PRECONDITION for a value of a newer version. No message holds the content.
//
// Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "matching/identity.h"
#include "matching/review.h"
#include "storage/store.h"

namespace vigie::storage {

inline constexpr std::uint8_t kValueVersion = 1;

std::string EncodeIdentity(const matching::Identity& identity);
absl::StatusOr<matching::Identity> DecodeIdentity(std::string_view value);

// What View::ScanStandings gives of an identity, read past all the rest; `standing` is used again
// for the next one. The checksum is verified as always; what is read past is not.
absl::Status DecodeStanding(std::string_view value, matching::Identity* standing);

std::string EncodeChange(const matching::Change& change);
absl::StatusOr<matching::Change> DecodeChange(std::string_view value);

std::string EncodeVisit(const matching::Visit& visit);
absl::StatusOr<matching::Visit> DecodeVisit(std::string_view value);

std::string EncodeCase(const matching::Case& c);
absl::StatusOr<matching::Case> DecodeCase(std::string_view value);

std::string EncodeDecision(const matching::Decision& decision);
absl::StatusOr<matching::Decision> DecodeDecision(std::string_view value);
std::string EncodeProposal(const matching::Proposal& proposal);
absl::StatusOr<matching::Proposal> DecodeProposal(std::string_view value);
std::string EncodeCaseNote(const matching::CaseNote& note);
absl::StatusOr<matching::CaseNote> DecodeCaseNote(std::string_view value);

std::string EncodeLabelPair(const matching::LabelPair& pair);
absl::StatusOr<matching::LabelPair> DecodeLabelPair(std::string_view value);

std::string EncodeRequest(const AnsweredRequest& request);
absl::StatusOr<AnsweredRequest> DecodeRequest(std::string_view value);

std::string EncodeSnapshot(const FigureSnapshot& snapshot);
absl::StatusOr<FigureSnapshot> DecodeSnapshot(std::string_view value);

std::string EncodeAuditEntry(const AuditEntry& entry);
absl::StatusOr<AuditEntry> DecodeAuditEntry(std::string_view value);

// The envelope alone: version byte and checksum around `payload`.
std::string SealValue(std::string_view payload);
// The payload inside, a view into `value`. Errors as the Decode functions.
absl::StatusOr<std::string_view> OpenValue(std::string_view value);

// Values of the small tables. References and counters are 8 bytes, big-endian.
absl::StatusOr<std::uint64_t> DecodeNumber(std::string_view value);
// INS index: 0 in force, 1 past.
std::string EncodeInsState(bool past);
absl::StatusOr<bool> DecodeInsState(std::string_view value);
// Queue entry: kind, band, then the domain; what a filter needs without reading the case.
struct QueueEntry {
  matching::CaseKind kind = matching::CaseKind::kDuplicate;
  matching::Band band = matching::Band::kBelow;
  std::string domain;
};
std::string EncodeQueueEntry(const QueueEntry& entry);
absl::StatusOr<QueueEntry> DecodeQueueEntry(std::string_view value);
// Entry of a list of decisions: verdict, then state; what a filter needs without reading it.
struct DecisionEntry {
  matching::Verdict verdict = matching::Verdict::kUndecided;
  matching::DecisionState state = matching::DecisionState::kInForce;
};
std::string EncodeDecisionEntry(const DecisionEntry& entry);
absl::StatusOr<DecisionEntry> DecodeDecisionEntry(std::string_view value);

}  // namespace vigie::storage

// The review queue: what is suspected (a case) and what a person decided (a decision).
//
// A case is found by the machine and decided by a person. A decision is never removed: it is in
// force, or it has ended and says how. Plain values, as in identity.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "matching/identity.h"
#include "matching/record.h"

namespace vigie::matching {

// kDuplicate: two identities, one person, same domain. kCollision: one identity, several persons.
// kInsConflict: one matricule in force on two identities of a domain, or on one identity whose
// strict traits it contradicts. kLink: two identities of different domains, one person. kHomonym:
// two identities of a domain that resemble each other as duplicates do, of two persons: qualified
// under different matricules. kFrequentValue: a value that has become so frequent in the base that
// it probably stands for nothing (frequent_value.h).
enum class CaseKind : std::uint8_t {
  kDuplicate = 1,
  kCollision = 2,
  kInsConflict = 3,
  kLink = 4,
  kHomonym = 5,
  kFrequentValue = 6,
};
inline constexpr CaseKind kCaseKindLast = CaseKind::kFrequentValue;
inline constexpr std::array kCaseKinds = {CaseKind::kDuplicate,   CaseKind::kLink,
                                          CaseKind::kHomonym,     CaseKind::kCollision,
                                          CaseKind::kInsConflict, CaseKind::kFrequentValue};

// Whether the case is about two identities and their score.
constexpr bool IsScoredPair(CaseKind kind) {
  return kind == CaseKind::kDuplicate || kind == CaseKind::kLink || kind == CaseKind::kHomonym;
}

// kOpen: waits for a person (one who claimed it, or anybody). kWithdrawn: what opened it no longer
// holds (a correction ended it). kOnHold: put aside until a day. kEscalated: somebody could not
// decide, a supervisor is to. kAwaitingConfirmation: decided or to be undone, as soon as a second
// person agrees. kDecided: ended by a decision in force. kProposed: decided, as soon as the
// hospital's own registry has merged.
enum class CaseState : std::uint8_t {
  kOpen = 1,
  kWithdrawn = 2,
  kOnHold = 3,
  kEscalated = 4,
  kAwaitingConfirmation = 5,
  kDecided = 6,
  kProposed = 7,
};
inline constexpr CaseState kCaseStateLast = CaseState::kProposed;

// Whether the case stands between people and an answer: all states but withdrawn and decided.
constexpr bool IsLive(CaseState state) {
  return state != CaseState::kWithdrawn && state != CaseState::kDecided;
}

// Reason of a case whose pair was found to be two persons before a strict trait changed.
inline constexpr char kReasonStrictTraitChanged[] = "strict_trait_changed_since_decision";

inline constexpr std::array kLiveCaseStates = {
    CaseState::kOpen, CaseState::kOnHold, CaseState::kEscalated, CaseState::kAwaitingConfirmation,
    CaseState::kProposed};

inline constexpr int kCasePriorityMax = 1000;

// A value in match form, and how many had it when that was last counted.
struct FrequentValue {
  TermColumn column = TermColumn::kBirthFamilyName;
  std::string value;
  std::uint64_t value_hash = 0;  // as TermValue has it
  std::uint32_t count = 0;       // identities that have it
  std::uint64_t population = 0;  // identities of the base
  bool operator==(const FrequentValue&) const = default;
};

// An item of the review queue. A pair (or an identity, for a collision and for a matricule that
// contradicts its traits) has one live case of a kind; so has a frequent value.
struct Case {
  std::uint64_t id = 0;
  CaseKind kind = CaseKind::kDuplicate;
  CaseState state = CaseState::kOpen;
  std::string domain;  // of a link: that of the identity with the lower number
  // Ascending: one or two, as the kind says. Of a frequent value: the one that had it last.
  std::vector<IdentityId> identity_ids;
  std::vector<std::string> reasons;  // detector names, e.g. "score_above_review_threshold"
  double weight_bits = 0;            // score when last computed; 0 where there is none
  double probability = 0;            // 0..1
  Band band = Band::kBelow;
  int priority = 0;  // 0..kCasePriorityMax, how urgent when last computed: priority.h
  std::string model_version;
  Instant opened_at{};
  Instant updated_at{};
  std::int64_t version = 0;  // the etag
  // Who works on it, until when. A claim that has run out counts no more, and stays to be seen.
  std::string assignee;  // empty: nobody
  std::optional<Instant> claim_expires_at;
  Date hold_until;                // of a case on hold: the day it comes back to the queue
  std::string hold_reason;        // of a case on hold
  std::uint64_t decision_id = 0;  // the newest decision made of it; 0: none
  std::optional<FrequentValue> frequent_value;  // of kFrequentValue, and only there
  bool operator==(const Case&) const = default;
};

// What a person found. kDuplicate merges, kSamePerson links, kDifferentPersons keeps the pair out
// of the queue for good, kCollisionConfirmed and kDataCorrected end a case, kUndecided hands it to
// a supervisor. kNothingWrong: what was found is true and is no mistake; it is not asked again.
enum class Verdict : std::uint8_t {
  kDuplicate = 1,
  kSamePerson = 2,
  kDifferentPersons = 3,
  kCollisionConfirmed = 4,
  kDataCorrected = 5,
  kUndecided = 6,
  kNothingWrong = 7,
};
inline constexpr Verdict kVerdictLast = Verdict::kNothingWrong;

// kInForce. kAwaitingConfirmation: nothing has happened yet, a second person is to agree.
// kAwaitingUndo: in force, a second person is to agree that it ends. kUndone: taken back.
// kRejected: the second person did not agree. kOutdated: a strict trait of one of the two changed
// since; the pair is asked about again. kProposed: nothing has happened here yet, the hospital's
// registry is to merge. kUndoProposed: in force, the hospital's registry is to unmerge.
enum class DecisionState : std::uint8_t {
  kInForce = 1,
  kAwaitingConfirmation = 2,
  kAwaitingUndo = 3,
  kUndone = 4,
  kRejected = 5,
  kOutdated = 6,
  kProposed = 7,
  kUndoProposed = 8,
};
inline constexpr DecisionState kDecisionStateLast = DecisionState::kUndoProposed;

// Whether what was decided holds now.
constexpr bool IsInForce(DecisionState state) {
  return state == DecisionState::kInForce || state == DecisionState::kAwaitingUndo ||
         state == DecisionState::kUndoProposed;
}

// What a person decided of one case, or of a pair without one.
struct Decision {
  std::uint64_t id = 0;
  std::int64_t version = 0;   // the etag
  std::uint64_t case_id = 0;  // 0: of no case
  Verdict verdict = Verdict::kUndecided;
  DecisionState state = DecisionState::kInForce;
  std::vector<IdentityId> identity_ids;  // ascending, as in the case
  // Of the strict traits (StrictFingerprint) of each identity when it was decided, in their order.
  std::vector<std::uint64_t> fingerprints;
  std::string actor;
  Instant decided_at{};
  std::string reason;  // a few words
  std::string note;    // free text
  // The score shown when it was decided, so that decisions teach: of the case, 0 without one.
  double weight_bits = 0;
  double probability = 0;
  std::string model_version;
  // Of kDuplicate. The survivor takes `taken_fields` (names of Traits' members) over from the one
  // merged into it; `traits_before` are its traits before, kept to be restored.
  IdentityId surviving_id = 0;
  std::vector<std::string> taken_fields;
  std::optional<Traits> traits_before;
  // Of kDifferentPersons: those that got the attribute homonym by it.
  std::vector<IdentityId> homonym_set_ids;
  // Of kCollisionConfirmed: visits, by number, that are another person's.
  std::vector<std::string> other_person_visit_numbers;
  // The second person, where one is asked for.
  std::string confirmed_by;
  std::optional<Instant> confirmed_at;
  // How it ended; empty while in force or awaited. Of kAwaitingUndo: who asks, and why.
  std::string ended_by;
  std::optional<Instant> ended_at;
  std::string end_reason;
  std::uint64_t proposal_id = 0;  // of kProposed and kUndoProposed: what stands in the outbox
  bool operator==(const Decision&) const = default;
};

enum class ProposalKind : std::uint8_t { kMerge = 1, kUnmerge = 2 };

// What the hospital's own registry is asked to do, for as long as it has not answered. Handed out
// to one bridge at a time, at least once.
struct Proposal {
  std::uint64_t id = 0;  // the commit that made it: proposals are handed out in this order
  ProposalKind kind = ProposalKind::kMerge;
  std::uint64_t decision_id = 0;
  std::string domain;
  IdentityId surviving_id = 0, merged_id = 0;
  std::string surviving_local_id, merged_local_id;
  bool keep_later_changes = false;  // of kUnmerge: as it was asked for
  Instant proposed_at{};
  std::string bridge;                    // who was handed it last; empty: nobody
  std::uint32_t delivery_count = 0;      // how often it was handed out
  std::optional<Instant> handed_out_at;  // last time
  std::optional<Instant> received_at;    // the bridge has it since; absent: it has not said so
  bool operator==(const Proposal&) const = default;
};

// What somebody wrote about a case. Never changed and never removed.
struct CaseNote {
  std::uint64_t case_id = 0;
  std::uint64_t number = 0;  // within the case, from 1 without a gap
  std::string actor;
  Instant written_at{};
  std::string text;
  bool operator==(const CaseNote&) const = default;
};

// What tells whether a person is still the one a decision was about: a hash of the strict traits
// in the form RNIV stores, so that another spelling of the same name changes nothing.
std::uint64_t StrictFingerprint(const Identity& identity);

}  // namespace vigie::matching

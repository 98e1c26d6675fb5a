// What the review desk asks the registry, and what it answers. The work: case_work.h (claims and
// holds), decisions.h (decisions and their end), merges.h.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/registry/context.h"
#include "matching/identity.h"
#include "matching/review.h"

namespace vigie::daemon {

// What looks for cases; a detector switched off opens none, and leaves those there are.
inline constexpr char kDetectorDuplicate[] = "duplicate";
inline constexpr char kDetectorLink[] = "link";
inline constexpr char kDetectorCollision[] = "collision";
inline constexpr char kDetectorInsConflict[] = "ins_conflict";
inline constexpr char kDetectorContradictoryMatricule[] = "contradictory_matricule";
inline constexpr char kDetectorHomonym[] = "homonym";
inline constexpr char kDetectorFrequentValue[] = "frequent_value";
inline constexpr std::array<std::string_view, 7> kDetectors = {kDetectorDuplicate,
                                                               kDetectorLink,
                                                               kDetectorCollision,
                                                               kDetectorInsConflict,
                                                               kDetectorContradictoryMatricule,
                                                               kDetectorHomonym,
                                                               kDetectorFrequentValue};

constexpr bool IsDetector(std::string_view name) {
  return std::find(kDetectors.begin(), kDetectors.end(), name) != kDetectors.end();
}

// Whose cases are of this kind; a contradictory matricule is a detector of its own.
constexpr const char* DetectorOf(matching::CaseKind kind) {
  switch (kind) {
    case matching::CaseKind::kDuplicate:
      return kDetectorDuplicate;
    case matching::CaseKind::kLink:
      return kDetectorLink;
    case matching::CaseKind::kHomonym:
      return kDetectorHomonym;
    case matching::CaseKind::kCollision:
      return kDetectorCollision;
    case matching::CaseKind::kInsConflict:
      return kDetectorInsConflict;
    case matching::CaseKind::kFrequentValue:
      return kDetectorFrequentValue;
  }
  return "";
}

struct ReviewOptions {
  std::set<std::string, std::less<>> detectors_off;  // names above
  std::chrono::minutes claim_duration{30};
  // A merge, or the undoing of one, happens only when a second person agrees.
  bool second_person_for_merge = false;
  bool second_person_for_unmerge = false;
  // The hospital's own registry merges: a decision that two identities are one person is handed to
  // it as a proposal, and carried out here when it is done there.
  bool merges_proposed = false;
  // A proposal is handed out again when the bridge does not say that it has it for so long, or has
  // it and does not answer for so long.
  std::chrono::seconds proposal_receipt{60};
  std::chrono::minutes proposal_answer{60};
  double blind_share = 0;         // of duplicates and links: labelled blind by two people; 0..1
  double sample_below_share = 0;  // of identities: pairs below the threshold are drawn; 0..1
};

// Claims one person may hold at once.
inline constexpr std::size_t kClaimsMax = 200;
// Visits one merge or its undoing moves at most; more than the sessions of a life.
inline constexpr std::size_t kMovedVisitsMax = 4096;
inline constexpr std::size_t kNoteLengthMax = 4096;  // bytes
// Notes of one case; a discussion of more is held elsewhere.
inline constexpr std::uint64_t kNotesMax = 500;

// Which cases; a case must meet every condition given.
struct QueueFilter {
  std::optional<matching::CaseKind> kind;
  std::optional<matching::CaseState> state;
  std::optional<matching::Band> band;
  std::string domain;                                           // empty: any, as below
  std::string assignee;                                         // whose claim lasts
  matching::IdentityId identity_id = 0;                         // about it; 0: any
  std::string reason;                                           // one of its reasons
  std::optional<matching::Instant> opened_from, opened_before;  // [from, before)
  std::optional<double> weight_bits_min, weight_bits_max;       // both included
  // Of the newest visit of its identities that was not cancelled; a case without one meets none.
  std::string site_finess;
  std::optional<matching::Instant> visited_from, visited_before;  // admission in [from, before)
};

struct QueueRequest {
  QueueFilter filter;
  bool collapse_groups = false;  // of the cases of a group that pass, only the most urgent
  std::int32_t page_size = 0;    // 0: 50; more than 200 is reduced to 200
  std::string page_token;
};

// Three and more identities joined by live duplicate cases. Empty: the case stands alone.
struct CaseGroup {
  std::vector<matching::IdentityId> identity_ids;  // ascending, at most kGroupIdentitiesMax
  std::vector<std::uint64_t> case_ids;             // most urgent first, at most kGroupCasesMax
  bool cut = false;                                // the group is larger
};
inline constexpr std::size_t kGroupIdentitiesMax = 64;
inline constexpr std::size_t kGroupCasesMax = 256;

struct QueuePage {
  std::vector<matching::Case> cases;  // by falling priority, then falling weight, then number
  std::vector<CaseGroup> groups;      // with collapse_groups: of each case
  std::string next_page_token;        // empty: the end
};

struct CaseView {
  matching::Case review_case;
  CaseGroup group;
  std::vector<matching::Case> group_cases;  // as group.case_ids
};

// Claim, release, hold.
struct CaseRequest {
  MutationContext context;  // `reason` says why, required to put on hold
  std::uint64_t case_id = 0;
  std::int64_t version = 0;   // etag; 0: whatever it is
  matching::Date hold_until;  // of hold alone: a day to come
};

// What a watcher wants to hear of: cases that are so after a change.
struct CaseWatch {
  std::optional<std::int64_t> after_commit_number;  // absent: from now on
  std::optional<matching::CaseKind> kind;
  std::optional<matching::CaseState> state;
  std::string domain;  // empty: any
};

struct CaseChanges {
  std::int64_t commit_number = 0;     // everything up to here is in this answer or those before
  std::vector<matching::Case> cases;  // as they are now, by their last change, each once
  bool more = false;                  // there are later commits: ask again after `commit_number`
};

struct CaseResult {
  matching::Case review_case;
  std::int64_t commit_number = 0;
};

struct CaseNoteRequest {
  MutationContext context;
  std::uint64_t case_id = 0;
  std::string text;  // 1..kNoteLengthMax bytes; lines and tabs, no other control character
};

struct CaseNoteResult {
  matching::CaseNote note;
  std::int64_t commit_number = 0;
};

struct CaseNoteListRequest {
  std::uint64_t case_id = 0;
  std::int32_t page_size = 0;  // 0: 50; more than 200 is reduced to 200
  std::string page_token;
};

struct CaseNotePage {
  std::vector<matching::CaseNote> notes;  // newest first
  std::string next_page_token;
};

// One decision of a case, or of a pair that needs none.
struct DecideRequest {
  MutationContext context;
  std::uint64_t case_id = 0;                       // 0: of the pair `identity_ids`
  std::int64_t version = 0;                        // of the case; 0: whatever it is
  std::vector<matching::IdentityId> identity_ids;  // only without `case_id`: two
  matching::Verdict verdict = matching::Verdict::kUndecided;
  std::string note;
  // Of kDuplicate.
  matching::IdentityId surviving_id = 0;
  std::vector<std::string> taken_fields;  // complementary traits the survivor takes over
  // Of kDifferentPersons: both get the attribute homonym.
  bool set_homonym = false;
  // Of kCollisionConfirmed: visits of the identity, by number.
  std::vector<std::string> other_person_visit_numbers;
  bool validate_only = false;  // say what would happen, and write nothing
};

// What a merge does, before or after.
struct MergePreview {
  struct Trait {
    std::string field;
    std::string surviving_value, merged_value;  // different, neither empty, or taken over
    bool taken = false;                         // the survivor takes the other's
  };
  matching::IdentityId surviving_id = 0, merged_id = 0;
  std::vector<Trait> traits;
  std::int64_t moved_visit_count = 0;
  // What the merged identity has and the survivor has not, and will not get: "ins", "evidence",
  // "used_family_name"…
  std::vector<std::string> left_behind;
  // "merged_has_higher_status", "clinical_data_stays" (always: clinical data is not ours to move).
  std::vector<std::string> warnings;
  std::vector<std::uint64_t> closed_case_ids;  // other live cases of the merged identity
};

struct DecideResult {
  std::optional<matching::Case> review_case;  // absent: the pair has none
  matching::Decision decision;                // as it is now; number 0 in a preview
  std::optional<MergePreview> merge;          // of kDuplicate when previewed or just done
  std::int64_t commit_number = 0;
};

// A decision to undo, to confirm or to reject.
struct DecisionRequest {
  MutationContext context;
  std::uint64_t decision_id = 0;
  std::int64_t version = 0;  // 0: whatever it is
  // Of an undo of a merge: go on although the survivor's taken traits were changed since; those
  // changed stay as they are.
  bool keep_later_changes = false;
};

// What a bridge says of a proposal it holds.
struct ProposalAnswer {
  MutationContext context;  // the actor is the bridge; `reason` says why it was refused
  std::uint64_t proposal_id = 0;
  bool done = false;  // else refused
};

// A merge that the hospital's registry made.
struct MergeReport {
  MutationContext context;
  std::string domain, surviving_local_id, merged_local_id;
};

struct ProposalListRequest {
  std::int32_t page_size = 0;  // 0: 50; more than 200 is reduced to 200
  std::string page_token;
};

struct ProposalPage {
  std::vector<matching::Proposal> proposals;  // oldest first
  std::string next_page_token;
};

struct DecisionListRequest {
  matching::IdentityId identity_id = 0;  // 0: all
  std::optional<matching::Verdict> verdict;
  std::optional<matching::DecisionState> state;
  bool in_force_only = false;
  std::int32_t page_size = 0;  // 0: 50; more than 200 is reduced to 200
  std::string page_token;
};

struct DecisionListPage {
  std::vector<matching::Decision> decisions;  // newest first
  std::string next_page_token;
};

}  // namespace vigie::daemon

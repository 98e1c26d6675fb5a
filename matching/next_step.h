// What can be done next for one identity that is not qualified, and the INSi query to try.
//
// Pure: from the identity, the answers INSi gave so far and the live cases it stands in. The
// daemon's backlog (daemon/registry/backlog.h) ranks these steps by what they bring to a rate.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "matching/explain.h"
#include "matching/identity.h"

namespace vigie::matching {

// What stands in the way, the most blocking first: the order in which they are tried.
enum class NextStepReason : std::uint8_t {
  kDoubtfulToSettle,     // the mark forbids INSi and the document (EXI SI 09)
  kInsConflict,          // a live case: several identities carry the same matricule
  kCollision,            // a live case: the identity may hold several persons
  kDuplicate,            // a live case: the same person may have another identity
  kDocumentMissing,      // recovered: the consistency check against a document is missing
  kInsiMissing,          // validated: INSi was never asked
  kInsiNeverAsked,       // provisional: INSi was never asked
  kInsiAnsweredNone,     // the last answer is 01
  kInsiAnsweredSeveral,  // the last answer is 02
  kInsiAnswerRefused,    // the last answer is 00 and its coherence was refused
  kInsiToAskAgain,       // an answer was accepted once and stands no longer
};
inline constexpr int kNextStepReasonCount = 11;

// Stable names, e.g. "document_missing", in the order of the enumeration.
std::string_view NextStepReasonName(NextStepReason reason);
std::optional<NextStepReason> ParseNextStepReason(std::string_view name);
// What the reason is, for a table of totals.
Sentence NextStepReasonSentence(NextStepReason reason);

// Live cases the identity stands in.
struct OpenCaseKinds {
  bool duplicate = false;
  bool collision = false;
  bool ins_conflict = false;
};

// Words of InsiAnswer::query_criteria: "first_given_name", "given_name_2" .. "given_name_32",
// "all_given_names", "with_place".
bool IsQueryCriterion(std::string_view word);

// One query of INSi beside family name, sex and birth date.
struct InsiQuery {
  std::vector<std::string> criteria;
  std::vector<std::string> given_names;  // RNIV form, as they are sent
  bool with_place = false;
  bool operator==(const InsiQuery&) const = default;
};

// The query to try next, from those that were answered 01 or 02 (any order; answers 00 do not
// count; criteria not said: the first given name). nullopt: every one was tried, or the identity
// has no given name that INSi takes.
//
// Nothing asked: the first given name. After 01 (none found): the other given names one at a time,
// in order, then the whole list. After 02 (several found): the given names it was asked with and
// the next ones, added one by one in order; then the birth place, where it is known. A query that
// adds given names to one that already found nobody is left out.
std::optional<InsiQuery> NextInsiQuery(const Identity& identity,
                                       std::span<const InsiAnswer> answers);

// What remains to be done for one identity.
struct NextStep {
  NextStepReason reason = NextStepReason::kInsiNeverAsked;
  // Acts that remain until it is qualified, at least 1: the doubt or the cases to settle together,
  // the INSi answer, the document.
  bool settle = false, ask_insi = false, check_document = false;
  int act_count() const { return (settle ? 1 : 0) + (ask_insi ? 1 : 0) + (check_document ? 1 : 0); }
  bool operator==(const NextStep&) const = default;
};

// nullopt: nothing to do, it is qualified, or nothing may be done, it is fictitious. Looks at
// status, attributes and the last INSi answer only.
std::optional<NextStep> NextStepOf(const Identity& identity, const OpenCaseKinds& cases);

// The first act of the step in words. `query`: what NextInsiQuery gives for the identity; without
// one, where INSi is to be asked, the sentence says that every query was tried. No trait stands in
// it: the query has its own field.
Sentence NextStepSentence(const NextStep& step, const std::optional<InsiQuery>& query);

}  // namespace vigie::matching

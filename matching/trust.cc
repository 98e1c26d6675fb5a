#include "matching/trust.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace vigie::matching {
namespace {

// Where an identity stands, as the table sees it: the four statuses of an unmarked identity, and
// the two marks that force it to be provisional. Bits, so that a row can hold for several.
enum State : unsigned {
  kProv = 1,
  kRecup = 2,
  kVali = 4,
  kQual = 8,
  kDoubt = 16,
  kFict = 32,
  kUnmarked = kProv | kRecup | kVali | kQual,
  kMarked = kDoubt | kFict,
  kAny = kUnmarked | kMarked,
};

// What a row does to one of the two facts.
enum class Fact : std::uint8_t { kKeep, kSet, kClear };
constexpr Fact kKeep = Fact::kKeep, kSet = Fact::kSet, kClear = Fact::kClear;

// What a row does to the attributes; refusals leave them.
enum class Mark : std::uint8_t {
  kNone,
  kHomonymOn,
  kHomonymOff,
  kDoubtfulOn,
  kDoubtfulOff,
  kFictitiousOn,
  kFictitiousOff
};

// A row with a condition holds only when that field of TrustRules has that value.
struct Condition {
  bool TrustRules::*field = nullptr;
  bool value = true;
};

struct Row {
  unsigned from;  // states
  TrustEvent event;
  Fact insi;
  Fact document;
  std::string_view rule;
  Mark mark = Mark::kNone;
  std::string_view refusal = {};  // not empty: the event is refused
  std::array<Condition, 2> when = {};
};

using E = TrustEvent;

constexpr Condition kMismatchMarksDoubtful{&TrustRules::mismatch_marks_doubtful, true};
constexpr Condition kMismatchKeepsDocument{&TrustRules::mismatch_keeps_document, true};
constexpr Condition kMismatchFallsToProvisional{&TrustRules::mismatch_keeps_document, false};
constexpr Condition kContradictionDropsIns{&TrustRules::contradiction_drops_ins, true};
constexpr Condition kContradictionKeepsIns{&TrustRules::contradiction_drops_ins, false};
constexpr Condition kContradictionClearsDocument{&TrustRules::contradiction_clears_document, true};
constexpr Condition kContradictionKeepsDocument{&TrustRules::contradiction_clears_document, false};
constexpr Condition kStrictChangeClearsDocument{&TrustRules::strict_change_clears_document, true};
constexpr Condition kStrictChangeKeepsDocument{&TrustRules::strict_change_clears_document, false};

constexpr std::string_view kDoubtfulForbidsInsi = "doubtful_forbids_insi";
constexpr std::string_view kFictitiousForbidsInsi = "fictitious_forbids_insi";
constexpr std::string_view kDoubtfulStaysProvisional = "doubtful_stays_provisional";
constexpr std::string_view kFictitiousStaysProvisional = "fictitious_stays_provisional";

// The first row that fits decides. Columns: from, event, INSi fact, document fact, rule.
// Sources: RNIV EXI SI 07 (statuses), EXI SI 09 and EXI ID 24 (attributes), EXI ID 26 (marks
// invalidate the INS), RNIV 1 v2.0 4.3.4 (Appli carte Vitale). A row marked RECALLED rests on
// general knowledge only and is governed by the field of TrustRules in its condition.
// clang-format off
constexpr Row kTable[] = {
    // Creation.
    {kProv | kMarked, E::kCreated, kKeep, kKeep, "created"},
    {kRecup | kVali | kQual, E::kCreated, kKeep, kKeep, "created_again", Mark::kNone, "already_created"},

    // An INSi answer, accepted after comparison with the traits: I.
    {kProv, E::kInsiAnswerAccepted, kSet, kKeep, "prov_insi_accepted"},
    {kRecup, E::kInsiAnswerAccepted, kSet, kKeep, "recup_insi_accepted"},
    {kVali, E::kInsiAnswerAccepted, kSet, kKeep, "vali_insi_accepted"},
    {kQual, E::kInsiAnswerAccepted, kSet, kKeep, "qual_insi_accepted"},
    {kDoubt, E::kInsiAnswerAccepted, kKeep, kKeep, "doubtful_insi_accepted", Mark::kNone, kDoubtfulForbidsInsi},
    {kFict, E::kInsiAnswerAccepted, kKeep, kKeep, "fictitious_insi_accepted", Mark::kNone, kFictitiousForbidsInsi},

    // ... refused: without an earlier accepted answer no INS may stand.
    {kProv | kVali, E::kInsiAnswerRefused, kClear, kKeep, "insi_refused"},
    {kRecup | kQual, E::kInsiAnswerRefused, kKeep, kKeep, "insi_refused_earlier_kept"},
    {kDoubt, E::kInsiAnswerRefused, kKeep, kKeep, "doubtful_insi_refused", Mark::kNone, kDoubtfulForbidsInsi},
    {kFict, E::kInsiAnswerRefused, kKeep, kKeep, "fictitious_insi_refused", Mark::kNone, kFictitiousForbidsInsi},

    // ... none or several found: nothing is learnt.
    {kUnmarked, E::kInsiNotFound, kKeep, kKeep, "insi_not_found"},
    {kDoubt, E::kInsiNotFound, kKeep, kKeep, "doubtful_insi_not_found", Mark::kNone, kDoubtfulForbidsInsi},
    {kFict, E::kInsiNotFound, kKeep, kKeep, "fictitious_insi_not_found", Mark::kNone, kFictitiousForbidsInsi},

    // A verification failed: I is gone. RECALLED for QUAL and for the mark.
    {kRecup, E::kInsiVerificationMismatch, kClear, kClear, "recup_insi_mismatch_doubtful", Mark::kDoubtfulOn, {}, {kMismatchMarksDoubtful}},
    {kQual, E::kInsiVerificationMismatch, kClear, kClear, "qual_insi_mismatch_doubtful", Mark::kDoubtfulOn, {}, {kMismatchMarksDoubtful}},
    {kRecup, E::kInsiVerificationMismatch, kClear, kKeep, "recup_insi_mismatch"},
    {kQual, E::kInsiVerificationMismatch, kClear, kKeep, "qual_insi_mismatch_validated", Mark::kNone, {}, {kMismatchKeepsDocument}},
    {kQual, E::kInsiVerificationMismatch, kClear, kClear, "qual_insi_mismatch_provisional", Mark::kNone, {}, {kMismatchFallsToProvisional}},
    {kProv | kVali, E::kInsiVerificationMismatch, kKeep, kKeep, "no_ins_mismatch", Mark::kNone, "no_ins_to_verify"},
    {kDoubt, E::kInsiVerificationMismatch, kKeep, kKeep, "doubtful_insi_mismatch", Mark::kNone, kDoubtfulForbidsInsi},
    {kFict, E::kInsiVerificationMismatch, kKeep, kKeep, "fictitious_insi_mismatch", Mark::kNone, kFictitiousForbidsInsi},

    // The source takes the INS back: qualified falls to validated, recovered to provisional.
    {kAny, E::kInsWithdrawn, kClear, kKeep, "ins_withdrawn"},

    // A high-assurance document, traits agree: C.
    {kProv, E::kDocumentChecked, kKeep, kSet, "prov_document_checked"},
    {kRecup, E::kDocumentChecked, kKeep, kSet, "recup_document_checked"},
    {kVali, E::kDocumentChecked, kKeep, kSet, "vali_document_checked"},
    {kQual, E::kDocumentChecked, kKeep, kSet, "qual_document_checked"},
    {kDoubt, E::kDocumentChecked, kKeep, kKeep, "doubtful_document_checked", Mark::kNone, kDoubtfulStaysProvisional},
    {kFict, E::kDocumentChecked, kKeep, kKeep, "fictitious_document_checked", Mark::kNone, kFictitiousStaysProvisional},
    {kAny, E::kWeakDocumentChecked, kKeep, kKeep, "weak_document_checked"},

    // A document contradicts the traits. RECALLED throughout.
    {kProv | kMarked, E::kDocumentContradicts, kKeep, kKeep, "prov_document_contradicts"},
    {kRecup, E::kDocumentContradicts, kClear, kKeep, "recup_document_contradicts", Mark::kNone, {}, {kContradictionDropsIns}},
    {kRecup, E::kDocumentContradicts, kKeep, kKeep, "recup_document_contradicts_kept", Mark::kNone, {}, {kContradictionKeepsIns}},
    {kVali, E::kDocumentContradicts, kKeep, kClear, "vali_document_contradicts", Mark::kNone, {}, {kContradictionClearsDocument}},
    {kVali, E::kDocumentContradicts, kKeep, kKeep, "vali_document_contradicts_kept", Mark::kNone, {}, {kContradictionKeepsDocument}},
    {kQual, E::kDocumentContradicts, kClear, kClear, "qual_document_contradicts", Mark::kNone, {}, {kContradictionDropsIns, kContradictionClearsDocument}},
    {kQual, E::kDocumentContradicts, kClear, kKeep, "qual_document_contradicts_validated", Mark::kNone, {}, {kContradictionDropsIns, kContradictionKeepsDocument}},
    {kQual, E::kDocumentContradicts, kKeep, kClear, "qual_document_contradicts_recovered", Mark::kNone, {}, {kContradictionKeepsIns, kContradictionClearsDocument}},
    {kQual, E::kDocumentContradicts, kKeep, kKeep, "qual_document_contradicts_kept", Mark::kNone, {}, {kContradictionKeepsIns, kContradictionKeepsDocument}},

    // Appli carte Vitale: deemed qualified, no INSi call needed.
    {kUnmarked, E::kVitaleAppRead, kSet, kSet, "vitale_app_read"},
    {kDoubt, E::kVitaleAppRead, kKeep, kKeep, "doubtful_vitale_app_read", Mark::kNone, kDoubtfulStaysProvisional},
    {kFict, E::kVitaleAppRead, kKeep, kKeep, "fictitious_vitale_app_read", Mark::kNone, kFictitiousStaysProvisional},

    // A strict trait is edited: the trust that rested on it is gone. RECALLED for the document.
    {kAny, E::kStrictTraitChanged, kClear, kClear, "strict_trait_changed", Mark::kNone, {}, {kStrictChangeClearsDocument}},
    {kAny, E::kStrictTraitChanged, kClear, kKeep, "strict_trait_changed_document_kept", Mark::kNone, {}, {kStrictChangeKeepsDocument}},

    // Homonym: with every status, and beside doubtful only.
    {kUnmarked | kDoubt, E::kMarkedHomonym, kKeep, kKeep, "marked_homonym", Mark::kHomonymOn},
    {kFict, E::kMarkedHomonym, kKeep, kKeep, "fictitious_marked_homonym", Mark::kNone, "fictitious_excludes_homonym"},
    {kAny, E::kUnmarkedHomonym, kKeep, kKeep, "unmarked_homonym", Mark::kHomonymOff},

    // Doubtful and fictitious: provisional, INS invalidated, not both.
    {kUnmarked | kDoubt, E::kMarkedDoubtful, kClear, kClear, "marked_doubtful", Mark::kDoubtfulOn},
    {kFict, E::kMarkedDoubtful, kKeep, kKeep, "fictitious_marked_doubtful", Mark::kNone, "fictitious_excludes_doubtful"},
    {kDoubt, E::kUnmarkedDoubtful, kClear, kClear, "unmarked_doubtful", Mark::kDoubtfulOff},
    {kUnmarked | kFict, E::kUnmarkedDoubtful, kKeep, kKeep, "unmarked_doubtful_was_not", Mark::kDoubtfulOff},
    {kUnmarked | kFict, E::kMarkedFictitious, kClear, kClear, "marked_fictitious", Mark::kFictitiousOn},
    {kDoubt, E::kMarkedFictitious, kKeep, kKeep, "doubtful_marked_fictitious", Mark::kNone, "doubtful_excludes_fictitious"},
    {kFict, E::kUnmarkedFictitious, kClear, kClear, "unmarked_fictitious", Mark::kFictitiousOff},
    {kUnmarked | kDoubt, E::kUnmarkedFictitious, kKeep, kKeep, "unmarked_fictitious_was_not", Mark::kFictitiousOff},

    // INSi was asked and gave no answer; or confirmed the INS that is in force.
    {kUnmarked, E::kInsiFault, kKeep, kKeep, "insi_fault"},
    {kDoubt, E::kInsiFault, kKeep, kKeep, "doubtful_insi_fault", Mark::kNone, kDoubtfulForbidsInsi},
    {kFict, E::kInsiFault, kKeep, kKeep, "fictitious_insi_fault", Mark::kNone, kFictitiousForbidsInsi},
    {kRecup | kQual, E::kInsConfirmed, kKeep, kKeep, "ins_confirmed"},
    {kProv | kVali, E::kInsConfirmed, kKeep, kKeep, "no_ins_confirmed", Mark::kNone, "no_ins_to_verify"},
    {kDoubt, E::kInsConfirmed, kKeep, kKeep, "doubtful_ins_confirmed", Mark::kNone, kDoubtfulForbidsInsi},
    {kFict, E::kInsConfirmed, kKeep, kKeep, "fictitious_ins_confirmed", Mark::kNone, kFictitiousForbidsInsi},
};
// clang-format on

State StateOf(const TrustFacts& facts) {
  if (facts.attributes.fictitious) return kFict;
  if (facts.attributes.doubtful) return kDoubt;
  if (facts.insi_accepted) return facts.document_checked ? kQual : kRecup;
  return facts.document_checked ? kVali : kProv;
}

bool Holds(const Row& row, const TrustRules& rules) {
  return std::all_of(row.when.begin(), row.when.end(), [&](const Condition& condition) {
    return condition.field == nullptr || rules.*condition.field == condition.value;
  });
}

const Row* FindRow(State state, TrustEvent event, const TrustRules& rules) {
  const auto* row = std::find_if(std::begin(kTable), std::end(kTable), [&](const Row& candidate) {
    return candidate.event == event && (candidate.from & state) != 0 && Holds(candidate, rules);
  });
  return row == std::end(kTable) ? nullptr : row;
}

void ApplyMark(Mark mark, Attributes& attributes) {
  switch (mark) {
    case Mark::kNone:
      return;
    case Mark::kHomonymOn:
    case Mark::kHomonymOff:
      attributes.homonym = mark == Mark::kHomonymOn;
      return;
    case Mark::kDoubtfulOn:
    case Mark::kDoubtfulOff:
      attributes.doubtful = mark == Mark::kDoubtfulOn;
      return;
    case Mark::kFictitiousOn:
    case Mark::kFictitiousOff:
      attributes.fictitious = mark == Mark::kFictitiousOn;
      return;
  }
}

bool After(Fact effect, bool before) {
  return effect == Fact::kSet || (effect == Fact::kKeep && before);
}

Transition Refuse(const TrustFacts& facts, std::string_view refusal, std::string_view rule) {
  Transition refused;
  refused.refusal = refusal;
  refused.facts = facts;
  refused.status = StatusOf(facts);
  refused.rule = rule;
  return refused;
}

// Which of two incompatible attributes stands in the way of the other is what a caller needs.
std::string_view ConflictName(const Attributes& attributes) {
  return attributes.doubtful ? "doubtful_excludes_fictitious" : "homonym_excludes_fictitious";
}

}  // namespace

TrustStatus StatusOf(const TrustFacts& facts) {
  switch (StateOf(facts)) {
    case kRecup:
      return TrustStatus::kRecovered;
    case kVali:
      return TrustStatus::kValidated;
    case kQual:
      return TrustStatus::kQualified;
    default:
      return TrustStatus::kProvisional;
  }
}

std::string_view StatusName(TrustStatus status) {
  switch (status) {
    case TrustStatus::kProvisional:
      return "provisional";
    case TrustStatus::kRecovered:
      return "recovered";
    case TrustStatus::kValidated:
      return "validated";
    case TrustStatus::kQualified:
      return "qualified";
  }
  return "unknown";
}

std::string_view StatusNameFrench(TrustStatus status) {
  switch (status) {
    case TrustStatus::kProvisional:
      return "provisoire";
    case TrustStatus::kRecovered:
      return "récupérée";
    case TrustStatus::kValidated:
      return "validée";
    case TrustStatus::kQualified:
      return "qualifiée";
  }
  return "inconnue";
}

std::optional<TrustStatus> ParseStatus(std::string_view name) {
  for (const TrustStatus status : {TrustStatus::kProvisional, TrustStatus::kRecovered,
                                   TrustStatus::kValidated, TrustStatus::kQualified}) {
    if (name == StatusName(status)) return status;
  }
  return std::nullopt;
}

bool AttributesAreCompatible(const Attributes& attributes) {
  return !attributes.fictitious || (!attributes.doubtful && !attributes.homonym);
}

bool InsiCallIsAllowed(const TrustFacts& facts) {
  return !facts.attributes.doubtful && !facts.attributes.fictitious;
}

Transition ApplyTrustEvent(const TrustFacts& facts, TrustEvent event, const TrustRules& rules) {
  const Row* row = FindRow(StateOf(facts), event, rules);
  if (row == nullptr) return Refuse(facts, "unknown_event", "");
  if (!row->refusal.empty()) return Refuse(facts, row->refusal, row->rule);

  Transition result;
  result.facts = facts;
  ApplyMark(row->mark, result.facts.attributes);
  if (!AttributesAreCompatible(result.facts.attributes)) {
    return Refuse(facts, ConflictName(result.facts.attributes), row->rule);
  }
  // A marked identity holds neither fact, wherever its facts came from.
  const bool marked = !InsiCallIsAllowed(result.facts);
  result.facts.insi_accepted = !marked && After(row->insi, facts.insi_accepted);
  result.facts.document_checked = !marked && After(row->document, facts.document_checked);
  result.clears_ins =
      row->insi == Fact::kClear || (facts.insi_accepted && !result.facts.insi_accepted);
  result.clears_evidence =
      row->document == Fact::kClear || (facts.document_checked && !result.facts.document_checked);
  result.allowed = true;
  result.status = StatusOf(result.facts);
  result.rule = row->rule;
  return result;
}

std::vector<std::string_view> TrustRuleIdentifiers() {
  std::vector<std::string_view> identifiers;
  for (const Row& row : kTable) identifiers.push_back(row.rule);
  return identifiers;
}

TrustStatus StatusAsOf(const std::vector<StatusPeriod>& periods, Instant at) {
  const auto after = std::upper_bound(
      periods.begin(), periods.end(), at,
      [](Instant instant, const StatusPeriod& period) { return instant < period.effective_at; });
  return after == periods.begin() ? TrustStatus::kProvisional : std::prev(after)->status;
}

// Source of the high-assurance list: the national and regional identitovigilance pages on
// identification devices. A driving licence is not in it. A minor's civil record counts together
// with a parent's high-assurance document: under one key of its own, or as the civil record with
// the parent's document named.
std::vector<EvidenceDevice> DefaultEvidenceDevices() {
  return {
      {"passport", "Passeport", "Passport", true},
      {"national_id_card", "Carte nationale d'identité", "National identity card", true},
      {"residence_permit", "Titre de séjour", "Residence permit", true},
      {"electronic_identity", "Identité électronique de niveau substantiel ou élevé (eIDAS)",
       "Electronic identity, level substantial or high (eIDAS)", true},
      {"trusted_third_party", "Tiers de confiance (convention)", "Trusted third party (contract)",
       true},
      {"minor_civil_record",
       "Mineur : acte de naissance ou livret de famille, avec le titre d'identité d'un parent",
       "Minor: birth certificate or family record book, with a parent's identity document", true,
       true},
      {"birth_certificate", "Acte de naissance", "Birth certificate", false, false, true},
      {"family_book", "Livret de famille", "Family record book", false, false, true},
      {"vitale_card", "Carte Vitale", "Vitale card", false},
      {"driving_licence", "Permis de conduire", "Driving licence", false},
      {"other", "Autre document", "Other document", false},
  };
}

bool IsMinorOn(const Date& day, const Date& birth_date, int minor_age_years) {
  if (birth_date.year == 0) return false;
  const auto known = [](int part) { return part == 0 ? 1 : part; };
  const std::tuple<int, int, int> of_age = {birth_date.year + minor_age_years,
                                            known(birth_date.month), known(birth_date.day)};
  return std::tuple<int, int, int>(day.year, day.month, day.day) < of_age;
}

EvidenceAssurance AssuranceOf(const EvidenceDevice& device, const EvidenceDevice* parent,
                              bool is_minor) {
  if (device.high_assurance) {
    if (device.minors_only && !is_minor) return {false, "not_a_minor"};
    return {true, ""};
  }
  if (!device.with_parent_document) return {false, ""};
  if (!is_minor) return {false, parent == nullptr ? "" : "not_a_minor"};
  if (parent == nullptr) return {false, "parent_document_missing"};
  // A parent's own civil record or minor's device proves nothing of the parent.
  const bool proves = parent->high_assurance && !parent->minors_only;
  if (!proves) return {false, "parent_document_without_assurance"};
  return {true, ""};
}

}  // namespace vigie::matching

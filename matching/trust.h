// The trust status of an identity (RNIV EXI SI 07) as a pure function of two facts and three
// attributes, and the table of what each event does to them. Nothing else sets a status.
//
// I = an INSi answer was compared with the person's traits and accepted; C = a high-assurance
// document was checked. Provisional: neither; recovered: I; validated: C; qualified: both.
// Doubtful and fictitious identities are provisional, whatever the facts (EXI SI 09, EXI ID 26).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "matching/identity.h"

namespace vigie::matching {

enum class TrustEvent : std::uint8_t {
  kCreated,
  kInsiAnswerAccepted,        // INSi 00, coherence accepted by a person
  kInsiAnswerRefused,         // INSi 00, coherence refused: facts unchanged, the answer's INS is
                              // not taken; an INS accepted earlier stays
  kInsiNotFound,              // INSi 01 or 02: nothing changes
  kInsiVerificationMismatch,  // a verification of the INS failed
  kInsWithdrawn,              // the INS is taken back by its source
  kDocumentChecked,           // high-assurance document, traits agree
  kWeakDocumentChecked,       // a document without high assurance: nothing changes
  kDocumentContradicts,       // the document contradicts the traits
  kVitaleAppRead,             // Appli carte Vitale: both facts at once (RNIV 1 v2.0, 4.3.4)
  kStrictTraitChanged,
  kMarkedHomonym,
  kUnmarkedHomonym,
  kMarkedDoubtful,
  kUnmarkedDoubtful,
  kMarkedFictitious,
  kUnmarkedFictitious,
  kInsiFault,     // INSi gave no answer: nothing changes
  kInsConfirmed,  // INSi verified the INS in force: nothing changes but the date of it
};
inline constexpr int kTrustEventCount = 19;

// Rules that rest on general knowledge rather than on a text we could read; an establishment may
// set them otherwise. Each names the row of the transition table it governs.
struct TrustRules {
  // QUAL + verification mismatch: keep the document (validated), or fall to provisional.
  bool mismatch_keeps_document = true;
  // ... and mark the identity doubtful as well (then provisional).
  bool mismatch_marks_doubtful = false;
  // RECUP or QUAL + document contradicts: the INS is rejected with the recovery.
  bool contradiction_drops_ins = true;
  // VALI or QUAL + document contradicts: the earlier document check stands no longer.
  bool contradiction_clears_document = true;
  // A change of a strict trait clears the document check too.
  bool strict_change_clears_document = true;
  bool operator==(const TrustRules&) const = default;
};

// Total: doubtful or fictitious is provisional, otherwise the two facts decide.
TrustStatus StatusOf(const TrustFacts& facts);
std::string_view StatusName(TrustStatus status);        // "provisional", ...
std::string_view StatusNameFrench(TrustStatus status);  // "provisoire", "récupérée", ...
// From StatusName's words only; anything else is nullopt.
std::optional<TrustStatus> ParseStatus(std::string_view name);

// Doubtful excludes fictitious, homonym goes with doubtful only (EXI SI 09, EXI ID 24).
bool AttributesAreCompatible(const Attributes& attributes);
// INSi may not be called for a doubtful or fictitious identity (EXI SI 09).
bool InsiCallIsAllowed(const TrustFacts& facts);

struct Transition {
  bool allowed = false;
  // Machine-readable reason when not allowed, e.g. "fictitious_excludes_doubtful"; else empty.
  std::string_view refusal;
  TrustFacts facts;                                // after the event; unchanged when not allowed
  TrustStatus status = TrustStatus::kProvisional;  // of `facts`
  bool clears_ins = false;       // matricule and OID leave the identity (they stay in its history)
  bool clears_evidence = false;  // the document that was checked stands no longer
  // Identifier of the row, e.g. "prov_insi_accepted"; kept with the change. Also set when a row
  // refuses. Never renamed, never given to another row: histories hold it.
  std::string_view rule;
};

// What `event` does to `facts`. Pure; looks at nothing but its arguments. The strings of the
// answer are literals.
//
// An event that repeats what is already so (a mark set twice, a second document) is allowed and
// leaves the facts. Marking doubtful or fictitious takes both facts away: the status is then
// provisional, which by definition (EXI SI 07) has neither, and the INS is invalid (EXI ID 26);
// unmarking therefore leaves a provisional identity without facts. While such a mark stands, INSi
// answers, high-assurance documents and the Appli carte Vitale are refused: unmark first.
// Facts that no sequence of events makes (doubtful and fictitious at once) are refused for every
// event that does not mend them.
Transition ApplyTrustEvent(const TrustFacts& facts, TrustEvent event, const TrustRules& rules);

// Every rule identifier of the table, in its order.
std::vector<std::string_view> TrustRuleIdentifiers();

// The status at an instant, from the periods (ascending by effective_at). An instant before the
// first period: provisional, nothing was established then. A period begins at its instant,
// inclusive; of several that begin at the same instant the last one holds.
TrustStatus StatusAsOf(const std::vector<StatusPeriod>& periods, Instant at);

// An identification document the establishment accepts. Configurable (EXI ID 19), none preselected.
struct EvidenceDevice {
  std::string type;    // key, e.g. "passport"
  std::string french;  // label
  std::string english;
  bool high_assurance = false;
  // Has its high assurance for a minor only.
  bool minors_only = false;
  // Gets high assurance for a minor when a parent's high-assurance document is checked with it.
  bool with_parent_document = false;
  bool operator==(const EvidenceDevice&) const = default;
};
// The devices RNIV names, and common documents without high assurance, so that a desk can record
// what it saw. Keys are unique.
std::vector<EvidenceDevice> DefaultEvidenceDevices();

// The evidence that a reading of the Appli carte Vitale leaves; no device of the list.
inline constexpr std::string_view kVitaleAppEvidence = "vitale_app";
inline constexpr int kMinorAgeYears = 18;  // default: below it a person is a minor

// True when the person is a minor on that complete day for certain: unknown parts of the birth date
// are taken as early as they can be, and without a year nobody is. Who is born on 29 February comes
// of age on 1 March of a year without that day.
bool IsMinorOn(const Date& day, const Date& birth_date, int minor_age_years);

// What a document is worth for this person. `parent` is the device of the parent's document checked
// with it; nullptr: none.
struct EvidenceAssurance {
  bool high = false;
  // Why it is not high although it might be: "not_a_minor", "parent_document_missing",
  // "parent_document_without_assurance"; else empty.
  std::string_view remark;
};
EvidenceAssurance AssuranceOf(const EvidenceDevice& device, const EvidenceDevice* parent,
                              bool is_minor);

}  // namespace vigie::matching

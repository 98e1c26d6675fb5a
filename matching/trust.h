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
  kInsiAnswerRefused,         // INSi 00, coherence refused: facts unchanged, INS dropped
  kInsiNotFound,              // INSi 01 or 02: nothing changes
  kInsiVerificationMismatch,  // a verification of the INS failed
  kInsWithdrawn,              // the INS is taken back by its source
  kDocumentChecked,           // high-assurance document, traits agree
  kWeakDocumentChecked,       // a document without high assurance: nothing changes
  kDocumentContradicts,       // the document contradicts the traits
  kVitaleAppRead,             // Appli carte Vitale: both facts at once
  kStrictTraitChanged,
  kMarkedHomonym,
  kUnmarkedHomonym,
  kMarkedDoubtful,
  kUnmarkedDoubtful,
  kMarkedFictitious,
  kUnmarkedFictitious,
};
inline constexpr int kTrustEventCount = 17;

// Rules that rest on general knowledge rather than on a text we could read; an establishment may
// set them otherwise. Each names the row of the transition table it governs.
struct TrustRules {
  // QUAL + verification mismatch: keep the document (validated), or fall to provisional.
  bool mismatch_keeps_document = true;
  // ... and mark the identity doubtful as well (then provisional).
  bool mismatch_marks_doubtful = false;
  // RECUP + document contradicts: the INS is rejected with the recovery.
  bool contradiction_drops_ins = true;
  // A change of a strict trait clears the document check too.
  bool strict_change_clears_document = true;
  bool operator==(const TrustRules&) const = default;
};

TrustStatus StatusOf(const TrustFacts& facts);
std::string_view StatusName(TrustStatus status);        // "provisional", ...
std::string_view StatusNameFrench(TrustStatus status);  // "provisoire", "récupérée", ...
std::optional<TrustStatus> ParseStatus(std::string_view name);

struct Transition {
  bool allowed = false;
  std::string_view
      refusal;  // machine-readable reason when not allowed, e.g. "fictitious_excludes_doubtful"
  TrustFacts facts;  // after the event; unchanged when not allowed
  TrustStatus status = TrustStatus::kProvisional;
  bool clears_ins = false;  // matricule and OID leave the identity (they stay in its history)
  bool clears_evidence = false;
  std::string_view rule;  // identifier of the row, e.g. "prov_insi_accepted"; kept with the change
};

Transition ApplyTrustEvent(const TrustFacts& facts, TrustEvent event, const TrustRules& rules);

// The status at an instant, from the periods (ascending by effective_at). An instant before the
// first period: provisional, nothing was established then.
TrustStatus StatusAsOf(const std::vector<StatusPeriod>& periods, Instant at);

// An identification document the establishment accepts. Configurable (EXI ID 19), none preselected.
struct EvidenceDevice {
  std::string type;    // key, e.g. "passport"
  std::string french;  // label
  std::string english;
  bool high_assurance = false;
  bool operator==(const EvidenceDevice&) const = default;
};
std::vector<EvidenceDevice> DefaultEvidenceDevices();

}  // namespace vigie::matching

// What a fact (INSi answer, document, attribute, change of a trait) does to an identity: trust
// facts, INS, evidence and the periods of its status. Pure functions on a copy of the identity.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/registry/environment.h"
#include "matching/identity.h"
#include "matching/trust.h"

namespace vigie::daemon {

// What came of it beside the identity itself.
struct FactOutcome {
  std::string rule;                               // of the last event that was applied
  std::optional<matching::Evidence> evidence;     // the document looked at, whatever came of it
  std::optional<matching::InsiFault> insi_fault;  // a call of INSi that gave no answer
  std::vector<std::string> warnings;
  // Why this identity may hold several persons; empty: no sign of it.
  std::vector<std::string> collision_reasons;
};

// Applies one event that took effect at `effective_at` and is recorded `now`.
// FAILED_PRECONDITION transition_refused; the identity is then unchanged.
//
// A fact that is older than what is known already takes its place in the past: from then on every
// period has it as well, but never across a loss of trust that came later, because what was
// checked before the traits changed says nothing about them after. A loss takes effect when it is
// recorded, or later.
absl::Status ApplyEvent(matching::Identity& identity, matching::TrustEvent event,
                        matching::Instant effective_at, const matching::TrustRules& rules,
                        FactOutcome& outcome);

// The first period of a new identity. Called once, before any other event.
absl::Status BeginPeriods(matching::Identity& identity, const matching::TrustRules& rules,
                          FactOutcome& outcome);

// An answer that checks.h accepted. FAILED_PRECONDITION insi_call_forbidden.
absl::Status ApplyInsiAnswer(matching::Identity& identity, const matching::InsiAnswer& answer,
                             const Environment& environment, FactOutcome& outcome);

// A call of INSi that gave no answer: the history alone keeps it. FAILED_PRECONDITION
// insi_call_forbidden.
absl::Status ApplyInsiFault(matching::Identity& identity, const matching::InsiFault& fault,
                            const Environment& environment, FactOutcome& outcome);

// INSi confirmed the INS in force. FAILED_PRECONDITION transition_refused without one.
absl::Status ApplyInsConfirmation(matching::Identity& identity, matching::Instant confirmed_at,
                                  const Environment& environment, FactOutcome& outcome);

// What the Appli carte Vitale gave, checked: both facts at once.
struct VitaleReading {
  matching::Instant read_at{};
  matching::Ins ins;
  std::vector<matching::Ins> history;
  matching::Traits traits;
};
absl::Status ApplyVitaleReading(matching::Identity& identity, const VitaleReading& reading,
                                const Environment& environment, FactOutcome& outcome);

// A document that was looked at; the devices are in the list. What it is worth comes from the list
// and, of a minor's civil record, from the parent's document. A weaker document never replaces a
// stronger one: the warning "stronger_evidence_kept" says so. The outcome has every document, so
// that the history keeps also what the identity does not.
struct DocumentCheck {
  std::string type;
  matching::Date checked_on;
  std::string parent_type;  // empty: none
  bool traits_agree = true;
};
absl::Status ApplyEvidence(matching::Identity& identity, const DocumentCheck& check,
                           const Environment& environment, matching::Instant now,
                           FactOutcome& outcome);

// Attributes to set or clear; absent: unchanged. Clears first, then sets.
struct AttributeChanges {
  std::optional<bool> homonym, doubtful, fictitious;
};
absl::Status ApplyAttributes(matching::Identity& identity, const AttributeChanges& changes,
                             matching::Instant now, const matching::TrustRules& rules,
                             FactOutcome& outcome);

// The matricule as it is stored and compared: 15 characters, no spaces, capital letters. What is
// not a matricule stays as it is.
matching::Ins NormalIns(const matching::Ins& ins);

// "matricule_sex", ... : matricule and traits tell different stories. Signals, never errors.
std::vector<std::string> MatriculeWarnings(const matching::Identity& identity);

}  // namespace vigie::daemon

#include "daemon/registry/facts.h"

#include <algorithm>
#include <utility>

#include "daemon/registry/errors.h"
#include "daemon/registry/traits.h"
#include "matching/matricule.h"

namespace vigie::daemon {
namespace {

using matching::Identity;
using matching::Ins;
using matching::Instant;
using matching::StatusPeriod;
using matching::TrustEvent;
using matching::TrustStatus;

// The two facts behind a status: 1 INSi, 2 document.
unsigned FactsOf(TrustStatus status) {
  switch (status) {
    case TrustStatus::kProvisional:
      return 0;
    case TrustStatus::kRecovered:
      return 1;
    case TrustStatus::kValidated:
      return 2;
    case TrustStatus::kQualified:
      return 3;
  }
  return 0;
}

TrustStatus StatusWith(TrustStatus status, unsigned facts) {
  constexpr TrustStatus kByFacts[] = {TrustStatus::kProvisional, TrustStatus::kRecovered,
                                      TrustStatus::kValidated, TrustStatus::kQualified};
  return kByFacts[FactsOf(status) | facts];
}

// Where the last loss of a fact began; the distant past when nothing was ever lost.
Instant LastLoss(const std::vector<StatusPeriod>& periods) {
  for (std::size_t i = periods.size(); i > 1; --i) {
    const unsigned before = FactsOf(periods[i - 2].status);
    if ((before & ~FactsOf(periods[i - 1].status)) != 0) return periods[i - 1].effective_at;
  }
  return Instant::min();
}

// A period that begins when another does takes its place; equal neighbours become one.
void PutPeriod(std::vector<StatusPeriod>& periods, StatusPeriod period) {
  auto place =
      std::lower_bound(periods.begin(), periods.end(), period.effective_at,
                       [](const StatusPeriod& p, Instant at) { return p.effective_at < at; });
  if (place != periods.end() && place->effective_at == period.effective_at) {
    *place = std::move(period);
  } else {
    periods.insert(place, std::move(period));
  }
}

void JoinEqualNeighbours(std::vector<StatusPeriod>& periods) {
  const auto last = std::unique(
      periods.begin(), periods.end(),
      [](const StatusPeriod& a, const StatusPeriod& b) { return a.status == b.status; });
  periods.erase(last, periods.end());
}

void ChangeStatus(std::vector<StatusPeriod>& periods, Instant at, TrustStatus before,
                  TrustStatus after, std::string_view rule) {
  const unsigned gained = FactsOf(after) & ~FactsOf(before);
  const bool lost = (FactsOf(before) & ~FactsOf(after)) != 0;
  if (lost) {
    at = std::max(at, periods.back().effective_at);
    PutPeriod(periods, {at, after, std::string(rule)});
  } else {
    at = std::max(at, LastLoss(periods));
    const TrustStatus then = matching::StatusAsOf(periods, at);
    PutPeriod(periods, {at, StatusWith(then, gained), std::string(rule)});
    for (StatusPeriod& period : periods) {
      if (period.effective_at > at) period.status = StatusWith(period.status, gained);
    }
  }
  JoinEqualNeighbours(periods);
}

void AddPastIns(Identity& identity, const Ins& ins) {
  const auto same = std::find(identity.ins_history.begin(), identity.ins_history.end(), ins);
  if (same == identity.ins_history.end()) identity.ins_history.push_back(ins);
}

// Is the matricule that was in force a known earlier one of the same person? Listed by INSi, or a
// NIA that its NIR replaces.
bool ReplacementIsExplained(const Ins& earlier, const matching::InsiAnswer& answer) {
  const bool listed = std::any_of(answer.history.begin(), answer.history.end(),
                                  [&](const Ins& past) { return NormalIns(past) == earlier; });
  if (listed) return true;
  return matching::KindOfOid(earlier.oid) == matching::OidKind::kNia &&
         matching::KindOfOid(answer.ins->oid) == matching::OidKind::kNir;
}

// Puts the answer's matricule in force and the earlier ones in history.
void TakeIns(Identity& identity, const matching::InsiAnswer& answer, FactOutcome& outcome) {
  const std::optional<Ins> earlier = identity.ins;
  const Ins in_force = NormalIns(*answer.ins);
  if (earlier && *earlier != in_force) {
    if (ReplacementIsExplained(*earlier, answer)) {
      AddPastIns(identity, *earlier);
    } else {
      // Nothing says that both belong to one person: the earlier one is kept by the history of
      // changes only, and a person has to look.
      outcome.warnings.emplace_back("matricule_replaced_without_history");
      outcome.collision_reasons.emplace_back("matricule_replaced_without_history");
    }
  }
  for (const Ins& past : answer.history) AddPastIns(identity, NormalIns(past));
  identity.ins = in_force;
  std::erase(identity.ins_history, in_force);
}

// Traits and INS of an accepted answer, or of a reading, become those of the identity.
void TakeAnswer(Identity& identity, const matching::InsiAnswer& answer, FactOutcome& outcome) {
  const matching::Traits before = identity.traits;
  for (std::string& warning : TakeInsiTraits(answer.traits, identity.traits)) {
    outcome.warnings.push_back(std::move(warning));
  }
  if (CompareStrictTraits(before, identity.traits).contradicted_count >= 2) {
    outcome.warnings.emplace_back("several_strict_traits_replaced");
    outcome.collision_reasons.emplace_back("several_strict_traits_replaced");
  }
  const std::optional<Ins> earlier = identity.ins;
  TakeIns(identity, answer, outcome);
  // An older answer for the same INS does not make it younger, nor older.
  const bool same = earlier == identity.ins && identity.ins_confirmed_at.has_value();
  identity.ins_confirmed_at =
      same ? std::max(*identity.ins_confirmed_at, answer.queried_at) : answer.queried_at;
  for (std::string& warning : MatriculeWarnings(identity)) {
    outcome.warnings.push_back(std::move(warning));
  }
}

absl::Status AcceptInsiAnswer(Identity& identity, const matching::InsiAnswer& answer,
                              const matching::TrustRules& rules, FactOutcome& outcome) {
  absl::Status status =
      ApplyEvent(identity, TrustEvent::kInsiAnswerAccepted, answer.queried_at, rules, outcome);
  if (status.ok()) TakeAnswer(identity, answer, outcome);
  return status;
}

absl::Status CheckInsiCall(const Identity& identity) {
  if (InsiCallIsAllowed(identity.trust)) return absl::OkStatus();
  return MakeError(Reason::kInsiCallForbidden,
                   "no INSi answer for a doubtful or fictitious identity",
                   {{"attribute", identity.trust.attributes.doubtful ? "doubtful" : "fictitious"}});
}

// The stronger document stays, and says so.
void KeepEvidence(Identity& identity, const matching::Evidence& evidence, FactOutcome& outcome) {
  if (identity.evidence && identity.evidence->high_assurance && !evidence.high_assurance) {
    outcome.warnings.emplace_back("stronger_evidence_kept");
  } else {
    identity.evidence = evidence;
  }
}

}  // namespace

absl::Status ApplyEvent(Identity& identity, TrustEvent event, Instant effective_at,
                        const matching::TrustRules& rules, FactOutcome& outcome) {
  const matching::Transition transition = ApplyTrustEvent(identity.trust, event, rules);
  if (!transition.allowed) {
    return MakeError(Reason::kTransitionRefused, "the trust rules refuse this event",
                     {{"refusal", std::string(transition.refusal)}});
  }
  const TrustStatus before = matching::StatusOf(identity.trust);
  identity.trust = transition.facts;
  if (transition.clears_ins && identity.ins) {
    AddPastIns(identity, *identity.ins);
    identity.ins.reset();
    identity.ins_confirmed_at.reset();
  }
  if (transition.clears_evidence) identity.evidence.reset();
  if (transition.status != before) {
    ChangeStatus(identity.status_periods, effective_at, before, transition.status, transition.rule);
  }
  outcome.rule = std::string(transition.rule);
  return absl::OkStatus();
}

absl::Status BeginPeriods(Identity& identity, const matching::TrustRules& rules,
                          FactOutcome& outcome) {
  const matching::Transition transition =
      ApplyTrustEvent(identity.trust, TrustEvent::kCreated, rules);
  identity.status_periods = {
      {identity.created_at, matching::StatusOf(identity.trust), std::string(transition.rule)}};
  return ApplyEvent(identity, TrustEvent::kCreated, identity.created_at, rules, outcome);
}

absl::Status ApplyInsiAnswer(Identity& identity, const matching::InsiAnswer& answer,
                             const Environment& environment, FactOutcome& outcome) {
  absl::Status allowed = CheckInsiCall(identity);
  if (!allowed.ok()) return allowed;
  const matching::TrustRules& rules = environment.options.trust_rules;
  identity.last_insi_answer = answer;
  if (answer.return_code != "00") {
    return ApplyEvent(identity, TrustEvent::kInsiNotFound, answer.queried_at, rules, outcome);
  }
  if (answer.coherence_accepted) return AcceptInsiAnswer(identity, answer, rules, outcome);
  return ApplyEvent(identity, TrustEvent::kInsiAnswerRefused, answer.queried_at, rules, outcome);
}

absl::Status ApplyInsiFault(Identity& identity, const matching::InsiFault& fault,
                            const Environment& environment, FactOutcome& outcome) {
  absl::Status allowed = CheckInsiCall(identity);
  if (!allowed.ok()) return allowed;
  outcome.insi_fault = fault;
  return ApplyEvent(identity, TrustEvent::kInsiFault, fault.queried_at,
                    environment.options.trust_rules, outcome);
}

absl::Status ApplyInsConfirmation(Identity& identity, Instant confirmed_at,
                                  const Environment& environment, FactOutcome& outcome) {
  absl::Status status = ApplyEvent(identity, TrustEvent::kInsConfirmed, confirmed_at,
                                   environment.options.trust_rules, outcome);
  if (!status.ok()) return status;
  identity.ins_confirmed_at =
      std::max(identity.ins_confirmed_at.value_or(confirmed_at), confirmed_at);
  return absl::OkStatus();
}

absl::Status ApplyVitaleReading(Identity& identity, const VitaleReading& reading,
                                const Environment& environment, FactOutcome& outcome) {
  absl::Status status = ApplyEvent(identity, TrustEvent::kVitaleAppRead, reading.read_at,
                                   environment.options.trust_rules, outcome);
  if (!status.ok()) return status;
  // Not an answer of INSi: none was asked. It only has the same content.
  matching::InsiAnswer content;
  content.queried_at = reading.read_at;
  content.ins = reading.ins;
  content.history = reading.history;
  content.traits = reading.traits;
  TakeAnswer(identity, content, outcome);
  outcome.evidence = matching::Evidence{std::string(matching::kVitaleAppEvidence),
                                        DayOf(reading.read_at, environment.zone), true};
  KeepEvidence(identity, *outcome.evidence, outcome);
  return absl::OkStatus();
}

absl::Status ApplyEvidence(Identity& identity, const DocumentCheck& check,
                           const Environment& environment, Instant now, FactOutcome& outcome) {
  const matching::EvidenceDevice* device = FindDevice(environment, check.type);
  if (device == nullptr) return MakeFieldError("type", "unknown_device");
  const matching::EvidenceDevice* parent =
      check.parent_type.empty() ? nullptr : FindDevice(environment, check.parent_type);
  const bool is_minor = matching::IsMinorOn(check.checked_on, identity.traits.birth_date,
                                            environment.options.minor_age_years);
  const matching::EvidenceAssurance assurance = matching::AssuranceOf(*device, parent, is_minor);
  const matching::TrustRules& rules = environment.options.trust_rules;
  outcome.evidence =
      matching::Evidence{check.type, check.checked_on, assurance.high, check.parent_type};
  if (!assurance.remark.empty()) outcome.warnings.emplace_back(assurance.remark);
  if (!check.traits_agree) {
    outcome.warnings.emplace_back("document_contradicts");
    return ApplyEvent(identity, TrustEvent::kDocumentContradicts, now, rules, outcome);
  }
  const TrustEvent event =
      assurance.high ? TrustEvent::kDocumentChecked : TrustEvent::kWeakDocumentChecked;
  const Instant start = StartOfDay(check.checked_on, environment.zone);
  absl::Status status = ApplyEvent(identity, event, start, rules, outcome);
  if (status.ok()) KeepEvidence(identity, *outcome.evidence, outcome);
  return status;
}

absl::Status ApplyAttributes(Identity& identity, const AttributeChanges& changes, Instant now,
                             const matching::TrustRules& rules, FactOutcome& outcome) {
  struct Step {
    std::optional<bool> wanted;
    bool matching::Attributes::*attribute;
    TrustEvent mark, unmark;
  };
  const Step steps[] = {
      {changes.homonym, &matching::Attributes::homonym, TrustEvent::kMarkedHomonym,
       TrustEvent::kUnmarkedHomonym},
      {changes.doubtful, &matching::Attributes::doubtful, TrustEvent::kMarkedDoubtful,
       TrustEvent::kUnmarkedDoubtful},
      {changes.fictitious, &matching::Attributes::fictitious, TrustEvent::kMarkedFictitious,
       TrustEvent::kUnmarkedFictitious},
  };
  // Clears come first, so that one call may turn a doubtful identity into a fictitious one.
  for (const bool set : {false, true}) {
    for (const Step& step : steps) {
      if (step.wanted != set || identity.trust.attributes.*step.attribute == set) continue;
      absl::Status status =
          ApplyEvent(identity, set ? step.mark : step.unmark, now, rules, outcome);
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

matching::Ins NormalIns(const matching::Ins& ins) {
  const matching::Matricule matricule = matching::ParseMatricule(ins.matricule);
  if (!matricule.ok()) return ins;
  return {matricule.body + matricule.key, ins.oid};
}

std::vector<std::string> MatriculeWarnings(const Identity& identity) {
  std::vector<std::string> warnings;
  if (!identity.ins) return warnings;
  const matching::Matricule matricule = matching::ParseMatricule(identity.ins->matricule);
  if (!matricule.ok()) return warnings;
  for (const std::string_view signal :
       matching::MatriculeSignals(matricule.body, identity.traits)) {
    warnings.push_back("matricule_" + std::string(signal));
  }
  return warnings;
}

}  // namespace vigie::daemon

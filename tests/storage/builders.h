// Values for the tests of storage/: made-up people and what belongs to them.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "matching/identity.h"
#include "storage/store.h"

namespace vigie::storage {

inline matching::Instant At(std::int64_t seconds) {
  return matching::Instant(std::chrono::seconds(seconds));
}

// Every field has a value that differs from its default and from the other fields' values.
inline matching::Traits FullTraits() {
  matching::Traits t;
  t.birth_family_name = "Müller-Durand";
  t.first_birth_given_name = "Anaïs";
  t.birth_given_names = "Anaïs Marie";
  t.sex = matching::Sex::kIndeterminate;
  t.birth_date = {1984, 7, 31};
  t.birth_place_code = "63113";
  t.used_family_name = "Durand";
  t.used_given_name = "Marie";
  t.address_line = "1 rue du Port";
  t.postal_code = "63000";
  t.city = "Clermont-Ferrand";
  t.phone = "0400000000";
  t.email = "a@example.org";
  return t;
}

inline matching::Identity FullIdentity() {
  matching::Identity i;
  i.id = 42;
  i.version = 3;
  i.domain = "CHU";
  i.local_id = "IPP0042";
  i.traits = FullTraits();
  i.rniv = {"MULLER-DURAND", "ANAIS", "ANAIS MARIE", "DURAND", "MARIE"};
  i.normalizer_version = 1;
  i.ins = matching::Ins{"184076311300161", "1.2.250.1.213.1.4.8"};
  i.ins_history = {{"384076311300161", "1.2.250.1.213.1.4.9"}};
  matching::InsiAnswer answer;
  answer.return_code = "00";
  answer.queried_at = At(1'700'000'000);
  answer.ins = i.ins;
  answer.history = i.ins_history;
  answer.traits = FullTraits();
  answer.traits.email = "";
  answer.coherence_accepted = true;
  answer.query_criteria = {"given_name_2", "with_place"};
  i.last_insi_answer = answer;
  i.ins_confirmed_at = At(1'700'000'000);
  i.evidence = matching::Evidence{"family_book", {2024, 2, 29}, true, "passport"};
  i.trust.insi_accepted = true;
  i.trust.document_checked = true;
  i.trust.attributes = {true, true, true};
  i.status_periods = {{At(1'600'000'000), matching::TrustStatus::kProvisional, "created"},
                      {At(1'700'000'001), matching::TrustStatus::kQualified, "prov_vitale_app"}};
  i.created_at = At(1'600'000'000);
  i.updated_at = At(1'700'000'001);
  return i;
}

inline matching::Change FullChange() {
  matching::Change c;
  c.identity_id = 42;
  c.version = 4;
  c.commit_number = 17;
  c.changed_at = At(1'700'000'002);
  c.actor = "agent 7";
  c.operation = "update";
  c.reason = "asked at the desk";
  c.changed_fields = {"city", "phone"};
  c.status_before = matching::TrustStatus::kQualified;
  c.status_after = matching::TrustStatus::kRecovered;
  c.rule = "qual_strict_trait_changed";
  c.before = FullIdentity();
  c.evidence = matching::Evidence{"driving_licence", {2025, 12, 1}, true, "passport"};
  c.insi_fault = matching::InsiFault{At(1'700'000'001), "siram_40"};
  return c;
}

inline matching::Visit FullVisit() {
  matching::Visit v;
  v.domain = "CHU";
  v.visit_number = "V1";
  v.local_id = "IPP0042";
  v.identity_id = 42;
  v.legal_entity_finess = "630780989";
  v.site_finess = "630781003";
  v.activity = matching::Activity::kDialysis;
  v.kind = matching::VisitKind::kSession;
  v.admitted_at = At(1'700'100'000);
  v.discharged_at = At(1'700'200'000);
  v.cancelled = true;
  v.entry_channel = "kiosk";
  v.version = 2;
  v.status_at_admission = matching::TrustStatus::kRecovered;
  v.status_at_discharge = matching::TrustStatus::kQualified;
  return v;
}

inline matching::Case FullCase() {
  matching::Case c;
  c.id = 7;
  c.kind = matching::CaseKind::kInsConflict;
  c.state = matching::CaseState::kWithdrawn;
  c.domain = "CHU";
  c.identity_ids = {42, 4300};
  c.reasons = {"same_matricule", "score_above_review_threshold"};
  c.weight_bits = 12.25;
  c.probability = 0.75;
  c.band = matching::Band::kProbable;
  c.priority = 680;
  c.model_version = "french-hospital@0123456789abcdef";
  c.opened_at = At(1'700'000'003);
  c.updated_at = At(1'700'000'004);
  c.version = 5;
  return c;
}

inline matching::LabelPair FullLabelPair() {
  matching::LabelPair p;
  p.left_id = 42;
  p.right_id = 4300;
  p.left_version = 3;
  p.right_version = 1;
  p.origin = matching::LabelOrigin::kBelow;
  p.stratum = 2;
  p.across_domains = true;
  p.inclusion_probability = 0.0625;
  p.weight_bits = -4.5;
  p.probability = 0.25;
  p.model_version = "french-hospital@0123456789abcdef";
  p.case_id = 7;
  p.drawn_at = At(1'700'000'005);
  p.labels = {{"agent 7", matching::LabelVerdict::kSame, "one address", At(1'700'000'006)},
              {"agent 8", matching::LabelVerdict::kCannotSay, "", At(1'700'000'007)}};
  return p;
}

inline FigureSnapshot FullSnapshot() {
  FigureSnapshot s;
  s.day = {2026, 3, 9};
  s.definition_name = "qualified-visits";
  s.revision = 2;
  s.definition_version = 1;
  s.definition_hash = "0123456789abcdef";
  s.definition_text = "name = \"qualified-visits\"\n";
  s.time_zone = "Europe/Paris";
  s.window_from = {2026, 3, 1};
  s.window_to = {2026, 3, 9};
  s.cut_off = At(1'773'097'200);
  s.as_of_commit_number = 17;
  s.closed_at = At(1'773'100'000);
  s.actor = "agent 7";
  s.content_hash = std::string(32, '\x44');
  FigureRow row;
  row.group = {{"activity", "MCO"}, {"month", "2026-03"}, {"site", "750100042"}};
  row.numerator = 4;
  row.denominator = 10;
  row.exclusions = {{"cancelled", 1}, {"fictitious", 0}};
  row.statuses = {1, 2, 3, 4};
  row.unattached_count = 5;
  row.homonym_count = 6;
  row.doubtful_count = 7;
  row.fictitious_count = 8;
  s.rows = {row};
  s.total = row;
  s.total.group.clear();
  s.causes = {{"visits_recorded", 1}};
  return s;
}

inline AnsweredRequest FullRequest() { return {"register", "\x01\x02\xff", "answer", 17}; }

inline AuditEntry FullAuditEntry() {
  AuditEntry e;
  e.commit_number = 17;
  e.committed_at = At(1'700'000'005);
  e.actor = "agent 7";
  e.method = "register";
  e.request_id = "r-1";
  e.targets = {"identity/42", "case/7"};
  e.change_hash = std::string(32, '\x11');
  e.previous_hash = std::string(32, '\x22');
  e.hash = std::string(32, '\x33');
  return e;
}

// A small identity with one status period, and index entries that go with it.
inline matching::Identity Person(matching::IdentityId id, const std::string& local_id,
                                 const std::string& family = "DURAND",
                                 const std::string& given = "MARIE",
                                 const matching::Date& born = {1980, 1, 2}) {
  matching::Identity i;
  i.id = id;
  i.version = 1;
  i.domain = "CHU";
  i.local_id = local_id;
  i.traits.birth_family_name = family;
  i.traits.first_birth_given_name = given;
  i.traits.birth_given_names = given;
  i.traits.birth_date = born;
  i.status_periods = {{At(1), matching::TrustStatus::kProvisional, "created"}};
  return i;
}

inline IndexEntries EntriesOf(const matching::Identity& i,
                              std::vector<std::uint64_t> candidate_keys = {}) {
  IndexEntries entries;
  entries.candidate_keys = std::move(candidate_keys);
  entries.family_names = {i.traits.birth_family_name};
  entries.given_names = {i.traits.first_birth_given_name};
  entries.terms = {{1, std::hash<std::string>{}(i.traits.birth_family_name)}};
  return entries;
}

inline Term FamilyTerm(const std::string& family) { return {1, std::hash<std::string>{}(family)}; }

inline matching::Case OpenCase(std::uint64_t id, std::vector<matching::IdentityId> ids,
                               matching::Band band, double weight_bits) {
  matching::Case c;
  c.id = id;
  c.domain = "CHU";
  c.identity_ids = std::move(ids);
  c.band = band;
  c.weight_bits = weight_bits;
  c.version = 1;
  return c;
}

inline CommitContext Context(const std::string& request_id = "") {
  return {"agent 7", "test", request_id, {}};
}

}  // namespace vigie::storage

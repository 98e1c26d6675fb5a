// A slow, obvious twin of matching/indicator.h's counting: keeps every fact and counts with plain
// loops, one group and one patient at a time, from whole identities rather than from what the
// accumulator is given of them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "matching/indicator.h"

namespace vigie::reference {

// A visit, its identity when there is one, the groups it is counted under and the day of its
// admission where the establishment is.
struct IndicatorTwinFact {
  matching::Visit visit;
  std::optional<matching::Identity> identity;
  std::map<std::string, std::string> group;
  std::int64_t admitted_day = 0;
};

// The days from 1970-01-01 to a date, one by one.
inline std::int64_t TwinDayNumber(const matching::Date& date) {
  const auto leap = [](int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); };
  const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  std::int64_t days = 0;
  for (int year = 1970; year < date.year; ++year) days += leap(year) ? 366 : 365;
  for (int year = date.year; year < 1970; ++year) days -= leap(year) ? 366 : 365;
  for (int month = 1; month < date.month; ++month) {
    days += lengths[month - 1] + (month == 2 && leap(date.year) ? 1 : 0);
  }
  return days + date.day - 1;
}

class IndicatorTwin {
 public:
  IndicatorTwin(matching::IndicatorDefinition definition, matching::IndicatorQuery query,
                std::vector<IndicatorTwinFact> facts)
      : definition_(std::move(definition)), query_(query), facts_(std::move(facts)) {}

  // The facts of one group, or all of them.
  matching::IndicatorRow Count(const std::map<std::string, std::string>* group) const {
    matching::IndicatorRow row = EmptyRow();
    if (group != nullptr) row.group = *group;
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      if ((group != nullptr && facts_[i].group != *group) || !Concerned(facts_[i])) continue;
      if (!facts_[i].identity) ++row.unattached_count;
      const std::string reason = Reason(facts_[i]);
      if (!reason.empty()) {
        ++row.exclusions[reason];
      } else if (Stands(i, group)) {
        CountOne(Status(facts_[i]), facts_[i].identity, row);
      }
    }
    return row;
  }

  // The stock of identities.
  matching::IndicatorRow CountStock(const std::vector<matching::Identity>& identities) const {
    matching::IndicatorRow row = EmptyRow();
    for (const matching::Identity& identity : identities) {
      if (!(identity.created_at < query_.window_end)) continue;
      const bool at_end = definition_.status_as_of == matching::StatusAsOfRule::kWindowEnd;
      const auto status = StatusThen(identity, at_end ? query_.window_end : query_.status_at);
      const auto& marks = identity.trust.attributes;
      std::string reason;
      if (marks.fictitious && definition_.exclude_fictitious) reason = "fictitious";
      if (reason.empty() && marks.doubtful && definition_.exclude_doubtful) reason = "doubtful";
      for (const auto& rule : definition_.exclusion_rules) {
        if (!reason.empty()) break;
        if (OfIdentity(rule, &identity) && OfStatus(rule, status)) reason = rule.reason;
      }
      if (reason.empty()) {
        CountOne(status, identity, row);
      } else {
        ++row.exclusions[reason];
      }
    }
    return row;
  }

  bool Concerned(const IndicatorTwinFact& fact) const {
    const auto in = [](const auto& list, const auto& value) {
      for (const auto& item : list) {
        if (item == value) return true;
      }
      return list.empty();
    };
    return in(definition_.activities, fact.visit.activity) &&
           in(definition_.kinds, fact.visit.kind) &&
           in(definition_.legal_entities, fact.visit.legal_entity_finess) &&
           in(definition_.sites, fact.visit.site_finess) &&
           fact.visit.admitted_at >= query_.window_begin &&
           fact.visit.admitted_at < query_.window_end;
  }

 private:
  matching::IndicatorRow EmptyRow() const {
    matching::IndicatorRow row;
    for (const auto reason : {"cancelled", "unattached", "fictitious", "doubtful"}) {
      row.exclusions[reason] = 0;
    }
    for (const auto& rule : definition_.exclusion_rules) row.exclusions[rule.reason] = 0;
    return row;
  }

  void CountOne(matching::TrustStatus status, const std::optional<matching::Identity>& identity,
                matching::IndicatorRow& row) const {
    ++row.denominator;
    ++row.statuses[static_cast<std::size_t>(status) - 1];
    for (const auto wanted : definition_.numerator_statuses) {
      if (wanted == status) ++row.numerator;
    }
    if (!identity) return;
    if (identity->trust.attributes.homonym) ++row.homonym_count;
    if (identity->trust.attributes.doubtful) ++row.doubtful_count;
    if (identity->trust.attributes.fictitious) ++row.fictitious_count;
  }

  std::string Reason(const IndicatorTwinFact& fact) const {
    if (fact.visit.cancelled && definition_.exclude_cancelled) return "cancelled";
    if (!fact.identity && definition_.exclude_unattached) return "unattached";
    if (fact.identity) {
      const auto& marks = fact.identity->trust.attributes;
      if (marks.fictitious && definition_.exclude_fictitious) return "fictitious";
      if (marks.doubtful && definition_.exclude_doubtful) return "doubtful";
    }
    for (const auto& rule : definition_.exclusion_rules) {
      if (Holds(rule, fact)) return rule.reason;
    }
    return "";
  }

  bool Holds(const matching::ExclusionRule& rule, const IndicatorTwinFact& fact) const {
    const auto in = [](const auto& list, const auto& value) {
      for (const auto& item : list) {
        if (item == value) return true;
      }
      return list.empty();
    };
    if (!in(rule.activities, fact.visit.activity) || !in(rule.kinds, fact.visit.kind)) return false;
    if (!in(rule.entry_channels, fact.visit.entry_channel)) return false;
    if (!OfStatus(rule, Status(fact))) return false;
    if (!OfIdentity(rule, fact.identity ? &*fact.identity : nullptr)) return false;
    if (!rule.age_days_min && !rule.age_days_max) return true;
    if (!fact.identity) return false;
    const matching::Date& born = fact.identity->traits.birth_date;
    if (born.year == 0 || born.month == 0 || born.day == 0) return false;
    const std::int64_t age = fact.admitted_day - TwinDayNumber(born);
    if (age < 0) return false;
    if (rule.age_days_min && age < *rule.age_days_min) return false;
    return !rule.age_days_max || age <= *rule.age_days_max;
  }

  static bool OfIdentity(const matching::ExclusionRule& rule, const matching::Identity* identity) {
    if (rule.born_abroad) {
      const std::string place = identity == nullptr ? "" : identity->traits.birth_place_code;
      if (place.empty() || place == "99999") return false;
      const bool abroad = place.substr(0, 2) == "99" && place != "99100";
      if (abroad != *rule.born_abroad) return false;
    }
    if (rule.last_insi.empty()) return true;
    if (identity == nullptr) return false;
    const std::string code =
        identity->last_insi_answer ? identity->last_insi_answer->return_code : "none";
    for (const auto wanted : rule.last_insi) {
      const char* const codes[] = {"none", "00", "01", "02"};
      if (code == codes[static_cast<std::size_t>(wanted)]) return true;
    }
    return false;
  }

  static bool OfStatus(const matching::ExclusionRule& rule, matching::TrustStatus status) {
    for (const auto wanted : rule.statuses) {
      if (wanted == status) return true;
    }
    return rule.statuses.empty();
  }

  static matching::TrustStatus StatusThen(const matching::Identity& identity,
                                          matching::Instant then) {
    auto status = matching::TrustStatus::kProvisional;
    for (const auto& period : identity.status_periods) {
      if (period.effective_at <= then) status = period.status;
    }
    return status;
  }

  matching::TrustStatus Status(const IndicatorTwinFact& fact) const {
    const auto provisional = matching::TrustStatus::kProvisional;
    if (!fact.identity) return provisional;
    const matching::Visit& visit = fact.visit;
    if (definition_.status_as_of == matching::StatusAsOfRule::kAdmission) {
      return visit.status_at_admission ? *visit.status_at_admission : provisional;
    }
    if (definition_.status_as_of == matching::StatusAsOfRule::kWindowEnd) {
      return StatusThen(*fact.identity, query_.window_end);
    }
    const bool discharged = visit.discharged_at && *visit.discharged_at <= query_.status_at;
    if (definition_.status_as_of == matching::StatusAsOfRule::kDischarge && discharged) {
      return visit.status_at_discharge ? *visit.status_at_discharge : provisional;
    }
    return StatusThen(*fact.identity, query_.status_at);
  }

  // Whether the visit stands for itself, or for its patient: no other visit of the patient in the
  // group is later, or as late with a lower status, or equal in both and earlier in the list.
  bool Stands(std::size_t i, const std::map<std::string, std::string>* group) const {
    if (definition_.population == matching::IndicatorPopulation::kVisits) return true;
    const auto& mine = facts_[i];
    for (std::size_t j = 0; j < facts_.size(); ++j) {
      const auto& other = facts_[j];
      if (j == i || (group != nullptr && other.group != *group)) continue;
      if (!other.identity || other.identity->id != mine.identity->id) continue;
      if (!Concerned(other) || !Reason(other).empty()) continue;
      if (other.visit.admitted_at > mine.visit.admitted_at) return false;
      if (other.visit.admitted_at < mine.visit.admitted_at) continue;
      if (Status(other) < Status(mine)) return false;
      if (Status(other) == Status(mine) && j < i) return false;
    }
    return true;
  }

  matching::IndicatorDefinition definition_;
  matching::IndicatorQuery query_;
  std::vector<IndicatorTwinFact> facts_;
};

}  // namespace vigie::reference

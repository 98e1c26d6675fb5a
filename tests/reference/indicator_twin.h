// A slow, obvious twin of matching/indicator.h's accumulator: keeps every fact and counts with
// plain loops, one group and one patient at a time.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "matching/indicator.h"

namespace vigie::reference {

struct IndicatorTwinFact {
  matching::IndicatorFact fact;
  std::map<std::string, std::string> group;
};

class IndicatorTwin {
 public:
  IndicatorTwin(matching::IndicatorDefinition definition, std::vector<IndicatorTwinFact> facts)
      : definition_(std::move(definition)), facts_(std::move(facts)) {}

  // The facts of one group, or all of them.
  matching::IndicatorRow Count(const std::map<std::string, std::string>* group) const {
    matching::IndicatorRow row;
    if (group != nullptr) row.group = *group;
    for (const auto reason : {"cancelled", "unattached", "fictitious", "doubtful"}) {
      row.exclusions[reason] = 0;
    }
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      if ((group != nullptr && facts_[i].group != *group) || !Concerned(facts_[i].fact)) continue;
      const std::string reason = Reason(facts_[i].fact);
      if (!reason.empty()) {
        ++row.exclusions[reason];
      } else if (Stands(i, group)) {
        ++row.denominator;
        ++row.statuses[static_cast<std::size_t>(Status(facts_[i].fact)) - 1];
        for (const auto wanted : definition_.numerator_statuses) {
          if (wanted == Status(facts_[i].fact)) ++row.numerator;
        }
      }
    }
    return row;
  }

  bool Concerned(const matching::IndicatorFact& fact) const {
    bool activity = definition_.activities.empty(), kind = definition_.kinds.empty();
    for (const auto a : definition_.activities) activity = activity || a == fact.visit->activity;
    for (const auto k : definition_.kinds) kind = kind || k == fact.visit->kind;
    return activity && kind;
  }

 private:
  std::string Reason(const matching::IndicatorFact& fact) const {
    if (fact.visit->cancelled && definition_.exclude_cancelled) return "cancelled";
    if (!fact.attached && definition_.exclude_unattached) return "unattached";
    if (!fact.attached) return "";
    if (fact.attributes.fictitious && definition_.exclude_fictitious) return "fictitious";
    if (fact.attributes.doubtful && definition_.exclude_doubtful) return "doubtful";
    return "";
  }

  matching::TrustStatus Status(const matching::IndicatorFact& fact) const {
    const auto provisional = matching::TrustStatus::kProvisional;
    if (!fact.attached) return provisional;
    if (definition_.status_as_of == matching::StatusAsOfRule::kAdmission) {
      return fact.visit->status_at_admission ? *fact.visit->status_at_admission : provisional;
    }
    if (definition_.status_as_of == matching::StatusAsOfRule::kDischarge &&
        fact.visit->discharged_at) {
      return fact.visit->status_at_discharge ? *fact.visit->status_at_discharge : provisional;
    }
    return fact.status_now;
  }

  // Whether the visit stands for itself, or for its patient: no other visit of the patient in the
  // group is later, or as late with a lower status, or equal in both and earlier in the list.
  bool Stands(std::size_t i, const std::map<std::string, std::string>* group) const {
    if (definition_.population == matching::IndicatorPopulation::kVisits) return true;
    const auto& mine = facts_[i].fact;
    for (std::size_t j = 0; j < facts_.size(); ++j) {
      const auto& other = facts_[j].fact;
      if (j == i || (group != nullptr && facts_[j].group != *group)) continue;
      if (!Concerned(other) || !Reason(other).empty()) continue;
      if (other.visit->identity_id != mine.visit->identity_id) continue;
      if (other.visit->admitted_at > mine.visit->admitted_at) return false;
      if (other.visit->admitted_at < mine.visit->admitted_at) continue;
      if (Status(other) < Status(mine)) return false;
      if (Status(other) == Status(mine) && j < i) return false;
    }
    return true;
  }

  matching::IndicatorDefinition definition_;
  std::vector<IndicatorTwinFact> facts_;
};

}  // namespace vigie::reference

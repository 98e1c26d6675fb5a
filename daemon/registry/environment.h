// What every use case needs: the store, the model, the rules and the establishment's calendar.
// Immutable once made; may be used from any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "daemon/registry/registry.h"
#include "matching/identity.h"
#include "matching/indicator.h"
#include "matching/model.h"
#include "matching/trust.h"
#include "storage/store.h"

namespace vigie::daemon {

struct Environment {
  storage::Store* store = nullptr;
  std::shared_ptr<const matching::Model> model;
  std::vector<matching::IndicatorDefinition> definitions;
  RegistryOptions options;
  std::vector<matching::EvidenceDevice> devices;
  absl::TimeZone zone;
};

// The options' clock, or the system's.
matching::Instant Now(const Environment& environment);

// Runs the parts as the options say, or one after the other.
void RunParts(const Environment& environment, std::size_t part_count,
              const std::function<void(std::size_t)>& run);

// Days are days of the establishment's zone.
matching::Date DayOf(matching::Instant instant, const absl::TimeZone& zone);
// Midnight, or the first instant of the day where midnight does not exist. `day` is complete.
matching::Instant StartOfDay(const matching::Date& day, const absl::TimeZone& zone);

// nullptr: not in the list.
const matching::EvidenceDevice* FindDevice(const Environment& environment, std::string_view type);

}  // namespace vigie::daemon

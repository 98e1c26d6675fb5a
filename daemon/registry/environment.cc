#include "daemon/registry/environment.h"

#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "matching/date.h"

namespace vigie::daemon {

matching::Instant Now(const Environment& environment) {
  if (environment.options.clock) return environment.options.clock();
  return matching::Instant(std::chrono::microseconds(absl::ToUnixMicros(absl::Now())));
}

void RunParts(const Environment& environment, std::size_t part_count,
              const std::function<void(std::size_t)>& run) {
  if (environment.options.run_together) {
    environment.options.run_together(part_count, run);
    return;
  }
  for (std::size_t part = 0; part < part_count; ++part) run(part);
}

matching::Date DayOf(matching::Instant instant, const absl::TimeZone& zone) {
  const absl::Time time = absl::FromUnixMicros(instant.time_since_epoch().count());
  const absl::CivilDay day = absl::ToCivilDay(time, zone);
  return {static_cast<std::int16_t>(day.year()), static_cast<std::uint8_t>(day.month()),
          static_cast<std::uint8_t>(day.day())};
}

matching::Instant StartOfDay(const matching::Date& day, const absl::TimeZone& zone) {
  const absl::Time start =
      absl::FromCivil(absl::CivilSecond(absl::CivilDay(day.year, day.month, day.day)), zone);
  return matching::Instant(std::chrono::microseconds(absl::ToUnixMicros(start)));
}

const matching::EvidenceDevice* FindDevice(const Environment& environment, std::string_view type) {
  for (const matching::EvidenceDevice& device : environment.devices) {
    if (device.type == type) return &device;
  }
  return nullptr;
}

}  // namespace vigie::daemon

#include "tools/review_filter.h"

#include <map>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

// A hundred years: more days than any case is old.
constexpr double kDaysMax = 36525;

template <class Enum>
Enum Choose(const std::string& option, const std::map<std::string, Enum>& values,
            const std::string& text) {
  if (text.empty() || text == "any") return static_cast<Enum>(0);
  const auto found = values.find(text);
  if (found != values.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, value] : values) names.push_back(name);
  throw CLI::ValidationError(option, fmt::format("is one of {}, any", fmt::join(names, ", ")));
}

google::protobuf::Timestamp DaysAgo(double days) {
  google::protobuf::Timestamp time;
  time.set_seconds(absl::ToUnixSeconds(absl::Now() - absl::Hours(24 * days)));
  return time;
}

void SetWords(const CaseFilterOptions& options, v1::CaseFilter& filter) {
  static const std::map<std::string, v1::Case::Kind> kKinds = {
      {"duplicate", v1::Case::KIND_DUPLICATE},
      {"collision", v1::Case::KIND_COLLISION},
      {"ins_conflict", v1::Case::KIND_INS_CONFLICT},
      {"link", v1::Case::KIND_LINK},
      {"homonym", v1::Case::KIND_HOMONYM},
      {"frequent_value", v1::Case::KIND_FREQUENT_VALUE}};
  static const std::map<std::string, v1::Case::State> kStates = {
      {"open", v1::Case::STATE_OPEN},
      {"withdrawn", v1::Case::STATE_WITHDRAWN},
      {"on_hold", v1::Case::STATE_ON_HOLD},
      {"escalated", v1::Case::STATE_ESCALATED},
      {"awaiting_confirmation", v1::Case::STATE_AWAITING_CONFIRMATION},
      {"decided", v1::Case::STATE_DECIDED},
      {"proposed", v1::Case::STATE_PROPOSED}};
  static const std::map<std::string, v1::Score::Band> kBands = {
      {"below", v1::Score::BAND_BELOW},
      {"possible", v1::Score::BAND_POSSIBLE},
      {"probable", v1::Score::BAND_PROBABLE},
      {"certain", v1::Score::BAND_CERTAIN}};
  filter.set_kind(Choose("--kind", kKinds, options.kind));
  filter.set_state(Choose("--state", kStates, options.state));
  filter.set_band(Choose("--band", kBands, options.band));
  filter.set_domain(options.domain);
  filter.set_assignee(options.assignee);
  filter.set_identity_id(options.identity_id);
  filter.set_reason(options.reason);
  filter.set_site_finess(options.site_finess);
}

}  // namespace

void AddCaseFilter(CLI::App* verb, const std::shared_ptr<CaseFilterOptions>& options) {
  const CLI::Range days(0.0, kDaysMax);
  verb->add_option("--kind", options->kind,
                   "duplicate, collision, ins_conflict, link, homonym, frequent_value");
  verb->add_option(
          "--state", options->state,
          "open, on_hold, escalated, awaiting_confirmation, proposed, decided, withdrawn, any")
      ->capture_default_str();
  verb->add_option("--band", options->band, "possible, probable, certain");
  verb->add_option("--domain", options->domain, "Only this domain");
  verb->add_option("--assignee", options->assignee,
                   "Claimed by this person, while the claim lasts");
  verb->add_option("--identity", options->identity_id, "About this identity (its number)");
  verb->add_option("--reason", options->reason,
                   "Opened for this reason, e.g. score_above_review_threshold");
  verb->add_option("--older-than", options->older_than_days, "Opened more than so many days ago")
      ->check(days);
  verb->add_option("--newer-than", options->newer_than_days, "Opened at most so many days ago")
      ->check(days);
  verb->add_option("--weight-min", options->weight_bits_min, "At least this weight, bits");
  verb->add_option("--weight-max", options->weight_bits_max, "At most this weight, bits");
  verb->add_option("--site", options->site_finess, "Newest visit at this site (FINESS)");
  verb->add_option("--visited-from", options->visited_from,
                   "Newest visit at this instant or later, e.g. 2026-02-01T00:00:00+01:00");
  verb->add_option("--visited-before", options->visited_before, "Newest visit before this instant");
}

v1::CaseFilter ToFilter(const CaseFilterOptions& options) {
  v1::CaseFilter filter;
  SetWords(options, filter);
  if (options.older_than_days) {
    *filter.mutable_open_time_before() = DaysAgo(*options.older_than_days);
  }
  if (options.newer_than_days) *filter.mutable_open_time_from() = DaysAgo(*options.newer_than_days);
  if (options.weight_bits_min) filter.set_weight_bits_min(*options.weight_bits_min);
  if (options.weight_bits_max) filter.set_weight_bits_max(*options.weight_bits_max);
  if (!options.visited_from.empty()) {
    *filter.mutable_visit_time_from() = ParseTimeOption("--visited-from", options.visited_from);
  }
  if (!options.visited_before.empty()) {
    *filter.mutable_visit_time_before() =
        ParseTimeOption("--visited-before", options.visited_before);
  }
  return filter;
}

}  // namespace vigie::tools

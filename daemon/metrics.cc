#include "daemon/metrics.h"

#include <fmt/format.h>

#include <algorithm>

namespace vigie::daemon {
namespace {

void Head(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
}

void Gauge(std::string& text, std::string_view name, std::string_view help, double value) {
  Head(text, name, "gauge", help);
  text += fmt::format("{} {}\n", name, value);
}

}  // namespace

void CallMetrics::Record(std::string_view method, std::string_view code, double seconds) {
  const auto bucket = static_cast<std::size_t>(
      std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin());
  const std::lock_guard lock(mutex_);
  auto found = by_method_.find(method);
  if (found == by_method_.end()) found = by_method_.emplace(method, Histogram{}).first;
  Histogram& histogram = found->second;
  ++histogram.buckets[bucket];
  histogram.sum_seconds += seconds;
  ++histogram.count;
  ++by_method_and_code_[{std::string(method), std::string(code)}];
}

std::string CallMetrics::Render() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  Head(text, "vigie_rpc_duration_seconds", "histogram",
       "Time from a call's arrival to its answer.");
  for (const auto& [method, histogram] : by_method_) {
    std::uint64_t cumulated = 0;
    for (std::size_t i = 0; i < kBounds.size(); ++i) {
      cumulated += histogram.buckets[i];
      text += fmt::format("vigie_rpc_duration_seconds_bucket{{method=\"{}\",le=\"{}\"}} {}\n",
                          method, kBounds[i], cumulated);
    }
    text += fmt::format("vigie_rpc_duration_seconds_bucket{{method=\"{}\",le=\"+Inf\"}} {}\n",
                        method, histogram.count);
    text += fmt::format("vigie_rpc_duration_seconds_sum{{method=\"{}\"}} {}\n", method,
                        histogram.sum_seconds);
    text += fmt::format("vigie_rpc_duration_seconds_count{{method=\"{}\"}} {}\n", method,
                        histogram.count);
  }
  Head(text, "vigie_rpc_total", "counter", "Calls answered, by status code.");
  for (const auto& [key, count] : by_method_and_code_) {
    text += fmt::format("vigie_rpc_total{{method=\"{}\",code=\"{}\"}} {}\n", key.first, key.second,
                        count);
  }
  return text;
}

std::string RenderStatus(const StatusResult& status, std::string_view version) {
  std::string text;
  Head(text, "vigie_build_info", "gauge", "Version of the running program.");
  text += fmt::format("vigie_build_info{{version=\"{}\",model=\"{}\"}} 1\n", version,
                      status.model_version);
  Head(text, "vigie_identities", "gauge", "Identities by trust status.");
  const storage::Counts& counts = status.counts;
  const std::array<std::pair<std::string_view, std::int64_t>, 4> by_status = {
      {{"provisional", counts.provisional_count},
       {"recovered", counts.recovered_count},
       {"validated", counts.validated_count},
       {"qualified", counts.qualified_count}}};
  for (const auto& [name, count] : by_status) {
    text += fmt::format("vigie_identities{{status=\"{}\"}} {}\n", name, count);
  }
  Gauge(text, "vigie_visits", "Visits recorded, cancelled ones included.",
        static_cast<double>(counts.visit_count));
  Gauge(text, "vigie_visits_unattached", "Visits whose identity is not registered yet.",
        static_cast<double>(counts.unattached_visit_count));
  Head(text, "vigie_queue_items", "gauge", "Cases of the review queue.");
  text += fmt::format("vigie_queue_items{{state=\"open\"}} {}\n", counts.open_case_count);
  Gauge(text, "vigie_proposals", "Proposals that the hospital's registry has not answered.",
        static_cast<double>(status.proposal_count));
  Gauge(text, "vigie_proposal_oldest_age_seconds", "Age of the oldest of them; 0 without any.",
        status.oldest_proposal_age_seconds);
  Gauge(text, "vigie_commit_number", "Number of the last durable commit.",
        static_cast<double>(status.commit_number));
  Gauge(text, "vigie_storage_free_bytes", "Free space of the data folder's file system.",
        static_cast<double>(status.health.free_bytes));
  Gauge(text, "vigie_storage_writable", "1 when writes are accepted.",
        status.health.writable ? 1 : 0);
  Gauge(text, "vigie_figures_loaded", "1 when rates are answered from figures kept in memory.",
        status.figures_loaded ? 1 : 0);
  Head(text, "vigie_commits_total", "counter", "Commits since start.");
  text += fmt::format("vigie_commits_total {}\n", status.health.commit_count);
  Head(text, "vigie_commit_groups_total", "counter", "Commit groups since start: one fsync each.");
  text += fmt::format("vigie_commit_groups_total {}\n", status.health.commit_group_count);
  return text;
}

}  // namespace vigie::daemon

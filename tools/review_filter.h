// Which cases of the queue: the options that `vigie review list`, `count` and `export` share.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "CLI/CLI.hpp"
#include "vigie/v1/review.pb.h"

namespace vigie::tools {

struct CaseFilterOptions {
  std::string kind, state = "open", band, domain, assignee, identity_id, reason, site_finess;
  std::optional<double> older_than_days, newer_than_days, weight_bits_min, weight_bits_max;
  std::string visited_from, visited_before;  // ISO 8601 with offset; empty: any
};

// Each option narrows what is found.
void AddCaseFilter(CLI::App* verb, const std::shared_ptr<CaseFilterOptions>& options);
// Ages are counted back from now. CLI::ValidationError for a word or an instant that is none.
v1::CaseFilter ToFilter(const CaseFilterOptions& options);

}  // namespace vigie::tools

// What both import streams share: the checks of a batch, and rows that fail one by one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/grpc/convert.h"
#include "daemon/grpc/errors.h"
#include "daemon/grpc/limits.h"

namespace vigie::daemon {

// INVALID_ARGUMENT when the batch as a whole cannot be taken.
template <class Batch>
absl::Status CheckBatch(const Batch& batch) {
  RequestProblems problems;
  if (batch.import_id().empty()) problems.Add("import_id", "required");
  if (batch.import_id().size() > kImportIdCharactersMax) problems.Add("import_id", "too_long");
  // It is part of each row's request id: said once here rather than once a row.
  if (!std::all_of(batch.import_id().begin(), batch.import_id().end(),
                   [](char c) { return c > ' ' && c <= '~'; })) {
    problems.Add("import_id", "not_printable");
  }
  if (batch.rows().empty()) problems.Add("rows", "required");
  if (batch.rows_size() > kImportRowsMax) problems.Add("rows", "too_many");
  return problems.ToStatus();
}

// The context of one row: import id and row number are its request id, so that a row sent again is
// recognised whatever batch it stands in.
template <class Batch>
MutationContext RowContext(const Batch& batch, std::int64_t row_number) {
  return {batch.import_id() + "/" + std::to_string(row_number), batch.actor(), batch.reason()};
}

// Converts the rows with `convert(row, problems)`, commits those that could be read with
// `commit(requests)`, and answers each row in its place. `prefix` leads from the registry's field
// names to the row's.
template <class Batch, class Response, class Convert, class Commit>
void AnswerRows(const Batch& batch, const std::string& prefix, const Convert& convert,
                const Commit& commit, Response* response) {
  std::vector<decltype(convert(batch.rows(0), std::declval<RequestProblems&>()))> requests;
  std::vector<int> positions;  // of each request's row in the batch
  for (int i = 0; i < batch.rows_size(); ++i) {
    auto* result = response->add_results();
    result->set_row_number(batch.rows(i).row_number());
    RequestProblems problems;
    if (batch.rows(i).row_number() < 1) problems.Add("row_number", "out_of_range");
    auto request = convert(batch.rows(i), problems);
    if (const absl::Status status = problems.ToStatus(); !status.ok()) {
      *result->mutable_error() = ToRpcStatus(status);
      continue;
    }
    requests.push_back(std::move(request));
    positions.push_back(i);
  }
  const auto results = commit(requests);
  std::int64_t commit_number = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    auto* result = response->mutable_results(positions[i]);
    if (results[i].ok()) {
      *result->mutable_imported() = ToImported(*results[i]);
      commit_number = std::max(commit_number, results[i]->commit_number);
    } else {
      *result->mutable_error() = ToRpcStatus(PrefixFields(results[i].status(), prefix));
    }
  }
  response->set_commit_number(commit_number);
}

}  // namespace vigie::daemon

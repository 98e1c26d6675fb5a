// One mutation on its way through the commit path: answered before, to be done, or refused.
//
// The request id is looked up in the commit path itself, so that of two calls with one id, however
// close together, the second always gets the answer of the first.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/registry/errors.h"
#include "daemon/registry/registry.h"
#include "daemon/registry/requests.h"
#include "storage/store.h"

namespace vigie::daemon {

// What the work of a mutation came to. With `written` false nothing was changed and the request is
// not remembered: asking again gives the same answer as long as nothing else changes it.
template <typename Result>
struct Worked {
  Result result;
  bool written = true;
};

// `Result` has a member `commit_number` and functions EncodeAnswer and DecodeAnswer (requests.h).
// One thread at a time; lives until the commit has returned.
template <typename Result>
class Mutation {
 public:
  // May be called again when the store has to repeat a change: it begins from nothing each time.
  using Work =
      std::function<absl::StatusOr<Worked<Result>>(storage::Transaction&, storage::CommitContext&)>;

  Mutation(const MutationContext& context, std::string method, std::string fingerprint, Work work)
      : context_(context),
        method_(std::move(method)),
        fingerprint_(std::move(fingerprint)),
        work_(std::move(work)) {}

  storage::CommitContext CommitContext() const {
    storage::CommitContext commit;
    commit.actor = context_.actor;
    commit.method = method_;
    commit.request_id = context_.request_id;
    return commit;
  }

  absl::Status Run(storage::Transaction& transaction, storage::CommitContext& commit) {
    result_ = Result{};
    const auto earlier = transaction.FindRequest(context_.request_id);
    if (!earlier.ok()) return earlier.status();
    if (*earlier) return Repeat(transaction, **earlier);
    absl::StatusOr<Worked<Result>> worked = work_(transaction, commit);
    if (!worked.ok()) return worked.status();
    result_ = std::move(worked->result);
    if (!worked->written) return absl::OkStatus();
    result_.commit_number = transaction.ThisCommitNumber();
    return transaction.PutRequest(
        context_.request_id, {method_, fingerprint_, EncodeAnswer(result_), result_.commit_number});
  }

  // What the commit came to.
  absl::StatusOr<Result> Finish(const absl::StatusOr<std::int64_t>& committed) {
    if (!committed.ok()) return WithReason(committed.status());
    return std::move(result_);
  }

 private:
  // Writes nothing, so that the store gives no commit number; it still answers only when what this
  // saw is on disk.
  absl::Status Repeat(const storage::View& view, const storage::AnsweredRequest& earlier) {
    if (earlier.method != method_ || earlier.fingerprint != fingerprint_) {
      return MakeError(Reason::kRequestIdReused, "this request id was used for another request");
    }
    return DecodeAnswer(view, earlier.answer, result_);
  }

  MutationContext context_;
  std::string method_;
  std::string fingerprint_;
  Work work_;
  Result result_;
};

template <typename Result>
using PreparedMutation = absl::StatusOr<std::unique_ptr<Mutation<Result>>>;

template <typename Result>
absl::StatusOr<Result> Run(storage::Store& store, PreparedMutation<Result> prepared) {
  if (!prepared.ok()) return prepared.status();
  Mutation<Result>& mutation = **prepared;
  return mutation.Finish(
      store.Commit(mutation.CommitContext(),
                   [&mutation](storage::Transaction& transaction, storage::CommitContext& commit) {
                     return mutation.Run(transaction, commit);
                   }));
}

// One result per mutation, in order; a refused one does not touch the others.
template <typename Result>
std::vector<absl::StatusOr<Result>> RunAll(storage::Store& store,
                                           std::vector<PreparedMutation<Result>> prepared) {
  std::vector<storage::Store::PendingChange> changes;
  for (PreparedMutation<Result>& one : prepared) {
    if (!one.ok()) continue;
    Mutation<Result>* mutation = one->get();
    changes.push_back({mutation->CommitContext(), [mutation](storage::Transaction& transaction,
                                                             storage::CommitContext& commit) {
                         return mutation->Run(transaction, commit);
                       }});
  }
  const std::vector<absl::StatusOr<std::int64_t>> committed = store.CommitAll(std::move(changes));
  std::vector<absl::StatusOr<Result>> results;
  results.reserve(prepared.size());
  std::size_t next = 0;
  for (PreparedMutation<Result>& one : prepared) {
    if (!one.ok()) {
      results.push_back(one.status());
    } else {
      results.push_back((*one)->Finish(committed[next++]));
    }
  }
  return results;
}

}  // namespace vigie::daemon

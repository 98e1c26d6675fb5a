#include "storage/committer.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "storage/audit.h"
#include "storage/keys.h"
#include "storage/record_codec.h"
#include "storage/transaction.h"

namespace vigie::storage {

// One call of CommitAll, waiting. Lives on the caller's stack.
struct Committer::Waiter {
  std::condition_variable woken;
  std::size_t open_count = 0;  // guarded by mutex_
};

struct Committer::Ticket {
  Waiter* waiter = nullptr;
  Store::PendingChange* pending = nullptr;
  absl::StatusOr<std::int64_t> result = absl::UnknownError("not run yet");
};

// Changes that become durable together.
struct Committer::Group {
  Group(const KvSource* source, std::int64_t last_commit_number, std::string last_hash)
      : overlay(source), commit_number(last_commit_number), chain_head(std::move(last_hash)) {}

  Overlay overlay;
  std::int64_t commit_number;  // of the last change accepted
  std::string chain_head;
  std::uint64_t change_count = 0;
  std::vector<CommittedChange> committed;  // the accepted, while somebody observes
  bool cases_written = false;              // one of the accepted names a case
  std::vector<Ticket*> tickets;            // accepted, failed and empty ones
};

namespace {

// Room for the commit number and the chain head, which are in every batch.
constexpr std::size_t kHeadBytes = 256;

bool NamesCase(const std::vector<std::string>& targets) {
  return std::any_of(targets.begin(), targets.end(),
                     [](const std::string& target) { return target.starts_with("case/"); });
}

absl::Status OutcomeUnknown(const absl::Status& cause) {
  return absl::UnavailableError(
      "outcome unknown, ask again with the same request id; storage failed: " +
      std::string(cause.message()));
}

}  // namespace

Committer::Committer(Options options)
    : options_(std::move(options)),
      source_(options_.kv, nullptr),
      commit_number_(options_.commit_number),
      chain_head_(options_.chain_head) {}

std::vector<absl::StatusOr<std::int64_t>> Committer::CommitAll(
    std::vector<Store::PendingChange> changes) {
  Waiter waiter;
  std::vector<Ticket> tickets(changes.size());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    tickets[i].waiter = &waiter;
    tickets[i].pending = &changes[i];
  }
  waiter.open_count = tickets.size();

  std::unique_lock<std::mutex> lock(mutex_);
  for (Ticket& ticket : tickets) queue_.push_back(&ticket);
  while (waiter.open_count > 0) {
    if (leading_) {
      waiter.woken.wait(lock);
      continue;
    }
    leading_ = true;
    std::vector<Ticket*> taken(queue_.begin(), queue_.end());
    queue_.clear();
    lock.unlock();
    Lead(taken);
    lock.lock();
    leading_ = false;
    if (!queue_.empty()) queue_.front()->waiter->woken.notify_one();
  }
  lock.unlock();

  std::vector<absl::StatusOr<std::int64_t>> results;
  results.reserve(tickets.size());
  for (Ticket& ticket : tickets) results.push_back(std::move(ticket.result));
  return results;
}

// Runs and answers every ticket.
void Committer::Lead(const std::vector<Ticket*>& tickets) {
  absl::Status admitted = PoisonStatus();
  if (admitted.ok() && options_.admit) admitted = options_.admit();
  if (!admitted.ok()) {
    for (Ticket* ticket : tickets) ticket->result = admitted;
    Answer(tickets);
    return;
  }
  // Throughout, so that an observer is told of all of a group or of nothing.
  const std::lock_guard<std::mutex> observing(observer_mutex_);
  auto group = std::make_unique<Group>(&source_, commit_number_, chain_head_);
  for (Ticket* ticket : tickets) {
    RunChange(ticket, group.get());
    if (group->overlay.bytes() < options_.group_bytes_target) continue;
    Finish(group.get());
    group = std::make_unique<Group>(&source_, commit_number_, chain_head_);
  }
  if (!group->tickets.empty()) Finish(group.get());
}

// Adds the change to the group, or fails it alone. A change that would make the group's batch too
// large has the group written first; its own writes stay valid, for they saw that group.
void Committer::RunChange(Ticket* ticket, Group* group) {
  Overlay change(&group->overlay);
  CommitContext context = ticket->pending->context;
  CommittedChange written;
  written.commit_number = group->commit_number + 1;
  const absl::Status ran = RunInto(ticket, &change, &written, &context);
  if (!ran.ok() || change.empty()) {
    ticket->result = ran.ok() ? absl::StatusOr<std::int64_t>(group->commit_number) : ran;
    group->tickets.push_back(ticket);
    return;
  }
  const std::string chain_hash = AppendAudit(context, *group, &change);
  if (change.bytes() + kHeadBytes > kBatchBytesMax) {
    ticket->result = absl::ResourceExhaustedError("the change is too large for one commit");
    group->tickets.push_back(ticket);
    return;
  }
  if (group->overlay.bytes() + change.bytes() + kHeadBytes > kBatchBytesMax) Finish(group);
  change.MergeInto(&group->overlay);
  group->chain_head = chain_hash;
  ++group->commit_number;
  ++group->change_count;
  if (!observers_.empty()) group->committed.push_back(std::move(written));
  if (listener_) group->cases_written = group->cases_written || NamesCase(context.targets);
  ticket->result = group->commit_number;
  group->tickets.push_back(ticket);
}

absl::Status Committer::RunInto(Ticket* ticket, Overlay* overlay, CommittedChange* written,
                                CommitContext* context) const {
  const std::unique_ptr<Transaction> transaction =
      MakeTransaction(overlay, written->commit_number, !observers_.empty() ? written : nullptr);
  try {
    return ticket->pending->change(*transaction, *context);
  } catch (const std::exception&) {
    // The leader works for others: their changes must not be left waiting. What the exception says
    // is not passed on; it may quote what the change worked on.
    return absl::InternalError("the change threw an exception");
  }
}

// Puts the change's audit entry beside its other writes and returns the chain hash it ends with.
std::string Committer::AppendAudit(const CommitContext& context, const Group& group,
                                   Overlay* change) const {
  AuditEntry entry;
  entry.commit_number = group.commit_number + 1;
  entry.committed_at = Now();
  entry.actor = context.actor;
  entry.method = context.method;
  entry.request_id = context.request_id;
  entry.targets = context.targets;
  entry.change_hash = ChangeHash(change->Writes());
  Chain(group.chain_head, &entry);
  change->Put(Table::kAudit, NumberBytes(static_cast<std::uint64_t>(entry.commit_number)),
              EncodeAuditEntry(entry));
  return entry.hash;
}

// Makes the group durable and answers its tickets. Leaves it empty, standing on what was written.
void Committer::Finish(Group* group) {
  absl::Status written = PoisonStatus();
  if (written.ok() && group->change_count > 0) {
    written = Write(group);
    if (!written.ok()) Poison(written);
  }
  if (written.ok() && !group->committed.empty()) {
    for (const auto& [follower, observer] : observers_) observer(group->committed);
  }
  group->committed.clear();
  if (written.ok() && listener_ && group->change_count > 0) {
    listener_({group->commit_number, group->cases_written});
  }
  group->cases_written = false;
  if (!written.ok()) {
    // The failed and the empty ones too: what they saw may not be there.
    for (Ticket* ticket : group->tickets) ticket->result = PoisonStatus();
  }
  Answer(group->tickets);
  group->tickets.clear();
  group->change_count = 0;
}

absl::Status Committer::Write(Group* group) {
  Batch batch;
  batch.preconditions.push_back({Table::kMeta, std::string(kMetaCommitNumber),
                                 NumberBytes(static_cast<std::uint64_t>(commit_number_))});
  group->overlay.Put(Table::kMeta, std::string(kMetaCommitNumber),
                     NumberBytes(static_cast<std::uint64_t>(group->commit_number)));
  group->overlay.Put(Table::kMeta, std::string(kMetaChainHead), group->chain_head);
  batch.writes = group->overlay.TakeWrites();
  absl::Status status = options_.kv->Commit(batch);
  if (!status.ok()) return status;
  if (options_.anchor) {
    status = options_.anchor(group->commit_number, group->chain_head, Now());
    if (!status.ok()) return status;
  }
  commit_number_ = group->commit_number;
  chain_head_ = group->chain_head;
  commit_count_ += group->change_count;
  ++group_count_;
  return absl::OkStatus();
}

void Committer::Observe(const void* follower, CommitObserver observer) {
  const std::lock_guard<std::mutex> lock(observer_mutex_);
  observers_.erase(follower);
  if (observer) observers_.emplace(follower, std::move(observer));
}

void Committer::Listen(CommitListener listener) {
  const std::lock_guard<std::mutex> lock(observer_mutex_);
  listener_ = std::move(listener);
}

void Committer::Answer(const std::vector<Ticket*>& tickets) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Ticket* ticket : tickets) {
    Waiter* waiter = ticket->waiter;
    // Under the lock: once it is released the waiter may be gone.
    if (--waiter->open_count == 0) waiter->woken.notify_one();
  }
}

absl::Status Committer::PoisonStatus() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return poison_;
}

void Committer::Poison(const absl::Status& cause) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!poison_.ok()) return;
    poison_ = OutcomeUnknown(cause);
  }
  if (options_.poisoned) options_.poisoned(cause);
}

matching::Instant Committer::Now() const {
  if (options_.clock) return options_.clock();
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace vigie::storage

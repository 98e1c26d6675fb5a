#include "daemon/registry/case_watch.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "daemon/registry/errors.h"

namespace vigie::daemon {
namespace {

using matching::Case;

constexpr std::size_t kAuditEntriesAtOnce = 1000;
// A piece ends with the commit that reaches this; one commit touches a few hundred at most.
constexpr std::size_t kCasesAtOnce = 200;

constexpr char kCaseTarget[] = "case/";

// Cases of the entries, each with the last commit that wrote it; the last entry taken.
struct Written {
  std::map<std::uint64_t, std::int64_t> last_commit_of;
  std::int64_t commit_number = 0;
};

Written CollectCases(const std::vector<storage::AuditEntry>& entries) {
  Written written;
  for (const storage::AuditEntry& entry : entries) {
    for (const std::string& target : entry.targets) {
      std::uint64_t id = 0;
      if (target.starts_with(kCaseTarget) &&
          absl::SimpleAtoi(target.substr(sizeof(kCaseTarget) - 1), &id)) {
        written.last_commit_of[id] = entry.commit_number;
      }
    }
    written.commit_number = entry.commit_number;
    if (written.last_commit_of.size() >= kCasesAtOnce) break;
  }
  return written;
}

bool Passes(const CaseWatch& watch, const Case& c) {
  return (!watch.kind || c.kind == *watch.kind) && (!watch.state || c.state == *watch.state) &&
         (watch.domain.empty() || c.domain == watch.domain);
}

absl::StatusOr<std::vector<Case>> ReadCases(const storage::View& view, const CaseWatch& watch,
                                            const Written& written) {
  std::vector<std::pair<std::int64_t, std::uint64_t>> order;
  for (const auto& [id, commit_number] : written.last_commit_of) {
    order.emplace_back(commit_number, id);
  }
  std::sort(order.begin(), order.end());
  std::vector<Case> cases;
  for (const auto& [commit_number, id] : order) {
    auto found = view.GetCase(id);
    if (!found.ok()) return found.status();
    if (!*found) return absl::DataLossError("a commit names case " + std::to_string(id));
    if (Passes(watch, **found)) cases.push_back(**std::move(found));
  }
  return cases;
}

}  // namespace

CaseWatcher::CaseWatcher(const Environment& environment) : environment_(environment) {
  environment_.store->Listen([this](const storage::CommittedGroup& group) { Hear(group); });
  // What was committed before may have written cases: quiet is only what was heard.
  const std::int64_t before = environment_.store->Read()->CommitNumber();
  const std::lock_guard<std::mutex> lock(mutex_);
  told_ = std::max(told_, before);
  last_with_case_ = std::max(last_with_case_, before);
}

CaseWatcher::~CaseWatcher() { environment_.store->Listen(nullptr); }

void CaseWatcher::Hear(const storage::CommittedGroup& group) {
  const std::lock_guard<std::mutex> lock(mutex_);
  told_ = std::max(told_, group.commit_number);
  if (!group.cases_written) return;
  last_with_case_ = std::max(last_with_case_, group.commit_number);
  if (wake_) wake_();
}

void CaseWatcher::Wake(std::function<void()> wake) {
  const std::lock_guard<std::mutex> lock(mutex_);
  wake_ = std::move(wake);
}

std::int64_t CaseWatcher::QuietUntil(std::int64_t commit_number) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return commit_number >= last_with_case_ && commit_number <= told_ ? told_ : 0;
}

absl::StatusOr<CaseChanges> CaseWatcher::Read(const CaseWatch& watch) const {
  const std::int64_t after = watch.after_commit_number.value_or(0);
  if (after < 0) return MakeFieldError("after_commit_number", "negative");
  CaseChanges changes;
  changes.commit_number = QuietUntil(after);
  if (changes.commit_number > 0) return changes;
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  const std::int64_t last = view->CommitNumber();
  if (last < 0) return WithReason(absl::DataLossError("the commit number cannot be read"));
  if (after > last) return MakeFieldError("after_commit_number", "not_committed_yet");
  changes.commit_number = last;
  if (!watch.after_commit_number || after == last) return changes;
  const auto entries = view->GetAudit(after + 1, kAuditEntriesAtOnce);
  if (!entries.ok()) return WithReason(entries.status());
  if (entries->empty()) return WithReason(absl::DataLossError("the audit chain has a gap"));
  const Written written = CollectCases(*entries);
  auto cases = ReadCases(*view, watch, written);
  if (!cases.ok()) return WithReason(cases.status());
  changes.commit_number = written.commit_number;
  changes.cases = *std::move(cases);
  changes.more = written.commit_number < last;
  return changes;
}

}  // namespace vigie::daemon

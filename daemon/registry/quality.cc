#include "daemon/registry/quality.h"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include "daemon/registry/checks.h"
#include "daemon/registry/errors.h"
#include "matching/date.h"

namespace vigie::daemon {
namespace {

using matching::Case;
using matching::CaseKind;
using matching::Identity;
using matching::IdentityId;
using matching::Instant;
using matching::Sentence;
using matching::TrustStatus;

constexpr std::size_t kChunkSize = 1024;
constexpr std::size_t kCasesPageSize = 1000;
// Changes of a doubtful identity that are looked through for the one that marked it.
constexpr std::size_t kHistoryMax = 1000;

absl::Status GivenUp() {
  return MakeError(Reason::kDeadlinePassed, "the deadline passed while the records were read");
}

// What is counted.
struct Counts {
  std::int64_t identities = 0, identities_in_duplicate = 0;
  std::int64_t registered = 0, registered_in_duplicate = 0;  // in the window
  std::int64_t patients = 0, collisions = 0;                 // of the window
  std::int64_t with_ins = 0, in_ins_conflict = 0;
  std::int64_t provisional_old = 0;
  std::int64_t doubtful = 0, doubtful_old = 0;
  std::vector<Instant> opened;  // of every open case
};

class QualityPass {
 public:
  QualityPass(const Environment& environment, const QualityRequest& request,
              const storage::View& view, Instant now)
      : request_(request),
        view_(view),
        now_(now),
        begin_(StartOfDay(request.from, environment.zone)),
        end_(StartOfDay(matching::DateFromDays(matching::DaysSinceEpoch(request.to) + 1),
                        environment.zone)),
        old_since_(now - std::chrono::hours(24) * (request.old_after_days == 0
                                                       ? kOldAfterDaysDefault
                                                       : request.old_after_days)) {}

  absl::Status Run() {
    absl::Status status = OverCases();
    if (status.ok()) status = OverIdentities();
    if (status.ok()) status = OverVisits();
    return status;
  }
  Counts Take() { return std::move(counts_); }

 private:
  bool Asked(const std::string& domain) const {
    return request_.domain.empty() || request_.domain == domain;
  }
  bool InWindow(Instant at) const { return at >= begin_ && at < end_; }
  bool Waits() const { return !request_.given_up || !request_.given_up(); }

  absl::Status OverCases() {
    for (const matching::CaseState state : matching::kLiveCaseStates) {
      absl::Status status = OverCases(state, std::nullopt, [this](const Case& item) {
        CountCase(item);
        return absl::OkStatus();
      });
      if (!status.ok()) return status;
    }
    // A collision that a person confirmed is one all the more.
    return OverCases(matching::CaseState::kDecided, CaseKind::kCollision,
                     [this](const Case& item) { return CountDecidedCollision(item); });
  }

  absl::Status OverCases(matching::CaseState state, std::optional<CaseKind> kind,
                         const std::function<absl::Status(const Case&)>& count) {
    storage::CaseFilter filter;
    filter.state = state;
    filter.kind = kind;
    filter.domain = request_.domain;
    std::string token;
    do {
      const auto page = view_.ListCases(filter, kCasesPageSize, token);
      if (!page.ok()) return page.status();
      for (const Case& item : page->cases) {
        absl::Status counted = count(item);
        if (!counted.ok()) return counted;
      }
      token = page->next_page_token;
      if (!Waits()) return GivenUp();
    } while (!token.empty());
    return absl::OkStatus();
  }

  absl::Status CountDecidedCollision(const Case& item) {
    if (!InWindow(item.opened_at)) return absl::OkStatus();
    const auto decision = view_.GetDecision(item.decision_id);
    if (!decision.ok()) return decision.status();
    if (*decision && (*decision)->verdict == matching::Verdict::kCollisionConfirmed) {
      ++counts_.collisions;
    }
    return absl::OkStatus();
  }

  void CountCase(const Case& item) {
    counts_.opened.push_back(item.opened_at);
    if (item.kind == CaseKind::kCollision && InWindow(item.opened_at)) ++counts_.collisions;
    for (const IdentityId id : item.identity_ids) {
      if (item.kind == CaseKind::kDuplicate) duplicates_.insert(id);
      if (item.kind == CaseKind::kInsConflict) conflicts_.insert(id);
    }
  }

  absl::Status OverIdentities() {
    absl::Status status;
    std::size_t count = 0;
    absl::Status scanned = view_.ScanIdentities(0, [&](const Identity& identity) {
      if (++count % kChunkSize == 0 && !Waits()) status = GivenUp();
      if (status.ok() && identity.merged_into == 0 && Asked(identity.domain)) {
        status = CountIdentity(identity);
      }
      return status.ok();
    });
    return scanned.ok() ? status : scanned;
  }

  absl::Status CountIdentity(const Identity& identity) {
    const bool duplicate = duplicates_.contains(identity.id);
    ++counts_.identities;
    counts_.identities_in_duplicate += duplicate ? 1 : 0;
    if (InWindow(identity.created_at)) {
      ++counts_.registered;
      counts_.registered_in_duplicate += duplicate ? 1 : 0;
    }
    counts_.with_ins += identity.ins ? 1 : 0;
    counts_.in_ins_conflict += conflicts_.contains(identity.id) ? 1 : 0;
    const matching::StatusPeriod& period = identity.status_periods.back();
    if (matching::StatusOf(identity.trust) == TrustStatus::kProvisional &&
        !identity.trust.attributes.fictitious && period.effective_at < old_since_) {
      ++counts_.provisional_old;
    }
    if (!identity.trust.attributes.doubtful) return absl::OkStatus();
    ++counts_.doubtful;
    const absl::StatusOr<Instant> marked = MarkedDoubtfulAt(identity);
    if (!marked.ok()) return marked.status();
    counts_.doubtful_old += *marked < old_since_ ? 1 : 0;
    return absl::OkStatus();
  }

  // When the mark that stands was set; of a longer history than is looked through, the oldest
  // change seen, so that an old doubt is not taken for a new one.
  absl::StatusOr<Instant> MarkedDoubtfulAt(const Identity& identity) const {
    const auto changes = view_.GetHistory(identity.id, 0, kHistoryMax);
    if (!changes.ok()) return changes.status();
    Instant marked = identity.created_at;
    for (const matching::Change& change : *changes) {
      marked = change.changed_at;
      if (!change.before || !change.before->trust.attributes.doubtful) break;
    }
    return marked;
  }

  absl::Status OverVisits() {
    absl::Status status;
    std::size_t count = 0;
    std::unordered_set<IdentityId> patients;
    absl::Status scanned = view_.ScanVisits(begin_, end_, [&](const matching::Visit& visit) {
      if (++count % kChunkSize == 0 && !Waits()) status = GivenUp();
      if (!visit.cancelled && visit.identity_id != 0 && Asked(visit.domain)) {
        patients.insert(visit.identity_id);
      }
      return status.ok();
    });
    counts_.patients = static_cast<std::int64_t>(patients.size());
    return scanned.ok() ? status : scanned;
  }

  const QualityRequest& request_;
  const storage::View& view_;
  const Instant now_, begin_, end_, old_since_;
  std::unordered_set<IdentityId> duplicates_, conflicts_;
  Counts counts_;
};

QualityIndicator Share(std::string name, Sentence title, std::int64_t numerator, Sentence counted,
                       std::int64_t denominator, Sentence over) {
  QualityIndicator indicator;
  indicator.name = std::move(name);
  indicator.title = std::move(title);
  indicator.numerator = numerator;
  indicator.numerator_meaning = std::move(counted);
  indicator.denominator = denominator;
  indicator.denominator_meaning = std::move(over);
  if (denominator > 0) {
    indicator.value = static_cast<double>(numerator) / static_cast<double>(denominator);
  }
  return indicator;
}

QualityIndicator QueueAge(std::string name, Sentence title, Sentence measured,
                          const std::optional<Instant>& opened, Instant now, std::size_t count) {
  using Days = std::chrono::duration<double, std::chrono::days::period>;
  QualityIndicator indicator;
  indicator.name = std::move(name);
  indicator.title = std::move(title);
  indicator.numerator_meaning = std::move(measured);
  indicator.denominator = static_cast<std::int64_t>(count);
  indicator.denominator_meaning = {"dossiers ouverts dans la file", "open cases of the queue"};
  indicator.in_days = true;
  if (opened) indicator.value = Days(now - *opened).count();
  return indicator;
}

const Sentence kAllIdentities = {"identités enregistrées", "identities registered"};

void AddShares(const Counts& counts, const std::string& days,
               std::vector<QualityIndicator>& indicators) {
  indicators.push_back(Share("duplicates_in_stock", {"Doublons de stock", "Duplicates in stock"},
                             counts.identities_in_duplicate,
                             {"identités dans une suspicion de doublon ouverte",
                              "identities in an open suspicion of a duplicate"},
                             counts.identities, kAllIdentities));
  indicators.push_back(
      Share("duplicates_in_flow", {"Doublons de flux", "Duplicates in flow"},
            counts.registered_in_duplicate,
            {"identités créées dans la période et dans une suspicion de doublon ouverte",
             "identities registered in the window and in an open suspicion of a duplicate"},
            counts.registered,
            {"identités créées dans la période", "identities registered in the window"}));
  indicators.push_back(Share("collisions", {"Collisions", "Collisions"}, counts.collisions,
                             {"suspicions de collision apparues dans la période et encore ouvertes",
                              "suspicions of a collision opened in the window and still open"},
                             counts.patients,
                             {"patients venus dans la période (file active)",
                              "patients seen in the window (file active)"}));
  indicators.push_back(
      Share("ins_conflicts", {"Conflits d'INS", "INS conflicts"}, counts.in_ins_conflict,
            {"identités dans un conflit d'INS ouvert", "identities in an open INS conflict"},
            counts.with_ins, {"identités qui portent une INS", "identities that carry an INS"}));
  indicators.push_back(
      Share("provisional_old", {"Identités provisoires anciennes", "Old provisional identities"},
            counts.provisional_old,
            {"identités provisoires, non fictives, depuis plus de " + days + " jours",
             "identities provisional, not fictitious, for more than " + days + " days"},
            counts.identities, kAllIdentities));
  indicators.push_back(Share("doubtful_old", {"Doutes non levés", "Doubts not settled"},
                             counts.doubtful_old,
                             {"identités douteuses depuis plus de " + days + " jours",
                              "identities doubtful for more than " + days + " days"},
                             counts.doubtful, {"identités douteuses", "doubtful identities"}));
}

void AddQueueAges(Counts& counts, Instant now, std::vector<QualityIndicator>& indicators) {
  std::vector<Instant>& opened = counts.opened;
  std::optional<Instant> median, oldest;
  if (!opened.empty()) {
    // Of an even number, the older of the two in the middle.
    const auto middle = opened.begin() + static_cast<std::ptrdiff_t>((opened.size() - 1) / 2);
    std::nth_element(opened.begin(), middle, opened.end());
    median = *middle;
    oldest = *std::min_element(opened.begin(), opened.end());
  }
  indicators.push_back(
      QueueAge("queue_age_median", {"Âge médian de la file", "Median age of the queue"},
               {"âge en jours du dossier médian", "age in days of the median case"}, median, now,
               opened.size()));
  indicators.push_back(
      QueueAge("queue_age_oldest", {"Âge du plus ancien dossier", "Age of the oldest case"},
               {"âge en jours du dossier le plus ancien", "age in days of the oldest case"}, oldest,
               now, opened.size()));
}

void CheckDay(const matching::Date& day, const char* field, Problems& problems) {
  if (!matching::IsValid(day) || !matching::IsComplete(day)) {
    problems.push_back({field, matching::IsAbsent(day) ? "required" : "not_a_date", std::nullopt});
  }
}

}  // namespace

absl::StatusOr<QualityResult> ComputeQuality(const Environment& environment,
                                             const QualityRequest& request) {
  Problems problems;
  CheckDay(request.from, "from", problems);
  CheckDay(request.to, "to", problems);
  if (problems.empty() && request.to < request.from) {
    problems.push_back({"to", "before_from", std::nullopt});
  }
  if (request.old_after_days < 0 || request.old_after_days > kOldAfterDaysMax) {
    problems.push_back({"old_after_days", "out_of_range", std::nullopt});
  }
  if (!problems.empty()) return ToStatus(std::move(problems));
  const Instant now = Now(environment);
  const std::unique_ptr<storage::View> view = environment.store->Read();
  QualityPass pass(environment, request, *view, now);
  absl::Status status = pass.Run();
  if (!status.ok()) return WithReason(status);
  Counts counts = pass.Take();
  QualityResult result;
  const std::int32_t days =
      request.old_after_days == 0 ? kOldAfterDaysDefault : request.old_after_days;
  AddShares(counts, std::to_string(days), result.indicators);
  AddQueueAges(counts, now, result.indicators);
  result.time_zone = environment.zone.name();
  result.as_of_commit_number = view->CommitNumber();
  result.as_of = now;
  return result;
}

}  // namespace vigie::daemon

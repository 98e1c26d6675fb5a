#include "daemon/registry/backlog.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <numeric>
#include <set>
#include <unordered_map>
#include <utility>

#include "daemon/registry/errors.h"
#include "daemon/registry/facts.h"
#include "daemon/registry/rate.h"
#include "daemon/registry/traits.h"
#include "matching/date.h"

namespace vigie::daemon {

using matching::Identity;
using matching::IdentityId;
using matching::IndicatorIdentity;
using matching::IndicatorPopulation;
using matching::Instant;
using matching::NextStep;
using matching::TrustEvent;
using matching::TrustStatus;
using matching::Visit;

namespace {

// Units of one identity or of the whole: visits, patients or identities.
struct Units {
  std::int64_t numerator = 0, denominator = 0;
};

struct RankedRow {
  IdentityId identity_id = 0;
  NextStep step;
  Units before, after;
  Instant next_visit = Instant::max();  // none
  std::uint32_t site = 0, entry_channel = 0;

  std::int64_t numerator_change() const { return after.numerator - before.numerator; }
  std::int64_t denominator_change() const { return after.denominator - before.denominator; }
};

double Rate(const Units& units) {
  if (units.denominator == 0) return 0;
  return static_cast<double>(units.numerator) / static_cast<double>(units.denominator);
}

// What the rate of `whole` gains by these changes, in points. A rate of nothing counts as 0.
double GainPoints(const Units& whole, std::int64_t numerator_change,
                  std::int64_t denominator_change) {
  const Units after = {whole.numerator + numerator_change, whole.denominator + denominator_change};
  return 100 * (Rate(after) - Rate(whole));
}

}  // namespace

// What one pass over the records came to. Immutable once made.
struct BacklogRanking {
  std::string key;  // of the scope, resolved
  BacklogBasis basis;
  matching::StatusAsOfRule status_as_of = matching::StatusAsOfRule::kDischarge;
  std::vector<RankedRow> rows;  // ranked
  std::vector<std::string> sites, entry_channels;

  Units whole() const { return {basis.numerator, basis.denominator}; }
};

namespace {

constexpr std::size_t kChunkSize = 1024;
constexpr std::size_t kCasesPageSize = 1000;
// Changes of one identity that are looked through for answers of INSi.
constexpr std::size_t kHistoryMax = 200;
constexpr std::chrono::seconds kReusedFor{60};
constexpr std::chrono::milliseconds kTurnAskedEvery{50};
constexpr Instant kDistantFuture = std::chrono::sys_days(std::chrono::year(2200) / 1 / 1);

absl::Status GivenUp() {
  return MakeError(Reason::kDeadlinePassed, "the deadline passed while the records were read");
}

// Names by number, in the order met; 0 is the empty name.
class Names {
 public:
  std::uint32_t NumberOf(const std::string& name) {
    const auto [place, is_new] = numbers_.emplace(name, static_cast<std::uint32_t>(names_.size()));
    if (is_new) names_.push_back(name);
    return place->second;
  }
  std::vector<std::string> Take() { return std::move(names_); }

 private:
  std::vector<std::string> names_ = {""};
  std::unordered_map<std::string, std::uint32_t> numbers_ = {{"", 0}};
};

// The identity once the facts of the step are there. Only what an indicator looks at is in it.
Identity OnceQualified(const Identity& identity, const NextStep& step,
                       const Environment& environment, Instant now) {
  Identity after;
  after.id = identity.id;
  after.created_at = identity.created_at;
  after.traits.birth_date = identity.traits.birth_date;
  after.traits.birth_place_code = identity.traits.birth_place_code;
  after.trust = identity.trust;
  after.status_periods = identity.status_periods;
  after.last_insi_answer = identity.last_insi_answer;
  const matching::TrustRules& rules = environment.options.trust_rules;
  FactOutcome outcome;
  // None of them is refused: the mark goes first, and without it every status takes both facts.
  absl::Status status;
  if (after.trust.attributes.doubtful) {
    status = ApplyEvent(after, TrustEvent::kUnmarkedDoubtful, now, rules, outcome);
  }
  if (status.ok() && step.ask_insi) {
    after.last_insi_answer.emplace().return_code = "00";
    status = ApplyEvent(after, TrustEvent::kInsiAnswerAccepted, now, rules, outcome);
  }
  if (status.ok() && step.check_document) {
    const Instant today = StartOfDay(DayOf(now, environment.zone), environment.zone);
    status = ApplyEvent(after, TrustEvent::kDocumentChecked, today, rules, outcome);
  }
  return status.ok() ? after : identity;
}

// One pass over cases, identities and visits.
class BacklogPass {
 public:
  BacklogPass(const Environment& environment, const RatePlan& plan, const storage::View& view,
              const std::function<bool()>& given_up)
      : environment_(environment),
        plan_(plan),
        view_(view),
        given_up_(given_up),
        days_(environment.zone) {}

  absl::Status Run() {
    absl::Status status = ReadCases();
    if (status.ok() && Stock()) status = OverIdentities();
    if (status.ok()) status = OverVisits();
    return status;
  }

  void Finish(BacklogRanking& ranking) {
    for (const Entry& entry : entries_) {
      const Units before = Stock() || Patients() ? UnitsOf(entry.latest_before) : entry.before;
      if (Stock() || Patients()) Add(before, whole_);
      if (!entry.step || !entry.in_population) continue;
      RankedRow row;
      row.identity_id = entry.known.id;
      row.step = *entry.step;
      row.before = before;
      row.after = Stock() || Patients() ? UnitsOf(entry.latest_after) : entry.after;
      row.next_visit = entry.next_visit;
      row.site = entry.site;
      row.entry_channel = entry.entry_channel;
      ranking.rows.push_back(row);
    }
    ranking.basis.numerator = whole_.numerator;
    ranking.basis.denominator = whole_.denominator;
    ranking.sites = sites_.Take();
    ranking.entry_channels = entry_channels_.Take();
  }

 private:
  // Of a patient's visits that count, the latest, as the file active counts it. Of the stock, the
  // identity itself.
  struct Latest {
    Instant admitted_at = Instant::min();
    std::optional<TrustStatus> status;  // absent: nothing counts
  };
  struct Entry {
    IndicatorIdentity known;      // as it is
    IndicatorIdentity qualified;  // once the step is done; used only where there is one
    std::optional<NextStep> step;
    bool in_population = false;
    Units before, after;  // visits
    Latest latest_before, latest_after;
    Instant next_visit = Instant::max();
    Instant latest_admission = Instant::min();
    std::uint32_t site = 0, entry_channel = 0;
  };

  bool Stock() const { return plan_.definition.population == IndicatorPopulation::kIdentityStock; }
  bool Patients() const {
    return plan_.definition.population == IndicatorPopulation::kFileActivePatients;
  }
  bool InNumerator(TrustStatus status) const {
    const auto& statuses = plan_.definition.numerator_statuses;
    return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
  }
  Units UnitsOf(const std::optional<TrustStatus>& status) const {
    if (!status) return {};
    return {InNumerator(*status) ? 1 : 0, 1};
  }
  Units UnitsOf(const Latest& latest) const { return UnitsOf(latest.status); }
  static void Add(const Units& units, Units& sum) {
    sum.numerator += units.numerator;
    sum.denominator += units.denominator;
  }
  static void TakeLatest(Instant admitted_at, const std::optional<TrustStatus>& status,
                         Latest& latest) {
    if (!status) return;
    const bool later = !latest.status || admitted_at > latest.admitted_at;
    if (later || (admitted_at == latest.admitted_at && *status < *latest.status)) {
      latest = {admitted_at, status};
    }
  }

  absl::Status ReadCases() {
    for (const matching::CaseState state : matching::kLiveCaseStates) {
      absl::Status status = ReadCases(state);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status ReadCases(matching::CaseState state) {
    storage::CaseFilter live;
    live.state = state;
    std::string token;
    do {
      const auto page = view_.ListCases(live, kCasesPageSize, token);
      if (!page.ok()) return page.status();
      for (const matching::Case& item : page->cases) {
        for (const IdentityId id : item.identity_ids) NoteCase(item.kind, cases_[id]);
      }
      token = page->next_page_token;
      if (given_up_ && given_up_()) return GivenUp();
    } while (!token.empty());
    return absl::OkStatus();
  }

  static void NoteCase(matching::CaseKind kind, matching::OpenCaseKinds& kinds) {
    switch (kind) {
      case matching::CaseKind::kDuplicate:
        kinds.duplicate = true;
        return;
      case matching::CaseKind::kCollision:
        kinds.collision = true;
        return;
      case matching::CaseKind::kInsConflict:
        kinds.ins_conflict = true;
        return;
      case matching::CaseKind::kLink:  // Two records of one person keep neither from its INS.
      case matching::CaseKind::kHomonym:
      case matching::CaseKind::kFrequentValue:
        return;
    }
  }

  Entry& Meet(const Identity& identity) {
    Entry entry;
    entry.known = IndicatorIdentityOf(identity, plan_.query);
    const auto cases = cases_.find(identity.id);
    entry.step =
        NextStepOf(identity, cases == cases_.end() ? matching::OpenCaseKinds{} : cases->second);
    if (entry.step) {
      entry.qualified = IndicatorIdentityOf(
          OnceQualified(identity, *entry.step, environment_, plan_.as_of), plan_.query);
    }
    positions_[identity.id] = entries_.size();
    return entries_.emplace_back(entry);
  }

  absl::Status OverIdentities() {
    absl::Status status;
    absl::Status scanned = view_.ScanIdentities(0, [&](const Identity& identity) {
      if (entries_.size() % kChunkSize == 0 && given_up_ && given_up_()) status = GivenUp();
      if (identity.created_at >= plan_.query.window_end || identity.merged_into != 0) {
        return status.ok();
      }
      Entry& entry = Meet(identity);
      entry.in_population = true;
      const matching::IndicatorDefinition& definition = plan_.definition;
      entry.latest_before.status = CountedStatus(definition, plan_.query, entry.known);
      entry.latest_after.status = entry.step
                                      ? CountedStatus(definition, plan_.query, entry.qualified)
                                      : entry.latest_before.status;
      return status.ok();
    });
    return scanned.ok() ? status : scanned;
  }

  bool InWindow(const Visit& visit) const {
    return !Stock() && visit.admitted_at >= plan_.query.window_begin &&
           visit.admitted_at < plan_.query.window_end &&
           (plan_.site_finess.empty() || plan_.site_finess == visit.site_finess) &&
           (plan_.legal_entity_finess.empty() ||
            plan_.legal_entity_finess == visit.legal_entity_finess) &&
           IsInPopulation(plan_.definition, visit);
  }
  bool IsComing(const Visit& visit) const {
    if (visit.cancelled || visit.identity_id == 0) return false;
    return visit.admitted_at > plan_.as_of || !visit.discharged_at ||
           *visit.discharged_at > plan_.as_of;
  }

  absl::Status OverVisits() {
    const Instant begin = std::min(plan_.query.window_begin,
                                   plan_.as_of - std::chrono::hours(24 * kOngoingVisitDaysMax));
    absl::Status status;
    absl::Status scanned = view_.ScanVisits(begin, kDistantFuture, [&](const Visit& visit) {
      if (!InWindow(visit) && !IsComing(visit)) return true;
      chunk_.push_back(visit);
      if (chunk_.size() == kChunkSize) status = CountChunk();
      return status.ok();
    });
    if (!scanned.ok()) return scanned;
    return status.ok() ? CountChunk() : status;
  }

  absl::Status MeetIdentities() {
    std::set<IdentityId> missing;
    for (const Visit& visit : chunk_) {
      if (visit.identity_id != 0 && !positions_.contains(visit.identity_id)) {
        missing.insert(visit.identity_id);
      }
    }
    const std::vector<IdentityId> ids(missing.begin(), missing.end());
    const auto identities = view_.GetIdentities(ids);
    if (!identities.ok()) return identities.status();
    for (const std::optional<Identity>& identity : *identities) {
      if (identity) Meet(*identity);
    }
    return absl::OkStatus();
  }

  absl::Status CountChunk() {
    if (given_up_ && given_up_()) return GivenUp();
    // Of the stock all are met; others registered after the window are not asked for.
    absl::Status met = Stock() ? absl::OkStatus() : MeetIdentities();
    if (!met.ok()) return met;
    for (const Visit& visit : chunk_) {
      const auto position = positions_.find(visit.identity_id);
      Entry* entry = visit.identity_id == 0 || position == positions_.end()
                         ? nullptr
                         : &entries_[position->second];
      if (entry != nullptr && IsComing(visit)) {
        entry->next_visit = std::min(entry->next_visit, visit.admitted_at);
      }
      if (InWindow(visit)) CountVisit(visit, entry);
    }
    chunk_.clear();
    return absl::OkStatus();
  }

  void CountVisit(const Visit& visit, Entry* entry) {
    matching::IndicatorFact fact;
    fact.visit = &visit;
    fact.identity = entry == nullptr ? nullptr : &entry->known;
    fact.admitted_day = days_.DayOf(visit.admitted_at);
    const auto before = CountedStatus(plan_.definition, plan_.query, fact);
    if (!Patients()) Add(UnitsOf(before), whole_);
    if (entry == nullptr) return;
    entry->in_population = true;
    auto after = before;
    if (entry->step) {
      fact.identity = &entry->qualified;
      after = CountedStatus(plan_.definition, plan_.query, fact);
    }
    Add(UnitsOf(before), entry->before);
    Add(UnitsOf(after), entry->after);
    TakeLatest(visit.admitted_at, before, entry->latest_before);
    TakeLatest(visit.admitted_at, after, entry->latest_after);
    if (visit.admitted_at >= entry->latest_admission) {
      entry->latest_admission = visit.admitted_at;
      entry->site = sites_.NumberOf(visit.site_finess);
      entry->entry_channel = entry_channels_.NumberOf(visit.entry_channel);
    }
  }

  const Environment& environment_;
  const RatePlan& plan_;
  const storage::View& view_;
  const std::function<bool()>& given_up_;
  ZoneDays days_;
  std::unordered_map<IdentityId, matching::OpenCaseKinds> cases_;
  std::unordered_map<IdentityId, std::size_t> positions_;  // in entries_
  std::vector<Entry> entries_;
  std::vector<Visit> chunk_;
  Units whole_;
  Names sites_, entry_channels_;
};

void SortByGain(BacklogRanking& ranking) {
  const Units whole = ranking.whole();
  struct Placed {
    double gain_an_act;
    const RankedRow* row;
  };
  std::vector<Placed> placed;
  placed.reserve(ranking.rows.size());
  for (const RankedRow& row : ranking.rows) {
    const double gain = GainPoints(whole, row.numerator_change(), row.denominator_change());
    placed.push_back({gain / row.step.act_count(), &row});
  }
  std::sort(placed.begin(), placed.end(), [](const Placed& left, const Placed& right) {
    if (left.gain_an_act != right.gain_an_act) return left.gain_an_act > right.gain_an_act;
    if (left.row->next_visit != right.row->next_visit) {
      return left.row->next_visit < right.row->next_visit;
    }
    return left.row->identity_id < right.row->identity_id;
  });
  std::vector<RankedRow> sorted;
  sorted.reserve(placed.size());
  for (const Placed& one : placed) sorted.push_back(*one.row);
  ranking.rows = std::move(sorted);
}

// All that decides what is ranked, beside the state of the base.
std::string KeyOf(const RatePlan& plan) {
  return plan.definition.hash + "/" + matching::FormatDate(plan.days.from) + "/" +
         matching::FormatDate(plan.days.to) + "/" + plan.site_finess + "/" +
         plan.legal_entity_finess;
}

RateRequest RateOf(const BacklogScope& scope) {
  RateRequest request;
  request.definition = scope.definition;
  request.from = scope.from;
  request.to = scope.to;
  request.reference_day = scope.reference_day;
  request.site_finess = scope.site_finess;
  request.legal_entity_finess = scope.legal_entity_finess;
  return request;
}

// "12:340": rows from 340 on of the ranking of commit 12.
struct Place {
  std::int64_t commit_number = 0;
  std::size_t offset = 0;
};

std::optional<Place> ParsePlace(const std::string& token) {
  Place place;
  const char* const end = token.data() + token.size();
  const auto [colon, first] = std::from_chars(token.data(), end, place.commit_number);
  if (first != std::errc() || colon == end || *colon != ':') return std::nullopt;
  const auto [last, second] = std::from_chars(colon + 1, end, place.offset);
  if (second != std::errc() || last != end) return std::nullopt;
  return place;
}

BacklogEffect EffectOf(const RankedRow& row) {
  if (row.numerator_change() > 0) {
    return row.denominator_change() > 0 ? BacklogEffect::kEntersRate
                                        : BacklogEffect::kEntersNumerator;
  }
  if (row.numerator_change() < 0) return BacklogEffect::kLeavesNumerator;
  if (row.denominator_change() != 0) return BacklogEffect::kDenominatorOnly;
  if (row.after.denominator == 0) return BacklogEffect::kExcluded;
  if (row.before.numerator == row.before.denominator) return BacklogEffect::kAlreadyInNumerator;
  return BacklogEffect::kStatusRemembered;
}

matching::Sentence EffectSentence(BacklogEffect effect) {
  switch (effect) {
    case BacklogEffect::kEntersNumerator:
      return {"Déjà comptée au dénominateur ; entre au numérateur une fois qualifiée.",
              "Counted in the denominator already; enters the numerator once qualified."};
    case BacklogEffect::kEntersRate:
      return {"Exclue aujourd'hui ; entre au numérateur et au dénominateur une fois qualifiée.",
              "Excluded today; enters numerator and denominator once qualified."};
    case BacklogEffect::kAlreadyInNumerator:
      return {"Sans effet sur ce taux : son statut compte déjà au numérateur.",
              "No effect on this rate: its status counts in the numerator already."};
    case BacklogEffect::kStatusRemembered:
      return {"Sans effet sur ce taux : le statut compté a été retenu dans le passé.",
              "No effect on this rate: the status counted was taken in the past."};
    case BacklogEffect::kExcluded:
      return {"Sans effet sur ce taux : ses venues sont exclues par la définition.",
              "No effect on this rate: the definition excludes its visits."};
    case BacklogEffect::kLeavesNumerator:
      return {"Quitte le numérateur : cette définition compte un autre statut que qualifié.",
              "Leaves the numerator: this definition counts another status than qualified."};
    case BacklogEffect::kDenominatorOnly:
      return {"Change le dénominateur sans changer le numérateur.",
              "Changes the denominator without changing the numerator."};
  }
  return {};
}

// The answers that hold for the traits as they are, latest first.
absl::StatusOr<std::vector<matching::InsiAnswer>> AnswersOf(const storage::View& view,
                                                            const Identity& identity) {
  std::vector<matching::InsiAnswer> answers;
  if (!identity.last_insi_answer) return answers;
  answers.push_back(*identity.last_insi_answer);
  const auto changes = view.GetHistory(identity.id, 0, kHistoryMax);
  if (!changes.ok()) return changes.status();
  for (const matching::Change& change : *changes) {
    // INSi was asked with other traits before.
    if (!change.before || CompareStrictTraits(change.before->traits, identity.traits).any) break;
    const auto& earlier = change.before->last_insi_answer;
    if (earlier && *earlier != answers.back()) answers.push_back(*earlier);
  }
  return answers;
}

absl::Status FindNextVisit(const storage::View& view, const RankedRow& ranked, BacklogRow& row) {
  constexpr std::size_t kVisitsMax = 200;
  if (ranked.next_visit == Instant::max()) return absl::OkStatus();
  const auto visits = view.VisitsOf(ranked.identity_id, kVisitsMax);
  if (!visits.ok()) return visits.status();
  for (const Visit& visit : *visits) {
    if (visit.admitted_at != ranked.next_visit || visit.cancelled) continue;
    row.next_visit = {visit.domain, visit.visit_number, visit.site_finess, visit.admitted_at};
    break;
  }
  return absl::OkStatus();
}

class Totals {
 public:
  explicit Totals(const Units& whole) : whole_(whole) {}
  void Add(const std::string& key, const RankedRow& row) {
    BacklogTotal& total = totals_[key];
    total.key = key;
    ++total.identity_count;
    const double gain = GainPoints(whole_, row.numerator_change(), row.denominator_change());
    if (gain > 0) ++total.gaining_count;
    total.numerator_change += row.numerator_change();
    total.denominator_change += row.denominator_change();
  }
  std::vector<BacklogTotal> Take() {
    std::vector<BacklogTotal> list;
    for (auto& [key, total] : totals_) {
      total.gain_points = GainPoints(whole_, total.numerator_change, total.denominator_change);
      list.push_back(std::move(total));
    }
    return list;
  }

 private:
  Units whole_;
  std::map<std::string, BacklogTotal> totals_;
};

}  // namespace

Backlog::Backlog(const Environment& environment) : environment_(environment) {}
Backlog::~Backlog() = default;

Backlog::Ranking Backlog::Kept(const std::string& key, std::int64_t commit_number,
                               std::chrono::microseconds age_max) const {
  const Instant now = Now(environment_);
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const Ranking& ranking : kept_) {
    if (ranking->key == key && ranking->basis.as_of_commit_number == commit_number &&
        now - ranking->basis.as_of <= age_max) {
      return ranking;
    }
  }
  return nullptr;
}

void Backlog::Keep(Ranking ranking) const {
  const Instant now = Now(environment_);
  const std::lock_guard<std::mutex> lock(mutex_);
  std::erase_if(kept_, [&](const Ranking& old) {
    return now - old->basis.as_of > kBacklogKept ||
           (old->key == ranking->key &&
            old->basis.as_of_commit_number == ranking->basis.as_of_commit_number);
  });
  if (kept_.size() >= kBacklogsKeptMax) kept_.erase(kept_.begin());
  kept_.push_back(std::move(ranking));
}

absl::StatusOr<Backlog::Ranking> Backlog::Rank(const BacklogScope& scope,
                                               const std::function<bool()>& given_up) const {
  const absl::StatusOr<RatePlan> plan = PlanRate(environment_, RateOf(scope));
  if (!plan.ok()) return plan.status();
  // One at a time bounds the memory; whoever waited for the same ranking finds it kept.
  std::unique_lock<std::timed_mutex> turn(turn_, std::defer_lock);
  while (!turn.try_lock_for(kTurnAskedEvery)) {
    if (given_up && given_up()) return GivenUp();
  }
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  const std::string key = KeyOf(*plan);
  if (Ranking kept = Kept(key, view->CommitNumber(), kReusedFor)) return kept;
  auto ranking = std::make_shared<BacklogRanking>();
  ranking->key = key;
  ranking->basis.definition = plan->definition;
  ranking->basis.time_zone = environment_.zone.name();
  ranking->basis.days = plan->days;
  ranking->basis.as_of_commit_number = view->CommitNumber();
  ranking->basis.as_of = plan->as_of;
  BacklogPass pass(environment_, *plan, *view, given_up);
  absl::Status status = pass.Run();
  if (!status.ok()) return WithReason(status);
  pass.Finish(*ranking);
  SortByGain(*ranking);
  Keep(ranking);
  return ranking;
}

absl::StatusOr<BacklogRow> Backlog::Describe(const storage::View& view,
                                             const BacklogRanking& ranking,
                                             std::size_t index) const {
  const RankedRow& ranked = ranking.rows[index];
  auto identity = view.GetIdentity(ranked.identity_id);
  if (!identity.ok()) return WithReason(identity.status());
  if (!*identity) return MakeError(Reason::kIdentityNotFound, "no such identity");
  BacklogRow row;
  row.identity = **std::move(identity);
  row.step = ranked.step;
  if (ranked.step.ask_insi) {
    const auto answers = AnswersOf(view, row.identity);
    if (!answers.ok()) return WithReason(answers.status());
    row.insi_query = NextInsiQuery(row.identity, *answers);
  }
  row.next_step = NextStepSentence(ranked.step, row.insi_query);
  const auto cases = view.LiveCasesOf(ranked.identity_id);
  if (!cases.ok()) return WithReason(cases.status());
  for (const matching::Case& item : *cases) row.case_ids.push_back(item.id);
  row.numerator_change = ranked.numerator_change();
  row.denominator_change = ranked.denominator_change();
  row.gain_points = GainPoints(ranking.whole(), row.numerator_change, row.denominator_change);
  row.effect = EffectOf(ranked);
  row.effect_sentence = EffectSentence(row.effect);
  row.site_finess = ranking.sites[ranked.site];
  row.entry_channel = ranking.entry_channels[ranked.entry_channel];
  absl::Status found = FindNextVisit(view, ranked, row);
  if (!found.ok()) return WithReason(found);
  return row;
}

absl::StatusOr<BacklogPage> Backlog::List(const BacklogRequest& request) const {
  constexpr std::int32_t kPageSizeMax = 200;
  if (request.page_size < 1 || request.page_size > kPageSizeMax) {
    return MakeFieldError("page_size", "out_of_range");
  }
  std::size_t offset = 0;
  Ranking ranking;
  if (request.page_token.empty()) {
    absl::StatusOr<Ranking> ranked = Rank(request.scope, request.given_up);
    if (!ranked.ok()) return ranked.status();
    ranking = *std::move(ranked);
  } else {
    const absl::StatusOr<RatePlan> plan = PlanRate(environment_, RateOf(request.scope));
    if (!plan.ok()) return plan.status();
    const std::optional<Place> place = ParsePlace(request.page_token);
    if (!place) return MakePageTokenError();
    ranking = Kept(KeyOf(*plan), place->commit_number, kBacklogKept);
    if (ranking == nullptr) {
      return MakeError(Reason::kBacklogExpired, "this ranking is no longer kept");
    }
    offset = place->offset;
  }
  BacklogPage page;
  page.basis = ranking->basis;
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  const std::size_t end = offset + static_cast<std::size_t>(request.page_size);
  Units changes;
  std::size_t position = 0;  // among the rows asked for
  for (std::size_t i = 0; i < ranking->rows.size(); ++i) {
    const RankedRow& ranked = ranking->rows[i];
    if (request.reason && ranked.step.reason != *request.reason) continue;
    changes.numerator += ranked.numerator_change();
    changes.denominator += ranked.denominator_change();
    if (position >= offset && position < end) {
      absl::StatusOr<BacklogRow> row = Describe(*view, *ranking, i);
      if (!row.ok()) return row.status();
      row->rank = static_cast<std::int64_t>(position) + 1;
      row->cumulative_gain_points =
          GainPoints(ranking->whole(), changes.numerator, changes.denominator);
      page.rows.push_back(*std::move(row));
    }
    ++position;
  }
  page.row_count = static_cast<std::int64_t>(position);
  if (end < position) {
    page.next_page_token =
        std::to_string(ranking->basis.as_of_commit_number) + ":" + std::to_string(end);
  }
  return page;
}

absl::StatusOr<BacklogSummary> Backlog::Summarize(const BacklogScope& scope,
                                                  const std::function<bool()>& given_up) const {
  const absl::StatusOr<Ranking> ranked = Rank(scope, given_up);
  if (!ranked.ok()) return ranked.status();
  const BacklogRanking& ranking = **ranked;
  const Units whole = ranking.whole();
  Totals total(whole), by_site(whole), by_entry_channel(whole);
  std::vector<Totals> by_reason(matching::kNextStepReasonCount, Totals(whole));
  for (const RankedRow& row : ranking.rows) {
    total.Add("", row);
    by_reason[static_cast<std::size_t>(row.step.reason)].Add(
        std::string(NextStepReasonName(row.step.reason)), row);
    by_site.Add(ranking.sites[row.site], row);
    const std::string& channel = ranking.entry_channels[row.entry_channel];
    by_entry_channel.Add(channel.empty() ? "UNKNOWN" : channel, row);
  }
  BacklogSummary summary;
  summary.basis = ranking.basis;
  for (BacklogTotal& one : total.Take()) summary.total = std::move(one);
  for (std::size_t i = 0; i < by_reason.size(); ++i) {
    for (BacklogTotal& one : by_reason[i].Take()) {
      one.meaning = NextStepReasonSentence(static_cast<matching::NextStepReason>(i));
      summary.by_reason.push_back(std::move(one));
    }
  }
  summary.by_site = by_site.Take();
  summary.by_entry_channel = by_entry_channel.Take();
  return summary;
}

}  // namespace vigie::daemon

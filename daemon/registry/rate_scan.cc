// A rate from the records. Two ways to the same figures, chosen by how many visits are asked for:
//
// Few: the index of admissions gives the visits of the window, their identities are read with them.
// Most: the tables are read as they lie, which costs a fifth as much a record: first all
// identities, of which eight bytes each are kept, then all visits.
//
// Either is cut into pieces that count for themselves and are added up at the end.
#include <algorithm>
#include <atomic>
#include <limits>
#include <set>
#include <unordered_map>
#include <utility>

#include "daemon/registry/errors.h"
#include "daemon/registry/rate.h"
#include "matching/indicator.h"

namespace vigie::daemon {
namespace {

using matching::Identity;
using matching::IdentityId;
using matching::IndicatorIdentity;
using matching::IndicatorPopulation;
using matching::Instant;
using matching::Visit;

// Visits whose identities are read together, and records between two looks at the clock.
constexpr std::size_t kChunkSize = 1024;
// Identities a piece remembers on the way over the index: about 30 MB, then forgotten.
constexpr std::size_t kKnownIdentitiesMax = 1'000'000;
// Up to one visit in this many the index is taken: a month of a year costs as much either way
// (tests/bench/rate_bench.cc).
constexpr std::int64_t kIndexShare = 12;
// Pieces of one pass. More than there are threads, so that none waits long for the last.
constexpr std::size_t kPieces = 32;
// Fewer visits are one piece.
constexpr std::int64_t kPieceVisitsMin = 20'000;
// Numbers of identities are close together; where they are not, no table by number is made.
constexpr std::uint64_t kNumbersOfIdentityMax = 4;

absl::Status TooManyGroups() {
  return MakeError(Reason::kTooManyGroups, "too many groups in one report");
}

absl::Status GivenUp() {
  return MakeError(Reason::kDeadlinePassed, "the deadline passed while the records were read");
}

// IndicatorIdentity in eight bytes, for all identities of a base at once.
class Standing {
 public:
  Standing() = default;
  explicit Standing(const IndicatorIdentity& identity)
      : birth_day_(static_cast<std::int32_t>(identity.birth_day.value_or(kUnknownDay))),
        statuses_(
            static_cast<std::uint8_t>(static_cast<unsigned>(identity.status_at_window_end) << 4U |
                                      static_cast<unsigned>(identity.status_at_extraction))),
        last_insi_(identity.last_insi),
        known_(true),
        homonym_(identity.attributes.homonym),
        doubtful_(identity.attributes.doubtful),
        fictitious_(identity.attributes.fictitious),
        place_known_(identity.born_abroad.has_value()),
        born_abroad_(identity.born_abroad.value_or(false)) {}

  bool known() const { return known_; }
  IndicatorIdentity Of(IdentityId id) const {
    IndicatorIdentity identity;
    identity.id = id;
    identity.attributes = {homonym_, doubtful_, fictitious_};
    identity.status_at_window_end = static_cast<matching::TrustStatus>(statuses_ >> 4U);
    identity.status_at_extraction = static_cast<matching::TrustStatus>(statuses_ & 15U);
    identity.last_insi = last_insi_;
    if (birth_day_ != kUnknownDay) identity.birth_day = birth_day_;
    if (place_known_) identity.born_abroad = born_abroad_;
    return identity;
  }

 private:
  static constexpr std::int32_t kUnknownDay = std::numeric_limits<std::int32_t>::min();
  std::int32_t birth_day_ = kUnknownDay;
  std::uint8_t statuses_ = 0x11;
  matching::LastInsiAnswer last_insi_ = matching::LastInsiAnswer::kNone;
  bool known_ : 1 = false;
  bool homonym_ : 1 = false, doubtful_ : 1 = false, fictitious_ : 1 = false;
  bool place_known_ : 1 = false, born_abroad_ : 1 = false;
};
static_assert(sizeof(Standing) == 8);

// What all pieces of one pass share.
struct Pass {
  const Environment& environment;
  const RatePlan& plan;
  const storage::View& view;
  const std::function<bool()>& given_up;
  std::vector<Standing> standings{};  // by number of identity; empty on the way over the index
  std::atomic<bool> stopped = false;  // a piece failed: the others need not go on

  absl::Status GoOn() const {
    if (stopped) return GivenUp();
    return given_up && given_up() ? GivenUp() : absl::OkStatus();
  }
};

// Counts one piece of a pass.
class Piece {
 public:
  explicit Piece(const Pass& pass)
      : pass_(pass),
        accumulator_(pass.plan.definition, pass.plan.query),
        days_(pass.environment.zone),
        groups_(pass.plan.group_by) {}

  absl::Status OverIndex(Instant from, Instant to) {
    absl::Status status;
    std::vector<Visit> chunk;
    std::size_t count = 0;
    absl::Status scanned = pass_.view.ScanVisits(from, to, [&](const Visit& visit) {
      if (IsAskedFor(visit)) chunk.push_back(visit);
      if (++count % kChunkSize == 0) status = CountChunk(chunk);
      return status.ok();
    });
    if (!scanned.ok()) return scanned;
    return status.ok() ? CountChunk(chunk) : status;
  }

  absl::Status OverTable(const storage::VisitPart& part) {
    absl::Status status = pass_.GoOn();
    std::size_t count = 0;
    if (!status.ok()) return status;
    absl::Status scanned = pass_.view.ScanVisitPart(part, [&](const Visit& visit) {
      if (++count % kChunkSize == 0) status = pass_.GoOn();
      if (status.ok() && IsInWindow(visit) && IsAskedFor(visit)) status = CountByNumber(visit);
      return status.ok();
    });
    return scanned.ok() ? status : scanned;
  }

  // The identities with after < id <= last: counted each, for a stock.
  absl::Status OverStock(IdentityId after, IdentityId last) {
    return OverStandings(
        after, last, [&](const IndicatorIdentity& known) { accumulator_.AddIdentity(known, 0); });
  }
  absl::Status OverStandings(IdentityId after, IdentityId last,
                             const std::function<void(const IndicatorIdentity&)>& take) {
    absl::Status status = pass_.GoOn();
    std::size_t count = 0;
    if (!status.ok()) return status;
    absl::Status scanned = pass_.view.ScanStandings(after, last, [&](const Identity& identity) {
      if (++count % kChunkSize == 0) status = pass_.GoOn();
      if (identity.merged_into == 0) take(IndicatorIdentityOf(identity, pass_.plan.query));
      return status.ok();
    });
    return scanned.ok() ? status : scanned;
  }

  absl::Status Add(const Piece& other) {
    accumulator_.Merge(other.accumulator_, other.groups_.size() == 0
                                               ? std::vector<std::uint32_t>{0}
                                               : groups_.Adopt(other.groups_));
    return groups_.size() > kRateRowCountMax ? TooManyGroups() : absl::OkStatus();
  }

  std::vector<matching::IndicatorRow> Rows() const {
    std::vector<matching::IndicatorRow> rows;
    for (std::uint32_t group = 0; group < std::max<std::size_t>(groups_.size(), 1); ++group) {
      if (!accumulator_.Has(group)) continue;
      rows.push_back(accumulator_.Row(group));
      if (groups_.size() > 0) rows.back().group = groups_.NamesOf(group);
    }
    std::sort(rows.begin(), rows.end(),
              [](const auto& left, const auto& right) { return left.group < right.group; });
    return rows;
  }
  matching::IndicatorRow Total() const { return accumulator_.Total(); }

 private:
  bool IsInWindow(const Visit& visit) const {
    return visit.admitted_at >= pass_.plan.query.window_begin &&
           visit.admitted_at < pass_.plan.query.window_end;
  }
  bool IsAskedFor(const Visit& visit) const {
    const RatePlan& plan = pass_.plan;
    return (plan.site_finess.empty() || plan.site_finess == visit.site_finess) &&
           (plan.legal_entity_finess.empty() ||
            plan.legal_entity_finess == visit.legal_entity_finess) &&
           IsInPopulation(plan.definition, visit);
  }

  absl::Status Count(const Visit& visit, const IndicatorIdentity* identity) {
    matching::IndicatorFact fact{&visit, identity, days_.DayOf(visit.admitted_at)};
    const std::uint32_t group = groups_.NumberOf(visit, fact.admitted_day);
    if (groups_.size() > kRateRowCountMax) return TooManyGroups();
    accumulator_.Add(fact, group);
    return absl::OkStatus();
  }

  absl::Status CountByNumber(const Visit& visit) {
    const bool known = visit.identity_id != 0 && visit.identity_id < pass_.standings.size() &&
                       pass_.standings[visit.identity_id].known();
    if (!known) return Count(visit, nullptr);
    const IndicatorIdentity identity = pass_.standings[visit.identity_id].Of(visit.identity_id);
    return Count(visit, &identity);
  }

  absl::Status ReadIdentities(const std::vector<Visit>& chunk) {
    if (known_.size() > kKnownIdentitiesMax) known_.clear();
    std::set<IdentityId> missing;
    for (const Visit& visit : chunk) {
      if (visit.identity_id != 0 && !known_.contains(visit.identity_id)) {
        missing.insert(visit.identity_id);
      }
    }
    const auto identities = pass_.view.GetIdentities({missing.begin(), missing.end()});
    if (!identities.ok()) return identities.status();
    for (const std::optional<Identity>& identity : *identities) {
      if (identity)
        known_[identity->id] = Standing(IndicatorIdentityOf(*identity, pass_.plan.query));
    }
    return absl::OkStatus();
  }

  absl::Status CountChunk(std::vector<Visit>& chunk) {
    absl::Status status = pass_.GoOn();
    if (status.ok()) status = ReadIdentities(chunk);
    for (const Visit& visit : chunk) {
      if (!status.ok()) return status;
      const auto found = known_.find(visit.identity_id);
      if (visit.identity_id == 0 || found == known_.end()) {
        status = Count(visit, nullptr);
      } else {
        const IndicatorIdentity identity = found->second.Of(visit.identity_id);
        status = Count(visit, &identity);
      }
    }
    chunk.clear();
    return status;
  }

  const Pass& pass_;
  matching::IndicatorAccumulator accumulator_;
  ZoneDays days_;
  RateGroups groups_;
  std::unordered_map<IdentityId, Standing> known_;
};

// Runs `work` for each of `count` pieces, together where that is offered. The first failure by
// number, if any.
absl::Status Together(Pass& pass, std::size_t count,
                      const std::function<absl::Status(std::size_t)>& work) {
  std::vector<absl::Status> statuses(count);
  const auto run = [&](std::size_t number) {
    statuses[number] = work(number);
    if (!statuses[number].ok()) pass.stopped = true;
  };
  RunParts(pass.environment, count, run);
  // A piece that only stopped because another failed is not what went wrong.
  for (const absl::Status& status : statuses) {
    if (!status.ok() && status.code() != absl::StatusCode::kDeadlineExceeded) return status;
  }
  for (const absl::Status& status : statuses) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// Counts pieces together and adds them up; `work` is given a piece and its number.
absl::StatusOr<Piece> CountTogether(Pass& pass, std::size_t count,
                                    const std::function<absl::Status(Piece&, std::size_t)>& work) {
  std::vector<Piece> pieces;
  pieces.reserve(count);
  for (std::size_t number = 0; number < count; ++number) pieces.emplace_back(pass);
  absl::Status status =
      Together(pass, count, [&](std::size_t number) { return work(pieces[number], number); });
  for (std::size_t number = 1; number < count && status.ok(); ++number) {
    status = pieces[0].Add(pieces[number]);
  }
  if (!status.ok()) return status;
  return std::move(pieces[0]);
}

// The numbers of identities, in ranges of about the same size; the last is open.
std::pair<IdentityId, IdentityId> IdentityRange(std::uint64_t identity_count, std::size_t number) {
  const IdentityId step = identity_count / kPieces + 1;
  const bool last = number + 1 == kPieces;
  return {step * number, last ? std::numeric_limits<IdentityId>::max() : step * (number + 1)};
}

absl::StatusOr<Piece> CountIndex(Pass& pass, std::int64_t visit_count) {
  const matching::IndicatorQuery& query = pass.plan.query;
  const std::size_t pieces = visit_count < kPieceVisitsMin ? 1 : kPieces;
  const auto bound = [&](std::size_t number) {
    return query.window_begin + (query.window_end - query.window_begin) *
                                    static_cast<std::int64_t>(number) /
                                    static_cast<std::int64_t>(pieces);
  };
  return CountTogether(pass, pieces, [&](Piece& piece, std::size_t number) {
    return piece.OverIndex(bound(number), bound(number + 1));
  });
}

// Fills the table of standings; false when the numbers are too far apart for one.
absl::StatusOr<bool> ReadStandings(Pass& pass, std::uint64_t identity_count) {
  std::vector<std::vector<std::pair<IdentityId, Standing>>> read(kPieces);
  const IdentityId id_max = identity_count * kNumbersOfIdentityMax + kChunkSize;
  std::atomic<bool> sparse = false;
  absl::Status status = Together(pass, kPieces, [&](std::size_t number) {
    const auto [after, last] = IdentityRange(identity_count, number);
    return Piece(pass).OverStandings(after, last, [&](const IndicatorIdentity& identity) {
      if (identity.id > id_max) sparse = true;
      if (!sparse) read[number].emplace_back(identity.id, Standing(identity));
    });
  });
  if (!status.ok()) return status;
  if (sparse) return false;
  IdentityId last = 0;
  for (const auto& range : read) last = range.empty() ? last : range.back().first;
  pass.standings.resize(last + 1);
  for (auto& range : read) {
    for (const auto& [id, standing] : range) pass.standings[id] = standing;
    range = {};
  }
  return true;
}

absl::StatusOr<Piece> CountTable(Pass& pass) {
  const absl::StatusOr<std::vector<storage::VisitPart>> parts = pass.view.SplitVisits(kPieces);
  if (!parts.ok()) return parts.status();
  return CountTogether(pass, parts->size(), [&](Piece& piece, std::size_t number) {
    return piece.OverTable((*parts)[number]);
  });
}

absl::StatusOr<Piece> CountVisits(Pass& pass) {
  const absl::StatusOr<storage::Counts> counts = pass.view.GetCounts();
  if (!counts.ok()) return counts.status();
  const std::int64_t few = std::max(counts->visit_count / kIndexShare, kPieceVisitsMin);
  const absl::StatusOr<std::int64_t> in_window =
      pass.view.CountVisits(pass.plan.query.window_begin, pass.plan.query.window_end, few);
  if (!in_window.ok()) return in_window.status();
  if (*in_window < few) return CountIndex(pass, *in_window);
  const absl::StatusOr<bool> read =
      ReadStandings(pass, static_cast<std::uint64_t>(counts->identity_count));
  if (!read.ok()) return read.status();
  return *read ? CountTable(pass) : CountIndex(pass, *in_window);
}

absl::StatusOr<Piece> CountStock(Pass& pass) {
  const absl::StatusOr<storage::Counts> counts = pass.view.GetCounts();
  if (!counts.ok()) return counts.status();
  return CountTogether(pass, kPieces, [&](Piece& piece, std::size_t number) {
    const auto [after, last] =
        IdentityRange(static_cast<std::uint64_t>(counts->identity_count), number);
    return piece.OverStock(after, last);
  });
}

}  // namespace

absl::StatusOr<RateResult> RecomputeRate(const Environment& environment, const RatePlan& plan,
                                         const storage::View& view,
                                         const std::function<bool()>& given_up) {
  Pass pass{environment, plan, view, given_up};
  const bool stock = plan.definition.population == IndicatorPopulation::kIdentityStock;
  const absl::StatusOr<Piece> counted = stock ? CountStock(pass) : CountVisits(pass);
  if (!counted.ok()) return WithReason(counted.status());
  RateResult result;
  result.definition = plan.definition;
  result.time_zone = environment.zone.name();
  result.days = plan.days;
  result.cut_off = plan.cut_off;
  result.source = RateSource::kRecomputed;
  result.as_of_commit_number = view.CommitNumber();
  result.as_of = plan.as_of;
  result.rows = counted->Rows();
  result.total = counted->Total();
  return result;
}

}  // namespace vigie::daemon

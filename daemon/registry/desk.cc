#include "daemon/registry/desk.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>

#include "daemon/registry/checks.h"
#include "daemon/registry/errors.h"
#include "daemon/registry/facts.h"
#include "daemon/registry/identity_writer.h"
#include "matching/date.h"
#include "matching/explain.h"
#include "matching/keys.h"
#include "matching/matricule.h"
#include "matching/names.h"
#include "storage/merges.h"

namespace vigie::daemon {
namespace {

using matching::Identity;
using matching::IdentityId;

// Every OID a matricule may stand under; the desk types the number only.
constexpr std::array<const char*, 4> kInsOids = {"1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9",
                                                 "1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"};

// A page token is where to go on and a mark of the query, so that it cannot be used for another.
// `matricule` is empty for a search by date.
std::uint64_t MarkOf(const storage::SearchQuery& query, const std::string& matricule) {
  const std::string text = matching::FormatDate(query.birth_date) + "/" + query.family_prefix +
                           "/" + query.given_prefix + "/" + matricule;
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  return hash;
}

std::string MakePageToken(std::uint64_t mark, std::uint64_t after) {
  return std::to_string(after) + "." + std::to_string(mark % 1'000'000);
}

// 0 for an empty token: the first page.
absl::StatusOr<std::uint64_t> ReadPageToken(const std::string& token, std::uint64_t mark) {
  std::uint64_t after = 0;
  if (token.empty()) return after;
  const char* end = token.data() + token.size();
  const auto [rest, error] = std::from_chars(token.data(), end, after);
  if (error != std::errc() || rest == end || token != MakePageToken(mark, after)) {
    return MakePageTokenError();
  }
  return after;
}

// Reads up to three letters. A criterion that cannot be read is refused, never dropped.
std::string ReadPrefix(const std::string& typed, matching::NameKind kind, const char* field,
                       Problems& problems) {
  if (typed.empty()) return {};
  if (typed.size() > kNameBytesMax || !CountCharacters(typed)) {
    problems.push_back({field, "invalid_text", std::nullopt});
    return {};
  }
  std::string folded = FoldPrefix(typed, kind);
  if (folded.empty()) problems.push_back({field, "no_letter", std::nullopt});
  if (folded.size() > kSearchLettersMax) {
    problems.push_back({field, "more_than_three_letters", std::nullopt});
  }
  return folded;
}

std::int32_t ReadLimit(std::int32_t asked, std::int32_t normal, std::int32_t most,
                       const char* field, Problems& problems) {
  if (asked < 0) problems.push_back({field, "negative", std::nullopt});
  return asked == 0 ? normal : std::min(asked, most);
}

// What both ways of searching ask alike. A date is checked when there is one.
storage::SearchQuery ReadQuery(const SearchRequest& request, Problems& problems) {
  storage::SearchQuery query;
  if (request.birth_date && !matching::IsAbsent(*request.birth_date)) {
    query.birth_date = *request.birth_date;
    if (!matching::IsValid(query.birth_date)) {
      problems.push_back({"birth_date", "not_a_date", std::nullopt});
    }
  }
  query.family_prefix =
      ReadPrefix(request.family_prefix, matching::NameKind::kFamily, "family_prefix", problems);
  query.given_prefix =
      ReadPrefix(request.given_prefix, matching::NameKind::kGiven, "given_prefix", problems);
  query.limit = static_cast<std::size_t>(ReadLimit(request.page_size, kSearchPageSizeDefault,
                                                   kSearchPageSizeMax, "page_size", problems));
  return query;
}

bool StartsWith(const std::vector<std::string>& names, const std::string& prefix) {
  return prefix.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
           return name.starts_with(prefix);
         });
}

// All identities under a matricule whatever its OID: those in force first, then the past ones.
absl::StatusOr<std::vector<IdentityId>> HoldersOf(const storage::View& view,
                                                  const std::string& matricule) {
  std::vector<IdentityId> present;
  std::vector<IdentityId> past;
  for (const char* oid : kInsOids) {
    const auto found = view.FindByIns({matricule, oid});
    if (!found.ok()) return found.status();
    for (const storage::View::InsHolder& holder : *found) {
      const auto survivor = storage::SurvivorOfId(view, holder.identity_id);
      if (!survivor.ok()) return survivor.status();
      (holder.past ? past : present).push_back(*survivor);
    }
  }
  present.insert(present.end(), past.begin(), past.end());
  std::unordered_set<IdentityId> seen;
  std::erase_if(present, [&seen](IdentityId id) { return !seen.insert(id).second; });
  return present;
}

bool Fits(const Identity& identity, const storage::SearchQuery& query) {
  const storage::IndexEntries entries = MakeIndexEntries(identity, MakeSubject(identity));
  return (matching::IsAbsent(query.birth_date) || query.birth_date == identity.traits.birth_date) &&
         StartsWith(entries.family_names, query.family_prefix) &&
         StartsWith(entries.given_names, query.given_prefix);
}

double BitsOf(double probability) { return std::log2(probability / (1 - probability)); }

}  // namespace

Desk::Desk(const Environment& environment, const Matcher& matcher)
    : environment_(environment), matcher_(matcher) {}

// The other criteria narrow what the matricule finds. A matricule has few holders, so that every
// page begins with all of them; its token is how many were looked at before.
absl::StatusOr<SearchResult> Desk::SearchByIns(const SearchRequest& request) const {
  Problems problems;
  const matching::Matricule matricule = matching::ParseMatricule(request.ins_matricule);
  if (!matricule.ok()) {
    const bool key = matricule.problem == matching::MatriculeProblem::kKey;
    problems.push_back({"ins_matricule", key ? "key" : "matricule_shape", std::nullopt});
  }
  const storage::SearchQuery query = ReadQuery(request, problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  const std::string number = matricule.body + matricule.key;
  const std::uint64_t mark = MarkOf(query, number);
  const absl::StatusOr<std::uint64_t> begin = ReadPageToken(request.page_token, mark);
  if (!begin.ok()) return begin.status();
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  const auto holders = HoldersOf(*view, number);
  if (!holders.ok()) return WithReason(holders.status());
  SearchResult result;
  // One by one: should a matricule stand on everybody, memory holds one page all the same.
  for (std::size_t i = *begin; i < holders->size(); ++i) {
    auto holder = view->GetIdentity((*holders)[i]);
    if (!holder.ok()) return WithReason(holder.status());
    if (!*holder || !Fits(**holder, query)) continue;
    if (result.identities.size() == query.limit) {
      result.next_page_token = MakePageToken(mark, i);
      break;
    }
    result.identities.push_back(**std::move(holder));
  }
  return result;
}

absl::StatusOr<SearchResult> Desk::Search(const SearchRequest& request) const {
  if (!request.ins_matricule.empty()) return SearchByIns(request);
  Problems problems;
  if (!request.birth_date || matching::IsAbsent(*request.birth_date)) {
    problems.push_back({"birth_date", "required", std::nullopt});
  }
  storage::SearchQuery query = ReadQuery(request, problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  const std::uint64_t mark = MarkOf(query, "");
  const absl::StatusOr<std::uint64_t> after = ReadPageToken(request.page_token, mark);
  if (!after.ok()) return after.status();
  query.after = *after;
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  const auto page = view->Search(query);
  if (!page.ok()) return WithReason(page.status());
  auto identities = view->GetIdentities(page->identity_ids);
  if (!identities.ok()) return WithReason(identities.status());
  SearchResult result;
  for (std::optional<Identity>& identity : *identities) {
    if (identity) result.identities.push_back(*std::move(identity));
  }
  if (page->more && !page->identity_ids.empty()) {
    result.next_page_token = MakePageToken(mark, page->identity_ids.back());
  }
  return result;
}

// Each candidate's explanation, with what was asked on the left. A stored matricule is shown of a
// qualified identity only; this one the caller has typed.
absl::Status Desk::ExplainCandidates(const storage::View& view, const MatchRequest& request,
                                     const Subject& subject,
                                     std::vector<ScoredCandidate>& candidates) const {
  Identity asked;
  asked.traits = request.traits;
  asked.ins = request.ins;
  absl::Status status = matcher_.ExplainEach(view, asked, subject, candidates);
  if (!status.ok() || !request.ins) return status;
  const std::vector<matching::Comparison>& comparisons = matcher_.model().comparisons;
  for (ScoredCandidate& candidate : candidates) {
    for (std::size_t i = 0; i < comparisons.size(); ++i) {
      if (comparisons[i].kind != matching::ComparisonKind::kMatricule) continue;
      candidate.explanation->comparisons[i].left_value = request.ins->matricule;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<MatchResult> Desk::Match(const MatchRequest& request) const {
  Problems problems;
  CheckTraitsToCompare(request.traits, "traits.", problems);
  if (request.ins) CheckIns(*request.ins, "ins", problems);
  if (!request.domain.empty()) CheckDomain(request.domain, "domain", problems);
  const std::int32_t limit =
      ReadLimit(request.limit, kMatchLimitDefault, kMatchLimitMax, "limit", problems);
  const double probability_min =
      request.probability_min.value_or(matcher_.model().thresholds.possible_probability_min);
  if (!(probability_min >= 0 && probability_min <= 1)) {
    problems.push_back({"probability_min", "out_of_range", std::nullopt});
  }
  if (!problems.empty()) return ToStatus(std::move(problems));
  const Subject subject = MakeSubject(request.traits, request.ins);
  if (subject.keys.empty()) {
    return MakeError(Reason::kTooFewTraits, "too few traits to look for candidates");
  }
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  auto ranking = matcher_.Rank(*view, subject, 0, probability_min, request.domain);
  if (!ranking.ok()) return WithReason(ranking.status());
  MatchResult result;
  result.candidates = std::move(ranking->candidates);
  if (result.candidates.size() > static_cast<std::size_t>(limit)) {
    result.candidates.resize(static_cast<std::size_t>(limit));
  }
  if (request.explain) {
    absl::Status explained = ExplainCandidates(*view, request, subject, result.candidates);
    if (!explained.ok()) return WithReason(explained);
  }
  result.model_version = matcher_.model().version;
  result.truncated = ranking->truncated;
  result.full_key_count = ranking->full_key_count;
  return result;
}

absl::StatusOr<ExplainResult> Desk::Explain(IdentityId left, IdentityId right) const {
  if (left == right) return MakeFieldError("right", "same_as_left");
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  ExplainResult result;
  for (const auto& [id, side] : {std::pair{left, &result.left}, std::pair{right, &result.right}}) {
    absl::StatusOr<Identity> identity = ReadIdentity(*view, id, 0);
    if (!identity.ok()) return WithReason(identity.status());
    *side = *std::move(identity);
  }
  Subject left_subject = MakeSubject(result.left);
  Subject right_subject = MakeSubject(result.right);
  absl::Status filled =
      matcher_.FillTermCounts(*view, {&left_subject.record, &right_subject.record});
  const auto counts = view->GetCounts();
  if (!filled.ok() || !counts.ok()) return WithReason(filled.ok() ? counts.status() : filled);
  result.explanation =
      matching::Explain(matcher_.model(), result.left, result.right, left_subject.record,
                        right_subject.record, static_cast<std::uint64_t>(counts->identity_count));
  std::vector<matching::CandidateKey> shared;
  for (const matching::CandidateKey& key : left_subject.keys) {
    const bool both = std::any_of(right_subject.keys.begin(), right_subject.keys.end(),
                                  [&](const auto& other) { return other.value == key.value; });
    if (both) shared.push_back(key);
  }
  std::vector<std::uint64_t> values;
  for (const matching::CandidateKey& key : shared) {
    values.push_back(key.value);
    result.shared_keys.emplace_back(matching::KeyKindName(key.kind));
  }
  const auto candidates = view->FindCandidates(values, matcher_.limits());
  if (!candidates.ok()) return WithReason(candidates.status());
  for (const std::uint16_t position : candidates->full_key_positions) {
    result.full_keys.emplace_back(matching::KeyKindName(shared[position].kind));
  }
  result.bits_short = std::max(0.0, BitsOf(matcher_.model().thresholds.review_probability_min) -
                                        result.explanation.detail.score.weight_bits);
  const auto live = view->LiveCasesOf(left);
  if (!live.ok()) return WithReason(live.status());
  for (const matching::Case& one : *live) {
    const std::vector<IdentityId>& ids = one.identity_ids;
    if (std::find(ids.begin(), ids.end(), right) != ids.end()) result.case_ids.push_back(one.id);
  }
  return result;
}

absl::StatusOr<Identity> Desk::Get(IdentityId id) const {
  absl::StatusOr<Identity> found = ReadIdentity(*environment_.store->Read(), id, 0);
  if (!found.ok()) return WithReason(found.status());
  return found;
}

absl::StatusOr<Identity> Desk::ResolveLocalId(const std::string& domain,
                                              const std::string& local_id) const {
  Problems problems;
  CheckDomain(domain, "domain", problems);
  CheckLocalKey(local_id, kLocalIdLengthMax, "local_id", problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  const auto id = view->FindByLocalId(domain, local_id);
  if (!id.ok()) return WithReason(id.status());
  if (!*id) return MakeError(Reason::kIdentityNotFound, "no identity under this local id");
  absl::StatusOr<Identity> found = ReadIdentity(*view, **id, 0);
  if (found.ok()) found = storage::SurvivorOf(*view, *std::move(found));
  if (!found.ok()) return WithReason(found.status());
  return found;
}

absl::StatusOr<std::vector<Identity>> Desk::ResolveIns(const matching::Ins& ins) const {
  Problems problems;
  CheckIns(ins, "ins", problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  auto found = view->FindByIns(NormalIns(ins));
  if (!found.ok()) return WithReason(found.status());
  std::stable_sort(found->begin(), found->end(), [](const auto& left, const auto& right) {
    return std::pair(left.past, left.identity_id) < std::pair(right.past, right.identity_id);
  });
  std::vector<IdentityId> ids;
  for (const storage::View::InsHolder& holder : *found) {
    const auto survivor = storage::SurvivorOfId(*view, holder.identity_id);
    if (!survivor.ok()) return WithReason(survivor.status());
    if (std::find(ids.begin(), ids.end(), *survivor) == ids.end()) ids.push_back(*survivor);
  }
  auto identities = view->GetIdentities(ids);
  if (!identities.ok()) return WithReason(identities.status());
  std::vector<Identity> result;
  for (std::optional<Identity>& identity : *identities) {
    if (identity) result.push_back(*std::move(identity));
  }
  return result;
}

absl::StatusOr<std::vector<matching::Change>> Desk::History(IdentityId id,
                                                            std::int64_t before_version,
                                                            std::int32_t limit) const {
  Problems problems;
  if (before_version < 0) problems.push_back({"before_version", "negative", std::nullopt});
  const std::int32_t most =
      ReadLimit(limit, kHistoryLimitDefault, kHistoryLimitMax, "limit", problems);
  if (!problems.empty()) return ToStatus(std::move(problems));
  const std::unique_ptr<storage::View> view = environment_.store->Read();
  const absl::StatusOr<Identity> known = ReadIdentity(*view, id, 0);
  if (!known.ok()) return WithReason(known.status());
  auto changes = view->GetHistory(id, before_version, static_cast<std::size_t>(most));
  if (!changes.ok()) return WithReason(changes.status());
  return changes;
}

}  // namespace vigie::daemon

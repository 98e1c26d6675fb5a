#include <random>

#include "daemon/registry/backlog.h"
#include "tests/daemon/registry_fixture.h"

namespace vigie::test {
namespace {

using daemon::BacklogEffect;
using matching::NextStepReason;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A matricule with its key, another one for each number.
matching::Ins InsOf(int number) {
  const long long body = 2751263220000LL + number;
  std::string key = std::to_string(97 - body % 97);
  if (key.size() == 1) key = "0" + key;
  return {std::to_string(body) + key, kNirOid};
}

class Backlog : public RegistryTest {
 protected:
  daemon::BacklogScope March(const std::string& definition) {
    daemon::BacklogScope scope;
    scope.definition = definition;
    scope.from = Day(2026, 3, 1);
    scope.to = Day(2026, 3, 31);
    return scope;
  }
  daemon::BacklogPage List(const daemon::BacklogScope& scope, int page_size = 200,
                           const std::string& token = "",
                           std::optional<NextStepReason> reason = std::nullopt) {
    daemon::BacklogRequest request;
    request.scope = scope;
    request.page_size = page_size;
    request.page_token = token;
    request.reason = reason;
    auto page = registry_->ListBacklog(request);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? *page : daemon::BacklogPage{};
  }
  matching::IndicatorRow Rate(const daemon::BacklogScope& scope) {
    daemon::RateRequest request;
    request.definition = scope.definition;
    request.from = scope.from;
    request.to = scope.to;
    request.site_finess = scope.site_finess;
    const auto rate = registry_->Rate(request);
    EXPECT_TRUE(rate.ok()) << rate.status();
    return rate.ok() ? rate->total : matching::IndicatorRow{};
  }
  matching::IdentityId Someone(int number) {
    return Register(std::to_string(number), PersonOf(number)).identity.id;
  }
  static matching::Traits PersonOf(int number) {
    // Names and dates that keep the people apart.
    std::string family = "PATIENT";
    for (int rest = number; rest > 0; rest /= 26) family += static_cast<char>('A' + rest % 26);
    return Person(family, number % 2 == 0 ? "ANNE" : "ZOE",
                  Day(1940 + number % 60, 1 + number % 12, 1 + number % 28));
  }
  // Does what a row says.
  void Do(const daemon::BacklogRow& row) {
    const matching::IdentityId id = row.identity.id;
    if (row.identity.trust.attributes.doubtful) {
      ASSERT_TRUE(SetAttributes(id, std::nullopt, false, std::nullopt).ok());
    }
    if (row.step.ask_insi) {
      matching::InsiAnswer answer = Answer(row.identity.traits, InsOf(static_cast<int>(id)), now_);
      // Without a query to try it is the Vitale card that made INSi answer.
      if (row.insi_query) answer.query_criteria = row.insi_query->criteria;
      const auto recorded = RecordAnswer(id, answer);
      ASSERT_TRUE(recorded.ok()) << recorded.status();
    }
    if (row.step.check_document) {
      const auto recorded = RecordEvidence(id, "passport", Day(2026, 3, 10));
      ASSERT_TRUE(recorded.ok()) << recorded.status();
    }
    EXPECT_EQ(matching::StatusOf(Get(id).trust), matching::TrustStatus::kQualified);
  }
  // A small hospital with every kind of standing; the same for a seed.
  void Populate(int count, unsigned seed);
};

void Backlog::Populate(int count, unsigned seed) {
  std::mt19937 random(seed);
  for (int number = 1; number <= count; ++number) {
    const auto id = Someone(number);
    const unsigned standing = random() % 8;
    const matching::Traits traits = PersonOf(number);
    if (standing == 0 || standing == 1) {  // recovered, or qualified with the next
      ASSERT_TRUE(RecordAnswer(id, Answer(traits, InsOf(number), now_ - 24h)).ok());
    }
    if (standing == 1 || standing == 2) {
      ASSERT_TRUE(RecordEvidence(id, "passport", Day(2026, 3, 5)).ok());
    }
    if (standing == 3 || standing == 4) {
      matching::InsiAnswer answer;
      answer.return_code = standing == 3 ? "01" : "02";
      answer.queried_at = now_ - 48h;
      ASSERT_TRUE(RecordAnswer(id, answer).ok());
    }
    if (standing == 5) {
      ASSERT_TRUE(SetAttributes(id, std::nullopt, true, std::nullopt).ok());
    }
    if (standing == 6 && number % 3 == 0) {
      ASSERT_TRUE(SetAttributes(id, std::nullopt, std::nullopt, true).ok());
    }
    const unsigned visit_count = random() % 4;
    for (unsigned i = 0; i < visit_count; ++i) {
      const auto admitted = At(2026, 3, 1, 8) + std::chrono::hours(random() % (9 * 24));
      std::optional<matching::Instant> discharged;
      if (random() % 2 == 0) discharged = admitted + std::chrono::hours(random() % 30);
      auto visit = Visit("V" + std::to_string(number) + "-" + std::to_string(i),
                         std::to_string(number), admitted, discharged);
      visit.site_finess = random() % 3 == 0 ? kOtherSite : kSite;
      visit.entry_channel = random() % 2 == 0 ? "kiosk" : "";
      visit.cancelled = random() % 10 == 0;
      RecordVisit(visit);
    }
  }
}

// The proof: whatever the definition, doing what the rows say moves the rate by exactly what was
// announced, row by row.
TEST_F(Backlog, AnnouncesExactlyWhatDoingItBrings) {
  for (const char* definition :
       {"qualified-visits", "qualified-patients", "insi-identities", "status-provisional"}) {
    SCOPED_TRACE(definition);
    Open(daemon::RegistryOptions{});
    Populate(60, 7);
    const daemon::BacklogScope scope = March(definition);
    const daemon::BacklogPage page = List(scope);
    ASSERT_GT(page.rows.size(), 20U);
    const matching::IndicatorRow before = Rate(scope);
    EXPECT_EQ(page.basis.numerator, before.numerator);
    EXPECT_EQ(page.basis.denominator, before.denominator);
    std::int64_t numerator = before.numerator, denominator = before.denominator;
    for (const daemon::BacklogRow& row : page.rows) {
      Do(row);
      const matching::IndicatorRow now = Rate(scope);
      numerator += row.numerator_change;
      denominator += row.denominator_change;
      ASSERT_EQ(now.numerator, numerator) << row.rank;
      ASSERT_EQ(now.denominator, denominator) << row.rank;
      ASSERT_DOUBLE_EQ(100 * (now.rate().value_or(0) - before.rate().value_or(0)),
                       row.cumulative_gain_points)
          << row.rank;
    }
    EXPECT_THAT(List(scope).rows, IsEmpty()) << "everyone is qualified or fictitious";
  }
}

// The same for a definition that leaves doubtful identities and those INSi was never asked for out:
// they come into the denominator.
TEST_F(Backlog, CountsWhatComesIntoTheDenominator) {
  auto definition = matching::ShippedIndicatorDefinitions().front();
  definition.name = "own";
  definition.status_as_of = matching::StatusAsOfRule::kExtraction;
  definition.exclude_doubtful = true;
  matching::ExclusionRule never_asked;
  never_asked.reason = "never_asked";
  never_asked.last_insi = {matching::LastInsiAnswer::kNone};
  definition.exclusion_rules = {never_asked};
  daemon::RegistryOptions options;
  options.clock = [this] { return now_; };
  registry_.reset();  // before its store
  store_ = storage::MakeMemoryStore();
  registry_ = *daemon::Registry::Create(store_.get(), matching::FrenchHospitalModel(), {definition},
                                        options);
  Populate(60, 11);
  const auto scope = March("own");
  const auto page = List(scope);
  const auto before = Rate(scope);
  int entering = 0;
  for (const daemon::BacklogRow& row : page.rows) {
    entering += row.effect == BacklogEffect::kEntersRate ? 1 : 0;
    Do(row);
    ASSERT_DOUBLE_EQ(100 * (*Rate(scope).rate() - *before.rate()), row.cumulative_gain_points);
  }
  EXPECT_GT(entering, 5);
}

// A day that is over keeps its statuses, and the row says so.
TEST_F(Backlog, SaysWhyARowBringsNothing) {
  const auto discharged = Someone(1);
  RecordVisit(Visit("V1", "1", At(2026, 3, 2), At(2026, 3, 3)));
  const auto cancelled = Someone(2);
  auto visit = Visit("V2", "2", At(2026, 3, 2));
  visit.cancelled = true;
  RecordVisit(visit);
  const auto page = List(March("qualified-visits"));
  ASSERT_EQ(page.rows.size(), 2U);
  EXPECT_EQ(page.rows[0].identity.id, discharged);
  EXPECT_EQ(page.rows[0].effect, BacklogEffect::kStatusRemembered);
  EXPECT_EQ(page.rows[1].identity.id, cancelled);
  EXPECT_EQ(page.rows[1].effect, BacklogEffect::kExcluded);
  for (const auto& row : page.rows) EXPECT_EQ(row.gain_points, 0);
}

TEST_F(Backlog, RanksByGainForAnActThenByTheNextVisit) {
  daemon::RegistryOptions options;
  options.review.detectors_off = {"contradictory_matricule"};  // it has its own tests
  Open(options);
  // One act for one visit; two acts for two visits; one act, but only to come; no gain.
  const auto recovered = Someone(1);
  ASSERT_TRUE(RecordAnswer(recovered, Answer(PersonOf(1), InsOf(1), now_ - 24h)).ok());
  RecordVisit(Visit("V1", "1", At(2026, 3, 9)));
  const auto provisional = Someone(2);
  RecordVisit(Visit("V2", "2", At(2026, 3, 4)));
  RecordVisit(Visit("V3", "2", At(2026, 3, 5)));
  const auto validated = Someone(3);
  ASSERT_TRUE(RecordEvidence(validated, "passport", Day(2026, 3, 5)).ok());
  RecordVisit(Visit("V4", "3", At(2026, 3, 20)));
  const auto gone = Someone(4);
  RecordVisit(Visit("V5", "4", At(2026, 3, 2), At(2026, 3, 3)));
  const auto page = List(March("qualified-visits"));
  std::vector<matching::IdentityId> order;
  for (const auto& row : page.rows) order.push_back(row.identity.id);
  EXPECT_THAT(order, ElementsAre(provisional, recovered, validated, gone));
  EXPECT_EQ(page.rows[1].step.reason, NextStepReason::kDocumentMissing);
  ASSERT_TRUE(page.rows[2].next_visit.has_value());
  EXPECT_EQ(page.rows[2].next_visit->visit_number, "V4");
  EXPECT_FALSE(page.rows[3].next_visit.has_value());
  EXPECT_DOUBLE_EQ(page.rows[0].cumulative_gain_points, 40);
  EXPECT_DOUBLE_EQ(page.rows[1].cumulative_gain_points, 60);
}

TEST_F(Backlog, ProposesTheInsiQueryThatWasNotTriedYet) {
  auto traits = PersonOf(1);
  traits.first_birth_given_name = "PIERRE";
  traits.birth_given_names = "PIERRE PAUL JACQUES";
  const auto id = Register("1", traits).identity.id;
  RecordVisit(Visit("V1", "1", At(2026, 3, 9)));
  const auto scope = March("qualified-visits");
  matching::InsiAnswer none;
  none.return_code = "01";
  std::vector<std::vector<std::string>> proposed;
  for (int i = 0; i < 4; ++i) {
    const auto row = List(scope).rows.at(0);
    ASSERT_TRUE(row.insi_query.has_value());
    proposed.push_back(row.insi_query->given_names);
    none.queried_at = now_ += 1min;
    none.query_criteria = row.insi_query->criteria;
    ASSERT_TRUE(RecordAnswer(id, none).ok());
  }
  using Names = std::vector<std::string>;
  EXPECT_THAT(proposed, ElementsAre(Names{"PIERRE"}, Names{"PAUL"}, Names{"JACQUES"},
                                    Names{"PIERRE", "PAUL", "JACQUES"}));
  EXPECT_FALSE(List(scope).rows.at(0).insi_query.has_value()) << "every query was tried";
  // A correction of the name makes all of them new.
  traits.birth_family_name = "AUTRE";
  ASSERT_TRUE(Update(id, traits, {"birth_family_name"}).ok());
  EXPECT_THAT(List(scope).rows.at(0).insi_query->given_names, ElementsAre("PIERRE"));
}

TEST_F(Backlog, PagesHaveTheSameRowsAsTheWhole) {
  Populate(60, 3);
  const auto scope = March("qualified-visits");
  const auto whole = List(scope);
  std::vector<std::pair<matching::IdentityId, double>> rows, expected;
  for (const auto& row : whole.rows) {
    expected.emplace_back(row.identity.id, row.cumulative_gain_points);
  }
  std::string token;
  do {
    const auto page = List(scope, 7, token);
    EXPECT_EQ(page.row_count, whole.row_count);
    for (const auto& row : page.rows) {
      EXPECT_EQ(row.rank, static_cast<std::int64_t>(rows.size()) + 1);
      rows.emplace_back(row.identity.id, row.cumulative_gain_points);
    }
    token = page.next_page_token;
    Someone(1000 + static_cast<int>(rows.size()));  // the base moves on, the ranking stays
  } while (!token.empty());
  EXPECT_EQ(rows, expected);
}

TEST_F(Backlog, RefusesAPageThatIsKeptNoLonger) {
  Populate(20, 3);
  daemon::BacklogRequest request;
  request.scope = March("qualified-visits");
  request.page_size = 2;
  request.page_token = List(request.scope, 2).next_page_token;
  ASSERT_FALSE(request.page_token.empty());
  EXPECT_TRUE(registry_->ListBacklog(request).ok());
  now_ += 11min;
  EXPECT_EQ(ReasonOf(registry_->ListBacklog(request).status()), "backlog_expired");
  request.page_token = "x";
  EXPECT_EQ(ReasonOf(registry_->ListBacklog(request).status()), "page_token_invalid");
  request.page_token.clear();
  request.page_size = 201;
  EXPECT_EQ(ReasonOf(registry_->ListBacklog(request).status()), "fields_invalid");
  request.page_size = 1;
  request.scope.definition = "nothing";
  EXPECT_EQ(ReasonOf(registry_->ListBacklog(request).status()), "definition_not_found");
}

TEST_F(Backlog, TotalsAreThoseOfTheRows) {
  Populate(80, 5);
  const auto scope = March("qualified-visits");
  const auto page = List(scope);
  const auto summary = registry_->SummarizeBacklog(scope, {});
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->total.identity_count, page.row_count);
  EXPECT_DOUBLE_EQ(summary->total.gain_points, page.rows.back().cumulative_gain_points);
  for (const auto* totals : {&summary->by_reason, &summary->by_site, &summary->by_entry_channel}) {
    std::int64_t identities = 0, numerator = 0;
    for (const auto& total : *totals) {
      identities += total.identity_count;
      numerator += total.numerator_change;
    }
    EXPECT_EQ(identities, summary->total.identity_count);
    EXPECT_EQ(numerator, summary->total.numerator_change);
  }
  EXPECT_EQ(summary->by_site.size(), 2U);
  EXPECT_EQ(summary->by_entry_channel.size(), 2U);
  for (const auto& total : summary->by_reason) {
    const auto reason = matching::ParseNextStepReason(total.key);
    ASSERT_TRUE(reason.has_value());
    const auto rows = List(scope, 200, "", reason);
    EXPECT_EQ(rows.row_count, total.identity_count) << total.key;
    EXPECT_DOUBLE_EQ(rows.rows.back().cumulative_gain_points, total.gain_points) << total.key;
    for (const auto& row : rows.rows) EXPECT_EQ(row.step.reason, *reason);
  }
}

TEST_F(Backlog, AnOpenCaseBlocksAndIsNamed) {
  const auto first = Someone(1);
  const auto second = Register("copy", PersonOf(1)).identity.id;
  const auto cases = Cases(matching::CaseKind::kDuplicate);
  ASSERT_EQ(cases.size(), 1U);
  RecordVisit(Visit("V1", "1", At(2026, 3, 9)));
  RecordVisit(Visit("V2", "copy", At(2026, 3, 9)));
  const auto page = List(March("qualified-visits"));
  ASSERT_EQ(page.rows.size(), 2U);
  for (const auto& row : page.rows) {
    EXPECT_TRUE(row.identity.id == first || row.identity.id == second);
    EXPECT_EQ(row.step.reason, NextStepReason::kDuplicate);
    EXPECT_EQ(row.step.act_count(), 3);
    EXPECT_THAT(row.case_ids, ElementsAre(cases[0].id));
  }
}

TEST_F(Backlog, StopsWhenNobodyWaits) {
  Populate(10, 1);
  daemon::BacklogRequest request;
  request.scope = March("qualified-visits");
  request.page_size = 1;
  request.given_up = [] { return true; };
  EXPECT_EQ(ReasonOf(registry_->ListBacklog(request).status()), "deadline_passed");
}

class Quality : public RegistryTest {
 protected:
  std::map<std::string, daemon::QualityIndicator> Compute(int old_after_days = 0,
                                                          const std::string& domain = "") {
    const auto result = registry_->QualityIndicators(
        {Day(2026, 3, 1), Day(2026, 3, 31), old_after_days, domain, {}});
    EXPECT_TRUE(result.ok()) << result.status();
    std::map<std::string, daemon::QualityIndicator> by_name;
    if (!result.ok()) return by_name;
    for (const auto& indicator : result->indicators) by_name[indicator.name] = indicator;
    return by_name;
  }
};

TEST_F(Quality, OfAnEmptyBaseHasNoValues) {
  const auto indicators = Compute();
  EXPECT_EQ(indicators.size(), 8U);
  for (const auto& [name, indicator] : indicators) {
    EXPECT_FALSE(indicator.value.has_value()) << name;
    EXPECT_EQ(indicator.denominator, 0) << name;
    EXPECT_FALSE(indicator.title.french.empty() || indicator.numerator_meaning.english.empty() ||
                 indicator.denominator_meaning.french.empty())
        << name;
  }
}

TEST_F(Quality, CountsWhatItSays) {
  now_ = At(2026, 1, 10);
  const auto old_doubt = Register("1", Person("ADRUN", "ZOE", Day(1975, 12, 31))).identity.id;
  ASSERT_TRUE(SetAttributes(old_doubt, std::nullopt, true, std::nullopt).ok());
  Register("2", Person("BELLOC", "ANNE", Day(1950, 5, 17)));
  now_ = At(2026, 3, 2);
  RegisterQualified("3", Zoe(), ZoeIns());  // a duplicate of the first
  const auto new_doubt = Register("4", Person("CARPENTIER", "LEA", Day(1988, 8, 8))).identity.id;
  ASSERT_TRUE(SetAttributes(new_doubt, std::nullopt, true, std::nullopt).ok());
  // Touched since, but doubtful since January.
  auto moved = Zoe();
  moved.phone = "0100000000";
  ASSERT_TRUE(Update(old_doubt, moved, {"phone"}).ok());
  RecordVisit(Visit("V1", "3", At(2026, 3, 2)));
  RecordVisit(Visit("V2", "3", At(2026, 3, 3)));
  now_ = At(2026, 3, 12);
  const auto indicators = Compute();
  const auto pair = [&](const char* name) {
    const auto& indicator = indicators.at(name);
    return std::pair(indicator.numerator.value_or(-1), indicator.denominator);
  };
  EXPECT_EQ(pair("duplicates_in_stock"), std::pair(std::int64_t{2}, std::int64_t{4}));
  EXPECT_EQ(pair("duplicates_in_flow"), std::pair(std::int64_t{1}, std::int64_t{2}));
  EXPECT_EQ(pair("collisions"), std::pair(std::int64_t{0}, std::int64_t{1}));
  EXPECT_EQ(pair("ins_conflicts"), std::pair(std::int64_t{0}, std::int64_t{1}));
  EXPECT_EQ(pair("provisional_old"), std::pair(std::int64_t{2}, std::int64_t{4}));
  EXPECT_EQ(pair("doubtful_old"), std::pair(std::int64_t{1}, std::int64_t{2}));
  EXPECT_DOUBLE_EQ(*indicators.at("duplicates_in_stock").value, 0.5);
  EXPECT_DOUBLE_EQ(*indicators.at("queue_age_oldest").value, 10);
  EXPECT_DOUBLE_EQ(*indicators.at("queue_age_median").value, 10);
  EXPECT_EQ(indicators.at("queue_age_median").denominator, 1);
  EXPECT_EQ(Compute(90).at("doubtful_old").numerator, 0);
  EXPECT_EQ(Compute(0, "OTHER").at("duplicates_in_stock").denominator, 0);
}

TEST_F(Quality, RefusesWhatMakesNoSense) {
  const auto reason = [&](const daemon::QualityRequest& request) {
    return FieldsOf(registry_->QualityIndicators(request).status());
  };
  EXPECT_THAT(reason({{}, Day(2026, 3, 1), 0, "", {}}), ElementsAre("from:required"));
  EXPECT_THAT(reason({Day(2026, 3, 2), Day(2026, 3, 1), 0, "", {}}), ElementsAre("to:before_from"));
  EXPECT_THAT(reason({Day(2026, 3, 1), Day(2026, 3, 1), 3661, "", {}}),
              ElementsAre("old_after_days:out_of_range"));
}

}  // namespace
}  // namespace vigie::test

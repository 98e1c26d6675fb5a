#include <cmath>

#include "tests/daemon/registry_fixture.h"

namespace vigie::test {
namespace {

using matching::Sex;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class Desk : public RegistryTest {
 protected:
  std::vector<std::string> Found(const daemon::SearchRequest& request) {
    const auto result = registry_->Search(request);
    EXPECT_TRUE(result.ok()) << result.status();
    std::vector<std::string> local_ids;
    if (!result.ok()) return local_ids;
    for (const auto& identity : result->identities) local_ids.push_back(identity.local_id);
    return local_ids;
  }
  daemon::SearchRequest On(matching::Date date, const std::string& family = "",
                           const std::string& given = "") {
    daemon::SearchRequest request;
    request.birth_date = date;
    request.family_prefix = family;
    request.given_prefix = given;
    return request;
  }
};

TEST_F(Desk, SearchFindsByBirthDateAndUpToThreeLettersOfAnyName) {
  const matching::Date day = Day(1980, 5, 17);
  Register("martin", Person("MARTIN", "LEA", day));
  matching::Traits married = Person("DUBOIS", "MARIE", day);
  married.birth_given_names = "MARIE FRANCE, Zoé";
  married.used_family_name = "Marchand";
  married.used_given_name = "Lilou";
  Register("dubois", married);
  Register("le-goff", Person("LE GOFF", "YANN", day, Sex::kMale));
  Register("d-artagnan", Person("D'ARTAGNAN", "PIERRE", day, Sex::kMale));
  Register("xavier", Person("XAVIER", "PAUL", day, Sex::kMale));
  Register("other-day", Person("MARTIN", "LEA", Day(1980, 5, 18)));
  const struct {
    const char* description;
    const char* family;
    const char* given;
    std::vector<std::string> found;
  } cases[] = {
      {"the date alone", "", "", {"martin", "dubois", "le-goff", "d-artagnan", "xavier"}},
      {"birth and used family names", "mar", "", {"martin", "dubois"}},
      {"accents and case are folded", "Már", "", {"martin", "dubois"}},
      {"both criteria together", "mar", "li", {"dubois"}},
      {"any listed given name", "", "zo", {"dubois"}},
      {"used given name", "", "LIL", {"dubois"}},
      {"over a space", "leg", "", {"le-goff"}},
      {"typed with its space", "le g", "", {"le-goff"}},
      {"without its particle", "gof", "", {"le-goff"}},
      {"over an apostrophe", "d'a", "", {"d-artagnan"}},
      {"ending in an apostrophe", "d'", "", {"dubois", "d-artagnan"}},
      {"a letter that alone would be a placeholder", "X", "", {"xavier"}},
      {"nobody", "ZZZ", "", {}},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(Found(On(day, c.family, c.given)), ::testing::UnorderedElementsAreArray(c.found))
        << c.description;
  }
}

TEST_F(Desk, SearchRefusesWhatRnivDoesNotAllow) {
  const matching::Date day = Day(1980, 5, 17);
  const struct {
    const char* description;
    daemon::SearchRequest request;
    const char* problem;
  } cases[] = {
      {"no date", {}, "birth_date:required"},
      {"absent date", On({}), "birth_date:required"},
      {"no such day", On(Day(1980, 2, 31)), "birth_date:not_a_date"},
      {"four letters", On(day, "MART"), "family_prefix:more_than_three_letters"},
      {"a ligature is two letters", On(day, "", "CŒUR"), "given_prefix:more_than_three_letters"},
      {"no letter at all", On(day, "12"), "family_prefix:no_letter"},
      {"invalid UTF-8", On(day, "\xFF"), "family_prefix:invalid_text"},
      {"absurd length", On(day, std::string(1 << 20, 'A')), "family_prefix:invalid_text"},
  };
  for (const auto& c : cases) {
    const auto result = registry_->Search(c.request);
    EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument) << c.description;
    EXPECT_THAT(FieldsOf(result.status()), Contains(c.problem)) << c.description;
  }
  daemon::SearchRequest request;
  request.ins_matricule = "275126322074975";
  EXPECT_THAT(FieldsOf(registry_->Search(request).status()), ElementsAre("ins_matricule:key"));
  request.ins_matricule = "12";
  EXPECT_THAT(FieldsOf(registry_->Search(request).status()),
              ElementsAre("ins_matricule:matricule_shape"));
  request = On(day);
  request.page_size = -1;
  EXPECT_THAT(FieldsOf(registry_->Search(request).status()), ElementsAre("page_size:negative"));
}

TEST_F(Desk, SearchPagesWithoutOmissionOrRepetition) {
  const matching::Date day = Day(1980, 5, 17);
  for (int i = 0; i < 7; ++i) {
    Register(std::to_string(i), Person(std::string("MARTIN") + char('A' + i), "LEA", day));
  }
  daemon::SearchRequest request = On(day, "MAR");
  request.page_size = 3;
  std::vector<std::string> all;
  for (int page = 0; page < 3; ++page) {
    const auto result = registry_->Search(request);
    ASSERT_TRUE(result.ok()) << result.status();
    for (const auto& identity : result->identities) all.push_back(identity.local_id);
    request.page_token = result->next_page_token;
    EXPECT_EQ(request.page_token.empty(), page == 2);
  }
  EXPECT_THAT(all, ElementsAre("0", "1", "2", "3", "4", "5", "6"));
}

TEST_F(Desk, SearchRefusesATokenThatIsNotOfThisQuery) {
  const matching::Date day = Day(1980, 5, 17);
  for (const char* id : {"1", "2", "3"}) Register(id, Person("MARTIN", "LEA", day));
  daemon::SearchRequest request = On(day, "MAR");
  request.page_size = 1;
  const std::string token = registry_->Search(request)->next_page_token;
  ASSERT_FALSE(token.empty());
  for (const std::string& wrong :
       {std::string("x"), std::string("1"), token + "0", "0" + token, std::string(1000, '9')}) {
    request.page_token = wrong;
    EXPECT_EQ(ReasonOf(registry_->Search(request).status()), "page_token_invalid") << wrong;
  }
  request = On(day, "MA");
  request.page_token = token;
  EXPECT_EQ(ReasonOf(registry_->Search(request).status()), "page_token_invalid");
}

TEST_F(Desk, SearchByMatriculeFindsPresentAndPastHolders) {
  RegisterQualified("1", Zoe(), ZoeIns());
  const auto second = RegisterQualified("2", Person("DUBOIS", "LEA", Day(1990, 4, 5)), ZoeIns());
  ASSERT_TRUE(registry_->WithdrawIns({Context(), second.identity.id, 0, false}).ok());
  daemon::SearchRequest request;
  request.ins_matricule = "2 75 12 63 220 749 74";
  EXPECT_THAT(Found(request), ElementsAre("1", "2"));
  request.birth_date = Day(1990, 4, 5);
  EXPECT_THAT(Found(request), ElementsAre("2"));
  request.birth_date.reset();
  request.family_prefix = "ADR";
  EXPECT_THAT(Found(request), ElementsAre("1"));
}

TEST_F(Desk, SearchByMatriculePagesAndRefusesWhatTheDateWouldRefuse) {
  for (const char* id : {"1", "2", "3"}) RegisterQualified(id, Zoe(), ZoeIns());
  daemon::SearchRequest request;
  request.ins_matricule = ZoeIns().matricule;
  request.page_size = 2;
  const auto first = registry_->Search(request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->identities.size(), 2U);
  ASSERT_FALSE(first->next_page_token.empty());
  request.page_token = first->next_page_token;
  EXPECT_THAT(Found(request), ElementsAre("3"));
  EXPECT_EQ(registry_->Search(request)->next_page_token, "");
  request.family_prefix = "ADR";
  EXPECT_EQ(ReasonOf(registry_->Search(request).status()), "page_token_invalid");
  request.page_token = "nonsense";
  EXPECT_EQ(ReasonOf(registry_->Search(request).status()), "page_token_invalid");
  request.page_token.clear();
  request.page_size = -1;
  EXPECT_THAT(FieldsOf(registry_->Search(request).status()), ElementsAre("page_size:negative"));
  request.page_size = 0;
  request.birth_date = Day(1980, 2, 31);
  EXPECT_THAT(FieldsOf(registry_->Search(request).status()), ElementsAre("birth_date:not_a_date"));
}

TEST_F(Desk, KeysThatCannotExistAreRefusedNotLookedFor) {
  EXPECT_THAT(FieldsOf(registry_->ResolveLocalId("", "").status()),
              ElementsAre("domain:required", "local_id:required"));
  EXPECT_THAT(FieldsOf(registry_->ResolveLocalId(kDomain, std::string(65, '1')).status()),
              ElementsAre("local_id:too_long"));
  EXPECT_THAT(FieldsOf(registry_->GetVisit("a domain", "").status()),
              ElementsAre("domain:domain_characters", "visit_number:required"));
}

TEST_F(Desk, MatchRanksWithoutWriting) {
  Register("1", Zoe());
  matching::Traits near = Zoe();
  near.birth_family_name = "ADRUM";
  near.birth_place_code.clear();
  Register("2", near);
  Register("3", Person("KOWALSKI", "HUGO", Day(2001, 6, 17), Sex::kMale));
  const std::int64_t commit_number = CommitNumber();
  daemon::MatchRequest request;
  request.traits = Zoe();
  const auto result = registry_->Match(request);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->candidates.size(), 2U);
  EXPECT_EQ(result->candidates[0].identity.local_id, "1");
  EXPECT_EQ(result->candidates[1].identity.local_id, "2");
  EXPECT_GT(result->candidates[0].score.weight_bits, result->candidates[1].score.weight_bits);
  EXPECT_EQ(result->model_version, matching::FrenchHospitalModel()->version);
  EXPECT_FALSE(result->truncated);
  EXPECT_EQ(CommitNumber(), commit_number);
  request.limit = 1;
  EXPECT_EQ(registry_->Match(request)->candidates.size(), 1U);
  request.limit = 0;
  request.domain = "CLINIQUE";
  EXPECT_THAT(registry_->Match(request)->candidates, IsEmpty());
  request.domain.clear();
  request.probability_min = 1.0;
  EXPECT_THAT(registry_->Match(request)->candidates, IsEmpty());
}

// The picture is the arithmetic: with the frequencies of this base, the bits shown add up to the
// very weight the candidates are ranked by.
TEST_F(Desk, MatchExplainsEachScoreToTheBit) {
  const matching::Date day = Day(1975, 12, 31);
  for (int i = 0; i < 30; ++i) {
    const std::string letter(1, static_cast<char>('A' + i % 26));
    Register("common-" + std::to_string(i), Person("MARTIN", "LEA" + letter, Day(1980, 5, 1 + i)));
  }
  RegisterQualified("zoe", Zoe(), ZoeIns());
  matching::Traits married = Zoe();
  married.used_family_name = "MARTIN";
  married.birth_given_names = "ZOE MARIE";
  Register("married", married);
  Register("twin", Person("ADRUN", "LEA", day));
  daemon::MatchRequest request;
  request.traits = Zoe();
  request.traits.used_family_name = "Martin";
  request.ins = ZoeIns();
  request.probability_min = 0;
  EXPECT_FALSE(registry_->Match(request)->candidates.at(0).explanation.has_value());
  request.explain = true;
  const auto result = registry_->Match(request);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_GE(result->candidates.size(), 3U);
  bool used_frequency = false;
  for (const daemon::ScoredCandidate& candidate : result->candidates) {
    ASSERT_TRUE(candidate.explanation.has_value()) << candidate.identity.local_id;
    const matching::DetailedScore& detail = candidate.explanation->detail;
    EXPECT_EQ(detail.score.weight_bits, candidate.score.weight_bits);
    EXPECT_EQ(detail.score.probability, candidate.score.probability);
    EXPECT_EQ(detail.score.band, candidate.score.band);
    double bits = detail.prior_bits + detail.other_hypotheses_bits;
    for (const matching::ComparisonScore& comparison : detail.comparisons) {
      bits += comparison.bits;
      used_frequency = used_frequency || comparison.term_frequency > 0;
    }
    EXPECT_NEAR(bits, candidate.score.weight_bits, 1e-9) << candidate.identity.local_id;
  }
  EXPECT_TRUE(used_frequency) << "or the base's counts were not used at all";
}

TEST_F(Desk, MatchExplainsWithWhatWasAskedOnTheLeft) {
  RegisterQualified("zoe", Zoe(), ZoeIns());
  const auto recovered = Register("2", Zoe()).identity.id;
  ASSERT_TRUE(RecordAnswer(recovered, Answer(Zoe(), ZoeIns(), now_)).ok());
  daemon::MatchRequest request;
  request.traits = Zoe();
  request.traits.birth_family_name = "Adrún";
  request.ins = ZoeIns();
  request.explain = true;
  const auto result = registry_->Match(request);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->candidates.size(), 2U);
  for (const daemon::ScoredCandidate& candidate : result->candidates) {
    for (const matching::ExplainedComparison& comparison : candidate.explanation->comparisons) {
      if (comparison.name == "family_name") {
        EXPECT_EQ(comparison.left_value, "Adrún");
        EXPECT_EQ(comparison.right_value, "ADRUN");
      }
      if (comparison.name == "matricule") {
        // The caller typed the one; of the other side only a qualified identity shows its own.
        EXPECT_EQ(comparison.left_value, ZoeIns().matricule);
        EXPECT_EQ(comparison.right_value,
                  candidate.identity.local_id == "zoe" ? ZoeIns().matricule : "");
      }
    }
  }
}

TEST_F(Desk, MatchSaysWhenItWasCut) {
  daemon::RegistryOptions options;
  options.candidate_limits.candidates_max = 2;
  Open(options);
  for (const char* id : {"1", "2", "3", "4"}) Register(id, Zoe());
  daemon::MatchRequest request;
  request.traits = Zoe();
  EXPECT_TRUE(registry_->Match(request)->truncated);
  options.candidate_limits = {2, 500};
  Open(options);
  Register("1", Zoe());
  Register("2", Zoe());
  EXPECT_EQ(registry_->Match(request)->full_key_count, 0);
  EXPECT_THAT(Register("3", Zoe()).warnings, Contains("candidate_keys_full"));
  EXPECT_GT(registry_->Match(request)->full_key_count, 0);
}

TEST_F(Desk, MatchByAMatriculeAlone) {
  RegisterQualified("1", Zoe(), ZoeIns());
  daemon::MatchRequest request;
  request.ins = ZoeIns();
  request.probability_min = 0;
  const auto result = registry_->Match(request);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->candidates.size(), 1U);
}

TEST_F(Desk, MatchRefusesWhatItCannotUse) {
  daemon::MatchRequest request;
  EXPECT_EQ(ReasonOf(registry_->Match(request).status()), "too_few_traits");
  request.traits = Zoe();
  for (const double wrong : {-0.1, 1.1, std::nan("")}) {
    request.probability_min = wrong;
    EXPECT_THAT(FieldsOf(registry_->Match(request).status()),
                ElementsAre("probability_min:out_of_range"));
  }
  request.probability_min.reset();
  request.limit = -1;
  EXPECT_THAT(FieldsOf(registry_->Match(request).status()), ElementsAre("limit:negative"));
  request.limit = 0;
  request.traits.birth_family_name = "\xC3(";
  EXPECT_THAT(FieldsOf(registry_->Match(request).status()),
              ElementsAre("traits.birth_family_name:invalid_text"));
  request.traits = Zoe();
  request.traits.birth_date = Day(1980, 13, 1);
  EXPECT_THAT(FieldsOf(registry_->Match(request).status()),
              ElementsAre("traits.birth_date:not_a_date"));
  request.traits = Zoe();
  request.ins = matching::Ins{"275126322074975", kNirOid};
  EXPECT_THAT(FieldsOf(registry_->Match(request).status()), ElementsAre("ins.matricule:key"));
}

// A name may be written in a way RNIV refuses; at the desk it is compared all the same.
TEST_F(Desk, MatchComparesWhatItCouldNotStore) {
  Register("1", Zoe());
  daemon::MatchRequest request;
  request.traits = Zoe();
  request.traits.birth_family_name = "ADRUN (épouse)";
  EXPECT_TRUE(registry_->Match(request).ok());
}

TEST_F(Desk, ExplainSaysWhyAPairIsACase) {
  const auto first = Register("1", Zoe()).identity.id;
  const auto second = Register("2", Zoe());
  const auto why = registry_->Explain(first, second.identity.id);
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_EQ(why->left.id, first);
  EXPECT_EQ(why->right.id, second.identity.id);
  EXPECT_EQ(why->bits_short, 0);
  EXPECT_THAT(why->shared_keys, Not(IsEmpty()));
  EXPECT_THAT(why->full_keys, IsEmpty());
  EXPECT_EQ(why->case_ids, second.opened_case_ids);
  EXPECT_EQ(why->explanation.detail.score.weight_bits, Cases({})[0].weight_bits)
      << "the explanation is of the score the case has";
  const auto back = registry_->Explain(second.identity.id, first);
  EXPECT_EQ(back->explanation.detail.score.weight_bits, why->explanation.detail.score.weight_bits);
}

TEST_F(Desk, ExplainSaysWhyNot) {
  const auto first = Register("1", Zoe()).identity.id;
  const auto second =
      Register("2", Person("KOWALSKI", "HUGO", Day(2001, 6, 17), Sex::kMale)).identity.id;
  const auto why = registry_->Explain(first, second);
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_THAT(why->shared_keys, IsEmpty());
  EXPECT_THAT(why->case_ids, IsEmpty());
  EXPECT_NEAR(why->bits_short, -why->explanation.detail.score.weight_bits, 1e-9)
      << "the review threshold is at even odds";
  EXPECT_GT(why->bits_short, 0);
}

TEST_F(Desk, ExplainNamesTheKeysThatAreFull) {
  daemon::RegistryOptions options;
  options.candidate_limits.identities_per_key_max = 2;
  Open(options);
  const auto first = Register("1", Zoe()).identity.id;
  const auto second = Register("2", Zoe()).identity.id;
  Register("3", Zoe());
  const auto why = registry_->Explain(first, second);
  ASSERT_TRUE(why.ok());
  EXPECT_EQ(why->full_keys, why->shared_keys);
}

TEST_F(Desk, ExplainRefusesOneIdentityTwiceAndUnknownOnes) {
  const auto first = Register("1", Zoe()).identity.id;
  EXPECT_THAT(FieldsOf(registry_->Explain(first, first).status()),
              ElementsAre("right:same_as_left"));
  EXPECT_EQ(ReasonOf(registry_->Explain(first, 99).status()), "identity_not_found");
  EXPECT_EQ(ReasonOf(registry_->Explain(99, first).status()), "identity_not_found");
}

TEST_F(Desk, ResolvesLocalIdsAndMatricules) {
  const auto first = RegisterQualified("1", Zoe(), ZoeIns()).identity;
  EXPECT_EQ(*registry_->ResolveLocalId(kDomain, "1"), first);
  EXPECT_EQ(ReasonOf(registry_->ResolveLocalId("CLINIQUE", "1").status()), "identity_not_found");
  EXPECT_EQ(ReasonOf(registry_->Get(99).status()), "identity_not_found");
  const auto second = RegisterQualified("2", Zoe(), ZoeIns()).identity;
  ASSERT_TRUE(registry_->WithdrawIns({Context(), first.id, 0, false}).ok());
  const auto holders = registry_->ResolveIns(ZoeIns());
  ASSERT_TRUE(holders.ok());
  ASSERT_EQ(holders->size(), 2U);
  EXPECT_EQ((*holders)[0].id, second.id) << "those that carry it now come first";
  EXPECT_EQ((*holders)[1].id, first.id);
  EXPECT_THAT(*registry_->ResolveIns({ZoeIns().matricule, kNiaOid}), IsEmpty())
      << "a matricule never stands without its OID";
}

TEST_F(Desk, HistoryComesNewestFirstInPages) {
  const auto id = Register("1", Zoe()).identity.id;
  for (const char* city : {"A", "B", "C"}) {
    matching::Traits traits;
    traits.city = city;
    ASSERT_TRUE(Update(id, traits, {"city"}).ok());
  }
  const auto newest = registry_->History(id, 0, 3);
  ASSERT_TRUE(newest.ok());
  ASSERT_EQ(newest->size(), 3U);
  EXPECT_EQ((*newest)[0].version, 4);
  const auto rest = registry_->History(id, (*newest)[2].version, 3);
  ASSERT_EQ(rest->size(), 1U);
  EXPECT_EQ((*rest)[0].operation, "register");
  EXPECT_EQ(ReasonOf(registry_->History(99, 0, 0).status()), "identity_not_found");
  EXPECT_THAT(FieldsOf(registry_->History(id, -1, -1).status()),
              ElementsAre("before_version:negative", "limit:negative"));
}

TEST_F(Desk, StatusCountsWhatIsThere) {
  RegisterQualified("1", Zoe(), ZoeIns());
  Register("2", Zoe());
  RecordVisit(Visit("V", "3", now_));
  const auto status = registry_->Status();
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status->counts.identity_count, 2);
  EXPECT_EQ(status->counts.qualified_count, 1);
  EXPECT_EQ(status->counts.provisional_count, 1);
  EXPECT_EQ(status->counts.open_case_count, 1);
  EXPECT_EQ(status->counts.visit_count, 1);
  EXPECT_EQ(status->commit_number, 3);
  EXPECT_EQ(status->base_id.size(), 32U);
  EXPECT_TRUE(status->health.writable);
}

TEST_F(Desk, CasesAreListedCountedAndFound) {
  for (const char* id : {"1", "2", "3"}) Register(id, Zoe());
  const auto page = registry_->ListCases({{}, false, 2, ""});
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->cases.size(), 2U);
  const auto rest = registry_->ListCases({{}, false, 2, page->next_page_token});
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(rest->cases.size(), 1U);
  EXPECT_EQ(*registry_->CountCases({}), 3);
  EXPECT_EQ(ReasonOf(registry_->GetCase(99).status()), "case_not_found");
  EXPECT_EQ(ReasonOf(registry_->ListCases({{}, false, 2, "zzz"}).status()), "page_token_invalid");
  EXPECT_THAT(FieldsOf(registry_->ListCases({{}, false, -2, ""}).status()),
              ElementsAre("page_size:negative"));
}

TEST(RegistryCreate, RefusesAnUnknownZoneAndAWrongDeviceList) {
  const auto store = storage::MakeMemoryStore();
  const auto create = [&](const daemon::RegistryOptions& options) {
    return daemon::Registry::Create(store.get(), matching::FrenchHospitalModel(), {}, options)
        .status();
  };
  daemon::RegistryOptions options;
  EXPECT_TRUE(create(options).ok());
  options.default_time_zone = "Europe/Atlantis";
  EXPECT_THAT(FieldsOf(create(options)), ElementsAre("default_time_zone:unknown_time_zone"));
  options = {};
  options.evidence_devices = {{"", "Carte", "Card", true}};
  EXPECT_THAT(FieldsOf(create(options)), ElementsAre("evidence_devices:device_without_type"));
  options.evidence_devices = {{"a", "Carte", "Card", true}, {"a", "Carte", "Card", false}};
  EXPECT_THAT(FieldsOf(create(options)), ElementsAre("evidence_devices:device_twice"));
}

}  // namespace
}  // namespace vigie::test

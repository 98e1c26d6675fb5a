#include "storage/keys.h"

#include <algorithm>
#include <limits>
#include <random>
#include <set>

#include "tests/storage/builders.h"
#include "tests/storage/hex.h"

namespace vigie::storage {
namespace {

using matching::Band;
using matching::CaseKind;
using matching::Date;
using matching::IdentityId;
using matching::Ins;

// The bytes on disk. A line that changes here changes the format: raise kSchemaVersion and say how
// old stores are brought over (FORMAT.md).
TEST(Keys, AreTheseBytes) {
  const matching::Visit visit = FullVisit();
  const matching::Case c = FullCase();
  matching::Visit waiting = visit;
  waiting.local_id = "A";
  matching::Case of_value = c;
  of_value.kind = CaseKind::kFrequentValue;
  of_value.frequent_value = {matching::TermColumn::kBirthDate, "1900-01-01", 0x0102030405060708};
  const struct {
    std::string description, key, hex;
  } cases[] = {
      {"number", NumberBytes(0x0102030405060708), "0102030405060708"},
      {"local id", LocalIdKey("CHU", "7"), "434855000137 0001"},
      {"local id with a zero byte", LocalIdKey(std::string("A\0B", 3), ""), "4100ff4200010001"},
      {"INS", InsKey({"28", "1.2"}, 42), "312e320001 32380001 000000000000002a"},
      {"INS confirmed", InsConfirmationKey(At(1'700'000'000), 42),
       "0002 80060a24181e4000 000000000000002a"},
      {"candidate", CandidateIndexKey(0xa1b2c3d4e5f60718, 42), "a1b2c3d4e5f60718 000000000000002a"},
      {"search, no name", SearchKey({1984, 7, 31}, SearchNameKind::kAny, "", 42),
       "07c0071f 00 000000 000000000000002a"},
      {"search, family name", SearchKey({1984, 7, 0}, SearchNameKind::kFamily, "DU", 42),
       "07c00700 01 445500 000000000000002a"},
      {"search, given name", SearchKey({1984, 0, 0}, SearchNameKind::kGiven, "MAR", 42),
       "07c00000 02 4d4152 000000000000002a"},
      {"history", HistoryKey(42, 3), "000000000000002a fffffffffffffffc"},
      {"visit", VisitKey("CHU", "V1"), "4348550001 56310001"},
      {"visit by time", VisitTimeKey(visit), "74 80060a3b60952800 4348550001 56310001"},
      {"visit by identity", VisitIdentityKey(visit),
       "69 000000000000002a 7ff9f5c49f6ad7ff 4348550001 56310001"},
      {"visit waiting", VisitWaitingKey(waiting), "77 4348550001 410001 4348550001 56310001"},
      {"live case", LiveCaseKey(CaseKind::kDuplicate, {1, 2}),
       "6c 01 0000000000000001 0000000000000002"},
      {"live case of a value", LiveCaseKey(of_value), "6c 06 03 0102030405060708"},
      {"case by value", CaseValueKey(matching::TermColumn::kBirthDate, 0x0102030405060708, 7),
       "76 03 0102030405060708 0000000000000007"},
      {"case by identity", CaseIdentityKey(42, 7), "69 000000000000002a 0000000000000007"},
      {"case by assignee", CaseAssigneeKey("DUPOND", 7), "61 4455504f4e440001 0000000000000007"},
      {"case on hold", CaseHoldKey({2026, 3, 9}, 7), "68 07ea 03 09 0000000000000007"},
      {"decision", DecisionListKey(2), "6e fffffffffffffffd"},
      {"decision by identity", DecisionIdentityKey(42, 2), "69 000000000000002a fffffffffffffffd"},
      {"decision of a pair", DecisionPairKey(matching::Verdict::kDifferentPersons, {1, 2}),
       "70 03 0000000000000001 0000000000000002"},
      {"merged", MergedIdentityKey(42), "6d 000000000000002a"},
      {"absorbed", AbsorbedKey(1, 42), "73 0000000000000001 000000000000002a"},
      {"queue", CaseQueueKey(1, c), "71 01 fd57 3fd77fffffffffff 0000000000000007"},
      {"queue by band", CaseQueueKeyByBand(1, c), "71 01 fd 3fd77fffffffffff 0000000000000007"},
      {"proposal", NumberBytes(17), "0000000000000011"},
      {"note", CaseNoteKey(7, 2), "0000000000000007 fffffffffffffffd"},
      {"pair to label", LabelKey(1, 2), "0000000000000001 0000000000000002"},
      {"pair that waits for a label", LabelWaitingKey(1, 2),
       "77 f88545efce40cb04 0000000000000001 0000000000000002"},
      {"snapshot", SnapshotKey({2026, 3, 9}, "d1", 2), "f815 fc f6 64310001 fffffffffffffffd"},
      {"counter", CounterKey(Counter::kQualified), "63 08"},
      {"term count", TermKey(3, 0x0102030405060708), "74 03 0102030405060708"},
      {"case count", CaseCountKey(c), "71 03 02 02 4348550001"},
  };
  for (const auto& k : cases) {
    EXPECT_EQ(Hex(k.key), WithoutSpaces(k.hex)) << k.description;
  }
}

TEST(Keys, AreReadBackAsTheyWereBuilt) {
  std::string domain, local_id, letters, visit_key;
  ASSERT_TRUE(ParseLocalIdKey(LocalIdKey(std::string("A\0B", 3), "x"), &domain, &local_id));
  EXPECT_EQ(domain, std::string("A\0B", 3));
  EXPECT_EQ(local_id, "x");
  Ins ins;
  IdentityId id = 0;
  ASSERT_TRUE(ParseInsKey(InsKey({"28", "1.2"}, 42), &ins, &id));
  EXPECT_EQ(ins, (Ins{"28", "1.2"}));
  EXPECT_EQ(id, 42u);
  matching::Instant confirmed_at;
  ASSERT_TRUE(ParseInsConfirmationKey(InsConfirmationKey(At(-5), 43), &confirmed_at, &id));
  EXPECT_EQ(confirmed_at, At(-5));
  EXPECT_EQ(id, 43u);
  EXPECT_FALSE(ParseInsConfirmationKey(InsKey({"28", "1.2"}, 42), &confirmed_at, &id));
  EXPECT_FALSE(ParseInsConfirmationKey(InsConfirmationKey(At(5), 43) + "x", &confirmed_at, &id));
  EXPECT_FALSE(ParseInsKey(InsConfirmationKey(At(5), 43), &ins, &id)) << "no string begins so";
  std::uint64_t number = 0;
  ASSERT_TRUE(ParseCandidateIndexKey(CandidateIndexKey(5, 6), &number, &id));
  EXPECT_EQ(number, 5u);
  EXPECT_EQ(id, 6u);
  Date date;
  SearchNameKind kind = SearchNameKind::kAny;
  ASSERT_TRUE(ParseSearchKey(SearchKey({1984, 0, 3}, SearchNameKind::kGiven, "MA", 9), &date, &kind,
                             &letters, &id));
  EXPECT_EQ(date, (Date{1984, 0, 3}));
  EXPECT_EQ(kind, SearchNameKind::kGiven);
  EXPECT_EQ(letters, "MA");
  EXPECT_EQ(id, 9u);
  std::int64_t version = 0;
  ASSERT_TRUE(ParseHistoryKey(HistoryKey(42, 3), &id, &version));
  EXPECT_EQ(version, 3);
  const matching::Visit visit = FullVisit();
  for (const std::string& key :
       {VisitTimeKey(visit), VisitIdentityKey(visit), VisitWaitingKey(visit)}) {
    ASSERT_TRUE(ParseVisitIndexKey(key, &visit_key)) << Hex(key);
    EXPECT_EQ(visit_key, VisitKey(visit.domain, visit.visit_number));
  }
  std::uint8_t state = 0;
  ASSERT_TRUE(ParseCaseQueueKey(CaseQueueKey(2, FullCase()), &state, &number));
  EXPECT_EQ(state, 2);
  EXPECT_EQ(number, 7u);
  std::string definition;
  ASSERT_TRUE(ParseSnapshotKey(SnapshotKey({2026, 3, 9}, "d1", 2), &date, &definition, &version));
  EXPECT_EQ(date, (Date{2026, 3, 9}));
  EXPECT_EQ(definition, "d1");
  EXPECT_EQ(version, 2);
  std::uint64_t case_id = 0;
  ASSERT_TRUE(ParseCaseNoteKey(CaseNoteKey(7, 2), &case_id, &number));
  EXPECT_EQ(case_id, 7u);
  EXPECT_EQ(number, 2u);
  IdentityId right = 0;
  ASSERT_TRUE(ParseLabelKey(LabelKey(8, 9), &id, &right));
  EXPECT_EQ(std::pair(id, right), std::pair(IdentityId{8}, IdentityId{9}));
  ASSERT_TRUE(ParseLabelWaitingKey(LabelWaitingKey(10, 11), &id, &right));
  EXPECT_EQ(std::pair(id, right), std::pair(IdentityId{10}, IdentityId{11}));
  EXPECT_FALSE(ParseLabelWaitingKey(LabelWaitingKey(10, 11) + "x", &id, &right));
  EXPECT_FALSE(ParseLabelKey(LabelKey(8, 9).substr(1), &id, &right));
  std::uint8_t column = 0;
  ASSERT_TRUE(ParseTermKey(TermKey(3, 99), &column, &number));
  EXPECT_EQ(column, 3);
  EXPECT_EQ(number, 99u);
  matching::Case group;
  ASSERT_TRUE(ParseCaseCountKey(CaseCountKey(FullCase()), &group.kind, &group.state, &group.band,
                                &group.domain));
  EXPECT_EQ(group.kind, CaseKind::kInsConflict);
  EXPECT_EQ(group.band, Band::kProbable);
  EXPECT_EQ(group.domain, "CHU");
}

TEST(Keys, OfDifferentStringsAreDifferentAndNoneIsTheBeginningOfAnother) {
  std::mt19937_64 random(1);
  const auto text = [&] {
    std::string s;
    for (auto n = random() % 4; n > 0; --n) s.push_back("\x00\x01\xff"[random() % 3]);
    return s;
  };
  std::set<std::pair<std::string, std::string>> tuples;
  for (int i = 0; i < 600; ++i) tuples.insert({text(), text()});
  std::vector<std::string> keys;
  for (const auto& [domain, local_id] : tuples) keys.push_back(LocalIdKey(domain, local_id));
  // The set is sorted by strings: keys must come in the same order.
  for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
    EXPECT_LT(keys[i], keys[i + 1]) << Hex(keys[i]);
    EXPECT_NE(keys[i + 1].substr(0, keys[i].size()), keys[i]);
  }
}

TEST(Keys, OfSnapshotsComeNewestDayFirstThenByDefinitionThenNewestRevisionFirst) {
  const std::vector<std::string> keys = {
      SnapshotKey({2027, 1, 1}, "b", 1),   SnapshotKey({2026, 12, 31}, "a", 2),
      SnapshotKey({2026, 12, 31}, "a", 1), SnapshotKey({2026, 12, 31}, "b", 1),
      SnapshotKey({2026, 12, 30}, "a", 1), SnapshotKey({2026, 11, 30}, "a", 300),
      SnapshotKey({1999, 12, 31}, "a", 1)};
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
}

TEST(Keys, CutShortOrLengthenedAreRefused) {
  std::string text, other;
  Ins ins;
  IdentityId id = 0;
  std::uint64_t number = 0;
  std::uint8_t byte = 0;
  Date date;
  SearchNameKind kind = SearchNameKind::kAny;
  std::int64_t version = 0;
  matching::Case group;
  const auto refused = [](const std::string& key, auto parse) {
    EXPECT_TRUE(parse(key));
    EXPECT_FALSE(parse(key + '\0')) << Hex(key);
    for (std::size_t n = 0; n < key.size(); ++n) EXPECT_FALSE(parse(key.substr(0, n))) << n;
  };
  refused(SnapshotKey({2026, 3, 9}, "d1", 2),
          [&](const std::string& k) { return ParseSnapshotKey(k, &date, &text, &version); });
  refused(CaseNoteKey(7, 2),
          [&](const std::string& k) { return ParseCaseNoteKey(k, &number, &id); });
  refused(NumberBytes(7), [&](const std::string& k) { return ParseNumberBytes(k, &number); });
  refused(LocalIdKey("A", "B"),
          [&](const std::string& k) { return ParseLocalIdKey(k, &text, &other); });
  refused(InsKey({"2", "1"}, 3), [&](const std::string& k) { return ParseInsKey(k, &ins, &id); });
  refused(CandidateIndexKey(1, 2),
          [&](const std::string& k) { return ParseCandidateIndexKey(k, &number, &id); });
  refused(SearchKey({1, 2, 3}, SearchNameKind::kGiven, "A", 4),
          [&](const std::string& k) { return ParseSearchKey(k, &date, &kind, &text, &id); });
  refused(HistoryKey(1, 2),
          [&](const std::string& k) { return ParseHistoryKey(k, &id, &version); });
  refused(VisitTimeKey(FullVisit()),
          [&](const std::string& k) { return ParseVisitIndexKey(k, &text); });
  refused(VisitIdentityKey(FullVisit()),
          [&](const std::string& k) { return ParseVisitIndexKey(k, &text); });
  refused(VisitWaitingKey(FullVisit()),
          [&](const std::string& k) { return ParseVisitIndexKey(k, &text); });
  refused(CaseQueueKey(1, FullCase()),
          [&](const std::string& k) { return ParseCaseQueueKey(k, &byte, &number); });
  refused(TermKey(1, 2), [&](const std::string& k) { return ParseTermKey(k, &byte, &number); });
  refused(CaseCountKey(FullCase()), [&](const std::string& k) {
    return ParseCaseCountKey(k, &group.kind, &group.state, &group.band, &group.domain);
  });
}

TEST(Keys, OfTheQueueSortByPriorityThenWeightFallingThenNumber) {
  const double infinity = std::numeric_limits<double>::infinity();
  std::vector<std::pair<double, std::string>> weights;
  for (const double w : {infinity, 1e300, 40.5, 12.25, 1.0, 1e-300, 0.0, -0.5, -40.0, -infinity}) {
    weights.emplace_back(w, "");
    AppendFallingDouble(w, &weights.back().second);
  }
  for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
    EXPECT_LT(weights[i].second, weights[i + 1].second) << weights[i].first;
  }
  std::string minus_zero, zero, nothing;
  AppendFallingDouble(-0.0, &minus_zero);
  AppendFallingDouble(0.0, &zero);
  AppendFallingDouble(std::numeric_limits<double>::quiet_NaN(), &nothing);
  EXPECT_EQ(minus_zero, zero);
  EXPECT_GT(nothing, weights.back().second);
  const auto key = [](std::uint64_t id, int priority, double weight) {
    matching::Case c = OpenCase(id, {1, 2}, Band::kProbable, weight);
    c.priority = priority;
    return CaseQueueKey(1, c);
  };
  EXPECT_LT(key(9, 1000, 1), key(1, 999, 50));
  EXPECT_LT(key(9, 256, 1), key(1, 255, 50));
  EXPECT_LT(key(9, 1, 1), key(1, 0, 50));
  EXPECT_LT(key(9, 300, 20), key(1, 300, 10));
  EXPECT_LT(key(1, 300, 10), key(2, 300, 10));
}

TEST(Keys, OfVisitsBefore1970SortBeforeThoseAfter) {
  EXPECT_LT(VisitTimePrefix(At(-1)), VisitTimePrefix(At(0)));
  EXPECT_LT(VisitTimePrefix(At(0)), VisitTimePrefix(At(1)));
}

TEST(Keys, AfterAKeyIsNothingButItsSuccessors) {
  EXPECT_LT(std::string("a"), KeyAfter("a"));
  EXPECT_LT(KeyAfter("a"), std::string("a\0\0", 3));
  EXPECT_LT(KeyAfter("a"), std::string("a\1"));
}

}  // namespace
}  // namespace vigie::storage

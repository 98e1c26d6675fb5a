// What storage/store.h promises, on the in-memory store and on RocksDB.
#include "storage/store.h"

#include <algorithm>
#include <random>
#include <set>

#include "tests/storage/builders.h"
#include "tests/support/temporary_directory.h"

namespace vigie::storage {
namespace {

using matching::Band;
using matching::Case;
using matching::CaseKind;
using matching::CaseState;
using matching::Identity;
using matching::IdentityId;
using matching::Ins;
using matching::TrustStatus;
using matching::Visit;
using testing::ElementsAre;
using testing::IsEmpty;

class StoreTest : public testing::TestWithParam<bool> {
 protected:
  StoreTest() {
    if (!GetParam()) {
      store_ = MakeMemoryStore();
      return;
    }
    StoreOptions options;
    options.data_directory = directory_ / "data";
    options.free_bytes_low = 0;
    options.free_bytes_high = 0;
    options.ballast_bytes = 0;
    options.block_cache_bytes = 1 << 20;
    store_ = std::move(OpenStore(options, nullptr)).value();
  }

  absl::StatusOr<std::int64_t> Do(const std::function<absl::Status(Transaction&)>& change) {
    return store_->Commit(Context(), [&](Transaction& t, CommitContext&) { return change(t); });
  }
  // Must succeed.
  std::int64_t Must(const std::function<absl::Status(Transaction&)>& change) {
    const absl::StatusOr<std::int64_t> done = Do(change);
    EXPECT_TRUE(done.ok()) << done.status();
    return done.ok() ? *done : -1;
  }
  void Add(const Identity& identity, const IndexEntries& entries) {
    Must([&](Transaction& t) { return t.PutIdentity(nullptr, nullptr, identity, entries); });
  }
  void Add(const Identity& identity) { Add(identity, EntriesOf(identity)); }
  std::unique_ptr<View> Read() const { return store_->Read(); }
  std::vector<IdentityId> Found(const SearchQuery& query) const {
    return Read()->Search(query).value().identity_ids;
  }

  tests::TemporaryDirectory directory_;
  std::unique_ptr<Store> store_;
};

INSTANTIATE_TEST_SUITE_P(BothStores, StoreTest, testing::Bool(), [](const auto& i) {
  return i.param ? std::string("RocksDb") : std::string("Memory");
});

// --- identities ---

TEST_P(StoreTest, KeepsAnIdentityWithEveryField) {
  Add(FullIdentity());
  EXPECT_EQ(Read()->GetIdentity(42).value(), FullIdentity());
  EXPECT_EQ(Read()->GetIdentity(43).value(), std::nullopt);
  EXPECT_EQ(Read()->FindByLocalId("CHU", "IPP0042").value(), std::optional<IdentityId>(42));
  EXPECT_EQ(Read()->FindByLocalId("CHU", "IPP004").value(), std::nullopt);
  EXPECT_EQ(Read()->FindByLocalId("CH", "UIPP0042").value(), std::nullopt);
}

TEST_P(StoreTest, GivesManyIdentitiesInTheOrderAsked) {
  for (IdentityId id = 1; id <= 5; ++id) Add(Person(id, std::to_string(id)));
  const auto found = Read()->GetIdentities({5, 9, 1, 5}).value();
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0]->id, 5u);
  EXPECT_FALSE(found[1].has_value());
  EXPECT_EQ(found[2]->id, 1u);
  EXPECT_EQ(found[3]->id, 5u);
  std::vector<IdentityId> scanned;
  ASSERT_TRUE(Read()
                  ->ScanIdentities(2,
                                   [&](const Identity& i) {
                                     scanned.push_back(i.id);
                                     return i.id < 4;
                                   })
                  .ok());
  EXPECT_THAT(scanned, ElementsAre(3, 4));
}

TEST_P(StoreTest, GivesNumbersOnceAndInOrder) {
  for (IdentityId expected = 1; expected <= 3; ++expected) {
    Must([&](Transaction& t) {
      const IdentityId id = t.NextIdentityId().value();
      EXPECT_EQ(id, expected * 2 - 1);
      EXPECT_EQ(t.NextIdentityId().value(), expected * 2);
      EXPECT_EQ(t.NextCaseId().value(), expected);
      return absl::OkStatus();
    });
  }
}

TEST_P(StoreTest, RefusesALocalIdThatBelongsToAnotherIdentity) {
  Add(Person(1, "A"));
  const Identity second = Person(2, "A");
  const auto done = Do(
      [&](Transaction& t) { return t.PutIdentity(nullptr, nullptr, second, EntriesOf(second)); });
  EXPECT_EQ(done.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Read()->GetIdentity(2).value(), std::nullopt);
  EXPECT_EQ(Read()->GetCounts().value().identity_count, 1);
}

TEST_P(StoreTest, RefusesPutsThatDoNotStartFromWhatIsStored) {
  const Identity first = Person(1, "A");
  const IndexEntries entries = EntriesOf(first);
  Add(first);
  Identity stale = first;
  stale.version = 0;
  Identity next = first;
  next.version = 2;
  Identity unknown = Person(9, "Z");
  Identity without_status = Person(10, "Y");
  without_status.status_periods.clear();
  const struct {
    std::string description;
    const Identity* before;
    const Identity* after;
    absl::StatusCode code;
  } cases[] = {
      {"new, but exists", nullptr, &next, absl::StatusCode::kAlreadyExists},
      {"an older version", &stale, &next, absl::StatusCode::kAborted},
      {"never stored", &unknown, &unknown, absl::StatusCode::kNotFound},
      {"another number", &first, &unknown, absl::StatusCode::kInvalidArgument},
      {"no status", nullptr, &without_status, absl::StatusCode::kInvalidArgument},
  };
  for (const auto& c : cases) {
    const auto done = Do([&](Transaction& t) {
      return t.PutIdentity(c.before, c.before != nullptr ? &entries : nullptr, *c.after, entries);
    });
    EXPECT_EQ(done.status().code(), c.code) << c.description << ": " << done.status();
  }
  EXPECT_EQ(Read()->GetIdentity(1).value(), first);
}

TEST_P(StoreTest, ReplacesEveryIndexEntryOnUpdate) {
  Identity before = Person(1, "A", "DURAND", "MARIE", {1980, 1, 2});
  before.ins = Ins{"1", "8"};
  const IndexEntries entries_before = EntriesOf(before, {10, 11});
  Add(before, entries_before);
  Identity after = Person(1, "B", "MARTIN", "ZOE", {1981, 3, 4});
  after.version = 2;
  after.ins = Ins{"2", "8"};
  after.ins_history = {{"1", "8"}};
  after.status_periods.push_back({At(2), TrustStatus::kQualified, "x"});
  Must([&](Transaction& t) {
    return t.PutIdentity(&before, &entries_before, after, EntriesOf(after, {11, 12}));
  });

  const auto view = Read();
  EXPECT_EQ(view->FindByLocalId("CHU", "A").value(), std::nullopt);
  EXPECT_EQ(view->FindByLocalId("CHU", "B").value(), std::optional<IdentityId>(1));
  EXPECT_THAT(Found({{1980, 1, 2}, "", ""}), IsEmpty());
  EXPECT_THAT(Found({{1980, 1, 2}, "DUR", ""}), IsEmpty());
  EXPECT_THAT(Found({{1981, 3, 4}, "DUR", ""}), IsEmpty());
  EXPECT_THAT(Found({{1981, 3, 4}, "", "MAR"}), IsEmpty());
  EXPECT_THAT(Found({{1981, 3, 4}, "MAR", "ZOE"}), ElementsAre(1));
  const auto candidates = view->FindCandidates({10, 11, 12}, {}).value();
  ASSERT_EQ(candidates.candidates.size(), 1u);
  EXPECT_THAT(candidates.candidates[0].key_positions, ElementsAre(1, 2));
  EXPECT_THAT(view->TermCounts({FamilyTerm("DURAND"), FamilyTerm("MARTIN")}).value(),
              ElementsAre(0, 1));
  ASSERT_EQ(view->FindByIns({"1", "8"}).value().size(), 1u);
  EXPECT_TRUE(view->FindByIns({"1", "8"}).value()[0].past);
  EXPECT_FALSE(view->FindByIns({"2", "8"}).value()[0].past);
  const Counts counts = view->GetCounts().value();
  EXPECT_EQ(counts.identity_count, 1);
  EXPECT_EQ(counts.provisional_count, 0);
  EXPECT_EQ(counts.qualified_count, 1);
}

TEST_P(StoreTest, FindsHoldersOfAnInsWithItsOidOnly) {
  Identity now = Person(1, "A");
  now.ins = Ins{"1840763", "1.2.8"};
  Identity past = Person(2, "B");
  past.ins_history = {{"1840763", "1.2.8"}};
  Identity other_oid = Person(3, "C");
  other_oid.ins = Ins{"1840763", "1.2.9"};
  Identity both = Person(4, "D");
  both.ins = Ins{"1840763", "1.2.8"};
  both.ins_history = {{"1840763", "1.2.8"}};
  for (const Identity& i : {now, past, other_oid, both}) Add(i);
  const auto holders = Read()->FindByIns({"1840763", "1.2.8"}).value();
  ASSERT_EQ(holders.size(), 3u);
  EXPECT_EQ(holders[0].identity_id, 1u);
  EXPECT_FALSE(holders[0].past);
  EXPECT_EQ(holders[1].identity_id, 2u);
  EXPECT_TRUE(holders[1].past);
  EXPECT_EQ(holders[2].identity_id, 4u);
  EXPECT_FALSE(holders[2].past);
  EXPECT_THAT(Read()->FindByIns({"184076", "1.2.8"}).value(), IsEmpty());
}

// --- candidates ---

// Aim: the list follows what PutIdentity wrote, in order, from any place in it.
TEST_P(StoreTest, ListsInsConfirmationsLongestUnconfirmedFirst) {
  const auto confirmed = [](IdentityId id, std::int64_t seconds) {
    Identity identity = Person(id, std::to_string(id));
    identity.ins = matching::Ins{"184076311300161", "1.2.250.1.213.1.4.8"};
    identity.ins_confirmed_at = At(seconds);
    return identity;
  };
  const Identity moved = confirmed(3, 40);
  Add(confirmed(1, 30));
  Add(confirmed(2, -10));
  Add(moved);
  Add(confirmed(4, 30));
  Add(Person(5, "5"));
  const auto listed = [&](const InsConfirmation& after, std::int64_t before) {
    std::vector<std::pair<std::int64_t, IdentityId>> all;
    const absl::Status scanned =
        Read()->ScanInsConfirmations(after, At(before), [&](const InsConfirmation& entry) {
          all.emplace_back((entry.confirmed_at - At(0)).count() / 1'000'000, entry.identity_id);
          return true;
        });
    EXPECT_TRUE(scanned.ok()) << scanned;
    return all;
  };
  using Listed = std::vector<std::pair<std::int64_t, IdentityId>>;
  const InsConfirmation start{matching::Instant::min(), 0};
  EXPECT_EQ(listed(start, 100), (Listed{{-10, 2}, {30, 1}, {30, 4}, {40, 3}}));
  EXPECT_EQ(listed(start, 40), (Listed{{-10, 2}, {30, 1}, {30, 4}})) << "before, not at";
  EXPECT_EQ(listed({At(30), 1}, 100), (Listed{{30, 4}, {40, 3}})) << "behind the place";
  EXPECT_EQ(listed({At(40), 0}, 40), Listed{});
  // Confirmed again, and withdrawn.
  Identity again = moved;
  again.ins_confirmed_at = At(20);
  const IndexEntries entries = EntriesOf(moved);
  Must([&](Transaction& t) { return t.PutIdentity(&moved, &entries, again, entries); });
  EXPECT_EQ(listed(start, 100), (Listed{{-10, 2}, {20, 3}, {30, 1}, {30, 4}}));
  Identity without = again;
  without.ins.reset();
  without.ins_confirmed_at.reset();
  Must([&](Transaction& t) { return t.PutIdentity(&again, &entries, without, entries); });
  EXPECT_EQ(listed(start, 100), (Listed{{-10, 2}, {30, 1}, {30, 4}}));
  // The holders of the matricule are found as before.
  EXPECT_EQ(Read()->FindByIns({"184076311300161", "1.2.250.1.213.1.4.8"})->size(), 3U);
}

TEST_P(StoreTest, FindsCandidatesOnceWithTheKeysTheyShare) {
  const IdentityId edge = ~IdentityId{0} - 1;
  Identity a = Person(1, "A");
  Identity b = Person(2, "B");
  Identity c = Person(edge, "C");
  Add(a, EntriesOf(a, {5, 6}));
  Add(b, EntriesOf(b, {6, 7}));
  Add(c, EntriesOf(c, {~std::uint64_t{0}}));
  const auto found = Read()->FindCandidates({7, 6, 5, ~std::uint64_t{0}, 99}, {}).value();
  ASSERT_EQ(found.candidates.size(), 3u);
  EXPECT_EQ(found.candidates[0].identity_id, 1u);
  EXPECT_THAT(found.candidates[0].key_positions, ElementsAre(1, 2));
  EXPECT_EQ(found.candidates[1].identity_id, 2u);
  EXPECT_THAT(found.candidates[1].key_positions, ElementsAre(0, 1));
  EXPECT_EQ(found.candidates[2].identity_id, edge);
  EXPECT_THAT(found.candidates[2].key_positions, ElementsAre(3));
  EXPECT_FALSE(found.truncated);
  EXPECT_THAT(found.full_key_positions, IsEmpty());
}

TEST_P(StoreTest, SkipsAndReportsFullKeysAndCutsWhatIsTooMuch) {
  for (IdentityId id = 1; id <= 6; ++id) {
    Identity i = Person(id, std::to_string(id));
    std::vector<std::uint64_t> keys = {100};
    if (id <= 5) keys.push_back(200);
    if (id == 5) keys.push_back(300);
    Add(i, EntriesOf(i, keys));
  }
  CandidateLimits limits;
  limits.identities_per_key_max = 5;
  auto found = Read()->FindCandidates({100, 200, 300}, limits).value();
  EXPECT_THAT(found.full_key_positions, ElementsAre(0));
  EXPECT_EQ(found.candidates.size(), 5u);
  EXPECT_FALSE(found.truncated);
  limits.identities_per_key_max = 6;
  EXPECT_THAT(Read()->FindCandidates({100}, limits).value().full_key_positions, IsEmpty());
  limits.candidates_max = 3;
  found = Read()->FindCandidates({100, 200, 300}, limits).value();
  EXPECT_TRUE(found.truncated);
  ASSERT_EQ(found.candidates.size(), 3u);
  // The holder of the rarest key is among those kept, with all the keys it shares.
  EXPECT_EQ(found.candidates[2].identity_id, 5u);
  EXPECT_THAT(found.candidates[2].key_positions, ElementsAre(0, 1, 2));
}

// --- search ---

TEST_P(StoreTest, SearchesByDateAndPrefixesAsAFullScanWould) {
  std::mt19937_64 random(3);
  const auto name = [&] {
    std::string s;
    for (auto n = 1 + random() % 4; n > 0; --n) s.push_back("ABC"[random() % 3]);
    return s;
  };
  struct Known {
    Identity identity;
    IndexEntries entries;
  };
  std::vector<Known> all;
  std::vector<Store::PendingChange> changes;
  for (IdentityId id = 1; id <= 1500; ++id) {
    Identity i = Person(id, std::to_string(id));
    i.traits.birth_date = {1900, 1, static_cast<std::uint8_t>(random() % 20 == 0 ? 2 : 1)};
    IndexEntries e;
    e.family_names = {name()};
    if (random() % 3 == 0) e.family_names.push_back(name());
    for (auto n = random() % 3; n > 0; --n) e.given_names.push_back(name());
    all.push_back({i, e});
  }
  for (const Known& known : all) {
    changes.push_back({Context(), [&known](Transaction& t, CommitContext&) {
                         return t.PutIdentity(nullptr, nullptr, known.identity, known.entries);
                       }});
  }
  for (const auto& done : store_->CommitAll(std::move(changes))) ASSERT_TRUE(done.ok());
  const auto view = Read();
  const auto starts = [](const std::vector<std::string>& names, const std::string& prefix) {
    return prefix.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& n) {
             return n.substr(0, prefix.size()) == prefix;
           });
  };
  for (int round = 0; round < 120; ++round) {
    SearchQuery query;
    query.birth_date = {1900, 1, static_cast<std::uint8_t>(1 + random() % 3)};
    query.family_prefix = random() % 3 == 0 ? "" : name().substr(0, 3);
    query.given_prefix = random() % 3 == 0 ? "" : name().substr(0, 3);
    query.limit = 1 + random() % 40;
    std::vector<IdentityId> expected;
    for (const Known& known : all) {
      if (known.identity.traits.birth_date == query.birth_date &&
          starts(known.entries.family_names, query.family_prefix) &&
          starts(known.entries.given_names, query.given_prefix)) {
        expected.push_back(known.identity.id);
      }
    }
    std::vector<IdentityId> found;
    for (bool more = true; more;) {
      const SearchPage page = view->Search(query).value();
      ASSERT_LE(page.identity_ids.size(), query.limit);
      ASSERT_TRUE(!page.more || page.identity_ids.size() == query.limit);
      found.insert(found.end(), page.identity_ids.begin(), page.identity_ids.end());
      more = page.more;
      if (more) query.after = page.identity_ids.back();
    }
    EXPECT_EQ(found, expected) << query.family_prefix << "/" << query.given_prefix;
  }
}

TEST_P(StoreTest, SearchesPartialDatesAsTheyAreStored) {
  Add(Person(1, "A", "DURAND", "MARIE", {1980, 0, 0}));
  Add(Person(2, "B", "DURAND", "MARIE", {1980, 5, 0}));
  EXPECT_THAT(Found({{1980, 0, 0}, "", ""}), ElementsAre(1));
  EXPECT_THAT(Found({{1980, 5, 0}, "DU", "M"}), ElementsAre(2));
  EXPECT_THAT(Found({{1980, 5, 1}, "", ""}), IsEmpty());
}

TEST_P(StoreTest, RefusesASearchWithoutDateOrWithMoreThanThreeLetters) {
  EXPECT_EQ(Read()->Search({}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Read()->Search({{1980, 1, 1}, "DURA", ""}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Read()->Search({{1980, 1, 1}, "", "MARI"}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// --- history ---

TEST_P(StoreTest, GivesHistoryNewestFirstInPages) {
  Must([&](Transaction& t) {
    for (std::int64_t version = 1; version <= 5; ++version) {
      matching::Change change = FullChange();
      change.version = version;
      if (const auto put = t.PutChange(change); !put.ok()) return put;
      change.identity_id = 43;
      if (const auto put = t.PutChange(change); !put.ok()) return put;
    }
    return absl::OkStatus();
  });
  const auto versions = [&](std::int64_t before, std::size_t limit) {
    std::vector<std::int64_t> found;
    const std::vector<matching::Change> changes = Read()->GetHistory(42, before, limit).value();
    for (const matching::Change& change : changes) {
      EXPECT_EQ(change.identity_id, 42u);
      found.push_back(change.version);
    }
    return found;
  };
  EXPECT_THAT(versions(0, 10), ElementsAre(5, 4, 3, 2, 1));
  EXPECT_THAT(versions(0, 2), ElementsAre(5, 4));
  EXPECT_THAT(versions(4, 2), ElementsAre(3, 2));
  EXPECT_THAT(versions(1, 2), IsEmpty());
  EXPECT_EQ(Do([&](Transaction& t) { return t.PutChange(FullChange()); }).status().code(),
            absl::StatusCode::kAlreadyExists)
      << "history is never overwritten";
}

// --- visits ---

TEST_P(StoreTest, KeepsVisitsAndTheirIndexThroughUpdates) {
  Visit waiting = FullVisit();
  waiting.identity_id = 0;
  waiting.version = 1;
  Must([&](Transaction& t) { return t.PutVisit(nullptr, waiting); });
  EXPECT_EQ(Read()->GetVisit("CHU", "V1").value(), waiting);
  EXPECT_EQ(Read()->GetVisit("CHU", "V2").value(), std::nullopt);
  EXPECT_THAT(Read()->WaitingVisits("CHU", "IPP0042", 10).value(), ElementsAre(waiting));
  EXPECT_THAT(Read()->WaitingVisits("CHU", "IPP004", 10).value(), IsEmpty());
  EXPECT_EQ(Read()->GetCounts().value().unattached_visit_count, 1);

  Visit attached = waiting;
  attached.identity_id = 42;
  attached.version = 2;
  attached.admitted_at = At(50);
  Must([&](Transaction& t) { return t.PutVisit(&waiting, attached); });
  EXPECT_THAT(Read()->WaitingVisits("CHU", "IPP0042", 10).value(), IsEmpty());
  EXPECT_THAT(Read()->VisitsOf(42, 10).value(), ElementsAre(attached));
  EXPECT_THAT(Read()->VisitsOf(0, 10).value(), IsEmpty());
  const Counts counts = Read()->GetCounts().value();
  EXPECT_EQ(counts.visit_count, 1);
  EXPECT_EQ(counts.unattached_visit_count, 0);
  std::vector<Visit> scanned;
  const auto add = [&](const Visit& v) {
    scanned.push_back(v);
    return true;
  };
  ASSERT_TRUE(Read()->ScanVisits(At(51), At(2'000'000'000), add).ok());
  EXPECT_THAT(scanned, IsEmpty()) << "the old admission time is still indexed";
  ASSERT_TRUE(Read()->ScanVisits(At(50), At(51), add).ok());
  EXPECT_THAT(scanned, ElementsAre(attached));
  EXPECT_EQ(Do([&](Transaction& t) { return t.PutVisit(&waiting, attached); }).status().code(),
            absl::StatusCode::kAborted);
}

// Passes over everything: each record once, whatever part it is in.
TEST_P(StoreTest, CutsVisitsIntoPartsAndCountsThem) {
  const auto numbers_of = [&](std::size_t count, std::size_t* parts_made) {
    std::vector<std::string> numbers;
    const auto parts = Read()->SplitVisits(count).value();
    *parts_made = parts.size();
    for (const VisitPart& part : parts) {
      EXPECT_TRUE(Read()
                      ->ScanVisitPart(part,
                                      [&](const Visit& visit) {
                                        numbers.push_back(visit.visit_number);
                                        return true;
                                      })
                      .ok());
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  };
  std::size_t parts = 0;
  EXPECT_THAT(numbers_of(4, &parts), IsEmpty());
  std::vector<std::string> expected;
  for (int i = 1; i <= 60; ++i) {
    Identity identity = FullIdentity();
    identity.id = static_cast<matching::IdentityId>(i);
    identity.local_id = std::to_string(i);
    identity.ins.reset();
    identity.ins_history.clear();
    Visit visit = FullVisit();
    visit.identity_id = i % 7 == 0 ? 0 : identity.id;
    visit.visit_number = std::to_string(1000 + i * 13 % 60);
    visit.admitted_at = At(1000 + i);
    expected.push_back(visit.visit_number);
    Must([&](Transaction& t) {
      const absl::Status put = t.PutIdentity(nullptr, nullptr, identity, EntriesOf(identity));
      return put.ok() ? t.PutVisit(nullptr, visit) : put;
    });
  }
  std::sort(expected.begin(), expected.end());
  for (const std::size_t count : {1U, 2U, 8U}) {
    EXPECT_EQ(numbers_of(count, &parts), expected);
    EXPECT_EQ(parts, count);
  }
  EXPECT_EQ(Read()->CountVisits(At(1001), At(1061), 1000).value(), 60);
  EXPECT_EQ(Read()->CountVisits(At(1001), At(1061), 7).value(), 7);
  EXPECT_EQ(Read()->CountVisits(At(1002), At(1004), 1000).value(), 2);
  EXPECT_EQ(Read()->CountVisits(At(1004), At(1004), 1000).value(), 0);
}

TEST_P(StoreTest, StandingsAreWhatCountsNeedOfIdentities) {
  for (matching::IdentityId id = 1; id <= 5; ++id) {
    Identity identity = FullIdentity();
    identity.id = id;
    identity.local_id = std::to_string(id);
    identity.ins.reset();
    identity.ins_history.clear();
    if (id == 3) identity.last_insi_answer.reset();
    Must([&](Transaction& t) {
      return t.PutIdentity(nullptr, nullptr, identity, EntriesOf(identity));
    });
  }
  std::vector<matching::IdentityId> ids;
  ASSERT_TRUE(Read()
                  ->ScanStandings(1, 4,
                                  [&](const Identity& standing) {
                                    ids.push_back(standing.id);
                                    const Identity whole =
                                        *Read()->GetIdentity(standing.id).value();
                                    Identity expected;
                                    expected.id = whole.id;
                                    expected.created_at = whole.created_at;
                                    expected.trust.attributes = whole.trust.attributes;
                                    expected.status_periods = whole.status_periods;
                                    for (auto& period : expected.status_periods) period.rule = "";
                                    expected.traits.birth_date = whole.traits.birth_date;
                                    expected.traits.birth_place_code =
                                        whole.traits.birth_place_code;
                                    if (whole.last_insi_answer) {
                                      expected.last_insi_answer.emplace().return_code =
                                          whole.last_insi_answer->return_code;
                                    }
                                    EXPECT_EQ(standing, expected);
                                    return standing.id < 3;
                                  })
                  .ok());
  EXPECT_THAT(ids, ElementsAre(2U, 3U));
}

TEST_P(StoreTest, ScansVisitsByTimeOverSeveralChunks) {
  std::vector<Store::PendingChange> changes;
  for (int i = 0; i < 700; ++i) {
    Visit visit = FullVisit();
    visit.visit_number = "V" + std::to_string(i);
    visit.admitted_at = At(1000 + (i * 37) % 700);
    changes.push_back({Context(), [visit](Transaction& t, CommitContext&) {
                         return t.PutVisit(nullptr, visit);
                       }});
  }
  for (const auto& done : store_->CommitAll(std::move(changes))) ASSERT_TRUE(done.ok());
  std::vector<matching::Instant> times;
  ASSERT_TRUE(Read()
                  ->ScanVisits(At(1010), At(1690),
                               [&](const Visit& v) {
                                 times.push_back(v.admitted_at);
                                 return times.size() < 600;
                               })
                  .ok());
  ASSERT_EQ(times.size(), 600u);
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_EQ(times[i], At(1010 + static_cast<std::int64_t>(i)));
  }
  const auto newest = Read()->VisitsOf(42, 300).value();
  ASSERT_EQ(newest.size(), 300u);
  EXPECT_EQ(newest.front().admitted_at, At(1699));
  EXPECT_EQ(newest.back().admitted_at, At(1400));
}

// --- cases ---

TEST_P(StoreTest, ListsAThousandCasesInOrderPageByPage) {
  std::mt19937_64 random(11);
  std::vector<Case> all;
  std::vector<Store::PendingChange> changes;
  for (std::uint64_t id = 1; id <= 1000; ++id) {
    Case c = OpenCase(id, {id, id + 1}, static_cast<Band>(random() % 4),
                      static_cast<double>(random() % 50) / 2 - 5);
    c.kind = static_cast<CaseKind>(1 + random() % 3);
    c.state = static_cast<CaseState>(1 + random() % 2);
    c.domain = random() % 4 == 0 ? "EHPAD" : "CHU";
    c.priority = static_cast<int>(random() % 6) * 200;
    all.push_back(c);
    changes.push_back(
        {Context(), [c](Transaction& t, CommitContext&) { return t.PutCase(nullptr, c); }});
  }
  for (const auto& done : store_->CommitAll(std::move(changes))) ASSERT_TRUE(done.ok());
  std::stable_sort(all.begin(), all.end(), [](const Case& l, const Case& r) {
    return std::make_tuple(-l.priority, -l.weight_bits, l.id) <
           std::make_tuple(-r.priority, -r.weight_bits, r.id);
  });
  std::vector<CaseFilter> filters(6);
  filters[1].state = CaseState::kOpen;
  filters[2].kind = CaseKind::kCollision;
  filters[3].band = Band::kCertain;
  filters[4].domain = "EHPAD";
  filters[5] = {CaseKind::kDuplicate, CaseState::kWithdrawn, Band::kPossible, "CHU"};
  const auto view = Read();
  for (std::size_t f = 0; f < filters.size(); ++f) {
    const CaseFilter& filter = filters[f];
    std::vector<Case> expected;
    for (const Case& c : all) {
      if ((!filter.kind || c.kind == *filter.kind) && (!filter.state || c.state == *filter.state) &&
          (!filter.band || c.band == *filter.band) &&
          (filter.domain.empty() || c.domain == filter.domain)) {
        expected.push_back(c);
      }
    }
    ASSERT_FALSE(expected.empty()) << f;
    std::vector<Case> found;
    std::string token;
    do {
      const CasePage page = view->ListCases(filter, 33, token).value();
      ASSERT_LE(page.cases.size(), 33u);
      found.insert(found.end(), page.cases.begin(), page.cases.end());
      token = page.next_page_token;
    } while (!token.empty());
    EXPECT_EQ(found, expected) << "filter " << f;
    EXPECT_EQ(view->CountCases(filter).value(), static_cast<std::int64_t>(expected.size())) << f;
  }
}

TEST_P(StoreTest, RefusesPageTokensThatAreNotOfThisList) {
  for (std::uint64_t id = 1; id <= 3; ++id) {
    Must(
        [&](Transaction& t) { return t.PutCase(nullptr, OpenCase(id, {id}, Band::kProbable, 1)); });
  }
  const std::string token = Read()->ListCases({}, 1, "").value().next_page_token;
  ASSERT_FALSE(token.empty());
  EXPECT_EQ(Read()->ListCases({}, 1, token).value().cases.at(0).id, 2u);
  CaseFilter open;
  open.state = CaseState::kOpen;
  EXPECT_EQ(Read()->ListCases(open, 1, token).status().code(), absl::StatusCode::kInvalidArgument);
  for (const std::string& bad : {std::string("x"), std::string("71"), token + "0", token + "00",
                                 "zz" + token.substr(2), std::string(1000, 'f')}) {
    EXPECT_EQ(Read()->ListCases({}, 1, bad).status().code(), absl::StatusCode::kInvalidArgument)
        << bad;
  }
  EXPECT_EQ(Read()->ListCases({}, 0, "").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_P(StoreTest, FindsLiveCasesUntilTheyAreWithdrawn) {
  const Case open = OpenCase(1, {3, 8}, Band::kProbable, 10);
  Must([&](Transaction& t) { return t.PutCase(nullptr, open); });
  EXPECT_EQ(Read()->GetCase(1).value(), open);
  EXPECT_EQ(Read()->FindLiveCase(CaseKind::kDuplicate, {8, 3}).value(), open);
  EXPECT_EQ(Read()->FindLiveCase(CaseKind::kDuplicate, {3}).value(), std::nullopt);
  EXPECT_EQ(Read()->FindLiveCase(CaseKind::kCollision, {3, 8}).value(), std::nullopt);
  EXPECT_THAT(Read()->LiveCasesOf(8).value(), ElementsAre(open));
  EXPECT_EQ(Read()->GetCounts().value().open_case_count, 1);
  EXPECT_EQ(Do([&](Transaction& t) {
              return t.PutCase(nullptr, OpenCase(2, {3, 8}, Band::kPossible, 1));
            })
                .status()
                .code(),
            absl::StatusCode::kAlreadyExists);

  Case withdrawn = open;
  withdrawn.state = CaseState::kWithdrawn;
  withdrawn.version = 2;
  Must([&](Transaction& t) { return t.PutCase(&open, withdrawn); });
  EXPECT_EQ(Read()->FindLiveCase(CaseKind::kDuplicate, {3, 8}).value(), std::nullopt);
  EXPECT_THAT(Read()->LiveCasesOf(8).value(), IsEmpty());
  EXPECT_EQ(Read()->GetCounts().value().open_case_count, 0);
  EXPECT_EQ(Read()->GetCase(1).value(), withdrawn);
  Must([&](Transaction& t) { return t.PutCase(nullptr, OpenCase(2, {3, 8}, Band::kPossible, 1)); });
}

TEST_P(StoreTest, MovesACaseInTheQueueWhenItsPriorityChanges) {
  const Case before = OpenCase(1, {3, 8}, Band::kPossible, 2);
  Must([&](Transaction& t) { return t.PutCase(nullptr, before); });
  Must([&](Transaction& t) { return t.PutCase(nullptr, OpenCase(2, {4}, Band::kProbable, 9)); });
  EXPECT_EQ(Read()->ListCases({}, 10, "")->cases[1], before);
  Case after = before;
  after.band = Band::kCertain;
  after.priority = 400;
  Case beyond = after;
  beyond.priority = 1001;
  EXPECT_EQ(Do([&](Transaction& t) { return t.PutCase(&before, beyond); }).status().code(),
            absl::StatusCode::kInvalidArgument);
  Must([&](Transaction& t) { return t.PutCase(&before, after); });
  const CasePage page = Read()->ListCases({}, 10, "").value();
  ASSERT_EQ(page.cases.size(), 2u);
  EXPECT_EQ(page.cases[0], after);
  CaseFilter possible;
  possible.band = Band::kPossible;
  EXPECT_EQ(Read()->CountCases(possible).value(), 0);
}

// Its bounds once stood in numbers, and what was added later was damage.
TEST_P(StoreTest, CountsCasesOfEveryKindAndState) {
  std::uint64_t id = 0;
  for (const CaseKind kind : matching::kCaseKinds) {
    for (int state = 1; state <= static_cast<int>(matching::kCaseStateLast); ++state) {
      ++id;
      Case c = OpenCase(id, {id}, Band::kCertain, 1);
      c.kind = kind;
      c.state = static_cast<CaseState>(state);
      if (kind == CaseKind::kFrequentValue) {
        c.frequent_value = {matching::TermColumn::kPhone, "298000001", id, 25, 100};
      }
      Must([&](Transaction& t) { return t.PutCase(nullptr, c); });
      EXPECT_EQ(Read()->GetCase(id).value(), c);
      CaseFilter filter;
      filter.kind = kind;
      filter.state = c.state;
      EXPECT_EQ(Read()->CountCases(filter).value(), 1) << static_cast<int>(kind) << " " << state;
    }
  }
  EXPECT_EQ(Read()->CountCases({}).value(), static_cast<std::int64_t>(id));
}

TEST_P(StoreTest, OfAFrequentValueThereIsOneLiveCaseAndAllAreFound) {
  Case first = OpenCase(1, {3}, Band::kBelow, 0);
  first.kind = CaseKind::kFrequentValue;
  first.frequent_value = {matching::TermColumn::kPhone, "298000001", 77, 25, 100};
  Must([&](Transaction& t) { return t.PutCase(nullptr, first); });
  Case second = first;
  second.id = 2;
  second.identity_ids = {8};
  EXPECT_EQ(Do([&](Transaction& t) { return t.PutCase(nullptr, second); }).status().code(),
            absl::StatusCode::kAlreadyExists);
  Case other = first;  // the same identity, another value
  other.id = 3;
  other.frequent_value->value_hash = 78;
  Must([&](Transaction& t) { return t.PutCase(nullptr, other); });
  Case ended = first;
  ended.state = CaseState::kDecided;
  ended.version = 2;
  Must([&](Transaction& t) { return t.PutCase(&first, ended); });
  Must([&](Transaction& t) { return t.PutCase(nullptr, second); });
  EXPECT_THAT(Read()->CasesOfValue(matching::TermColumn::kPhone, 77, 10).value(),
              ElementsAre(ended, second));
  EXPECT_THAT(Read()->CasesOfValue(matching::TermColumn::kPhone, 77, 1).value(),
              ElementsAre(ended));
  EXPECT_THAT(Read()->CasesOfValue(matching::TermColumn::kBirthDate, 77, 10).value(), IsEmpty());
  Case nameless = OpenCase(4, {9}, Band::kBelow, 0);
  nameless.kind = CaseKind::kFrequentValue;
  EXPECT_EQ(Do([&](Transaction& t) { return t.PutCase(nullptr, nameless); }).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_P(StoreTest, ScansCasesByNumberWhateverTheirState) {
  for (std::uint64_t id = 1; id <= 300; ++id) {
    Case c = OpenCase(id, {id}, Band::kProbable, 1);
    if (id % 2 == 0) c.state = CaseState::kDecided;
    Must([&](Transaction& t) { return t.PutCase(nullptr, c); });
  }
  std::vector<std::uint64_t> ids;
  ASSERT_TRUE(Read()
                  ->ScanCases(17,
                              [&](const Case& c) {
                                ids.push_back(c.id);
                                return ids.size() < 200;
                              })
                  .ok());
  ASSERT_EQ(ids.size(), 200u);
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(ids[i], 18 + i);
}

// --- commits ---

TEST_P(StoreTest, AChangeSeesItsOwnWritesAndAFailedOneLeavesNothing) {
  Add(Person(1, "A"), EntriesOf(Person(1, "A"), {5}));
  const std::int64_t number = Read()->CommitNumber();
  const auto done = Do([&](Transaction& t) {
    const Identity second = Person(2, "B");
    EXPECT_TRUE(t.PutIdentity(nullptr, nullptr, second, EntriesOf(second, {5})).ok());
    EXPECT_EQ(t.GetIdentity(2).value(), second);
    EXPECT_EQ(t.FindCandidates({5}, {}).value().candidates.size(), 2u);
    EXPECT_EQ(t.GetCounts().value().identity_count, 2);
    EXPECT_EQ(t.Search({{1980, 1, 2}, "DUR", "MAR"}).value().identity_ids.size(), 2u);
    EXPECT_TRUE(t.PutRequest("r", FullRequest()).ok());
    EXPECT_TRUE(t.FindRequest("r").value().has_value());
    return absl::FailedPreconditionError("on second thoughts");
  });
  EXPECT_EQ(done.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(std::string(done.status().message()), "on second thoughts");
  const auto view = Read();
  EXPECT_EQ(view->CommitNumber(), number);
  EXPECT_EQ(view->GetIdentity(2).value(), std::nullopt);
  EXPECT_EQ(view->FindCandidates({5}, {}).value().candidates.size(), 1u);
  EXPECT_EQ(view->GetCounts().value().identity_count, 1);
  EXPECT_EQ(view->FindRequest("r").value().has_value(), false);
}

TEST_P(StoreTest, AViewStaysAsItWasWhileCommitsGoOn) {
  Add(Person(1, "A"));
  const auto view = Read();
  Add(Person(2, "B"));
  EXPECT_EQ(view->CommitNumber(), 1);
  EXPECT_EQ(view->GetIdentity(2).value(), std::nullopt);
  EXPECT_EQ(view->GetCounts().value().identity_count, 1);
  EXPECT_EQ(Read()->CommitNumber(), 2);
}

TEST_P(StoreTest, KeepsSnapshotsByDayDefinitionAndRevision) {
  const auto put = [&](const matching::Date& day, const std::string& definition,
                       std::int64_t revision) {
    FigureSnapshot snapshot = FullSnapshot();
    snapshot.day = day;
    snapshot.definition_name = definition;
    snapshot.revision = revision;
    return store_
        ->Commit(Context(), [&](Transaction& t, CommitContext&) { return t.PutSnapshot(snapshot); })
        .status()
        .code();
  };
  const matching::Date ninth{2026, 3, 9};
  const matching::Date tenth{2026, 3, 10};
  EXPECT_EQ(put(ninth, "b", 1), absl::StatusCode::kOk);
  EXPECT_EQ(put(ninth, "a", 1), absl::StatusCode::kOk);
  EXPECT_EQ(put(ninth, "a", 2), absl::StatusCode::kOk);
  EXPECT_EQ(put(tenth, "a", 1), absl::StatusCode::kOk);
  EXPECT_EQ(put(tenth, "b", 2), absl::StatusCode::kInvalidArgument) << "a gap";
  EXPECT_EQ(put(ninth, "a", 2), absl::StatusCode::kInvalidArgument) << "never overwritten";
  EXPECT_EQ(put({2026, 3, 0}, "a", 1), absl::StatusCode::kInvalidArgument) << "no day";

  const std::unique_ptr<View> view = store_->Read();
  EXPECT_EQ(view->GetSnapshot(ninth, "a", 0).value()->revision, 2);
  EXPECT_EQ(view->GetSnapshot(ninth, "a", 1).value()->revision, 1);
  EXPECT_EQ(view->GetSnapshot(ninth, "a", 3).value(), std::nullopt);
  EXPECT_EQ(view->GetSnapshot(tenth, "b", 0).value(), std::nullopt);

  EXPECT_EQ(view->LastSnapshotDay({2026, 12, 31}).value(), tenth);
  EXPECT_EQ(view->LastSnapshotDay(tenth).value(), tenth);
  EXPECT_EQ(view->LastSnapshotDay(ninth).value(), ninth);
  EXPECT_EQ(view->LastSnapshotDay({2026, 3, 8}).value(), std::nullopt);

  const auto scan = [&](const matching::Date& from, const matching::Date& to,
                        const std::optional<View::SnapshotPosition>& after, std::size_t limit) {
    std::vector<std::string> found;
    EXPECT_TRUE(view->ScanSnapshots(from, to, after,
                                    [&](const FigureSnapshot& s) {
                                      found.push_back(std::to_string(s.day.day) +
                                                      s.definition_name +
                                                      std::to_string(s.revision));
                                      return found.size() < limit;
                                    })
                    .ok());
    return found;
  };
  using Found = std::vector<std::string>;
  EXPECT_EQ(scan({2026, 1, 1}, {2026, 12, 31}, std::nullopt, 9),
            (Found{"10a1", "9a2", "9a1", "9b1"}));
  EXPECT_EQ(scan({2026, 1, 1}, {2026, 12, 31}, std::nullopt, 2), (Found{"10a1", "9a2"}));
  EXPECT_EQ(scan(ninth, ninth, std::nullopt, 9), (Found{"9a2", "9a1", "9b1"}));
  EXPECT_EQ(scan(tenth, tenth, std::nullopt, 9), (Found{"10a1"}));
  EXPECT_EQ(scan({2026, 3, 11}, {2026, 3, 31}, std::nullopt, 9), Found());
  EXPECT_EQ(scan(tenth, ninth, std::nullopt, 9), Found());
  EXPECT_EQ(scan(ninth, tenth, View::SnapshotPosition{ninth, "a", 2}, 9), (Found{"9a1", "9b1"}));
  EXPECT_EQ(scan(ninth, tenth, View::SnapshotPosition{ninth, "b", 1}, 9), Found());
}

TEST_P(StoreTest, RemembersAnswersUnderTheirRequestIds) {
  const std::int64_t number =
      Must([&](Transaction& t) { return t.PutRequest("r-1", FullRequest()); });
  const auto found = Read()->FindRequest("r-1").value();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->method, FullRequest().method);
  EXPECT_EQ(found->fingerprint, FullRequest().fingerprint);
  EXPECT_EQ(found->answer, FullRequest().answer);
  EXPECT_EQ(found->commit_number, number);
  EXPECT_FALSE(Read()->FindRequest("r-").value().has_value());
  EXPECT_EQ(Do([&](Transaction& t) { return t.PutRequest("r-1", {}); }).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Do([&](Transaction& t) { return t.PutRequest("", {}); }).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_P(StoreTest, AChangeThatWritesNothingTakesNoNumber) {
  Add(Person(1, "A"));
  EXPECT_EQ(Must([](Transaction&) { return absl::OkStatus(); }), 1);
  EXPECT_EQ(Read()->CommitNumber(), 1);
  EXPECT_EQ(Read()->GetAudit(1, 10).value().size(), 1u);
}

TEST_P(StoreTest, AuditSaysWhoDidWhatToWhat) {
  const auto done = store_->Commit({"agent 7", "register", "r-1", {}},
                                   [](Transaction& t, CommitContext& context) {
                                     context.targets = {"identity/1"};
                                     const Identity i = Person(1, "A");
                                     return t.PutIdentity(nullptr, nullptr, i, EntriesOf(i));
                                   });
  ASSERT_TRUE(done.ok());
  const auto entries = Read()->GetAudit(1, 10).value();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].commit_number, *done);
  EXPECT_EQ(entries[0].actor, "agent 7");
  EXPECT_EQ(entries[0].method, "register");
  EXPECT_EQ(entries[0].request_id, "r-1");
  EXPECT_THAT(entries[0].targets, ElementsAre("identity/1"));
  EXPECT_EQ(entries[0].hash.size(), 32u);
}

TEST_P(StoreTest, ManyChangesAtOnceAnswerInOrderAndFailAlone) {
  std::vector<Store::PendingChange> changes;
  for (IdentityId id = 1; id <= 50; ++id) {
    // Every tenth takes the local id of the one before: it sees it, though both wait together.
    const Identity i = Person(id, std::to_string(id % 10 == 0 ? id - 1 : id));
    changes.push_back({Context(), [i](Transaction& t, CommitContext&) {
                         return t.PutIdentity(nullptr, nullptr, i, EntriesOf(i));
                       }});
  }
  const auto done = store_->CommitAll(std::move(changes));
  ASSERT_EQ(done.size(), 50u);
  std::int64_t next = 1;
  for (std::size_t i = 0; i < done.size(); ++i) {
    if ((i + 1) % 10 == 0) {
      EXPECT_EQ(done[i].status().code(), absl::StatusCode::kAlreadyExists) << i;
    } else {
      EXPECT_EQ(done[i].value(), next++) << i;
    }
  }
  EXPECT_EQ(Read()->CommitNumber(), 45);
  EXPECT_EQ(Read()->GetCounts().value().identity_count, 45);
  EXPECT_EQ(store_->Health().commit_count, 45u);
  EXPECT_EQ(store_->Health().commit_group_count, 1u);
  EXPECT_THAT(store_->CommitAll({}), IsEmpty());
}

TEST_P(StoreTest, ACounterNeverFallsBelowZeroUnseen) {
  Identity i = Person(1, "A");
  const IndexEntries entries = EntriesOf(i);
  Add(i, entries);
  IndexEntries wrong = entries;
  wrong.terms = {FamilyTerm("SOMEBODY ELSE")};
  Identity next = i;
  next.version = 2;
  EXPECT_EQ(
      Do([&](Transaction& t) { return t.PutIdentity(&i, &wrong, next, entries); }).status().code(),
      absl::StatusCode::kInternal);
  EXPECT_EQ(Read()->GetIdentity(1).value(), i);
}

TEST(ExitCode, FollowsSysexits) {
  const struct {
    std::string description;
    absl::Status status;
    int code;
  } cases[] = {
      {"ok", absl::OkStatus(), 0},
      {"damage", absl::DataLossError(""), 65},
      {"newer schema", absl::FailedPreconditionError(""), 65},
      {"storage fault", absl::UnavailableError(""), 70},
      {"program fault", absl::InternalError(""), 70},
      {"no parent", absl::NotFoundError(""), 73},
      {"space", absl::ResourceExhaustedError(""), 75},
      {"permission", absl::PermissionDeniedError(""), 77},
  };
  for (const auto& c : cases) EXPECT_EQ(ExitCode(c.status), c.code) << c.description;
}

}  // namespace
}  // namespace vigie::storage

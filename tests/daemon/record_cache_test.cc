// When a kept record may stand for the identity: see record_cache.h. The commits of these tests are
// numbers only.
#include "daemon/registry/record_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace vigie::daemon {
namespace {

matching::Record Named(const std::string& family) {
  matching::Record record;
  record.birth_family_name = family;
  return record;
}

// The family name of what is found, "" when nothing is.
std::string Found(RecordCache& cache, matching::IdentityId id, std::int64_t commit_number) {
  matching::Record record;
  return cache.Find(id, commit_number, record) ? record.birth_family_name : "";
}

TEST(RecordCache, FindsWhatItKeptForViewsBeforeAndAfter) {
  RecordCache cache(1 << 20);
  EXPECT_EQ(Found(cache, 7, 10), "");
  cache.Keep(7, 10, Named("DARK"));
  EXPECT_EQ(Found(cache, 7, 10), "DARK");
  EXPECT_EQ(Found(cache, 7, 500), "DARK");
  EXPECT_EQ(Found(cache, 7, 3), "DARK");
  EXPECT_EQ(Found(cache, 8, 10), "");
}

TEST(RecordCache, GivesNoOldRecordToAViewThatSeesTheChange) {
  RecordCache cache(1 << 20);
  cache.Keep(7, 10, Named("DARK"));
  cache.NoteChanged(7, 12);
  EXPECT_EQ(Found(cache, 7, 11), "");  // it could be told, but is read instead
  EXPECT_EQ(Found(cache, 7, 12), "");
  // A reader of before the change comes late.
  cache.Keep(7, 11, Named("DARK"));
  EXPECT_EQ(Found(cache, 7, 12), "");
  cache.Keep(7, 12, Named("LOUIS"));
  EXPECT_EQ(Found(cache, 7, 12), "LOUIS");
  EXPECT_EQ(Found(cache, 7, 11), "");
}

// The change is given up: whoever read inside of it may have kept nothing of it.
TEST(RecordCache, KeepsNothingOfAChangeThatIsNotDurable) {
  RecordCache cache(1 << 20);
  cache.NoteNew(9, 21);
  cache.Keep(9, 20, Named("GIVEN UP"));
  EXPECT_EQ(Found(cache, 9, 20), "");
  cache.NoteNew(9, 21);  // the number is given again
  EXPECT_EQ(Found(cache, 9, 21), "");
  cache.Keep(9, 21, Named("DARK"));
  EXPECT_EQ(Found(cache, 9, 21), "DARK");
  cache.NoteChanged(7, 22);
  cache.Keep(7, 21, Named("GIVEN UP"));
  EXPECT_EQ(Found(cache, 7, 23), "");
}

TEST(RecordCache, NewIdentitiesDoNotPushOthersOut) {
  RecordCache cache(1 << 20);
  cache.Keep(7, 10, Named("DARK"));
  cache.NoteNew(7 + (1 << 16), 11);  // shares its mark
  EXPECT_EQ(Found(cache, 7, 11), "DARK");
}

TEST(RecordCache, KeepsWhatIsAskedForAndNoMoreThanItMay) {
  constexpr std::size_t kBytes = 1 << 20;
  RecordCache cache(kBytes);
  std::size_t kept = 0;
  for (matching::IdentityId id = 1; id <= 20000; ++id) {
    cache.Keep(id, 1, Named("DARK"));
    EXPECT_EQ(Found(cache, 1, 1), "DARK") << id;
  }
  for (matching::IdentityId id = 1; id <= 20000; ++id) kept += Found(cache, id, 1).empty() ? 0 : 1;
  EXPECT_GT(kept, 1000U);
  EXPECT_LT(kept, kBytes / 100);
}

TEST(RecordCache, OfNothingFindsNothing) {
  RecordCache cache(0);
  cache.Keep(7, 10, Named("DARK"));
  EXPECT_EQ(Found(cache, 7, 10), "");
}

}  // namespace
}  // namespace vigie::daemon

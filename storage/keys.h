// Keys of every table: built and read back here, and nowhere else. FORMAT.md shows each of them
// byte by byte.
//
// Numbers are big-endian, so that keys sort as their numbers do. A string inside a key is escaped
// and terminated (0x00 becomes 0x00 0xff, the end is 0x00 0x01): two different tuples of strings
// never give the same key, no tuple's key is the beginning of another's, and keys sort as the
// strings do.
//
// Pure functions, thread-safe. Parse functions return false for bytes that are no such key, and
// leave their outputs unspecified then.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "matching/identity.h"
#include "matching/review.h"

namespace vigie::storage {

// --- pieces ---

void AppendUint64(std::uint64_t number, std::string* key);
void AppendEscaped(std::string_view text, std::string* key);
// Take a piece from the front of `key`.
bool TakeByte(std::string_view* key, std::uint8_t* byte);
bool TakeUint64(std::string_view* key, std::uint64_t* number);
bool TakeEscaped(std::string_view* key, std::string* text);

// A number alone, 8 bytes: keys of identity, case and audit; values of counters and references.
std::string NumberBytes(std::uint64_t number);
bool ParseNumberBytes(std::string_view bytes, std::uint64_t* number);
// The smallest key greater than `key`: where a scan goes on after it.
std::string KeyAfter(std::string_view key);

// --- meta ---

inline constexpr std::string_view kMetaSchemaVersion = "schema_version";
inline constexpr std::string_view kMetaBaseId = "base_id";
inline constexpr std::string_view kMetaCommitNumber = "commit_number";
inline constexpr std::string_view kMetaChainHead = "chain_head";
inline constexpr std::string_view kMetaLastIdentityId = "last_identity_id";
inline constexpr std::string_view kMetaLastCaseId = "last_case_id";
inline constexpr std::string_view kMetaLastDecisionId = "last_decision_id";
// Up to which case and which identity pairs to label were drawn.
inline constexpr std::string_view kMetaLabelProgress = "label_progress";
// While an older base is brought over: the last case, the last identity done (migration.h).
inline constexpr std::string_view kMetaCasesRanked = "cases_ranked";
inline constexpr std::string_view kMetaInsConfirmationsDated = "ins_confirmations_dated";

// --- identities ---

std::string LocalIdKey(std::string_view domain, std::string_view local_id);
bool ParseLocalIdKey(std::string_view key, std::string* domain, std::string* local_id);

std::string InsPrefix(const matching::Ins& ins);
std::string InsKey(const matching::Ins& ins, matching::IdentityId id);
bool ParseInsKey(std::string_view key, matching::Ins* ins, matching::IdentityId* id);

// Entries by when an INS in force was last confirmed share the table; no string begins as they do.
std::string InsConfirmationPrefix(matching::Instant confirmed_at);
std::string InsConfirmationKey(matching::Instant confirmed_at, matching::IdentityId id);
bool ParseInsConfirmationKey(std::string_view key, matching::Instant* confirmed_at,
                             matching::IdentityId* id);

std::string CandidatePrefix(std::uint64_t candidate_key);
std::string CandidateIndexKey(std::uint64_t candidate_key, matching::IdentityId id);
bool ParseCandidateIndexKey(std::string_view key, std::uint64_t* candidate_key,
                            matching::IdentityId* id);

// A search entry says: under this date stands an identity one of whose names of this kind begins
// with these 1 to 3 letters (kAny: none asked for). A name of three letters or more has three
// entries; so any prefix asked for is one range of ids in ascending order, however full the date.
enum class SearchNameKind : std::uint8_t { kAny = 0, kFamily = 1, kGiven = 2 };
inline constexpr std::size_t kSearchPrefixBytesMax = 3;
std::string SearchPrefix(const matching::Date& date, SearchNameKind kind, std::string_view letters);
std::string SearchKey(const matching::Date& date, SearchNameKind kind, std::string_view letters,
                      matching::IdentityId id);
bool ParseSearchKey(std::string_view key, matching::Date* date, SearchNameKind* kind,
                    std::string* letters, matching::IdentityId* id);

// The newest version of an identity comes first: the version is stored as its complement.
std::string HistoryPrefix(matching::IdentityId id);
std::string HistoryKey(matching::IdentityId id, std::int64_t version);
bool ParseHistoryKey(std::string_view key, matching::IdentityId* id, std::int64_t* version);

// --- visits ---

std::string VisitKey(std::string_view domain, std::string_view visit_number);
bool ParseVisitKey(std::string_view key, std::string* domain, std::string* visit_number);

// Visit index entries end with the visit's key; VisitKeyOfIndex gives it back for any of the three.
std::string VisitTimePrefix(matching::Instant admitted_at);
std::string VisitTimeKey(const matching::Visit& visit);
std::string VisitIdentityPrefix(matching::IdentityId id);
std::string VisitIdentityKey(const matching::Visit& visit);  // newest admission first
std::string VisitWaitingPrefix(std::string_view domain, std::string_view local_id);
std::string VisitWaitingKey(const matching::Visit& visit);
bool ParseVisitIndexKey(std::string_view key, std::string* visit_key);

// --- cases ---

std::string LiveCaseKey(matching::CaseKind kind, const std::vector<matching::IdentityId>& ids);
// Of a frequent value by the value, of every other kind by the identities.
std::string LiveCaseKey(const matching::Case& c);
// Every case there has been of a frequent value.
std::string CaseValuePrefix(matching::TermColumn column, std::uint64_t value_hash);
std::string CaseValueKey(matching::TermColumn column, std::uint64_t value_hash,
                         std::uint64_t case_id);
std::string CaseIdentityPrefix(matching::IdentityId id);
std::string CaseIdentityKey(matching::IdentityId id, std::uint64_t case_id);
std::string CaseAssigneePrefix(std::string_view assignee);
std::string CaseAssigneeKey(std::string_view assignee, std::uint64_t case_id);
// Cases on hold, the earliest day first.
std::string CaseHoldPrefix(const matching::Date& until);
std::string CaseHoldKey(const matching::Date& until, std::uint64_t case_id);

// The review queue, most urgent first. Each case stands in it twice: under its state and under
// kAnyCaseState, so that both lists are one range.
inline constexpr std::uint8_t kAnyCaseState = 0;
std::string CaseQueuePrefix(std::uint8_t state);
std::string CaseQueueKey(std::uint8_t state, const matching::Case& c);
// Where a base up to schema 3 has it, by band: only to be taken away.
std::string CaseQueueKeyByBand(std::uint8_t state, const matching::Case& c);
bool ParseCaseQueueKey(std::string_view key, std::uint8_t* state, std::uint64_t* case_id);

// 8 bytes that sort as the numbers do, greatest first; -0 sorts as 0, not-a-number last.
void AppendFallingDouble(double number, std::string* key);

// --- decisions ---

// Newest first, of all and of one identity: the number is stored as its complement.
std::string DecisionListPrefix();
std::string DecisionListKey(std::uint64_t decision_id);
std::string DecisionIdentityPrefix(matching::IdentityId id);
std::string DecisionIdentityKey(matching::IdentityId id, std::uint64_t decision_id);
// Both lists: the number of the decision is the end of the key.
bool ParseDecisionListKey(std::string_view key, std::uint64_t* decision_id);
// What holds of a pair (ascending): one decision of a verdict at most.
std::string DecisionPairKey(matching::Verdict verdict,
                            const std::vector<matching::IdentityId>& ids);
// Merges in force, by the identity merged and by the one it was merged into.
std::string MergedIdentityKey(matching::IdentityId merged);
std::string AbsorbedPrefix(matching::IdentityId survivor);
std::string AbsorbedKey(matching::IdentityId survivor, matching::IdentityId merged);
bool ParseAbsorbedKey(std::string_view key, matching::IdentityId* survivor,
                      matching::IdentityId* merged);

// --- notes ---

// The newest of a case comes first: the number is stored as its complement.
std::string CaseNotePrefix(std::uint64_t case_id);
std::string CaseNoteKey(std::uint64_t case_id, std::uint64_t number);
bool ParseCaseNoteKey(std::string_view key, std::uint64_t* case_id, std::uint64_t* number);

// --- labels ---

// Of a pair, the lower number first.
std::string LabelKey(matching::IdentityId left, matching::IdentityId right);
bool ParseLabelKey(std::string_view key, matching::IdentityId* left, matching::IdentityId* right);
// Pairs that wait for a label, in an order that says nothing of score or origin: by a hash of the
// pair.
inline constexpr std::string_view kLabelWaitingPrefix = "w";
std::string LabelWaitingKey(matching::IdentityId left, matching::IdentityId right);
bool ParseLabelWaitingKey(std::string_view key, matching::IdentityId* left,
                          matching::IdentityId* right);

// --- snapshots of figures ---

// The newest day comes first, then definitions by name, then the newest revision: the day and the
// revision are stored as their complements.
std::string SnapshotDayPrefix(const matching::Date& day);  // complete date
std::string SnapshotPrefix(const matching::Date& day, std::string_view definition);
std::string SnapshotKey(const matching::Date& day, std::string_view definition,
                        std::int64_t revision);
bool ParseSnapshotKey(std::string_view key, matching::Date* day, std::string* definition,
                      std::int64_t* revision);

// --- counters ---

// Never renumber, only append.
enum class Counter : std::uint8_t {
  kIdentity = 1,
  kVisit = 2,
  kUnattachedVisit = 3,
  kOpenCase = 4,
  kProvisional = 5,
  kRecovered = 6,
  kValidated = 7,
  kQualified = 8,
  kMerged = 9,
};
inline constexpr int kCounterCount = 9;
std::string CounterKey(Counter counter);
std::string TermKey(std::uint8_t column, std::uint64_t value_hash);
bool ParseTermKey(std::string_view key, std::uint8_t* column, std::uint64_t* value_hash);
// How many cases there are of each kind, state, band and domain.
inline constexpr std::string_view kCaseCountPrefix = "q";
std::string CaseCountKey(const matching::Case& c);
bool ParseCaseCountKey(std::string_view key, matching::CaseKind* kind, matching::CaseState* state,
                       matching::Band* band, std::string* domain);

}  // namespace vigie::storage

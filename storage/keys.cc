#include "storage/keys.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "matching/stable_hash.h"

namespace vigie::storage {
namespace {

// An escaped string has 00 01 or 00 ff wherever it has 00.
constexpr std::string_view kInsConfirmationMark{"\0\2", 2};

constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

void AppendByte(std::uint8_t byte, std::string* key) { key->push_back(static_cast<char>(byte)); }

// Instants before 1970 sort before those after.
std::uint64_t RisingInstant(matching::Instant instant) {
  return static_cast<std::uint64_t>(instant.time_since_epoch().count()) ^ kSignBit;
}

bool TakeLetter(std::string_view* key, char letter) {
  if (key->empty() || key->front() != letter) return false;
  key->remove_prefix(1);
  return true;
}

}  // namespace

void AppendUint64(std::uint64_t number, std::string* key) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    AppendByte(static_cast<std::uint8_t>(number >> shift), key);
  }
}

void AppendEscaped(std::string_view text, std::string* key) {
  for (const char c : text) {
    key->push_back(c);
    if (c == '\0') key->push_back('\xff');
  }
  key->push_back('\0');
  key->push_back('\1');
}

bool TakeByte(std::string_view* key, std::uint8_t* byte) {
  if (key->empty()) return false;
  *byte = static_cast<std::uint8_t>(key->front());
  key->remove_prefix(1);
  return true;
}

bool TakeUint64(std::string_view* key, std::uint64_t* number) {
  if (key->size() < 8) return false;
  *number = 0;
  for (int i = 0; i < 8; ++i) {
    *number = *number << 8 | static_cast<std::uint8_t>((*key)[static_cast<std::size_t>(i)]);
  }
  key->remove_prefix(8);
  return true;
}

bool TakeEscaped(std::string_view* key, std::string* text) {
  text->clear();
  for (std::size_t i = 0; i < key->size(); ++i) {
    const char c = (*key)[i];
    if (c != '\0') {
      text->push_back(c);
      continue;
    }
    if (i + 1 == key->size()) return false;
    const char next = (*key)[++i];
    if (next == '\1') {
      key->remove_prefix(i + 1);
      return true;
    }
    if (next != '\xff') return false;
    text->push_back('\0');
  }
  return false;
}

std::string NumberBytes(std::uint64_t number) {
  std::string bytes;
  AppendUint64(number, &bytes);
  return bytes;
}

bool ParseNumberBytes(std::string_view bytes, std::uint64_t* number) {
  return TakeUint64(&bytes, number) && bytes.empty();
}

std::string KeyAfter(std::string_view key) {
  std::string after(key);
  after.push_back('\0');
  return after;
}

std::string LocalIdKey(std::string_view domain, std::string_view local_id) {
  std::string key;
  AppendEscaped(domain, &key);
  AppendEscaped(local_id, &key);
  return key;
}

bool ParseLocalIdKey(std::string_view key, std::string* domain, std::string* local_id) {
  return TakeEscaped(&key, domain) && TakeEscaped(&key, local_id) && key.empty();
}

std::string InsPrefix(const matching::Ins& ins) {
  std::string key;
  AppendEscaped(ins.oid, &key);
  AppendEscaped(ins.matricule, &key);
  return key;
}

std::string InsKey(const matching::Ins& ins, matching::IdentityId id) {
  std::string key = InsPrefix(ins);
  AppendUint64(id, &key);
  return key;
}

bool ParseInsKey(std::string_view key, matching::Ins* ins, matching::IdentityId* id) {
  return TakeEscaped(&key, &ins->oid) && TakeEscaped(&key, &ins->matricule) &&
         TakeUint64(&key, id) && key.empty();
}

std::string InsConfirmationPrefix(matching::Instant confirmed_at) {
  std::string key(kInsConfirmationMark);
  AppendUint64(RisingInstant(confirmed_at), &key);
  return key;
}

std::string InsConfirmationKey(matching::Instant confirmed_at, matching::IdentityId id) {
  std::string key = InsConfirmationPrefix(confirmed_at);
  AppendUint64(id, &key);
  return key;
}

bool ParseInsConfirmationKey(std::string_view key, matching::Instant* confirmed_at,
                             matching::IdentityId* id) {
  if (!key.starts_with(kInsConfirmationMark)) return false;
  key.remove_prefix(kInsConfirmationMark.size());
  std::uint64_t rising = 0;
  if (!TakeUint64(&key, &rising) || !TakeUint64(&key, id) || !key.empty()) return false;
  *confirmed_at =
      matching::Instant(std::chrono::microseconds(static_cast<std::int64_t>(rising ^ kSignBit)));
  return true;
}

std::string CandidatePrefix(std::uint64_t candidate_key) { return NumberBytes(candidate_key); }

std::string CandidateIndexKey(std::uint64_t candidate_key, matching::IdentityId id) {
  std::string key = CandidatePrefix(candidate_key);
  AppendUint64(id, &key);
  return key;
}

bool ParseCandidateIndexKey(std::string_view key, std::uint64_t* candidate_key,
                            matching::IdentityId* id) {
  return TakeUint64(&key, candidate_key) && TakeUint64(&key, id) && key.empty();
}

std::string SearchPrefix(const matching::Date& date, SearchNameKind kind,
                         std::string_view letters) {
  const auto year = static_cast<std::uint16_t>(date.year);
  std::string key;
  AppendByte(static_cast<std::uint8_t>(year >> 8), &key);
  AppendByte(static_cast<std::uint8_t>(year), &key);
  AppendByte(date.month, &key);
  AppendByte(date.day, &key);
  AppendByte(static_cast<std::uint8_t>(kind), &key);
  key.append(letters.substr(0, kSearchPrefixBytesMax));
  key.append(kSearchPrefixBytesMax - std::min(kSearchPrefixBytesMax, letters.size()), '\0');
  return key;
}

std::string SearchKey(const matching::Date& date, SearchNameKind kind, std::string_view letters,
                      matching::IdentityId id) {
  std::string key = SearchPrefix(date, kind, letters);
  AppendUint64(id, &key);
  return key;
}

bool ParseSearchKey(std::string_view key, matching::Date* date, SearchNameKind* kind,
                    std::string* letters, matching::IdentityId* id) {
  if (key.size() != 4 + 1 + kSearchPrefixBytesMax + 8) return false;
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(key[i]); };
  date->year = static_cast<std::int16_t>(byte(0) << 8 | byte(1));
  date->month = byte(2);
  date->day = byte(3);
  if (byte(4) > static_cast<std::uint8_t>(SearchNameKind::kGiven)) return false;
  *kind = static_cast<SearchNameKind>(byte(4));
  *letters = std::string(key.substr(5, kSearchPrefixBytesMax));
  while (!letters->empty() && letters->back() == '\0') letters->pop_back();
  if (letters->find('\0') != std::string::npos) return false;
  if (letters->empty() != (*kind == SearchNameKind::kAny)) return false;
  key.remove_prefix(5 + kSearchPrefixBytesMax);
  return TakeUint64(&key, id);
}

std::string HistoryPrefix(matching::IdentityId id) { return NumberBytes(id); }

std::string HistoryKey(matching::IdentityId id, std::int64_t version) {
  std::string key = HistoryPrefix(id);
  AppendUint64(~static_cast<std::uint64_t>(version), &key);
  return key;
}

bool ParseHistoryKey(std::string_view key, matching::IdentityId* id, std::int64_t* version) {
  std::uint64_t complement = 0;
  if (!TakeUint64(&key, id) || !TakeUint64(&key, &complement) || !key.empty()) return false;
  *version = static_cast<std::int64_t>(~complement);
  return true;
}

std::string VisitKey(std::string_view domain, std::string_view visit_number) {
  return LocalIdKey(domain, visit_number);
}

bool ParseVisitKey(std::string_view key, std::string* domain, std::string* visit_number) {
  return ParseLocalIdKey(key, domain, visit_number);
}

std::string VisitTimePrefix(matching::Instant admitted_at) {
  std::string key = "t";
  AppendUint64(RisingInstant(admitted_at), &key);
  return key;
}

std::string VisitTimeKey(const matching::Visit& visit) {
  return VisitTimePrefix(visit.admitted_at) + VisitKey(visit.domain, visit.visit_number);
}

std::string VisitIdentityPrefix(matching::IdentityId id) {
  std::string key = "i";
  AppendUint64(id, &key);
  return key;
}

std::string VisitIdentityKey(const matching::Visit& visit) {
  std::string key = VisitIdentityPrefix(visit.identity_id);
  AppendUint64(~RisingInstant(visit.admitted_at), &key);
  return key + VisitKey(visit.domain, visit.visit_number);
}

std::string VisitWaitingPrefix(std::string_view domain, std::string_view local_id) {
  return "w" + LocalIdKey(domain, local_id);
}

std::string VisitWaitingKey(const matching::Visit& visit) {
  return VisitWaitingPrefix(visit.domain, visit.local_id) +
         VisitKey(visit.domain, visit.visit_number);
}

bool ParseVisitIndexKey(std::string_view key, std::string* visit_key) {
  std::uint64_t number = 0;
  std::string text;
  if (TakeLetter(&key, 't')) {
    if (!TakeUint64(&key, &number)) return false;
  } else if (TakeLetter(&key, 'i')) {
    if (!TakeUint64(&key, &number) || !TakeUint64(&key, &number)) return false;
  } else if (TakeLetter(&key, 'w')) {
    if (!TakeEscaped(&key, &text) || !TakeEscaped(&key, &text)) return false;
  } else {
    return false;
  }
  *visit_key = std::string(key);
  std::string domain;
  return ParseVisitKey(key, &domain, &text);
}

std::string LiveCaseKey(matching::CaseKind kind, const std::vector<matching::IdentityId>& ids) {
  std::string key = "l";
  AppendByte(static_cast<std::uint8_t>(kind), &key);
  for (const matching::IdentityId id : ids) AppendUint64(id, &key);
  return key;
}

std::string LiveCaseKey(const matching::Case& c) {
  if (!c.frequent_value) return LiveCaseKey(c.kind, c.identity_ids);
  std::string key = "l";
  AppendByte(static_cast<std::uint8_t>(c.kind), &key);
  AppendByte(static_cast<std::uint8_t>(c.frequent_value->column), &key);
  AppendUint64(c.frequent_value->value_hash, &key);
  return key;
}

std::string CaseValuePrefix(matching::TermColumn column, std::uint64_t value_hash) {
  std::string key = "v";
  AppendByte(static_cast<std::uint8_t>(column), &key);
  AppendUint64(value_hash, &key);
  return key;
}

std::string CaseValueKey(matching::TermColumn column, std::uint64_t value_hash,
                         std::uint64_t case_id) {
  std::string key = CaseValuePrefix(column, value_hash);
  AppendUint64(case_id, &key);
  return key;
}

std::string CaseIdentityPrefix(matching::IdentityId id) {
  std::string key = "i";
  AppendUint64(id, &key);
  return key;
}

std::string CaseIdentityKey(matching::IdentityId id, std::uint64_t case_id) {
  std::string key = CaseIdentityPrefix(id);
  AppendUint64(case_id, &key);
  return key;
}

std::string CaseAssigneePrefix(std::string_view assignee) {
  std::string key = "a";
  AppendEscaped(assignee, &key);
  return key;
}

std::string CaseAssigneeKey(std::string_view assignee, std::uint64_t case_id) {
  std::string key = CaseAssigneePrefix(assignee);
  AppendUint64(case_id, &key);
  return key;
}

std::string CaseHoldPrefix(const matching::Date& until) {
  std::string key = "h";
  AppendByte(static_cast<std::uint8_t>(static_cast<std::uint16_t>(until.year) >> 8), &key);
  AppendByte(static_cast<std::uint8_t>(until.year), &key);
  AppendByte(until.month, &key);
  AppendByte(until.day, &key);
  return key;
}

std::string CaseHoldKey(const matching::Date& until, std::uint64_t case_id) {
  std::string key = CaseHoldPrefix(until);
  AppendUint64(case_id, &key);
  return key;
}

std::string DecisionListPrefix() { return "n"; }

std::string DecisionListKey(std::uint64_t decision_id) {
  std::string key = DecisionListPrefix();
  AppendUint64(~decision_id, &key);
  return key;
}

std::string DecisionIdentityPrefix(matching::IdentityId id) {
  std::string key = "i";
  AppendUint64(id, &key);
  return key;
}

std::string DecisionIdentityKey(matching::IdentityId id, std::uint64_t decision_id) {
  std::string key = DecisionIdentityPrefix(id);
  AppendUint64(~decision_id, &key);
  return key;
}

bool ParseDecisionListKey(std::string_view key, std::uint64_t* decision_id) {
  std::uint64_t identity = 0;
  const bool listed =
      TakeLetter(&key, 'n') || (TakeLetter(&key, 'i') && TakeUint64(&key, &identity));
  if (!listed || !TakeUint64(&key, decision_id) || !key.empty()) return false;
  *decision_id = ~*decision_id;
  return true;
}

std::string DecisionPairKey(matching::Verdict verdict,
                            const std::vector<matching::IdentityId>& ids) {
  std::string key = "p";
  AppendByte(static_cast<std::uint8_t>(verdict), &key);
  for (const matching::IdentityId id : ids) AppendUint64(id, &key);
  return key;
}

std::string MergedIdentityKey(matching::IdentityId merged) {
  std::string key = "m";
  AppendUint64(merged, &key);
  return key;
}

std::string AbsorbedPrefix(matching::IdentityId survivor) {
  std::string key = "s";
  AppendUint64(survivor, &key);
  return key;
}

std::string AbsorbedKey(matching::IdentityId survivor, matching::IdentityId merged) {
  std::string key = AbsorbedPrefix(survivor);
  AppendUint64(merged, &key);
  return key;
}

bool ParseAbsorbedKey(std::string_view key, matching::IdentityId* survivor,
                      matching::IdentityId* merged) {
  return TakeLetter(&key, 's') && TakeUint64(&key, survivor) && TakeUint64(&key, merged) &&
         key.empty();
}

std::string LabelKey(matching::IdentityId left, matching::IdentityId right) {
  std::string key = NumberBytes(left);
  AppendUint64(right, &key);
  return key;
}

bool ParseLabelKey(std::string_view key, matching::IdentityId* left, matching::IdentityId* right) {
  return TakeUint64(&key, left) && TakeUint64(&key, right) && key.empty();
}

std::string LabelWaitingKey(matching::IdentityId left, matching::IdentityId right) {
  std::string key(kLabelWaitingPrefix);
  AppendUint64(matching::StableHash().Add("label order").Add(left).Add(right).value(), &key);
  AppendUint64(left, &key);
  AppendUint64(right, &key);
  return key;
}

bool ParseLabelWaitingKey(std::string_view key, matching::IdentityId* left,
                          matching::IdentityId* right) {
  std::uint64_t order = 0;
  return TakeLetter(&key, 'w') && TakeUint64(&key, &order) && TakeUint64(&key, left) &&
         TakeUint64(&key, right) && key.empty();
}

std::string CaseQueuePrefix(std::uint8_t state) {
  std::string key = "q";
  AppendByte(state, &key);
  return key;
}

std::string CaseQueueKey(std::uint8_t state, const matching::Case& c) {
  std::string key = CaseQueuePrefix(state);
  const auto falling = static_cast<std::uint16_t>(~static_cast<unsigned>(c.priority));
  AppendByte(static_cast<std::uint8_t>(falling >> 8), &key);
  AppendByte(static_cast<std::uint8_t>(falling), &key);
  AppendFallingDouble(c.weight_bits, &key);
  AppendUint64(c.id, &key);
  return key;
}

std::string CaseQueueKeyByBand(std::uint8_t state, const matching::Case& c) {
  std::string key = CaseQueuePrefix(state);
  AppendByte(static_cast<std::uint8_t>(0xff - static_cast<std::uint8_t>(c.band)), &key);
  AppendFallingDouble(c.weight_bits, &key);
  AppendUint64(c.id, &key);
  return key;
}

bool ParseCaseQueueKey(std::string_view key, std::uint8_t* state, std::uint64_t* case_id) {
  std::uint8_t high = 0;
  std::uint8_t low = 0;
  std::uint64_t weight = 0;
  return TakeLetter(&key, 'q') && TakeByte(&key, state) && TakeByte(&key, &high) &&
         TakeByte(&key, &low) && TakeUint64(&key, &weight) && TakeUint64(&key, case_id) &&
         key.empty();
}

void AppendFallingDouble(double number, std::string* key) {
  if (std::isnan(number)) {
    AppendUint64(~std::uint64_t{0}, key);
    return;
  }
  const auto bits = std::bit_cast<std::uint64_t>(number == 0 ? 0.0 : number);
  const std::uint64_t rising = (bits & kSignBit) != 0 ? ~bits : bits | kSignBit;
  AppendUint64(~rising, key);
}

std::string CaseNotePrefix(std::uint64_t case_id) { return NumberBytes(case_id); }

std::string CaseNoteKey(std::uint64_t case_id, std::uint64_t number) {
  std::string key = CaseNotePrefix(case_id);
  AppendUint64(~number, &key);
  return key;
}

bool ParseCaseNoteKey(std::string_view key, std::uint64_t* case_id, std::uint64_t* number) {
  if (!TakeUint64(&key, case_id) || !TakeUint64(&key, number)) return false;
  *number = ~*number;
  return key.empty();
}

std::string SnapshotDayPrefix(const matching::Date& day) {
  const auto year = static_cast<std::uint16_t>(~static_cast<unsigned>(day.year));
  std::string key;
  AppendByte(static_cast<std::uint8_t>(year >> 8), &key);
  AppendByte(static_cast<std::uint8_t>(year), &key);
  AppendByte(static_cast<std::uint8_t>(~day.month), &key);
  AppendByte(static_cast<std::uint8_t>(~day.day), &key);
  return key;
}

std::string SnapshotPrefix(const matching::Date& day, std::string_view definition) {
  std::string key = SnapshotDayPrefix(day);
  AppendEscaped(definition, &key);
  return key;
}

std::string SnapshotKey(const matching::Date& day, std::string_view definition,
                        std::int64_t revision) {
  std::string key = SnapshotPrefix(day, definition);
  AppendUint64(~static_cast<std::uint64_t>(revision), &key);
  return key;
}

bool ParseSnapshotKey(std::string_view key, matching::Date* day, std::string* definition,
                      std::int64_t* revision) {
  std::uint8_t high = 0;
  std::uint8_t low = 0;
  std::uint64_t complement = 0;
  if (!TakeByte(&key, &high) || !TakeByte(&key, &low) || !TakeByte(&key, &day->month) ||
      !TakeByte(&key, &day->day) || !TakeEscaped(&key, definition) ||
      !TakeUint64(&key, &complement) || !key.empty()) {
    return false;
  }
  day->year = static_cast<std::int16_t>(~static_cast<unsigned>(high << 8 | low));
  day->month = static_cast<std::uint8_t>(~day->month);
  day->day = static_cast<std::uint8_t>(~day->day);
  *revision = static_cast<std::int64_t>(~complement);
  return true;
}

std::string CounterKey(Counter counter) {
  std::string key = "c";
  AppendByte(static_cast<std::uint8_t>(counter), &key);
  return key;
}

std::string TermKey(std::uint8_t column, std::uint64_t value_hash) {
  std::string key = "t";
  AppendByte(column, &key);
  AppendUint64(value_hash, &key);
  return key;
}

bool ParseTermKey(std::string_view key, std::uint8_t* column, std::uint64_t* value_hash) {
  return TakeLetter(&key, 't') && TakeByte(&key, column) && TakeUint64(&key, value_hash) &&
         key.empty();
}

std::string CaseCountKey(const matching::Case& c) {
  std::string key(kCaseCountPrefix);
  AppendByte(static_cast<std::uint8_t>(c.kind), &key);
  AppendByte(static_cast<std::uint8_t>(c.state), &key);
  AppendByte(static_cast<std::uint8_t>(c.band), &key);
  AppendEscaped(c.domain, &key);
  return key;
}

bool ParseCaseCountKey(std::string_view key, matching::CaseKind* kind, matching::CaseState* state,
                       matching::Band* band, std::string* domain) {
  std::uint8_t kind_byte = 0;
  std::uint8_t state_byte = 0;
  std::uint8_t band_byte = 0;
  if (!TakeLetter(&key, 'q') || !TakeByte(&key, &kind_byte) || !TakeByte(&key, &state_byte) ||
      !TakeByte(&key, &band_byte) || !TakeEscaped(&key, domain) || !key.empty()) {
    return false;
  }
  if (kind_byte < 1 || kind_byte > static_cast<std::uint8_t>(matching::kCaseKindLast) ||
      state_byte < 1 || state_byte > static_cast<std::uint8_t>(matching::kCaseStateLast) ||
      band_byte > static_cast<std::uint8_t>(matching::Band::kCertain)) {
    return false;
  }
  *kind = static_cast<matching::CaseKind>(kind_byte);
  *state = static_cast<matching::CaseState>(state_byte);
  *band = static_cast<matching::Band>(band_byte);
  return true;
}

}  // namespace vigie::storage

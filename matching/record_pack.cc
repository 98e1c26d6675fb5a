#include "matching/record_pack.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

namespace vigie::matching {
namespace {

constexpr std::size_t kTextCount = 11;

// The texts that stand alone, in the order of their lengths in the head.
template <typename Person, typename Each>
void EachText(Person& record, Each each) {
  each(record.birth_family_name);
  each(record.used_family_name);
  each(record.used_given_name);
  each(record.birth_place_code);
  each(record.ins_matricule);
  each(record.postal_code);
  each(record.address);
  each(record.city);
  each(record.phone);
  each(record.email);
  each(record.birth_family_bare);
}

// Then, in this order: given_phonetics, hashes of the terms (8 bytes each); lengths of the given
// names, lengths of the past matricules (2 bytes each); columns of the terms (1 byte each); texts.
struct Head {
  std::uint64_t birth_family_phonetic;
  std::uint64_t used_family_phonetic;
  std::uint64_t used_given_phonetic;
  std::array<std::uint16_t, kTextCount> text_bytes;
  std::int16_t birth_year;
  std::uint8_t birth_month;
  std::uint8_t birth_day;
  std::uint8_t sex;
  std::uint8_t birth_date_is_default;
  std::uint8_t ins_qualified;
  std::uint8_t given_count;
  std::uint8_t past_count;
  std::uint8_t term_count;
};

template <typename Number>
void Append(const Number& number, std::string& out) {
  out.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

template <typename Number>
Number Take(const char*& at) {
  Number number;
  std::memcpy(&number, at, sizeof(number));
  at += sizeof(number);
  return number;
}

bool TooLong(const std::string& text) {
  return text.size() > std::numeric_limits<std::uint16_t>::max();
}

template <typename Value>
bool TooMany(const std::vector<Value>& values) {
  return values.size() > std::numeric_limits<std::uint8_t>::max();
}

bool Fits(const Record& record) {
  bool fits = record.given_phonetics.size() == record.given_names.size() &&
              !TooMany(record.given_names) && !TooMany(record.past_matricules) &&
              !TooMany(record.terms);
  EachText(record, [&](const std::string& text) { fits = fits && !TooLong(text); });
  for (const std::string& name : record.given_names) fits = fits && !TooLong(name);
  for (const std::string& past : record.past_matricules) fits = fits && !TooLong(past);
  return fits;
}

Head HeadOf(const Record& record) {
  Head head{};
  head.birth_family_phonetic = record.birth_family_phonetic;
  head.used_family_phonetic = record.used_family_phonetic;
  head.used_given_phonetic = record.used_given_phonetic;
  std::size_t position = 0;
  EachText(record, [&](const std::string& text) {
    head.text_bytes.at(position++) = static_cast<std::uint16_t>(text.size());
  });
  head.birth_year = record.birth_date.year;
  head.birth_month = record.birth_date.month;
  head.birth_day = record.birth_date.day;
  head.sex = static_cast<std::uint8_t>(record.sex);
  head.birth_date_is_default = record.birth_date_is_default ? 1 : 0;
  head.ins_qualified = record.ins_qualified ? 1 : 0;
  head.given_count = static_cast<std::uint8_t>(record.given_names.size());
  head.past_count = static_cast<std::uint8_t>(record.past_matricules.size());
  head.term_count = static_cast<std::uint8_t>(record.terms.size());
  return head;
}

void TakeText(std::size_t bytes, const char*& at, std::string& text) {
  text.assign(at, bytes);
  at += bytes;
}

// Lengths stand at `lengths`, the texts at `at`.
void TakeTexts(std::size_t count, const char*& lengths, const char*& at,
               std::vector<std::string>& texts) {
  texts.resize(count);
  for (std::string& text : texts) TakeText(Take<std::uint16_t>(lengths), at, text);
}

}  // namespace

std::string PackRecord(const Record& record) {
  if (!Fits(record)) return {};
  std::string out;
  out.reserve(384);
  Append(HeadOf(record), out);
  for (const std::uint64_t sound : record.given_phonetics) Append(sound, out);
  for (const TermValue& term : record.terms) Append(term.value_hash, out);
  for (const std::string& name : record.given_names) {
    Append(static_cast<std::uint16_t>(name.size()), out);
  }
  for (const std::string& past : record.past_matricules) {
    Append(static_cast<std::uint16_t>(past.size()), out);
  }
  for (const TermValue& term : record.terms) out.push_back(static_cast<char>(term.column));
  EachText(record, [&](const std::string& text) { out += text; });
  for (const std::string& name : record.given_names) out += name;
  for (const std::string& past : record.past_matricules) out += past;
  out.shrink_to_fit();
  return out;
}

void UnpackRecord(std::string_view packed, Record& record) {
  const char* at = packed.data();
  const Head head = Take<Head>(at);
  record.birth_family_phonetic = head.birth_family_phonetic;
  record.used_family_phonetic = head.used_family_phonetic;
  record.used_given_phonetic = head.used_given_phonetic;
  record.birth_date = {head.birth_year, head.birth_month, head.birth_day};
  record.sex = static_cast<Sex>(head.sex);
  record.birth_date_is_default = head.birth_date_is_default != 0;
  record.ins_qualified = head.ins_qualified != 0;
  record.given_phonetics.resize(head.given_count);
  for (std::uint64_t& sound : record.given_phonetics) sound = Take<std::uint64_t>(at);
  record.terms.resize(head.term_count);
  for (TermValue& term : record.terms) term = {term.column, Take<std::uint64_t>(at), 0};
  const char* lengths = at;
  at += sizeof(std::uint16_t) * (std::size_t{head.given_count} + head.past_count);
  for (TermValue& term : record.terms) term.column = static_cast<TermColumn>(*at++);
  std::size_t position = 0;
  EachText(record, [&](std::string& text) { TakeText(head.text_bytes.at(position++), at, text); });
  TakeTexts(head.given_count, lengths, at, record.given_names);
  TakeTexts(head.past_count, lengths, at, record.past_matricules);
}

}  // namespace vigie::matching

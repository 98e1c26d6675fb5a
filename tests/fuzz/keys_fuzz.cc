// Hostile bytes as keys: each parser refuses them, or reads what builds the same key again. And
// pairs of strings cut from the input: their keys are read back, differ when the strings do, and
// sort as they do.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tuple>

#include "storage/keys.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void ParseEveryKind(const std::string& key) {
  using namespace vigie::storage;
  namespace m = vigie::matching;
  std::string text, other;
  std::uint64_t number = 0, id = 0;
  std::int64_t version = 0;
  std::uint8_t byte = 0;
  m::Ins ins;
  m::Date date;
  m::Case group;
  SearchNameKind kind = SearchNameKind::kAny;
  if (ParseNumberBytes(key, &number)) Require(NumberBytes(number) == key);
  if (ParseLocalIdKey(key, &text, &other)) Require(LocalIdKey(text, other) == key);
  if (ParseInsKey(key, &ins, &id)) Require(InsKey(ins, id) == key);
  if (ParseCandidateIndexKey(key, &number, &id)) Require(CandidateIndexKey(number, id) == key);
  if (ParseSearchKey(key, &date, &kind, &text, &id)) {
    Require(SearchKey(date, kind, text, id) == key);
  }
  if (ParseHistoryKey(key, &id, &version)) Require(HistoryKey(id, version) == key);
  std::string visit_key;
  if (ParseVisitIndexKey(key, &visit_key)) {
    Require(ParseVisitKey(visit_key, &text, &other) && VisitKey(text, other) == visit_key);
    Require(key.substr(key.size() - visit_key.size()) == visit_key);
  }
  (void)ParseCaseQueueKey(key, &byte, &number);
  if (ParseTermKey(key, &byte, &number)) Require(TermKey(byte, number) == key);
  if (ParseCaseCountKey(key, &group.kind, &group.state, &group.band, &group.domain)) {
    Require(CaseCountKey(group) == key);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vigie::storage;
  const std::string input(reinterpret_cast<const char*>(data), size);
  ParseEveryKind(input);

  const std::size_t quarter = size / 4;
  const auto left = std::make_tuple(input.substr(0, quarter), input.substr(quarter, quarter));
  const auto right = std::make_tuple(input.substr(2 * quarter, quarter), input.substr(3 * quarter));
  const std::string left_key = LocalIdKey(std::get<0>(left), std::get<1>(left));
  const std::string right_key = LocalIdKey(std::get<0>(right), std::get<1>(right));
  std::string domain, local_id;
  Require(ParseLocalIdKey(left_key, &domain, &local_id));
  Require(domain == std::get<0>(left) && local_id == std::get<1>(left));
  Require((left < right) == (left_key < right_key) && (left == right) == (left_key == right_key));
  return 0;
}

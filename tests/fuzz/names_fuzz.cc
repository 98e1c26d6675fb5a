// Any bytes as a name: no crash, the promised alphabets, and forms that are forms of themselves.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "matching/names.h"

namespace {

using vigie::matching::NameKind;

void Require(bool holds) {
  if (!holds) std::abort();
}

void RequireMatchAlphabet(std::string_view form) {
  Require(form.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ ") == std::string_view::npos);
  Require(form.find("  ") == std::string_view::npos);
  Require(form.empty() || (form.front() != ' ' && form.back() != ' '));
}

void CheckRnivForm(std::string_view input, NameKind kind) {
  const vigie::matching::RnivName name = vigie::matching::ToRnivName(input, kind);
  Require(name.ok() != name.value.empty());
  for (const auto& problem : name.problems) Require(problem.offset <= input.size());
  for (const auto& rewrite : name.rewrites) Require(rewrite.offset < input.size());
  if (!name.ok()) return;
  Require(vigie::matching::IsInsiName(name.value, kind));
  const vigie::matching::RnivName again = vigie::matching::ToRnivName(name.value, kind);
  Require(again.value == name.value && again.rewrites.empty());
  Require(vigie::matching::MatchFamilyName(name.value) == vigie::matching::MatchFamilyName(input));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const NameKind kind : {NameKind::kFamily, NameKind::kGiven}) {
    CheckRnivForm(input, kind);
    const std::string form = vigie::matching::MatchForm(input, kind);
    RequireMatchAlphabet(form);
    Require(vigie::matching::MatchForm(form, kind) == form);
  }
  for (const std::string& name : vigie::matching::MatchGivenNames(input)) {
    Require(!name.empty() && name.find(' ') == std::string::npos);
    RequireMatchAlphabet(name);
  }
  RequireMatchAlphabet(vigie::matching::MatchFamilyName(input));
  RequireMatchAlphabet(vigie::matching::MatchFamilyNameWithoutParticles(input));
  Require(vigie::matching::FirstGivenNameAgreesWithList(input, input));
  return 0;
}

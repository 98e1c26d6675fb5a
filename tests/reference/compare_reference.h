// Slow, obvious twins of matching/compare.h and matching/phonetic.h, from the definitions and with
// no code in common.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vigie::reference {

std::size_t Levenshtein(std::string_view left, std::string_view right);
std::size_t OptimalStringAlignment(std::string_view left, std::string_view right);
double Jaro(std::string_view left, std::string_view right);
double JaroWinkler(std::string_view left, std::string_view right);
// By regular expressions.
std::string PhoneticKey(const std::string& match_form);

}  // namespace vigie::reference

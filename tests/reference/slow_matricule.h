// Check digits computed another way than matching/matricule.cc does. THIS MUST NEVER SHIP.
#pragma once

#include <string>
#include <string_view>

namespace vigie::matching::reference {

// Letters as 0, then one million less for A and two for B.
inline int SlowMatriculeKey(std::string_view body) {
  std::string digits(body);
  long long correction = 0;
  if (digits[6] == 'A') correction = 1000000;
  if (digits[6] == 'B') correction = 2000000;
  if (correction != 0) digits[6] = '0';
  return static_cast<int>(97 - (std::stoll(digits) - correction) % 97);
}

// The sum of the digits of the doubled digits, by writing them out.
inline bool SlowIsFiness(std::string_view text) {
  std::string digits(text);
  if (digits[1] == 'A' || digits[1] == 'B') digits[1] = '0';
  std::string spelled;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int value = digits[i] - '0';
    spelled += std::to_string(i % 2 == 1 ? value * 2 : value);  // nine digits: the odd ones
  }
  int sum = 0;
  for (const char digit : spelled) sum += digit - '0';
  return sum % 10 == 0;
}

}  // namespace vigie::matching::reference

#include "daemon/grpc/page_token.h"

#include <algorithm>
#include <array>

#include "daemon/grpc/limits.h"
#include "daemon/registry/errors.h"

namespace vigie::daemon {
namespace {

// FNV-1a, 16 hexadecimal digits. It guards against a mistake, not against an attacker: what a token
// reaches, its caller may read anyway.
std::string Fingerprint(const std::string& query) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : query) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  constexpr std::array kDigits = {'0', '1', '2', '3', '4', '5', '6', '7',
                                  '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(hash >> shift) & 15u];
  return text;
}

}  // namespace

std::int32_t PageSize(std::int32_t asked) {
  return asked == 0 ? kPageSizeDefault : std::min(asked, kPageSizeMax);
}

std::string BindPageToken(const std::string& query, const std::string& inner) {
  return inner.empty() ? inner : Fingerprint(query) + inner;
}

absl::StatusOr<std::string> UnbindPageToken(const std::string& query, const std::string& token) {
  if (token.empty()) return token;
  const std::string fingerprint = Fingerprint(query);
  if (token.size() <= fingerprint.size() ||
      token.compare(0, fingerprint.size(), fingerprint) != 0) {
    return MakePageTokenError();
  }
  return token.substr(fingerprint.size());
}

}  // namespace vigie::daemon

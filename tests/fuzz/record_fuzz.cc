// Hostile bytes as stored values. The first byte chooses the decoder and whether the rest is sealed
// first, so that the checksum does not keep the fuzzer out. A decoder may refuse, never crash; what
// it accepts must encode to the same value again, or to one that decodes to the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "storage/record_codec.h"

namespace {

template <typename Value>
void Check(std::string_view value, absl::StatusOr<Value> (*decode)(std::string_view),
           std::string (*encode)(const Value&)) {
  const absl::StatusOr<Value> decoded = decode(value);
  if (!decoded.ok()) {
    const bool expected = decoded.status().code() == absl::StatusCode::kDataLoss ||
                          decoded.status().code() == absl::StatusCode::kFailedPrecondition;
    if (!expected) std::abort();
    return;
  }
  const std::string encoded = encode(*decoded);
  const absl::StatusOr<Value> again = decode(encoded);
  if (!again.ok() || encode(*again) != encoded) std::abort();
}

// What an identity is, its standing says too.
void CheckStanding(std::string_view value) {
  vigie::matching::Identity standing;
  const absl::Status read = vigie::storage::DecodeStanding(value, &standing);
  const auto whole = vigie::storage::DecodeIdentity(value);
  if (!whole.ok()) return;
  const auto same = [&](const auto& left, const auto& right) {
    return left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(), [](const auto& a, const auto& b) {
             return a.effective_at == b.effective_at && a.status == b.status;
           });
  };
  const bool answered = whole->last_insi_answer.has_value();
  if (!read.ok() || standing.id != whole->id || standing.created_at != whole->created_at ||
      standing.trust.attributes != whole->trust.attributes ||
      !same(standing.status_periods, whole->status_periods) ||
      standing.traits.birth_date != whole->traits.birth_date ||
      standing.traits.birth_place_code != whole->traits.birth_place_code ||
      standing.last_insi_answer.has_value() != answered ||
      (answered &&
       standing.last_insi_answer->return_code != whole->last_insi_answer->return_code)) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vigie::storage;
  if (size == 0) return 0;
  const std::string rest(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::string value = (data[0] & 0x80) != 0 ? rest : SealValue(rest);
  switch (data[0] & 15) {
    case 0:
      Check(value, DecodeIdentity, EncodeIdentity);
      CheckStanding(value);
      break;
    case 1:
      Check(value, DecodeChange, EncodeChange);
      break;
    case 2:
      Check(value, DecodeVisit, EncodeVisit);
      break;
    case 3:
      Check(value, DecodeCase, EncodeCase);
      break;
    case 4:
      Check(value, DecodeRequest, EncodeRequest);
      break;
    case 5:
      Check(value, DecodeAuditEntry, EncodeAuditEntry);
      break;
    case 6:
      if (const auto entry = DecodeQueueEntry(rest); entry.ok()) {
        if (EncodeQueueEntry(*entry) != rest) std::abort();
      }
      break;
    case 8:
      Check(value, DecodeSnapshot, EncodeSnapshot);
      break;
    case 9:
      Check(value, DecodeLabelPair, EncodeLabelPair);
      break;
    default:
      if (const auto past = DecodeInsState(rest); past.ok()) {
        if (EncodeInsState(*past) != rest) std::abort();
      }
      (void)DecodeNumber(rest);
  }
  return 0;
}

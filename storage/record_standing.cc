// An identity read only as far as counts need it. A pass over all identities spends its time on
// making texts nobody looks at; here the message's bytes are walked instead of parsed into objects.
#include <chrono>
#include <string>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "storage/record.pb.h"
#include "storage/record_codec.h"

namespace vigie::storage {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using matching::Instant;
using matching::TrustStatus;

int NumberOf(std::uint32_t tag) { return WireFormatLite::GetTagFieldNumber(tag); }

// Calls `field` with each tag up to the end of the message, or of the field whose length is next;
// what `field` does not know it skips. False for bytes that are no message.
template <typename Field>
bool ReadFields(CodedInputStream& in, const Field& field) {
  while (const std::uint32_t tag = in.ReadTag()) {
    if (!field(tag)) return false;
  }
  return in.ConsumedEntireMessage();
}

template <typename Field>
bool ReadMessage(CodedInputStream& in, const Field& field) {
  std::uint32_t length = 0;
  if (!in.ReadVarint32(&length)) return false;
  const CodedInputStream::Limit outer = in.PushLimit(static_cast<int>(length));
  const bool read = ReadFields(in, field);
  in.PopLimit(outer);
  return read;
}

bool ReadText(CodedInputStream& in, std::string* text) {
  std::uint32_t length = 0;
  return in.ReadVarint32(&length) && in.ReadString(text, static_cast<int>(length));
}

bool ReadInstant(CodedInputStream& in, Instant* instant) {
  std::uint64_t microseconds = 0;
  if (!in.ReadLittleEndian64(&microseconds)) return false;
  *instant = Instant(std::chrono::microseconds(static_cast<std::int64_t>(microseconds)));
  return true;
}

bool ReadFlag(CodedInputStream& in, bool* flag) {
  std::uint64_t value = 0;
  if (!in.ReadVarint64(&value)) return false;
  *flag = value != 0;
  return true;
}

bool Skip(CodedInputStream& in, std::uint32_t tag) { return WireFormatLite::SkipField(&in, tag); }

bool ReadTraits(CodedInputStream& in, matching::Traits* traits) {
  return ReadMessage(in, [&](std::uint32_t tag) {
    if (NumberOf(tag) == StoredTraits::kBirthPlaceCodeFieldNumber) {
      return ReadText(in, &traits->birth_place_code);
    }
    if (NumberOf(tag) != StoredTraits::kBirthDateFieldNumber) return Skip(in, tag);
    std::uint32_t packed = 0;
    if (!in.ReadVarint32(&packed)) return false;
    traits->birth_date = {static_cast<std::int16_t>(packed >> 16),
                          static_cast<std::uint8_t>(packed >> 8),
                          static_cast<std::uint8_t>(packed)};
    return true;
  });
}

bool ReadReturnCode(CodedInputStream& in, matching::InsiAnswer* answer) {
  return ReadMessage(in, [&](std::uint32_t tag) {
    return NumberOf(tag) == StoredInsiAnswer::kReturnCodeFieldNumber
               ? ReadText(in, &answer->return_code)
               : Skip(in, tag);
  });
}

bool ReadAttributes(CodedInputStream& in, matching::Attributes* attributes) {
  return ReadMessage(in, [&](std::uint32_t tag) {
    switch (NumberOf(tag)) {
      case StoredTrustFacts::kHomonymFieldNumber:
        return ReadFlag(in, &attributes->homonym);
      case StoredTrustFacts::kDoubtfulFieldNumber:
        return ReadFlag(in, &attributes->doubtful);
      case StoredTrustFacts::kFictitiousFieldNumber:
        return ReadFlag(in, &attributes->fictitious);
      default:
        return Skip(in, tag);
    }
  });
}

bool ReadPeriod(CodedInputStream& in, matching::StatusPeriod* period) {
  std::uint32_t status = 0;
  const bool read = ReadMessage(in, [&](std::uint32_t tag) {
    switch (NumberOf(tag)) {
      case StoredStatusPeriod::kEffectiveAtFieldNumber:
        return ReadInstant(in, &period->effective_at);
      case StoredStatusPeriod::kStatusFieldNumber:
        return in.ReadVarint32(&status);
      default:
        return Skip(in, tag);
    }
  });
  period->status = static_cast<TrustStatus>(status);
  return read && period->status >= TrustStatus::kProvisional &&
         period->status <= TrustStatus::kQualified;
}

bool ReadIdentity(CodedInputStream& in, matching::Identity* identity) {
  return ReadFields(in, [&](std::uint32_t tag) {
    switch (NumberOf(tag)) {
      case StoredIdentity::kIdFieldNumber:
        return in.ReadVarint64(&identity->id);
      case StoredIdentity::kTraitsFieldNumber:
        return ReadTraits(in, &identity->traits);
      case StoredIdentity::kLastInsiAnswerFieldNumber:
        // A message that stands twice is one, as everywhere.
        if (!identity->last_insi_answer) identity->last_insi_answer.emplace();
        return ReadReturnCode(in, &*identity->last_insi_answer);
      case StoredIdentity::kTrustFieldNumber:
        return ReadAttributes(in, &identity->trust.attributes);
      case StoredIdentity::kStatusPeriodsFieldNumber:
        return ReadPeriod(in, &identity->status_periods.emplace_back());
      case StoredIdentity::kCreatedAtFieldNumber:
        return ReadInstant(in, &identity->created_at);
      case StoredIdentity::kMergedIntoFieldNumber:
        return in.ReadVarint64(&identity->merged_into);
      default:
        return Skip(in, tag);
    }
  });
}

}  // namespace

absl::Status DecodeStanding(std::string_view value, matching::Identity* standing) {
  const absl::StatusOr<std::string_view> payload = OpenValue(value);
  if (!payload.ok()) return payload.status();
  standing->id = 0;
  standing->created_at = {};
  standing->trust = {};
  standing->status_periods.clear();
  standing->traits.birth_date = {};
  standing->traits.birth_place_code.clear();
  standing->last_insi_answer.reset();
  standing->merged_into = 0;
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(payload->data()),
                      static_cast<int>(payload->size()));
  if (ReadIdentity(in, standing)) return absl::OkStatus();
  return absl::DataLossError("stored value is damaged: not a message of this table");
}

}  // namespace vigie::storage

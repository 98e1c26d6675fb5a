#include "storage/record_codec.h"

#include <random>
#include <string>
#include <vector>

#include "storage/crc32c.h"
#include "storage/record.pb.h"
#include "tests/storage/builders.h"
#include "tests/storage/hex.h"

namespace vigie::storage {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

TEST(Crc32c, IsThePublishedValue) {  // RFC 3720, appendix B.4
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(Crc32c(""), 0u);
  // The processor's instruction and the tables agree at every length and alignment.
  std::string bytes;
  for (int i = 0; i < 300; ++i) bytes.push_back(static_cast<char>(i * 37 + i / 7));
  for (std::size_t begin = 0; begin < 9; ++begin) {
    for (std::size_t length = 0; begin + length <= bytes.size(); ++length) {
      const std::string_view part = std::string_view(bytes).substr(begin, length);
      ASSERT_EQ(Crc32c(part), Crc32cByTables(part)) << begin << " " << length;
    }
  }
}

TEST(RecordCodec, GivesBackEveryFieldOfEveryValue) {
  EXPECT_EQ(DecodeIdentity(EncodeIdentity(FullIdentity())).value(), FullIdentity());
  EXPECT_EQ(DecodeIdentity(EncodeIdentity(matching::Identity())).value(), matching::Identity());
  EXPECT_EQ(DecodeChange(EncodeChange(FullChange())).value(), FullChange());
  EXPECT_EQ(DecodeChange(EncodeChange(matching::Change())).value(), matching::Change());
  EXPECT_EQ(DecodeVisit(EncodeVisit(FullVisit())).value(), FullVisit());
  EXPECT_EQ(DecodeVisit(EncodeVisit(matching::Visit())).value(), matching::Visit());
  EXPECT_EQ(DecodeCase(EncodeCase(FullCase())).value(), FullCase());
  EXPECT_EQ(DecodeCase(EncodeCase(matching::Case())).value(), matching::Case());
  matching::Case frequent = FullCase();
  frequent.kind = matching::CaseKind::kFrequentValue;
  frequent.frequent_value = {matching::TermColumn::kPhone, "298000000", 7, 25, 4000};
  EXPECT_EQ(DecodeCase(EncodeCase(frequent)).value(), frequent);
  EXPECT_EQ(DecodeLabelPair(EncodeLabelPair(FullLabelPair())).value(), FullLabelPair());
  const AnsweredRequest request = DecodeRequest(EncodeRequest(FullRequest())).value();
  EXPECT_EQ(request.method, FullRequest().method);
  EXPECT_EQ(request.fingerprint, FullRequest().fingerprint);
  EXPECT_EQ(request.answer, FullRequest().answer);
  EXPECT_EQ(request.commit_number, FullRequest().commit_number);
  EXPECT_EQ(DecodeSnapshot(EncodeSnapshot(FullSnapshot())).value(), FullSnapshot());
  EXPECT_EQ(DecodeSnapshot(EncodeSnapshot(FigureSnapshot())).value(), FigureSnapshot());
  const AuditEntry entry = DecodeAuditEntry(EncodeAuditEntry(FullAuditEntry())).value();
  EXPECT_EQ(EncodeAuditEntry(entry), EncodeAuditEntry(FullAuditEntry()));
  EXPECT_EQ(entry.targets, FullAuditEntry().targets);
  EXPECT_EQ(entry.hash, FullAuditEntry().hash);
}

TEST(RecordCodec, KeepsTextThatIsNoUtf8AndHoldsZeroBytes) {
  matching::Identity identity = FullIdentity();
  identity.traits.city = std::string("\xff\xfe\0x", 4);
  EXPECT_EQ(DecodeIdentity(EncodeIdentity(identity)).value(), identity);
}

TEST(RecordCodec, TellsAbsentFromZero) {
  matching::Visit visit = FullVisit();
  visit.discharged_at = At(0);
  visit.status_at_admission.reset();
  EXPECT_EQ(DecodeVisit(EncodeVisit(visit)).value(), visit);
  visit.discharged_at.reset();
  EXPECT_EQ(DecodeVisit(EncodeVisit(visit)).value(), visit);
}

// The bytes on disk; see keys_test.cc.
TEST(RecordCodec, WritesTheseBytes) {
  matching::Identity small;
  small.id = 42;
  small.version = 1;
  small.domain = "CHU";
  small.local_id = "7";
  small.traits.birth_family_name = "DURAND";
  small.traits.birth_date = {1984, 7, 31};
  small.rniv.birth_family_name = "DURAND";
  small.normalizer_version = 1;
  small.status_periods = {{At(1), matching::TrustStatus::kProvisional, "created"}};
  small.created_at = At(1);
  small.updated_at = At(1);
  matching::Change change;
  change.identity_id = 42;
  change.version = 1;
  change.commit_number = 1;
  change.operation = "register";
  matching::Change looked_at = change;
  looked_at.evidence = matching::Evidence{"passport", {2026, 3, 9}, true};
  matching::Proposal proposal;
  proposal.id = 17;
  proposal.decision_id = 2;
  proposal.domain = "CHU";
  proposal.surviving_id = 1;
  proposal.merged_id = 2;
  proposal.surviving_local_id = "L1";
  proposal.merged_local_id = "L2";
  proposal.proposed_at = At(1);
  proposal.bridge = "dpi";
  proposal.delivery_count = 1;
  proposal.handed_out_at = At(1);
  const struct {
    std::string description, value, hex;
  } cases[] = {
      {"note", EncodeCaseNote({7, 2, "agent 7", At(1), "seen"}),
       "01 080710021a076167656e7420372140420f00000000002a047365656e 9ed35ec5"},
      {"proposal", EncodeProposal(proposal),
       "01 "
       "0811100118022203434855280130023a024c3142024c325140420f00000000005a0364706960016940420f00000"
       "00000 d02ae26c"},
      {"identity", EncodeIdentity(small),
       "01 082a10011a034348552201372a0d0a06445552414e44289f8e803e32080a06445552414e443801620"
       "06a140940420f000000000010011a07637265617465647140420f00000000007940420f0000000000 ef"
       "d227a8"},
      {"change", EncodeChange(change), "01 082a100118013208726567697374657248015001 7ee7a1ce"},
      {"change with a document", EncodeChange(looked_at),
       "01 082a1001180132087265676973746572480150016a110a0870617373706f7274108986a83f1801 "
       "3a1ce884"},
      {"visit", EncodeVisit(FullVisit()),
       "01 0a03434855120256311a0749505030303432202a2a093633303738303938393209363330373831303"
       "0333805400549002895603b0a06005100100ca9520a060058016002680270047a056b696f736b b33cfaac"},
      {"case", EncodeCase(FullCase()),
       "01 08071003180222034348552a032acc21320e73616d655f6d6174726963756c65321c73636f72655f6"
       "1626f76655f7265766965775f7468726573686f6c6439000000000080284041000000000000e83f48025"
       "2206672656e63682d686f73706974616c403031323334353637383961626364656659c0064c18240a060"
       "06100495b18240a060068059801a805 a729edd9"},
      {"pair to label", EncodeLabelPair(FullLabelPair()),
       "01 082a10cc211803200128023002380141000000000000b03f4900000000000012c051000000000000"
       "d03f5a206672656e63682d686f73706974616c403031323334353637383961626364656660076940"
       "8b6a18240a060072210a076167656e74203710011a0b6f6e6520616464726573732180cd7918240a"
       "060072140a076167656e742038100321c00f8918240a0600 1740210d"},
      {"request", EncodeRequest(FullRequest()),
       "01 0a08726567697374657212030102ff1a06616e737765722011 3cde6b0a"},
      {"audit entry", EncodeAuditEntry(FullAuditEntry()),
       "01 081111408b6a18240a06001a076167656e742037220872656769737465722a03722d31320b6964656"
       "e746974792f34323206636173652f373a201111111111111111111111111111111111111111111111111"
       "111111111111111422022222222222222222222222222222222222222222222222222222222222222224"
       "a203333333333333333333333333333333333333333333333333333333333333333 a093072c"},
      {"snapshot", EncodeSnapshot(FullSnapshot()),
       "01 088986a83f12107175616c69666965642d766973697473180220012a103031323334353637383"
       "9616263646566321a6e616d65203d20227175616c69666965642d766973697473220a3a0c4575726"
       "f70652f5061726973408186a83f488986a83f51001cc25c9f4c060058116100b8a603a04c06006a0"
       "76167656e74203772204444444444444444444444444444444444444444444444444444444444444"
       "4447a670a0f0a08616374697669747912034d434f0a100a056d6f6e74681207323032362d30330a1"
       "10a047369746512093735303130303034321004180a220d0a0963616e63656c6c65641001220c0a0"
       "a666963746974696f7573280130023803400448055006580760088201311004180a220d0a0963616"
       "e63656c6c65641001220c0a0a666963746974696f7573280130023803400448055006580760088a0"
       "1130a0f7669736974735f7265636f726465641001 baf12f3b"},
      {"INS in force", EncodeInsState(false), "00"},
      {"INS past", EncodeInsState(true), "01"},
      {"queue entry",
       EncodeQueueEntry({matching::CaseKind::kCollision, matching::Band::kProbable, "CHU"}),
       "02 02 434855"},
  };
  for (const auto& c : cases) EXPECT_EQ(Hex(c.value), WithoutSpaces(c.hex)) << c.description;
}

TEST(RecordCodec, ReportsEveryFlippedBitAndEveryCutAsDataLoss) {
  const std::string value = EncodeIdentity(FullIdentity());
  for (std::size_t i = 0; i < value.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = value;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      EXPECT_EQ(DecodeIdentity(damaged).status().code(), absl::StatusCode::kDataLoss) << i;
      matching::Identity standing;
      EXPECT_EQ(DecodeStanding(damaged, &standing).code(), absl::StatusCode::kDataLoss) << i;
    }
    EXPECT_EQ(DecodeIdentity(value.substr(0, i)).status().code(), absl::StatusCode::kDataLoss) << i;
  }
  EXPECT_EQ(DecodeIdentity(value + "x").status().code(), absl::StatusCode::kDataLoss);
}

TEST(RecordCodec, RefusesWhatThisVersionCannotHaveWritten) {
  StoredIdentity no_traits;
  no_traits.mutable_rniv();
  no_traits.mutable_trust();
  StoredIdentity bad_status;
  bad_status.mutable_traits();
  bad_status.mutable_rniv();
  bad_status.mutable_trust();
  bad_status.add_status_periods()->set_status(5);
  StoredIdentity bad_sex;
  bad_sex.mutable_traits()->set_sex(4);
  bad_sex.mutable_rniv();
  bad_sex.mutable_trust();
  const struct {
    std::string description, payload;
  } cases[] = {
      {"garbage", "\xff\xff\xff"},
      {"no traits", no_traits.SerializeAsString()},
      {"status 5", bad_status.SerializeAsString()},
      {"sex 4", bad_sex.SerializeAsString()},
      {"a field we do not know", std::string("\xa2\x06\x01x", 4)},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(DecodeIdentity(SealValue(c.payload)).status().code(), absl::StatusCode::kDataLoss)
        << c.description;
  }
}

// Bytes that would be written in another way than they were read would change a record unseen.
TEST(RecordCodec, RefusesLabelsAndCountsThatAreNotInOrder) {
  const auto refused = [](const StoredFigureSnapshot& stored) {
    return absl::IsDataLoss(DecodeSnapshot(SealValue(stored.SerializeAsString())).status());
  };
  StoredFigureSnapshot good;
  good.mutable_total()->add_exclusions()->set_name("a");
  good.mutable_total()->add_exclusions()->set_name("b");
  EXPECT_FALSE(refused(good));
  StoredFigureSnapshot twice = good;
  twice.mutable_total()->mutable_exclusions(1)->set_name("a");
  EXPECT_TRUE(refused(twice));
  StoredFigureSnapshot labels = good;
  labels.mutable_total()->add_group()->set_key("site");
  labels.mutable_total()->add_group()->set_key("month");
  EXPECT_TRUE(refused(labels));
  StoredFigureSnapshot causes = good;
  causes.add_causes()->set_name("b");
  causes.add_causes()->set_name("a");
  EXPECT_TRUE(refused(causes));
  StoredFigureSnapshot no_total;
  EXPECT_TRUE(refused(no_total));
}

TEST(RecordCodec, RefusesAnUnknownFieldInANestedMessage) {
  StoredIdentity stored;
  stored.mutable_rniv();
  stored.mutable_trust();
  StoredTraits* traits = stored.mutable_traits();
  ASSERT_TRUE(DecodeIdentity(SealValue(stored.SerializeAsString())).ok());
  traits->GetReflection()->MutableUnknownFields(traits)->AddVarint(100, 1);
  EXPECT_EQ(DecodeIdentity(SealValue(stored.SerializeAsString())).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(RecordCodec, RefusesAValueOfANewerVersionAndNamesBoth) {
  std::string value = EncodeCase(FullCase());
  std::string body = value.substr(0, value.size() - 4);
  body[0] = 2;
  const std::uint32_t checksum = Crc32c(body);
  for (unsigned shift = 0; shift < 32; shift += 8) {
    body.push_back(static_cast<char>(checksum >> shift));
  }
  const absl::Status status = DecodeCase(body).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("version 2"));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("up to 1"));
}

TEST(RecordCodec, RefusesDamagedSmallValues) {
  EXPECT_EQ(DecodeNumber("1234567").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecodeNumber("123456789").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecodeInsState("").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecodeInsState("\x02").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecodeQueueEntry("").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecodeQueueEntry("\x01").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecodeQueueEntry("\x07\x01x").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecodeQueueEntry("\x01\x04x").status().code(), absl::StatusCode::kDataLoss);
  matching::Case urgent = FullCase();
  urgent.priority = matching::kCasePriorityMax + 1;
  EXPECT_EQ(DecodeCase(EncodeCase(urgent)).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecodeDecisionEntry("\x01").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecodeDecisionEntry("\x08\x01").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecodeDecisionEntry("\x01\x09").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(DecodeNumber(std::string("\0\0\0\0\0\0\0\7", 8)).value(), 7u);
  EXPECT_TRUE(DecodeInsState(EncodeInsState(true)).value());
  EXPECT_FALSE(DecodeInsState(EncodeInsState(false)).value());
  const QueueEntry entry = DecodeQueueEntry(EncodeQueueEntry({matching::CaseKind::kCollision,
                                                              matching::Band::kProbable, "CHU"}))
                               .value();
  EXPECT_EQ(entry.band, matching::Band::kProbable);
  EXPECT_EQ(entry.kind, matching::CaseKind::kCollision);
  EXPECT_EQ(entry.domain, "CHU");
}

// Fills every field of a message, by reflection. Numbers stay small: they must be valid in
// enumerations too, and 1 is valid in each.
void Fill(Message* message, int* next) {
  const auto* reflection = message->GetReflection();
  const auto* descriptor = message->GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    const std::string text = "text " + std::to_string(++*next);
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        Fill(field->is_repeated() ? reflection->AddMessage(message, field)
                                  : reflection->MutableMessage(message, field),
             next);
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        if (field->is_repeated()) {
          reflection->AddString(message, field, text);
        } else {
          reflection->SetString(message, field, text);
        }
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        reflection->SetUInt32(message, field, 1);
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        if (field->is_repeated()) {
          reflection->AddUInt64(message, field, 1000u + static_cast<std::uint64_t>(*next));
        } else {
          reflection->SetUInt64(message, field, 1000u + static_cast<std::uint64_t>(*next));
        }
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        reflection->SetInt32(message, field, 1000 + *next);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        reflection->SetInt64(message, field, 1000 + *next);
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        reflection->SetDouble(message, field, 1000.5 + *next);
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        reflection->SetBool(message, field, true);
        break;
      default:
        FAIL() << "a type this test does not know: " << field->full_name();
    }
  }
}

template <typename MessageType, typename Value>
void EveryFieldIsTouched(absl::StatusOr<Value> (*decode)(std::string_view),
                         std::string (*encode)(const Value&)) {
  MessageType message;
  int next = 0;
  Fill(&message, &next);
  const std::string value = SealValue(message.SerializeAsString());
  const absl::StatusOr<Value> decoded = decode(value);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  MessageType again;
  const std::string encoded = encode(*decoded);
  ASSERT_TRUE(again.ParseFromString(std::string(OpenValue(encoded).value())));
  EXPECT_EQ(again.DebugString(), message.DebugString());
  EXPECT_EQ(Hex(encoded), Hex(value));
}

TEST(RecordCodec, TouchesEveryFieldOfTheStoredMessages) {
  EveryFieldIsTouched<StoredIdentity>(DecodeIdentity, EncodeIdentity);
  EveryFieldIsTouched<StoredChange>(DecodeChange, EncodeChange);
  EveryFieldIsTouched<StoredVisit>(DecodeVisit, EncodeVisit);
  EveryFieldIsTouched<StoredCase>(DecodeCase, EncodeCase);
  EveryFieldIsTouched<StoredDecision>(DecodeDecision, EncodeDecision);
  EveryFieldIsTouched<StoredProposal>(DecodeProposal, EncodeProposal);
  EveryFieldIsTouched<StoredCaseNote>(DecodeCaseNote, EncodeCaseNote);
  EveryFieldIsTouched<StoredLabelPair>(DecodeLabelPair, EncodeLabelPair);
  EveryFieldIsTouched<StoredAnsweredRequest>(DecodeRequest, EncodeRequest);
  EveryFieldIsTouched<StoredFigureSnapshot>(DecodeSnapshot, EncodeSnapshot);
  EveryFieldIsTouched<StoredAuditEntry>(DecodeAuditEntry, EncodeAuditEntry);
}

}  // namespace
}  // namespace vigie::storage

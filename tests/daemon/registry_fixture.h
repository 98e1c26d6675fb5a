// A registry on the in-memory store, with a clock that the test moves, and generated people.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/registry/errors.h"
#include "daemon/registry/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "matching/indicator.h"
#include "matching/model.h"
#include "matching/trust.h"
#include "storage/store.h"

namespace vigie::test {

using namespace std::chrono_literals;

inline constexpr char kDomain[] = "CHU";
// Numbers of no establishment, with a right check digit.
inline constexpr char kSite[] = "750712184";
inline constexpr char kLegalEntity[] = "750100018";
inline constexpr char kOtherSite[] = "690780002";
inline constexpr char kNirOid[] = "1.2.250.1.213.1.4.8";
inline constexpr char kNiaOid[] = "1.2.250.1.213.1.4.9";
inline constexpr char kTestOid[] = "1.2.250.1.213.1.4.10";

// "2026-03-10T08:00Z" and the like; UTC.
inline matching::Instant At(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  return std::chrono::sys_days(std::chrono::year(year) / month / day) + std::chrono::hours(hour) +
         std::chrono::minutes(minute);
}

inline matching::Date Day(int year, int month, int day) {
  return {static_cast<std::int16_t>(year), static_cast<std::uint8_t>(month),
          static_cast<std::uint8_t>(day)};
}

inline matching::Traits Person(const std::string& family, const std::string& given,
                               matching::Date birth_date,
                               matching::Sex sex = matching::Sex::kFemale) {
  matching::Traits traits;
  traits.birth_family_name = family;
  traits.first_birth_given_name = given;
  traits.birth_given_names = given;
  traits.sex = sex;
  traits.birth_date = birth_date;
  traits.birth_place_code = "63220";
  return traits;
}

// The published test identity ADRUN ZOE and its matricule.
inline matching::Traits Zoe() { return Person("ADRUN", "ZOE", Day(1975, 12, 31)); }
inline matching::Ins ZoeIns() { return {"275126322074974", kNirOid}; }

inline matching::InsiAnswer Answer(const matching::Traits& traits, const matching::Ins& ins,
                                   matching::Instant queried_at, bool accepted = true) {
  matching::InsiAnswer answer;
  answer.return_code = "00";
  answer.queried_at = queried_at;
  answer.ins = ins;
  answer.traits = traits;
  answer.coherence_accepted = accepted;
  return answer;
}

// Name of the reason a status carries, "" when it has none.
inline std::string ReasonOf(const absl::Status& status) {
  const auto details = daemon::DetailsOf(status);
  return details ? details->reason : "";
}

// "field:code" of each field problem.
inline std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  const auto details = daemon::DetailsOf(status);
  if (!details) return fields;
  for (const daemon::FieldProblem& problem : details->fields) {
    fields.push_back(problem.field + ":" + problem.code);
  }
  return fields;
}

class RegistryTest : public ::testing::Test {
 protected:
  RegistryTest() { Open(daemon::RegistryOptions{}); }

  // Begins again with an empty base.
  void Open(daemon::RegistryOptions options) {
    registry_.reset();
    store_ = storage::MakeMemoryStore();
    options.clock = [this] { return now_; };
    auto made = daemon::Registry::Create(store_.get(), matching::FrenchHospitalModel(),
                                         matching::ShippedIndicatorDefinitions(), options);
    ASSERT_TRUE(made.ok()) << made.status();
    registry_ = *std::move(made);
  }

  daemon::MutationContext Context() {
    return {"request-" + std::to_string(++request_count_), "desk 1", "test"};
  }

  daemon::RegisterRequest Request(const std::string& local_id, const matching::Traits& traits) {
    daemon::RegisterRequest request;
    request.context = Context();
    request.domain = kDomain;
    request.local_id = local_id;
    request.traits = traits;
    return request;
  }

  daemon::RegisterResult Register(const daemon::RegisterRequest& request) {
    auto result = registry_->Register(request);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : daemon::RegisterResult{};
  }
  daemon::RegisterResult Register(const std::string& local_id, const matching::Traits& traits) {
    return Register(Request(local_id, traits));
  }
  // A qualified identity: INSi accepted and a passport checked, both before its registration.
  daemon::RegisterResult RegisterQualified(const std::string& local_id,
                                           const matching::Traits& traits,
                                           const matching::Ins& ins) {
    daemon::RegisterRequest request = Request(local_id, traits);
    request.insi_answer = Answer(traits, ins, now_ - 2h);
    request.evidence = matching::Evidence{"passport", Day(2026, 3, 1), false};
    return Register(request);
  }

  absl::StatusOr<daemon::MutationResult> Update(matching::IdentityId id,
                                                const matching::Traits& traits,
                                                std::vector<std::string> fields,
                                                std::int64_t version = 0) {
    daemon::UpdateRequest request;
    request.context = Context();
    request.identity_id = id;
    request.version = version;
    request.traits = traits;
    request.fields = std::move(fields);
    return registry_->Update(request);
  }

  absl::StatusOr<daemon::MutationResult> RecordAnswer(matching::IdentityId id,
                                                      const matching::InsiAnswer& answer) {
    return registry_->RecordInsiAnswer({Context(), id, 0, answer});
  }
  absl::StatusOr<daemon::MutationResult> RecordEvidence(matching::IdentityId id,
                                                        const std::string& type,
                                                        matching::Date checked_on,
                                                        bool traits_agree = true) {
    return registry_->RecordEvidence({Context(), id, 0, type, checked_on, traits_agree});
  }
  absl::StatusOr<daemon::MutationResult> SetAttributes(matching::IdentityId id,
                                                       std::optional<bool> homonym,
                                                       std::optional<bool> doubtful,
                                                       std::optional<bool> fictitious) {
    return registry_->SetAttributes({Context(), id, 0, homonym, doubtful, fictitious});
  }

  matching::Visit Visit(const std::string& number, const std::string& local_id,
                        matching::Instant admitted_at,
                        std::optional<matching::Instant> discharged_at = std::nullopt) {
    matching::Visit visit;
    visit.domain = kDomain;
    visit.visit_number = number;
    visit.local_id = local_id;
    visit.legal_entity_finess = kLegalEntity;
    visit.site_finess = kSite;
    visit.activity = matching::Activity::kMco;
    visit.kind = matching::VisitKind::kInpatient;
    visit.entry_channel = "desk";
    visit.admitted_at = admitted_at;
    visit.discharged_at = discharged_at;
    return visit;
  }
  daemon::VisitResult RecordVisit(const matching::Visit& visit) {
    auto result = registry_->RecordVisit({Context(), visit});
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : daemon::VisitResult{};
  }

  matching::Identity Get(matching::IdentityId id) {
    auto found = registry_->Get(id);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *found : matching::Identity{};
  }
  std::vector<matching::Case> Cases(std::optional<matching::CaseKind> kind,
                                    matching::CaseState state = matching::CaseState::kOpen) {
    daemon::QueueFilter filter;
    filter.kind = kind;
    filter.state = state;
    auto page = registry_->ListCases({filter, false, 200, ""});
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? page->cases : std::vector<matching::Case>{};
  }
  std::int64_t CommitNumber() { return store_->Read()->CommitNumber(); }

  matching::Instant now_ = At(2026, 3, 10, 9);
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<daemon::Registry> registry_;
  int request_count_ = 0;
};

}  // namespace vigie::test

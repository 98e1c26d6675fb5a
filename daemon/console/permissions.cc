#include "daemon/console/permissions.h"

#include <algorithm>
#include <array>

#include "google/protobuf/descriptor.h"

namespace vigie::daemon {
namespace {

using google::protobuf::FieldDescriptor;

constexpr std::string_view kIdentity = "vigie.v1.IdentityService";
constexpr std::string_view kVisit = "vigie.v1.VisitService";
constexpr std::string_view kReview = "vigie.v1.ReviewService";
constexpr std::string_view kProposal = "vigie.v1.ProposalService";
constexpr std::string_view kLabel = "vigie.v1.LabelService";
constexpr std::string_view kQualification = "vigie.v1.QualificationService";
constexpr std::string_view kBacklog = "vigie.v1.BacklogService";
constexpr std::string_view kAdministration = "vigie.v1.AdministrationService";

constexpr bool kChanges = true;

constexpr std::array kPermissions = {
    Permission{kIdentity, "SearchIdentities", Role::kReader},
    Permission{kIdentity, "MatchIdentity", Role::kReader},
    Permission{kIdentity, "RegisterIdentity", Role::kReviewer, kChanges},
    Permission{kIdentity, "UpdateIdentity", Role::kReviewer, kChanges},
    Permission{kIdentity, "GetIdentity", Role::kReader},
    Permission{kIdentity, "ResolveIdentity", Role::kReader},
    Permission{kIdentity, "ListIdentityChanges", Role::kReader},
    Permission{kIdentity, "RecordInsiAnswer", Role::kReviewer, kChanges},
    Permission{kIdentity, "CompareInsiAnswer", Role::kReader},
    Permission{kIdentity, "RecordInsiFault", Role::kReviewer, kChanges},
    Permission{kIdentity, "ConfirmIns", Role::kReviewer, kChanges},
    Permission{kIdentity, "RecordVitaleAppReading", Role::kReviewer, kChanges},
    Permission{kIdentity, "WithdrawIns", Role::kReviewer, kChanges},
    Permission{kIdentity, "RecordEvidence", Role::kReviewer, kChanges},
    Permission{kIdentity, "SetAttributes", Role::kReviewer, kChanges},
    Permission{kIdentity, "GetTrustStatusAt", Role::kReader},
    Permission{kIdentity, "ListReverificationDue", Role::kReader},
    Permission{kIdentity, "ListEvidenceDevices", Role::kReader},
    Permission{kIdentity, "ExplainPair", Role::kReader},
    Permission{kVisit, "RecordVisit", Role::kReviewer, kChanges},
    Permission{kVisit, "CancelVisit", Role::kReviewer, kChanges},
    Permission{kVisit, "GetVisit", Role::kReader},
    Permission{kVisit, "ListVisits", Role::kReader},
    Permission{kReview, "ListCases", Role::kReader},
    Permission{kReview, "GetCase", Role::kReader},
    Permission{kReview, "CountCases", Role::kReader},
    Permission{kReview, "ListClaimedCases", Role::kReader},
    Permission{kReview, "ClaimCase", Role::kReviewer, kChanges},
    Permission{kReview, "ReleaseCase", Role::kReviewer, kChanges},
    Permission{kReview, "HoldCase", Role::kReviewer, kChanges},
    Permission{kReview, "DecideCase", Role::kReviewer, kChanges},
    Permission{kReview, "UndoDecision", Role::kReviewer, kChanges},
    Permission{kReview, "ConfirmDecision", Role::kSupervisor, kChanges},
    Permission{kReview, "RejectDecision", Role::kSupervisor, kChanges},
    Permission{kReview, "GetDecision", Role::kReader},
    Permission{kReview, "ListDecisions", Role::kReader},
    Permission{kReview, "AddCaseNote", Role::kReviewer, kChanges},
    Permission{kReview, "ListCaseNotes", Role::kReader},
    Permission{kProposal, "ReportMerge", Role::kReviewer, kChanges},
    Permission{kProposal, "ListProposals", Role::kReader},
    Permission{kLabel, "NextLabel", Role::kReviewer},
    Permission{kLabel, "RecordLabel", Role::kReviewer, kChanges},
    Permission{kLabel, "ListLabelledPairs", Role::kSupervisor},
    Permission{kLabel, "GetReviewQuality", Role::kReader},
    Permission{kQualification, "ComputeRate", Role::kReader},
    Permission{kQualification, "ListDefinitions", Role::kReader},
    Permission{kQualification, "CloseDay", Role::kSupervisor, kChanges},
    Permission{kQualification, "ListSnapshots", Role::kReader},
    Permission{kQualification, "GetSnapshot", Role::kReader},
    Permission{kQualification, "DiffSnapshots", Role::kReader},
    Permission{kBacklog, "ListBacklog", Role::kReader},
    Permission{kBacklog, "SummarizeBacklog", Role::kReader},
    Permission{kBacklog, "ComputeQualityIndicators", Role::kReader},
    Permission{kAdministration, "GetStatus", Role::kReader},
    Permission{kAdministration, "VerifyFigures", Role::kSupervisor},
};

// The text field of that name, or nullptr.
const FieldDescriptor* TextField(const google::protobuf::Descriptor& message, const char* name) {
  const FieldDescriptor* const field = message.FindFieldByName(name);
  const bool is_text = field != nullptr && !field->is_repeated() &&
                       field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  return is_text ? field : nullptr;
}

}  // namespace

std::span<const Permission> Permissions() { return kPermissions; }

const Permission* FindPermission(std::string_view service, std::string_view name) {
  const auto* const found =
      std::find_if(kPermissions.begin(), kPermissions.end(), [&](const Permission& permission) {
        return permission.service == service && permission.name == name;
      });
  return found == kPermissions.end() ? nullptr : found;
}

bool SetActor(const std::string& actor, google::protobuf::Message* request) {
  const google::protobuf::Descriptor& about = *request->GetDescriptor();
  if (const FieldDescriptor* field = TextField(about, "actor"); field != nullptr) {
    request->GetReflection()->SetString(request, field, actor);
    return true;
  }
  const FieldDescriptor* const context = about.FindFieldByName("context");
  if (context == nullptr || context->is_repeated() ||
      context->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    return false;
  }
  const FieldDescriptor* const field = TextField(*context->message_type(), "actor");
  if (field == nullptr) return false;
  google::protobuf::Message* const inner =
      request->GetReflection()->MutableMessage(request, context);
  inner->GetReflection()->SetString(inner, field, actor);
  return true;
}

}  // namespace vigie::daemon

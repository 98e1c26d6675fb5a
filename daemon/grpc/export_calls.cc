#include "daemon/grpc/export_calls.h"

#include <chrono>
#include <string>

#include "absl/strings/escaping.h"
#include "daemon/grpc/convert.h"
#include "daemon/grpc/limits.h"

namespace vigie::daemon {
namespace {

template <class Message>
void SetHead(const Export::Head& head, std::int64_t row_count, Message* message) {
  v1::ExportHead* out = message->mutable_head();
  out->set_commit_number(head.commit_number);
  SetTime(head.as_of, out->mutable_as_of_time());
  out->set_time_zone(head.time_zone);
  out->set_row_count(row_count);
  out->set_base_id(head.base_id);
}

v1::AuditEntry ToMessage(const storage::AuditEntry& entry) {
  v1::AuditEntry message;
  message.set_commit_number(entry.commit_number);
  SetTime(entry.committed_at, message.mutable_commit_time());
  message.set_actor(entry.actor);
  message.set_method(entry.method);
  message.set_request_id(entry.request_id);
  message.mutable_targets()->Assign(entry.targets.begin(), entry.targets.end());
  message.set_change_hash(absl::BytesToHexString(entry.change_hash));
  message.set_previous_hash(absl::BytesToHexString(entry.previous_hash));
  message.set_hash(absl::BytesToHexString(entry.hash));
  return message;
}

}  // namespace

absl::StatusOr<bool> NextMessage(Export& source, bool first,
                                 v1::ExportIdentitiesResponse* message) {
  if (first)
    SetHead(source.head(), source.head().counts.identity_count + source.head().counts.merged_count,
            message);
  const auto piece = source.NextIdentities(kExportIdentitiesPerMessage);
  if (!piece.ok()) return piece.status();
  for (const matching::Identity& identity : *piece) *message->add_identities() = ToProto(identity);
  return first || !piece->empty();
}

absl::StatusOr<bool> NextMessage(Export& source, bool first, v1::ExportVisitsResponse* message) {
  if (first) SetHead(source.head(), source.head().counts.visit_count, message);
  const auto piece = source.NextVisits(kExportRowsPerMessage);
  if (!piece.ok()) return piece.status();
  for (const matching::Visit& visit : *piece) *message->add_visits() = ToProto(visit);
  return first || !piece->empty();
}

absl::StatusOr<bool> NextMessage(Export& source, bool first, v1::ExportCasesResponse* message) {
  if (first) SetHead(source.head(), source.head().case_count, message);
  const auto piece = source.NextCases(kExportRowsPerMessage);
  if (!piece.ok()) return piece.status();
  for (const matching::Case& review_case : *piece) *message->add_cases() = ToProto(review_case);
  return first || !piece->empty();
}

absl::StatusOr<bool> NextMessage(Export& source, bool first, v1::ExportAuditResponse* message) {
  if (first) SetHead(source.head(), source.head().commit_number, message);
  const auto piece = source.NextAudit(kExportRowsPerMessage);
  if (!piece.ok()) return piece.status();
  for (const storage::AuditEntry& entry : *piece) *message->add_entries() = ToMessage(entry);
  return first || !piece->empty();
}

}  // namespace vigie::daemon

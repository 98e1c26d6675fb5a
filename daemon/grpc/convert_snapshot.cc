// Snapshots of figures: requests and answers of closing a day.
#include "daemon/grpc/convert.h"
#include "matching/indicator.h"

namespace vigie::daemon {
namespace {

matching::Date ToOptionalDate(bool given, const v1::Date& date, const std::string& path,
                              RequestProblems& problems) {
  return given ? ToDate(date, path, problems) : matching::Date();
}

std::string ToHex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    hex.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
  return hex;
}

// The text is a definition of its time: what this program cannot read any more is handed on as the
// text alone.
v1::IndicatorDefinition DefinitionOf(const storage::FigureSnapshot& snapshot) {
  const absl::StatusOr<matching::IndicatorDefinition> definition =
      matching::ParseIndicatorDefinition(snapshot.definition_text, "snapshot");
  v1::IndicatorDefinition message;
  if (definition.ok()) message = ToProto(*definition);
  message.set_name(snapshot.definition_name);
  message.set_version(snapshot.definition_version);
  message.set_hash(snapshot.definition_hash);
  message.set_toml_text(snapshot.definition_text);
  return message;
}

v1::FigureDifference ToProto(const FigureDifference& difference) {
  v1::FigureDifference message;
  message.mutable_group()->insert(difference.group.begin(), difference.group.end());
  if (difference.before) *message.mutable_base() = daemon::ToProto(*difference.before);
  if (difference.after) *message.mutable_row() = daemon::ToProto(*difference.after);
  *message.mutable_explanation() = daemon::ToProto(difference.explanation);
  return message;
}

}  // namespace

CloseDayRequest ToRequest(const v1::CloseDayRequest& message, RequestProblems& problems) {
  CloseDayRequest request;
  request.context = {message.request_id(), message.actor(), message.reason()};
  request.day = ToOptionalDate(message.has_day(), message.day(), "day", problems);
  if (message.has_day() && request.day == matching::Date()) problems.Add("day", "required");
  return request;
}

ListSnapshotsRequest ToRequest(const v1::ListSnapshotsRequest& message, RequestProblems& problems) {
  ListSnapshotsRequest request;
  request.from =
      ToOptionalDate(message.has_start_date(), message.start_date(), "start_date", problems);
  request.to = ToOptionalDate(message.has_end_date(), message.end_date(), "end_date", problems);
  request.definition = message.definition();
  request.newest_only = message.newest_only();
  request.page_size = message.page_size();
  if (message.page_size() < 0) problems.Add("page_size", "out_of_range");
  return request;
}

SnapshotName ToRequest(const v1::GetSnapshotRequest& message, RequestProblems& problems) {
  if (message.revision() < 0) problems.Add("revision", "out_of_range");
  return {ToDate(message.day(), "day", problems), message.definition(), message.revision()};
}

SnapshotPair ToRequest(const v1::DiffSnapshotsRequest& message, RequestProblems& problems) {
  if (message.revision() < 0) problems.Add("revision", "out_of_range");
  if (message.base_revision() < 0) problems.Add("base_revision", "out_of_range");
  SnapshotPair pair;
  pair.after = {ToDate(message.day(), "day", problems), message.definition(), message.revision()};
  pair.before = {
      message.has_base_day() ? ToDate(message.base_day(), "base_day", problems) : pair.after.day,
      message.definition(), message.base_revision()};
  return pair;
}

v1::RateRow ToProto(const storage::FigureRow& row) {
  matching::IndicatorRow figures;
  figures.group = row.group;
  figures.numerator = row.numerator;
  figures.denominator = row.denominator;
  figures.exclusions = row.exclusions;
  figures.statuses = row.statuses;
  figures.unattached_count = row.unattached_count;
  figures.homonym_count = row.homonym_count;
  figures.doubtful_count = row.doubtful_count;
  figures.fictitious_count = row.fictitious_count;
  return ToProto(figures);
}

v1::Snapshot ToProto(const storage::FigureSnapshot& snapshot) {
  v1::Snapshot message;
  *message.mutable_day() = ToProto(snapshot.day);
  message.set_revision(snapshot.revision);
  *message.mutable_definition() = DefinitionOf(snapshot);
  message.set_time_zone(snapshot.time_zone);
  *message.mutable_start_date() = ToProto(snapshot.window_from);
  *message.mutable_end_date() = ToProto(snapshot.window_to);
  SetTime(snapshot.cut_off, message.mutable_cut_off_time());
  message.set_as_of_commit_number(snapshot.as_of_commit_number);
  SetTime(snapshot.closed_at, message.mutable_closed_time());
  message.set_actor(snapshot.actor);
  message.set_content_hash(ToHex(snapshot.content_hash));
  *message.mutable_total() = ToProto(snapshot.total);
  message.mutable_causes()->insert(snapshot.causes.begin(), snapshot.causes.end());
  return message;
}

v1::CloseDayResponse ToProto(const CloseDayResult& result) {
  v1::CloseDayResponse message;
  *message.mutable_day() = ToProto(result.day);
  for (const ClosedSnapshot& closed : result.snapshots) {
    v1::CloseDayResponse::Closed* added = message.add_closed();
    *added->mutable_snapshot() = ToProto(closed.snapshot);
    added->set_is_new(closed.is_new);
  }
  for (const matching::Date& day : result.unclosed_days) {
    *message.add_unclosed_days() = ToProto(day);
  }
  message.set_commit_number(result.commit_number);
  return message;
}

v1::ListSnapshotsResponse ToProto(const SnapshotPage& page) {
  v1::ListSnapshotsResponse message;
  for (const storage::FigureSnapshot& snapshot : page.snapshots) {
    *message.add_snapshots() = ToProto(snapshot);
  }
  message.set_next_page_token(page.next_page_token);
  return message;
}

v1::DiffSnapshotsResponse ToProto(const SnapshotDifference& difference) {
  v1::DiffSnapshotsResponse message;
  *message.mutable_base() = ToProto(difference.before);
  *message.mutable_snapshot() = ToProto(difference.after);
  for (const FigureDifference& row : difference.rows) *message.add_rows() = ToProto(row);
  *message.mutable_total() = ToProto(difference.total);
  message.mutable_causes()->insert(difference.causes.begin(), difference.causes.end());
  for (const matching::Sentence& sentence : difference.explanation) {
    *message.add_explanation() = ToProto(sentence);
  }
  return message;
}

}  // namespace vigie::daemon

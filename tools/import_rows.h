// From CSV rows to identities and visits: the columns of the contract, checked one by one, with
// errors that name line, column and reason and never the value. No network.
//
// What only the base can judge (names in RNIV form, the matricule's key, device lists) is left to
// the daemon, so that there is one truth; here stands what makes a row unreadable.
// One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "matching/identity.h"
#include "tools/csv.h"
#include "tools/mapping.h"

namespace vigie::tools {

inline constexpr std::size_t kValueBytesMax = 1024;  // No value of a patient's record is longer.

inline constexpr std::array<std::string_view, 21> kIdentityColumns = {"domain",
                                                                      "local_id",
                                                                      "birth_family_name",
                                                                      "birth_given_names",
                                                                      "first_birth_given_name",
                                                                      "used_family_name",
                                                                      "used_given_name",
                                                                      "sex",
                                                                      "birth_date",
                                                                      "birth_place_code",
                                                                      "ins_matricule",
                                                                      "ins_oid",
                                                                      "insi_date",
                                                                      "evidence_type",
                                                                      "evidence_date",
                                                                      "attributes",
                                                                      "address_line",
                                                                      "postal_code",
                                                                      "city",
                                                                      "phone",
                                                                      "email"};

inline constexpr std::array<std::string_view, 11> kVisitColumns = {
    "domain", "visit_number", "local_id",      "legal_entity_finess", "site_finess",  "activity",
    "kind",   "admitted_at",  "discharged_at", "cancelled",           "entry_channel"};

// Columns that `vigie export` adds behind those above: what only the base can say. Whoever reads
// such a file, an import or a training, knows them and passes them over.
inline constexpr std::array<std::string_view, 12> kIdentityExportColumns = {
    "identity_id",     "status",         "status_history", "insi_return_code",
    "insi_query_time", "insi_coherence", "past_ins",       "evidence_high_assurance",
    "version",         "created_at",     "updated_at",     "merged_into_id"};
inline constexpr std::array<std::string_view, 4> kVisitExportColumns = {
    "identity_id", "status_at_admission", "status_at_discharge", "version"};

std::vector<std::string> ColumnsOf(ImportKind kind);

// The file `vigie import` writes beside its input begins with these columns; when they stand first
// in a header they are skipped, so that a corrected file of refused rows can be imported as it is.
inline constexpr std::array<std::string_view, 3> kRejectionColumns = {"line", "column", "reason"};

struct SourceRow {
  std::int64_t line = 0;
  std::vector<std::string> fields;   // as in the file, the rejection columns left out
  std::vector<std::string> values;   // by column of the contract, trimmed; empty = not known
  std::vector<RowProblem> problems;  // non-empty: `values` may not be used
};

// A file read in the columns of the contract, through a mapping or directly.
class ImportSource {
 public:
  // `default_domain` stands in for a domain column, which wins where it has a value.
  // INVALID_ARGUMENT: unknown column (with "did you mean"), required column missing, a mapping of
  // the other kind or one that names a column the file does not have.
  static absl::StatusOr<std::unique_ptr<ImportSource>> Create(std::unique_ptr<CsvReader> reader,
                                                              ImportKind kind,
                                                              std::optional<Mapping> mapping,
                                                              std::string default_domain);

  // False at the end.
  absl::StatusOr<bool> Next(SourceRow* row);

  const CsvReader& reader() const { return *reader_; }
  // Columns of the file, without the rejection columns: the header of the refused rows.
  std::vector<std::string> header() const;
  // Columns of the file that are not read: those the mapping makes no use of, or, without a
  // mapping, those that an export added.
  const std::vector<std::string>& ignored_columns() const { return ignored_columns_; }

 private:
  ImportSource() = default;
  absl::Status BindDirectly(ImportKind kind);
  absl::Status BindMapping(ImportKind kind);
  absl::Status CheckRequired(ImportKind kind) const;

  std::unique_ptr<CsvReader> reader_;
  std::optional<Mapping> mapping_;
  std::string default_domain_;
  std::vector<std::string> columns_;  // of the contract
  std::vector<int> indexes_;          // by column of the contract: of the file, -1 none
  std::vector<std::string> ignored_columns_;
  std::size_t skipped_count_ = 0;  // leading rejection columns
};

struct IdentityRow {
  std::int64_t line = 0;
  std::string domain;
  std::string local_id;
  matching::Traits traits;
  std::optional<matching::Ins> ins;
  std::optional<matching::Date> insi_date;     // present exactly when `ins` is
  std::optional<matching::Evidence> evidence;  // high_assurance is the daemon's to say
  matching::Attributes attributes;
};

struct VisitRow {
  std::int64_t line = 0;
  matching::Visit visit;  // what a caller may give; derived fields are empty
};

// `values` by column of the contract. Problems are appended, all of them; true when there are none.
bool ParseIdentityRow(const std::vector<std::string>& values, IdentityRow* row,
                      std::vector<RowProblem>* problems);
// `time_zone` (a name of the tz database the system knows) reads instants without offset.
class VisitRowParser {
 public:
  // INVALID_ARGUMENT for an unknown time zone.
  static absl::StatusOr<VisitRowParser> Create(const std::string& time_zone);
  bool Parse(const std::vector<std::string>& values, VisitRow* row,
             std::vector<RowProblem>* problems) const;

 private:
  explicit VisitRowParser(std::string time_zone) : time_zone_(std::move(time_zone)) {}
  std::string time_zone_;
};

// ISO 8601: YYYY-MM-DD[T or space]HH:MM[:SS[.ffffff]] and Z, ±HH:MM, ±HHMM, ±HH or nothing, which
// is local time in `time_zone`. Of an hour that occurs twice the first is taken. On error nullopt
// and the reason.
std::optional<matching::Instant> ParseInstant(std::string_view text, const std::string& time_zone,
                                              std::string* reason);
// Midnight at the beginning of a complete date in `time_zone`.
matching::Instant StartOfDay(const matching::Date& date, const std::string& time_zone);

}  // namespace vigie::tools

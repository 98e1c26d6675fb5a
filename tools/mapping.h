// A mapping (TOML) reads a file of any shape as if it had the columns of the contract: other names,
// date layouts, codes, constants, flags.
//
//   kind = "identities"                      # or "visits"
//   missing = ["NULL", "-"]                  # values that mean "not known", in every column
//   [columns]                                # column of the contract = where it comes from
//   local_id = "IPP"
//   birth_given_names = ["PRENOM1", "PRENOM2"]                    # joined by a space
//   birth_date = { column = "DDN", layout = "%d/%m/%Y" }
//   sex = { column = "SEXE", values = { "1" = "M", "2" = "F" }, otherwise = "I" }
//   ins_oid = { constant = "1.2.250.1.213.1.4.8" }   # where ins_matricule has a value
//   [flags]                                  # attributes, each from a column of its own
//   homonym = { column = "HOMO", values = ["O", "1"] }
//
// A constant of ins_oid and insi_date applies where there is a matricule, one of evidence_type
// where there is an evidence_date and the other way round; every other one applies always.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/csv.h"

namespace vigie::tools {

enum class ImportKind : std::uint8_t { kIdentities, kVisits };

class Mapping {
 public:
  // INVALID_ARGUMENT with "source_name:line: what is wrong", and what was meant if something near
  // is known.
  static absl::StatusOr<Mapping> Parse(const std::string& toml, const std::string& source_name);
  // The same from a file; NOT_FOUND when it cannot be read.
  static absl::StatusOr<Mapping> ReadFile(const std::string& path);

  ImportKind kind() const { return kind_; }
  const std::string& text() const { return text_; }  // the TOML it was read from
  bool Fills(std::string_view column) const;         // from a column or by a constant

  // Fixes where the columns stand. INVALID_ARGUMENT when one is not in `header`.
  absl::Status Bind(const std::vector<std::string>& header);
  // Columns of the bound header nothing reads.
  const std::vector<std::string>& ignored_columns() const { return ignored_columns_; }
  // Values by column of the contract, from a row of the bound file. Problems are appended and name
  // the file's column.
  void Apply(const std::vector<std::string>& fields, std::vector<std::string>* values,
             std::vector<RowProblem>* problems) const;

 private:
  struct Column {
    std::size_t target = 0;  // position among the columns of the contract
    std::int64_t line = 0;   // of the TOML
    std::vector<std::string> sources;
    std::vector<std::size_t> indexes;  // of `sources`, once bound
    std::string layout;
    bool is_instant = false;
    std::map<std::string, std::string> values;
    std::optional<std::string> otherwise;
    std::optional<std::string> constant;
    std::string companion;  // the constant applies only where this column has a value
  };
  struct Flag {
    std::string attribute;
    std::int64_t line = 0;
    std::string source;
    std::size_t index = 0;
    std::vector<std::string> values;
  };
  struct Reader;  // reads the TOML

  std::string Rewrite(const Column& column, const std::string& value,
                      std::vector<RowProblem>* problems) const;
  std::optional<std::size_t> Target(std::string_view column) const;

  std::string text_;
  std::string source_name_;
  ImportKind kind_ = ImportKind::kIdentities;
  std::vector<std::string> contract_;  // columns of the contract
  std::vector<std::string> missing_;
  std::vector<Column> columns_;
  std::vector<Flag> flags_;
  std::vector<std::string> ignored_columns_;
};

}  // namespace vigie::tools

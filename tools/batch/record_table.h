// The records of one or two CSV files in the form the scorer compares, read as a stream. Rows that
// are equal in every field share one record, so that a file of ten million equal rows is small.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "matching/record.h"
#include "tools/mapping.h"

namespace vigie::tools {

inline constexpr std::size_t kRowsMax = 1'000'000'000;

struct ReadOptions {
  std::vector<std::string> files;  // one or two
  std::optional<Mapping> mapping;  // of both files
  // A malformed row stops the run, since a figure over part of a file lies. Set: it is left out,
  // counted and named.
  bool skip_malformed_rows = false;
  int threads = 1;
};

// What was seen while reading, for people. Never a value.
struct ReadReport {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::vector<std::string> encodings;                     // of each file
  std::int64_t malformed_rows = 0;                        // left out
  std::vector<std::string> first_malformed;               // "file:line: reason", the first few
  std::map<std::string, std::int64_t> unreadable_values;  // by column: taken as missing
  std::vector<std::string> ignored_columns;
  std::int64_t equal_rows = 0;  // rows whose record another row had before
};

class RecordTable {
 public:
  // INVALID_ARGUMENT with file and line: no column for the id, an unknown column (with "did you
  // mean"), a malformed row, an id that is there twice, no row. `progress` (may be empty) is told
  // bytes read and rows.
  static absl::StatusOr<RecordTable> Read(
      const ReadOptions& options, ReadReport* report,
      const std::function<void(double fraction, std::int64_t rows)>& progress);

  const std::vector<matching::Record>& records() const { return records_; }
  std::size_t row_count() const { return record_of_row_.size(); }
  std::uint32_t record_of_row(std::size_t row) const { return record_of_row_[row]; }
  // Rows of a record, ascending; first and last behind.
  std::pair<const std::uint32_t*, const std::uint32_t*> rows_of(std::uint32_t record) const {
    return {rows_.data() + row_begin_[record], rows_.data() + row_begin_[record + 1]};
  }
  // As it is written in results: the local id, or "domain:local_id" when local ids repeat.
  std::string id_of_row(std::size_t row) const;
  // With two files: is the record of the second? Only pairs across files are compared.
  bool is_of_second(std::uint32_t record) const { return record >= second_begin_; }
  bool two_files() const { return two_files_; }
  // Pairs that may be compared at all.
  double possible_pair_count() const;
  std::uint64_t population() const { return row_count(); }
  // A hash over all that was read, rows in order: names the data in a model's provenance.
  std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  friend class TableBuilder;
  RecordTable() = default;
  void CountTerms(int threads);
  void CountValues(std::vector<std::uint64_t>* hashes) const;
  void IndexRows();
  absl::Status CheckIds();
  bool HasEqualIds() const;
  std::uint64_t IdHash(std::size_t row) const;

  std::vector<matching::Record> records_;
  std::vector<std::uint32_t> record_of_row_;
  std::vector<std::uint32_t> row_begin_;  // by record: into rows_
  std::vector<std::uint32_t> rows_;
  std::string ids_;                      // one behind the other
  std::vector<std::uint64_t> id_begin_;  // by row, and one more
  std::vector<std::string> domains_;     // distinct
  std::vector<std::uint16_t> domain_of_row_;
  bool ids_with_domain_ = false;
  bool two_files_ = false;
  std::uint32_t second_begin_ = 0;  // first record of the second file
  std::size_t second_row_begin_ = 0;
  std::uint64_t fingerprint_ = 0;
};

}  // namespace vigie::tools

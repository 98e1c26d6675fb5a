#include "tools/batch/record_table.h"

#include <algorithm>
#include <array>
#include <deque>
#include <future>
#include <limits>
#include <memory>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "fmt/format.h"
#include "matching/date.h"
#include "matching/stable_hash.h"
#include "matching/trust.h"
#include "tools/batch/parallel.h"
#include "tools/csv.h"
#include "tools/import_rows.h"
#include "tools/suggest.h"

namespace vigie::tools {
namespace {

using matching::Record;
using matching::StableHash;

constexpr std::size_t kBatchRows = 4096;
constexpr std::size_t kNamedRowsMax = 10;
constexpr std::size_t kDomainsMax = 60000;

consteval std::size_t I(std::string_view column) {
  for (std::size_t i = 0; i < kIdentityColumns.size(); ++i) {
    if (kIdentityColumns[i] == column) return i;
  }
  throw "no such column";  // A compile error: only called in constant expressions.
}

// Finds the contract's columns in a file, directly or through a mapping. Unlike an import it needs
// the id alone: what is missing is no evidence, and data sets have what they have.
class Columns {
 public:
  absl::Status Bind(const CsvReader& reader, const std::optional<Mapping>& mapping) {
    if (mapping) {
      mapping_ = mapping;
      if (absl::Status status = mapping_->Bind(reader.header()); !status.ok()) return status;
      ignored_ = mapping_->ignored_columns();
      if (mapping_->kind() != ImportKind::kIdentities || !mapping_->Fills("local_id")) {
        return absl::InvalidArgumentError(
            "the mapping must be of identities and fill local_id, which names a record");
      }
      return absl::OkStatus();
    }
    const std::vector<std::string> known = ColumnsOf(ImportKind::kIdentities);
    for (const std::string& column : reader.header()) {
      if (std::find(known.begin(), known.end(), column) != known.end()) continue;
      if (std::find(kIdentityExportColumns.begin(), kIdentityExportColumns.end(), column) !=
          kIdentityExportColumns.end()) {
        ignored_.push_back(column);
        continue;
      }
      return absl::InvalidArgumentError(
          fmt::format("{}: unknown column \"{}\"{} (a mapping, or [columns] of the model, reads "
                      "other names)",
                      reader.name(), column, DidYouMean(column, known)));
    }
    for (const std::string_view column : kIdentityColumns) {
      indexes_.push_back(reader.ColumnIndex(column));
    }
    if (indexes_[I("local_id")] < 0) {
      return absl::InvalidArgumentError(
          fmt::format("{}: the column local_id is missing; it names a record", reader.name()));
    }
    return absl::OkStatus();
  }

  void Values(const std::vector<std::string>& fields, std::vector<std::string>* values,
              std::vector<RowProblem>* problems) const {
    if (mapping_) {
      mapping_->Apply(fields, values, problems);
      return;
    }
    values->assign(kIdentityColumns.size(), "");
    for (std::size_t i = 0; i < indexes_.size(); ++i) {
      if (indexes_[i] >= 0) (*values)[i] = fields[static_cast<std::size_t>(indexes_[i])];
    }
  }
  const std::vector<std::string>& ignored() const { return ignored_; }

 private:
  std::optional<Mapping> mapping_;
  std::vector<int> indexes_;
  std::vector<std::string> ignored_;
};

struct Batch {
  std::vector<CsvRow> rows;
  std::vector<Record> records;
  std::vector<std::uint64_t> hashes;  // of all values but the id
  std::vector<std::string> ids, domains;
  std::map<std::string, std::int64_t> unreadable;
};

// By the devices a daemon accepts when nothing else is configured.
bool IsHighAssurance(const std::string& evidence_type) {
  static const std::vector<matching::EvidenceDevice> devices = matching::DefaultEvidenceDevices();
  return std::any_of(devices.begin(), devices.end(), [&](const matching::EvidenceDevice& device) {
    return device.high_assurance && device.type == evidence_type;
  });
}

bool IsQualified(const std::vector<std::string>& values) {
  matching::TrustFacts facts;
  const std::string& attributes = values[I("attributes")];
  facts.insi_accepted = !values[I("ins_matricule")].empty() && !values[I("insi_date")].empty();
  facts.document_checked = IsHighAssurance(values[I("evidence_type")]);
  facts.attributes.doubtful = attributes.find("doubtful") != std::string::npos;
  facts.attributes.fictitious = attributes.find("fictitious") != std::string::npos;
  facts.attributes.homonym = attributes.find("homonym") != std::string::npos;
  return matching::StatusOf(facts) == matching::TrustStatus::kQualified;
}

Record RecordOf(const std::vector<std::string>& values,
                std::map<std::string, std::int64_t>* unreadable) {
  matching::Traits traits;
  traits.birth_family_name = values[I("birth_family_name")];
  traits.birth_given_names = values[I("birth_given_names")];
  traits.first_birth_given_name = values[I("first_birth_given_name")];
  traits.used_family_name = values[I("used_family_name")];
  traits.used_given_name = values[I("used_given_name")];
  traits.birth_place_code = values[I("birth_place_code")];
  traits.address_line = values[I("address_line")];
  traits.postal_code = values[I("postal_code")];
  traits.city = values[I("city")];
  traits.phone = values[I("phone")];
  traits.email = values[I("email")];
  const std::string& sex = values[I("sex")];
  if (sex == "M" || sex == "m") traits.sex = matching::Sex::kMale;
  if (sex == "F" || sex == "f") traits.sex = matching::Sex::kFemale;
  if (sex == "I" || sex == "i") traits.sex = matching::Sex::kIndeterminate;
  if (!sex.empty() && traits.sex == matching::Sex::kUnknown) ++(*unreadable)["sex"];
  if (const std::string& text = values[I("birth_date")]; !text.empty()) {
    const std::optional<matching::Date> date = matching::ParseDate(text);
    if (!date) ++(*unreadable)["birth_date"];
    traits.birth_date = date.value_or(matching::Date{});
  }
  std::optional<matching::Ins> ins;
  if (!values[I("ins_matricule")].empty()) {
    ins = matching::Ins{values[I("ins_matricule")], values[I("ins_oid")]};
  }
  return matching::MakeRecord(traits, ins, {}, IsQualified(values));
}

// Everything a table keeps costs memory a million times.
void Shrink(Record* record) {
  record->given_names.shrink_to_fit();
  record->past_matricules.shrink_to_fit();
  record->terms.shrink_to_fit();
  record->given_phonetics.shrink_to_fit();
  for (std::string* text : {&record->address, &record->city, &record->email,
                            &record->birth_family_name, &record->used_family_name}) {
    text->shrink_to_fit();
  }
}

void Convert(const Columns& columns, Batch* batch) {
  std::vector<std::string> values;
  std::vector<RowProblem> problems;
  for (const CsvRow& row : batch->rows) {
    problems.clear();
    columns.Values(row.fields, &values, &problems);
    for (const RowProblem& problem : problems) ++batch->unreadable[problem.column];
    StableHash hash;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i != I("local_id") && i != I("domain")) hash.Add(values[i]);
    }
    batch->hashes.push_back(hash.value());
    Record record = RecordOf(values, &batch->unreadable);
    Shrink(&record);
    batch->records.push_back(std::move(record));
    batch->ids.push_back(values[I("local_id")]);
    batch->domains.push_back(values[I("domain")]);
  }
}

bool SameRecord(const Record& a, const Record& b) {
  return a.birth_family_name == b.birth_family_name && a.used_family_name == b.used_family_name &&
         a.given_names == b.given_names && a.used_given_name == b.used_given_name &&
         a.sex == b.sex && a.birth_date == b.birth_date &&
         a.birth_place_code == b.birth_place_code && a.ins_matricule == b.ins_matricule &&
         a.past_matricules == b.past_matricules && a.ins_qualified == b.ins_qualified &&
         a.postal_code == b.postal_code && a.address == b.address && a.city == b.city &&
         a.phone == b.phone && a.email == b.email && a.birth_family_bare == b.birth_family_bare;
}

}  // namespace

class TableBuilder {
 public:
  TableBuilder(const ReadOptions& options, ReadReport* report,
               const std::function<void(double, std::int64_t)>& progress)
      : options_(options), report_(report), progress_(progress) {}

  absl::StatusOr<RecordTable> Run() {
    if (options_.files.empty() || options_.files.size() > 2) {
      return absl::InvalidArgumentError("one or two files are linked");
    }
    table_.id_begin_.push_back(0);
    for (std::size_t file = 0; file < options_.files.size(); ++file) {
      if (file == 1) BeginSecond();
      if (absl::Status status = ReadFile(file); !status.ok()) return status;
    }
    if (!table_.two_files_) {
      table_.second_begin_ = static_cast<std::uint32_t>(table_.records_.size());
      table_.second_row_begin_ = table_.row_count();
    }
    by_hash_ = {};
    if (table_.row_count() == 0) {
      return absl::InvalidArgumentError(
          fmt::format("{}: there is a header but no row", options_.files[0]));
    }
    table_.records_.shrink_to_fit();
    report_->rows = static_cast<std::int64_t>(table_.row_count());
    report_->equal_rows = report_->rows - static_cast<std::int64_t>(table_.records_.size());
    table_.fingerprint_ = fingerprint_.value();
    if (absl::Status status = table_.CheckIds(); !status.ok()) return status;
    table_.IndexRows();
    table_.CountTerms(options_.threads);
    return std::move(table_);
  }

 private:
  void BeginSecond() {
    table_.two_files_ = true;
    table_.second_begin_ = static_cast<std::uint32_t>(table_.records_.size());
    table_.second_row_begin_ = table_.row_count();
    by_hash_.clear();  // Equal rows of two files stay two records: they are a pair.
  }

  // One thread reads, the others convert; results are taken in the order of reading.
  absl::Status ReadFile(std::size_t file) {
    absl::StatusOr<std::unique_ptr<CsvReader>> opened = CsvReader::OpenFile(options_.files[file]);
    if (!opened.ok()) return opened.status();
    CsvReader& reader = **opened;
    report_->encodings.emplace_back(EncodingName(reader.encoding()));
    Columns columns;
    if (absl::Status status = columns.Bind(reader, options_.mapping); !status.ok()) return status;
    report_->ignored_columns = columns.ignored();
    const std::size_t waiting_max = static_cast<std::size_t>(std::max(options_.threads, 1));
    std::deque<std::future<Batch>> waiting;
    bool more = true;
    while (more || !waiting.empty()) {
      if (more && waiting.size() < waiting_max) {
        Batch batch;
        absl::StatusOr<bool> read = ReadBatch(reader, &batch);
        if (!read.ok()) return read.status();
        more = *read;
        const auto policy = options_.threads > 1 ? std::launch::async : std::launch::deferred;
        waiting.push_back(std::async(policy, [&columns, b = std::move(batch)]() mutable {
          Convert(columns, &b);
          return std::move(b);
        }));
        if (more && waiting.size() < waiting_max) continue;
      }
      Batch batch = waiting.front().get();
      waiting.pop_front();
      if (absl::Status status = Keep(reader, &batch); !status.ok()) return status;
      if (progress_) {
        progress_(static_cast<double>(reader.position_bytes()) /
                      static_cast<double>(std::max<std::int64_t>(reader.size_bytes(), 1)),
                  static_cast<std::int64_t>(table_.row_count()));
      }
    }
    report_->bytes += reader.size_bytes();
    return absl::OkStatus();
  }

  absl::StatusOr<bool> ReadBatch(CsvReader& reader, Batch* batch) {
    batch->rows.reserve(kBatchRows);
    while (batch->rows.size() < kBatchRows) {
      CsvRow row;
      const absl::StatusOr<bool> found = reader.Next(&row);
      if (!found.ok()) return found.status();
      if (!*found) return false;
      if (row.problems.empty()) {
        batch->rows.push_back(std::move(row));
        continue;
      }
      const RowProblem& problem = row.problems.front();
      std::string text = fmt::format("{}:{}: {}{}{}", reader.name(), row.line, problem.column,
                                     problem.column.empty() ? "" : " ", problem.reason);
      if (!options_.skip_malformed_rows) {
        return absl::InvalidArgumentError(text + " (--skip-malformed-rows leaves such rows out)");
      }
      ++report_->malformed_rows;
      if (report_->first_malformed.size() < kNamedRowsMax) {
        report_->first_malformed.push_back(std::move(text));
      }
    }
    return true;
  }

  absl::Status Keep(const CsvReader& reader, Batch* batch) {
    for (const auto& [column, count] : batch->unreadable) {
      report_->unreadable_values[column] += count;
    }
    for (std::size_t i = 0; i < batch->records.size(); ++i) {
      if (batch->ids[i].empty()) {
        return absl::InvalidArgumentError(fmt::format("{}:{}: local_id is empty; it names the row",
                                                      reader.name(), batch->rows[i].line));
      }
      if (table_.row_count() >= kRowsMax) {
        return absl::ResourceExhaustedError(fmt::format("more than {} rows", kRowsMax));
      }
      fingerprint_.Add(batch->ids[i]).Add(batch->hashes[i]);
      table_.ids_ += batch->ids[i];
      table_.id_begin_.push_back(table_.ids_.size());
      if (absl::Status status = KeepDomain(batch->domains[i]); !status.ok()) return status;
      table_.record_of_row_.push_back(RecordIndex(batch->hashes[i], &batch->records[i]));
    }
    return absl::OkStatus();
  }

  absl::Status KeepDomain(const std::string& domain) {
    const auto [at, is_new] =
        domain_index_.emplace(domain, static_cast<std::uint16_t>(table_.domains_.size()));
    if (is_new) {
      if (table_.domains_.size() >= kDomainsMax) {
        return absl::InvalidArgumentError("too many different domains; is it the right column?");
      }
      table_.domains_.push_back(domain);
    }
    table_.domain_of_row_.push_back(at->second);
    return absl::OkStatus();
  }

  // The record of an equal row before, or a new one. Equal hashes of different values stay apart.
  std::uint32_t RecordIndex(std::uint64_t hash, Record* record) {
    const auto found = by_hash_.find(hash);
    if (found != by_hash_.end() && SameRecord(table_.records_[found->second], *record)) {
      return found->second;
    }
    const auto index = static_cast<std::uint32_t>(table_.records_.size());
    if (found == by_hash_.end()) by_hash_.emplace(hash, index);
    table_.records_.push_back(std::move(*record));
    return index;
  }

  const ReadOptions& options_;
  ReadReport* report_;
  const std::function<void(double, std::int64_t)>& progress_;
  RecordTable table_;
  std::unordered_map<std::uint64_t, std::uint32_t> by_hash_;
  std::unordered_map<std::string, std::uint16_t> domain_index_;
  StableHash fingerprint_;
};

absl::StatusOr<RecordTable> RecordTable::Read(
    const ReadOptions& options, ReadReport* report,
    const std::function<void(double, std::int64_t)>& progress) {
  return TableBuilder(options, report, progress).Run();
}

std::string RecordTable::id_of_row(std::size_t row) const {
  std::string id = ids_.substr(id_begin_[row], id_begin_[row + 1] - id_begin_[row]);
  return ids_with_domain_ ? domains_[domain_of_row_[row]] + ":" + id : id;
}

double RecordTable::possible_pair_count() const {
  const auto rows = static_cast<double>(row_count());
  if (!two_files_) return rows * (rows - 1) / 2;
  const auto first = static_cast<double>(second_row_begin_);
  return first * (rows - first);
}

// Ids must tell rows apart, alone or with their domain. Two files may use the same ids.
absl::Status RecordTable::CheckIds() {
  for (const bool with_domain : {false, true}) {
    ids_with_domain_ = with_domain;
    const auto hash_of = [&](std::size_t row) {
      StableHash hash;
      if (with_domain) hash.Add(domains_[domain_of_row_[row]]);
      if (row >= second_row_begin_) hash.Add(std::uint64_t{1});
      return hash
          .Add(std::string_view(ids_).substr(id_begin_[row], id_begin_[row + 1] - id_begin_[row]))
          .value();
    };
    std::vector<std::pair<std::uint64_t, std::uint32_t>> hashes(row_count());
    for (std::size_t row = 0; row < row_count(); ++row) {
      hashes[row] = {hash_of(row), static_cast<std::uint32_t>(row)};
    }
    std::sort(hashes.begin(), hashes.end());
    const auto twice =
        std::adjacent_find(hashes.begin(), hashes.end(),
                           [](const auto& a, const auto& b) { return a.first == b.first; });
    if (twice == hashes.end()) return absl::OkStatus();
    if (!with_domain) continue;
    // Rows are counted without the header and without what was left out.
    return absl::InvalidArgumentError(
        fmt::format("rows {} and {} have the same local_id (and domain); an id names one row",
                    twice->second + 1, (twice + 1)->second + 1));
  }
  return absl::OkStatus();
}

void RecordTable::IndexRows() {
  row_begin_.assign(records_.size() + 1, 0);
  for (const std::uint32_t record : record_of_row_) ++row_begin_[record + 1];
  std::partial_sum(row_begin_.begin(), row_begin_.end(), row_begin_.begin());
  rows_.resize(record_of_row_.size());
  std::vector<std::uint32_t> at(row_begin_.begin(), row_begin_.end() - 1);
  for (std::size_t row = 0; row < record_of_row_.size(); ++row) {
    rows_[at[record_of_row_[row]]++] = static_cast<std::uint32_t>(row);
  }
}

// How many rows have each value, column by column: one table at a time bounds the memory.
void RecordTable::CountTerms(int threads) {
  constexpr std::size_t kColumns = 6;
  ParallelChunks(threads, kColumns, 1, [&](std::size_t, std::size_t begin, std::size_t) {
    const auto column = static_cast<matching::TermColumn>(begin + 1);
    std::vector<std::pair<std::uint64_t, std::uint32_t>> values;  // hash, record
    values.reserve(records_.size());
    for (std::size_t r = 0; r < records_.size(); ++r) {
      for (const matching::TermValue& term : records_[r].terms) {
        if (term.column == column) values.emplace_back(term.value_hash, r);
      }
    }
    std::sort(values.begin(), values.end());
    for (std::size_t i = 0; i < values.size();) {
      std::size_t end = i;
      std::uint32_t count = 0;
      for (; end < values.size() && values[end].first == values[i].first; ++end) {
        const std::uint32_t record = values[end].second;
        count += row_begin_[record + 1] - row_begin_[record];
      }
      for (; i < end; ++i) {
        for (matching::TermValue& term : records_[values[i].second].terms) {
          if (term.column == column) term.count = count;
        }
      }
    }
  });
}

}  // namespace vigie::tools

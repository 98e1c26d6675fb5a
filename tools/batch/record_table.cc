#include "tools/batch/record_table.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "fmt/format.h"
#include "matching/date.h"
#include "matching/stable_hash.h"
#include "matching/trust.h"
#include "tools/batch/hash_table.h"
#include "tools/batch/ordered_work.h"
#include "tools/batch/parallel.h"
#include "tools/csv.h"
#include "tools/import_rows.h"
#include "tools/suggest.h"

namespace vigie::tools {
namespace {

using matching::Record;
using matching::StableHash;

constexpr std::size_t kBatchRows = 1024;      // Their records fit in a processor's cache.
constexpr std::size_t kBatchesPerThread = 2;  // One is worked on, one waits.
constexpr std::size_t kNamedRowsMax = 10;
constexpr std::size_t kPrefetchAhead = 8;
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

  const Mapping* mapping() const { return mapping_ ? &*mapping_ : nullptr; }
  // Without a mapping: where the columns of the contract stand in the file; -1: nowhere.
  const std::vector<int>& indexes() const { return indexes_; }
  const std::vector<std::string>& ignored() const { return ignored_; }

 private:
  std::optional<Mapping> mapping_;
  std::vector<int> indexes_;
  std::vector<std::string> ignored_;
};

struct Batch {
  CsvRows rows;
  std::vector<Record> records;
  std::vector<std::uint64_t> hashes;  // of all values but the id
  std::vector<std::string> ids, domains;
  std::map<std::string, std::int64_t> unreadable;
};

// By the devices a daemon accepts when nothing else is configured.
bool IsHighAssurance(std::string_view evidence_type) {
  static const std::vector<matching::EvidenceDevice> devices = matching::DefaultEvidenceDevices();
  return std::any_of(devices.begin(), devices.end(), [&](const matching::EvidenceDevice& device) {
    return device.high_assurance && device.type == evidence_type;
  });
}

using Values = std::vector<std::string_view>;  // by column of the contract

bool IsQualified(const Values& values) {
  matching::TrustFacts facts;
  const std::string_view attributes = values[I("attributes")];
  facts.insi_accepted = !values[I("ins_matricule")].empty() && !values[I("insi_date")].empty();
  facts.document_checked = IsHighAssurance(values[I("evidence_type")]);
  facts.attributes.doubtful = attributes.find("doubtful") != std::string_view::npos;
  facts.attributes.fictitious = attributes.find("fictitious") != std::string_view::npos;
  facts.attributes.homonym = attributes.find("homonym") != std::string_view::npos;
  return matching::StatusOf(facts) == matching::TrustStatus::kQualified;
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

// Makes the records of a batch. Its members are what one row needs, used again for the next one.
class Converter {
 public:
  explicit Converter(const Columns& columns) : columns_(columns) {}

  void Convert(Batch* batch) {
    const std::size_t count = batch->rows.size();
    batch->records.clear();
    batch->records.reserve(count);
    batch->hashes.resize(count);
    batch->ids.resize(count);
    batch->domains.resize(count);
    batch->unreadable.clear();
    for (std::size_t row = 0; row < count; ++row) {
      TakeValues(batch->rows, row, &batch->unreadable);
      batch->hashes[row] = HashOfValues();
      batch->ids[row] = values_[I("local_id")];
      batch->domains[row] = values_[I("domain")];
      TakeTraits(&batch->unreadable);
      batch->records.push_back(MakeRecord(traits_, ins_, {}, IsQualified(values_)));
      Shrink(&batch->records.back());
    }
  }

 private:
  void TakeValues(const CsvRows& rows, std::size_t row,
                  std::map<std::string, std::int64_t>* unreadable) {
    if (columns_.mapping() != nullptr) {
      fields_.resize(rows.column_count());
      for (std::size_t i = 0; i < fields_.size(); ++i) fields_[i] = rows.field(row, i);
      problems_.clear();
      columns_.mapping()->Apply(fields_, &mapped_, &problems_);
      for (const RowProblem& problem : problems_) ++(*unreadable)[problem.column];
      values_.assign(mapped_.begin(), mapped_.end());
      return;
    }
    values_.clear();
    for (const int index : columns_.indexes()) {
      values_.push_back(index < 0 ? std::string_view()
                                  : rows.field(row, static_cast<std::size_t>(index)));
    }
  }

  std::uint64_t HashOfValues() const {
    StableHash hash;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (i != I("local_id") && i != I("domain")) hash.Add(values_[i]);
    }
    return hash.value();
  }

  void TakeTraits(std::map<std::string, std::int64_t>* unreadable) {
    traits_.birth_family_name = values_[I("birth_family_name")];
    traits_.birth_given_names = values_[I("birth_given_names")];
    traits_.first_birth_given_name = values_[I("first_birth_given_name")];
    traits_.used_family_name = values_[I("used_family_name")];
    traits_.used_given_name = values_[I("used_given_name")];
    traits_.birth_place_code = values_[I("birth_place_code")];
    traits_.address_line = values_[I("address_line")];
    traits_.postal_code = values_[I("postal_code")];
    traits_.city = values_[I("city")];
    traits_.phone = values_[I("phone")];
    traits_.email = values_[I("email")];
    const std::string_view sex = values_[I("sex")];
    traits_.sex = matching::Sex::kUnknown;
    if (sex == "M" || sex == "m") traits_.sex = matching::Sex::kMale;
    if (sex == "F" || sex == "f") traits_.sex = matching::Sex::kFemale;
    if (sex == "I" || sex == "i") traits_.sex = matching::Sex::kIndeterminate;
    if (!sex.empty() && traits_.sex == matching::Sex::kUnknown) ++(*unreadable)["sex"];
    traits_.birth_date = {};
    if (const std::string_view text = values_[I("birth_date")]; !text.empty()) {
      const std::optional<matching::Date> date = matching::ParseDate(text);
      if (!date) ++(*unreadable)["birth_date"];
      traits_.birth_date = date.value_or(matching::Date{});
    }
    ins_.reset();
    if (const std::string_view matricule = values_[I("ins_matricule")]; !matricule.empty()) {
      ins_ = matching::Ins{std::string(matricule), std::string(values_[I("ins_oid")])};
    }
  }

  const Columns& columns_;
  Values values_;
  matching::Traits traits_;
  std::optional<matching::Ins> ins_;
  std::vector<std::string> fields_, mapped_;  // with a mapping: of the file, of the contract
  std::vector<RowProblem> problems_;
};

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
    by_hash_ = HashTable();
    spare_.clear();
    if (table_.row_count() == 0) {
      return absl::InvalidArgumentError(
          fmt::format("{}: there is a header but no row", options_.files[0]));
    }
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
    by_hash_ = HashTable();  // Equal rows of two files stay two records: they are a pair.
  }

  // One thread reads and keeps, all convert; what was converted is kept in the order of reading, so
  // that the first row of the file that cannot be taken is the one that is named.
  absl::Status ReadFile(std::size_t file) {
    absl::StatusOr<std::unique_ptr<CsvReader>> opened = CsvReader::OpenFile(options_.files[file]);
    if (!opened.ok()) return opened.status();
    CsvReader& reader = **opened;
    report_->encodings.emplace_back(EncodingName(reader.encoding()));
    Columns columns;
    if (absl::Status status = columns.Bind(reader, options_.mapping); !status.ok()) return status;
    report_->ignored_columns = columns.ignored();
    OrderedWork<Batch> work(options_.threads,
                            [&columns](Batch& batch) { Converter(columns).Convert(&batch); });
    const std::size_t given_max =
        static_cast<std::size_t>(std::max(options_.threads, 1)) * kBatchesPerThread;
    absl::StatusOr<bool> more = true;
    rows_read_ = 0;
    while (Goes(more) || work.size() > 0) {
      if (Goes(more) && work.size() < given_max) {
        std::unique_ptr<Batch> batch = NewBatch();
        more = ReadBatch(reader, batch.get());
        work.Give(std::move(batch));
        continue;
      }
      std::unique_ptr<Batch> batch = work.Take();
      if (absl::Status status = Keep(reader, batch.get()); !status.ok()) return status;
      spare_.push_back(std::move(batch));
      TellProgress(reader);
    }
    report_->bytes += reader.size_bytes();
    return more.status();
  }

  static bool Goes(const absl::StatusOr<bool>& more) { return more.ok() && *more; }

  std::unique_ptr<Batch> NewBatch() {
    if (spare_.empty()) return std::make_unique<Batch>();
    std::unique_ptr<Batch> batch = std::move(spare_.back());
    spare_.pop_back();
    batch->rows.Clear();
    return batch;
  }

  void TellProgress(const CsvReader& reader) const {
    if (!progress_) return;
    progress_(static_cast<double>(reader.position_bytes()) /
                  static_cast<double>(std::max<std::int64_t>(reader.size_bytes(), 1)),
              static_cast<std::int64_t>(table_.row_count()));
  }

  // False at the end of the file. What was read before an error is in the batch.
  absl::StatusOr<bool> ReadBatch(CsvReader& reader, Batch* batch) {
    bool more = true;
    while (more && batch->rows.size() < kBatchRows) {
      CsvRow malformed;
      const absl::StatusOr<bool> found = reader.NextRows(kBatchRows, &batch->rows, &malformed);
      if (!found.ok()) return found.status();
      more = *found;
      if (malformed.problems.empty()) break;
      if (absl::Status status = LeaveOut(reader, malformed); !status.ok()) return status;
    }
    rows_read_ += batch->rows.size();
    return more;
  }

  absl::Status LeaveOut(const CsvReader& reader, const CsvRow& row) {
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
    return absl::OkStatus();
  }

  absl::Status Keep(const CsvReader& reader, Batch* batch) {
    for (const auto& [column, count] : batch->unreadable) {
      report_->unreadable_values[column] += count;
    }
    for (std::size_t i = 0; i < batch->records.size(); ++i) {
      if (i + kPrefetchAhead < batch->hashes.size()) {
        by_hash_.Prefetch(batch->hashes[i + kPrefetchAhead]);
      }
      if (batch->ids[i].empty()) {
        return absl::InvalidArgumentError(fmt::format("{}:{}: local_id is empty; it names the row",
                                                      reader.name(), batch->rows.line(i)));
      }
      if (table_.row_count() >= kRowsMax) {
        return absl::ResourceExhaustedError(fmt::format("more than {} rows", kRowsMax));
      }
      fingerprint_.Add(batch->ids[i]).Add(batch->hashes[i]);
      table_.ids_ += batch->ids[i];
      table_.id_begin_.push_back(table_.ids_.size());
      if (absl::Status status = KeepDomain(batch->domains[i]); !status.ok()) return status;
      MakeRoom(reader);
      table_.record_of_row_.push_back(RecordIndex(batch->hashes[i], &batch->records[i]));
    }
    return absl::OkStatus();
  }

  // Records are large: room is made for as many as the file will have, if it goes on as it began,
  // so that few are moved. What is not used of it is address space and no memory.
  void MakeRoom(const CsvReader& reader) {
    const std::size_t count = table_.records_.size();
    if (count < table_.records_.capacity()) return;
    constexpr std::size_t kGrowthMax = 32;  // The beginning may not be like the rest.
    const double read = static_cast<double>(std::max<std::int64_t>(reader.position_bytes(), 1)) /
                        static_cast<double>(std::max<std::int64_t>(reader.size_bytes(), 1));
    const auto rows = static_cast<double>(table_.row_count() - table_.second_row_begin_);
    const double distinct = static_cast<double>(count - table_.second_begin_) / std::max(rows, 1.0);
    const double expected = static_cast<double>(rows_read_) / read * distinct * 1.02;
    table_.records_.reserve(std::clamp(table_.second_begin_ + static_cast<std::size_t>(expected),
                                       count * 2, count * kGrowthMax) +
                            kBatchRows);
  }

  absl::Status KeepDomain(const std::string& domain) {
    if (!table_.domain_of_row_.empty() && table_.domains_[table_.domain_of_row_.back()] == domain) {
      table_.domain_of_row_.push_back(table_.domain_of_row_.back());
      return absl::OkStatus();
    }
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
    std::uint32_t& behind = by_hash_.At(hash);
    if (behind != 0 && SameRecord(table_.records_[behind - 1], *record)) return behind - 1;
    const auto index = static_cast<std::uint32_t>(table_.records_.size());
    if (behind == 0) behind = index + 1;
    table_.records_.push_back(std::move(*record));
    return index;
  }

  const ReadOptions& options_;
  ReadReport* report_;
  const std::function<void(double, std::int64_t)>& progress_;
  RecordTable table_;
  HashTable by_hash_;  // of the values of a row: its record's index and one
  std::unordered_map<std::string, std::uint16_t> domain_index_;
  StableHash fingerprint_;
  std::size_t rows_read_ = 0;                  // of the file, kept or not yet
  std::vector<std::unique_ptr<Batch>> spare_;  // to be filled again
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

std::uint64_t RecordTable::IdHash(std::size_t row) const {
  StableHash hash;
  if (ids_with_domain_) hash.Add(domains_[domain_of_row_[row]]);
  if (row >= second_row_begin_) hash.Add(std::uint64_t{1});
  return hash
      .Add(std::string_view(ids_).substr(id_begin_[row], id_begin_[row + 1] - id_begin_[row]))
      .value();
}

bool RecordTable::HasEqualIds() const {
  HashTable seen(row_count());
  std::array<std::uint64_t, kPrefetchAhead> hashes{};  // of the rows that come next
  for (std::size_t row = 0; row < row_count() + kPrefetchAhead; ++row) {
    std::uint64_t& hash = hashes[row % kPrefetchAhead];
    if (row >= kPrefetchAhead && seen.At(hash)++ != 0) return true;
    if (row >= row_count()) continue;
    hash = IdHash(row);
    seen.Prefetch(hash);
  }
  return false;
}

// Ids must tell rows apart, alone or with their domain. Two files may use the same ids.
absl::Status RecordTable::CheckIds() {
  for (const bool with_domain : {false, true}) {
    ids_with_domain_ = with_domain;
    if (!HasEqualIds()) return absl::OkStatus();
  }
  std::vector<std::pair<std::uint64_t, std::size_t>> hashes(row_count());
  for (std::size_t row = 0; row < row_count(); ++row) hashes[row] = {IdHash(row), row};
  std::sort(hashes.begin(), hashes.end());
  const auto twice =
      std::adjacent_find(hashes.begin(), hashes.end(),
                         [](const auto& a, const auto& b) { return a.first == b.first; });
  // Rows are counted without the header and without what was left out.
  return absl::InvalidArgumentError(
      fmt::format("rows {} and {} have the same local_id (and domain); an id names one row",
                  twice->second + 1, (twice + 1)->second + 1));
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

// Replaces the hash of each record's value in one column by how many rows have it. 0 is a record
// without a value: it stays 0.
void RecordTable::CountValues(std::vector<std::uint64_t>* hashes) const {
  HashTable rows;
  const auto prefetch = [&](std::size_t record) {
    if (record + kPrefetchAhead < hashes->size()) rows.Prefetch((*hashes)[record + kPrefetchAhead]);
  };
  for (std::size_t r = 0; r < hashes->size(); ++r) {
    prefetch(r);
    if ((*hashes)[r] != 0) rows.At((*hashes)[r]) += row_begin_[r + 1] - row_begin_[r];
  }
  for (std::size_t r = 0; r < hashes->size(); ++r) {
    prefetch(r);
    if ((*hashes)[r] != 0) (*hashes)[r] = rows.Find((*hashes)[r]);
  }
}

// How many rows have each value. Records are far apart in memory, so they are walked through twice
// in all: once to take their hashes column by column, and once to give them their counts.
void RecordTable::CountTerms(int threads) {
  constexpr std::size_t kChunkRecords = 16384;
  std::array<std::vector<std::uint64_t>, matching::kTermColumns.size()> columns;
  for (std::vector<std::uint64_t>& column : columns) column.resize(records_.size());
  const auto column_of = [&](const matching::TermValue& term) -> std::vector<std::uint64_t>& {
    return columns[static_cast<std::size_t>(term.column) - 1];
  };
  ParallelChunks(threads, records_.size(), kChunkRecords,
                 [&](std::size_t, std::size_t begin, std::size_t end) {
                   for (std::size_t r = begin; r < end; ++r) {
                     for (const auto& term : records_[r].terms)
                       column_of(term)[r] = term.value_hash;
                   }
                 });
  ParallelChunks(threads, columns.size(), 1, [&](std::size_t, std::size_t column, std::size_t) {
    CountValues(&columns[column]);
  });
  ParallelChunks(threads, records_.size(), kChunkRecords,
                 [&](std::size_t, std::size_t begin, std::size_t end) {
                   for (std::size_t r = begin; r < end; ++r) {
                     for (matching::TermValue& term : records_[r].terms) {
                       term.count = static_cast<std::uint32_t>(column_of(term)[r]);
                     }
                   }
                 });
}

}  // namespace vigie::tools

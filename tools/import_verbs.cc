// vigie import identities | visits: a file through the bulk stream, window by window.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "fmt/format.h"
#include "tools/file_hash.h"
#include "tools/import_rows.h"
#include "tools/mapping.h"
#include "tools/progress.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

constexpr int kBatchRows = 500;  // The contract allows 1000.
constexpr std::size_t kBatchBytesMax =
    std::size_t{512} * 1024;                     // The server takes messages of 1 MiB.
constexpr std::size_t kBatchesInFlight = 8;      // Enough to keep the server busy.
constexpr std::size_t kImportIdCharacters = 40;  // The contract allows 43.

struct ImportOptions {
  std::vector<std::string> files;
  std::string domain, mapping, time_zone = "Europe/Paris", actor, reason;
};

struct ImportCounts {
  std::int64_t rows = 0, imported = 0, unchanged = 0, refused = 0, unknown = 0;
  std::int64_t opened_cases = 0, unattached = 0;
  std::map<std::string, std::int64_t> warnings;
  double seconds = 0;
};

// FILE.rejected.csv, made when the first row is refused, for its owner's eyes only.
class Rejections {
 public:
  Rejections(std::string path, std::vector<std::string> header)
      : path_(std::move(path)), header_(std::move(header)) {}

  void Add(std::int64_t line, const std::vector<RowProblem>& problems,
           const std::vector<std::string>& fields) {
    if (!file_.is_open() && !Open()) return;
    std::vector<std::string> row = {std::to_string(line), "", ""};
    for (const RowProblem& problem : problems) {
      if (!row[1].empty() && !problem.column.empty()) row[1] += "|";
      row[1] += problem.column;
      if (!row[2].empty()) row[2] += "; ";
      row[2] += problems.size() > 1 && !problem.column.empty()
                    ? problem.column + " " + problem.reason
                    : problem.reason;
    }
    for (std::size_t i = 0; i < header_.size(); ++i) {
      row.push_back(i < fields.size() ? fields[i] : "");
    }
    file_ << FormatCsvRow(row);
  }
  // The path, "" when no row was refused. DATA_LOSS when it could not be written whole.
  absl::StatusOr<std::string> Finish() {
    if (!failed_ && !file_.is_open()) return std::string();
    file_.close();
    if (failed_ || !file_) return absl::DataLossError(fmt::format("cannot write {}", path_));
    return path_;
  }

 private:
  bool Open() {
    const int descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor >= 0) {
      ::close(descriptor);
      file_.open(path_, std::ios::binary | std::ios::trunc);
    }
    failed_ = descriptor < 0 || !file_;
    if (failed_) return false;
    std::vector<std::string> columns(kRejectionColumns.begin(), kRejectionColumns.end());
    columns.insert(columns.end(), header_.begin(), header_.end());
    file_ << FormatCsvRow(columns);
    return true;
  }

  std::string path_;
  std::vector<std::string> header_;
  std::ofstream file_;
  bool failed_ = false;
};

void ToMessage(const matching::Date& date, v1::Date* message) {
  message->set_year(date.year);
  message->set_month(date.month);
  message->set_day(date.day);
}

void ToMessage(matching::Instant instant, google::protobuf::Timestamp* message) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(instant);
  message->set_seconds(seconds.time_since_epoch().count());
  message->set_nanos(static_cast<std::int32_t>((instant - seconds).count() * 1000));
}

// What differs between the two streams.
struct IdentityStream {
  static constexpr ImportKind kKind = ImportKind::kIdentities;
  using Request = v1::ImportIdentitiesRequest;
  using Response = v1::ImportIdentitiesResponse;
  static auto Open(Client& client, grpc::ClientContext* context) {
    return client.identities().ImportIdentities(context);
  }
  static bool Parse(const SourceRow& source, const VisitRowParser&, const std::string& time_zone,
                    Request::Row* message, std::vector<RowProblem>* problems) {
    IdentityRow row;
    if (!ParseIdentityRow(source.values, &row, problems)) return false;
    v1::NewIdentity* identity = message->mutable_identity();
    identity->set_domain(row.domain);
    identity->set_local_id(row.local_id);
    FillTraits(row.traits, identity->mutable_traits());
    if (row.ins) {
      v1::InsiAnswer* answer = identity->mutable_insi_answer();
      answer->set_return_code("00");
      ToMessage(StartOfDay(*row.insi_date, time_zone), answer->mutable_query_time());
      answer->mutable_ins()->set_matricule(row.ins->matricule);
      answer->mutable_ins()->set_oid(row.ins->oid);
      answer->set_coherence_accepted(true);
    }
    if (row.evidence) {
      identity->mutable_evidence()->set_type(row.evidence->type);
      ToMessage(row.evidence->checked_on, identity->mutable_evidence()->mutable_check_date());
    }
    v1::Attributes* attributes = identity->mutable_attributes();
    attributes->set_homonym(row.attributes.homonym);
    attributes->set_doubtful(row.attributes.doubtful);
    attributes->set_fictitious(row.attributes.fictitious);
    return true;
  }
  static void FillTraits(const matching::Traits& traits, v1::Traits* message) {
    message->set_birth_family_name(traits.birth_family_name);
    message->set_first_birth_given_name(traits.first_birth_given_name);
    message->set_birth_given_names(traits.birth_given_names);
    message->set_sex(static_cast<v1::Traits::Sex>(traits.sex));  // same numbers in both
    ToMessage(traits.birth_date, message->mutable_birth_date());
    message->set_birth_place_code(traits.birth_place_code);
    message->set_used_family_name(traits.used_family_name);
    message->set_used_given_name(traits.used_given_name);
    message->set_address_line(traits.address_line);
    message->set_postal_code(traits.postal_code);
    message->set_city(traits.city);
    message->set_phone(traits.phone);
    message->set_email(traits.email);
  }
  static bool Unchanged(const Response::Imported& imported) {
    return imported.already_registered();
  }
  static void Count(const Response::Imported& imported, ImportCounts* counts) {
    counts->opened_cases += imported.opened_case_ids_size();
  }
};

struct VisitStream {
  static constexpr ImportKind kKind = ImportKind::kVisits;
  using Request = v1::ImportVisitsRequest;
  using Response = v1::ImportVisitsResponse;
  static auto Open(Client& client, grpc::ClientContext* context) {
    return client.visits().ImportVisits(context);
  }
  static bool Parse(const SourceRow& source, const VisitRowParser& parser, const std::string&,
                    Request::Row* message, std::vector<RowProblem>* problems) {
    VisitRow row;
    if (!parser.Parse(source.values, &row, problems)) return false;
    v1::Visit* visit = message->mutable_visit();
    visit->set_domain(row.visit.domain);
    visit->set_visit_number(row.visit.visit_number);
    visit->set_local_id(row.visit.local_id);
    visit->set_legal_entity_finess(row.visit.legal_entity_finess);
    visit->set_site_finess(row.visit.site_finess);
    visit->set_activity(static_cast<v1::Visit::Activity>(row.visit.activity));
    visit->set_kind(static_cast<v1::Visit::Kind>(row.visit.kind));
    ToMessage(row.visit.admitted_at, visit->mutable_admission_time());
    if (row.visit.discharged_at) {
      ToMessage(*row.visit.discharged_at, visit->mutable_discharge_time());
    }
    visit->set_cancelled(row.visit.cancelled);
    visit->set_entry_channel(row.visit.entry_channel);
    return true;
  }
  static bool Unchanged(const Response::Imported& imported) { return imported.already_recorded(); }
  static void Count(const Response::Imported& imported, ImportCounts* counts) {
    if (imported.identity_id().empty()) ++counts->unattached;
  }
};

// One file on its way: a thread reads and sends, the caller's thread takes the answers.
template <class Stream>
class FileImport {
 public:
  FileImport(Client& client, const ImportOptions& options, std::string import_id,
             ImportSource& source, const VisitRowParser& parser, Rejections& rejections)
      : client_(client),
        options_(options),
        import_id_(std::move(import_id)),
        source_(source),
        parser_(parser),
        rejections_(rejections) {}

  // The stream's end; `read_status` tells whether the file could be read to its end.
  grpc::Status Run(ImportCounts* counts, absl::Status* read_status) {
    grpc::ClientContext context;
    stream_ = Stream::Open(client_, &context);
    const auto start = std::chrono::steady_clock::now();
    std::thread sender([&] { Send(); });
    Progress progress("rows");
    typename Stream::Response response;
    while (stream_->Read(&response)) {
      Take(response);
      const double size =
          static_cast<double>(std::max<std::int64_t>(1, source_.reader().size_bytes()));
      progress.Update(static_cast<double>(position_bytes_.load()) / size, answered_rows_);
    }
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    room_.notify_all();
    sender.join();
    progress.Clear();
    const grpc::Status status = stream_->Finish();
    counts_.unknown += WaitingRows();
    counts_.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    *counts = counts_;
    *read_status = read_status_;
    return status;
  }

 private:
  struct WaitingRow {
    std::int64_t line = 0;
    std::vector<std::string> fields;
  };
  using Batch = std::vector<WaitingRow>;

  void Send() {
    typename Stream::Request request;
    Batch batch;
    std::size_t bytes = 0;
    SourceRow row;
    for (;;) {
      absl::StatusOr<bool> found = source_.Next(&row);
      position_bytes_ = source_.reader().position_bytes();
      if (!found.ok()) read_status_ = found.status();
      if (!found.ok() || !*found) break;
      typename Stream::Request::Row message;
      if (row.problems.empty()) {
        Stream::Parse(row, parser_, options_.time_zone, &message, &row.problems);
      }
      if (!row.problems.empty()) {
        Refuse(row.line, row.problems, row.fields);
        continue;
      }
      message.set_row_number(row.line);
      bytes += message.ByteSizeLong();
      *request.add_rows() = std::move(message);
      batch.push_back({row.line, std::move(row.fields)});
      if (request.rows_size() < kBatchRows && bytes < kBatchBytesMax) continue;
      if (!SendBatch(&request, &batch)) break;
      bytes = 0;
    }
    if (!batch.empty()) SendBatch(&request, &batch);
    stream_->WritesDone();
  }

  bool SendBatch(typename Stream::Request* request, Batch* batch) {
    {
      std::unique_lock lock(mutex_);
      room_.wait(lock, [&] { return ended_ || waiting_.size() < kBatchesInFlight; });
      if (ended_) {
        counts_.unknown += static_cast<std::int64_t>(batch->size());
        counts_.rows += static_cast<std::int64_t>(batch->size());
        batch->clear();
        return false;
      }
      counts_.rows += static_cast<std::int64_t>(batch->size());
      waiting_.push_back(std::move(*batch));
    }
    batch->clear();
    request->set_import_id(import_id_);
    request->set_actor(options_.actor);
    request->set_reason(options_.reason);
    const bool sent = stream_->Write(*request);
    request->Clear();
    return sent;
  }

  void Refuse(std::int64_t line, const std::vector<RowProblem>& problems,
              const std::vector<std::string>& fields) {
    const std::lock_guard lock(mutex_);
    ++counts_.rows;
    ++counts_.refused;
    rejections_.Add(line, problems, fields);
  }

  std::int64_t WaitingRows() {
    const std::lock_guard lock(mutex_);
    std::int64_t rows = 0;
    for (const Batch& batch : waiting_) rows += static_cast<std::int64_t>(batch.size());
    return rows;
  }

  void Take(const typename Stream::Response& response) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) return;
      const Batch batch = std::move(waiting_.front());
      waiting_.pop_front();
      std::size_t at = 0;
      for (const auto& result : response.results()) {
        while (at < batch.size() && batch[at].line != result.row_number()) ++at;
        if (at < batch.size()) TakeRow(result, batch[at]);
      }
      answered_rows_ += response.results_size();
    }
    room_.notify_all();
  }

  void TakeRow(const typename Stream::Response::RowResult& result, const WaitingRow& row) {
    if (result.has_imported()) {
      ++(Stream::Unchanged(result.imported()) ? counts_.unchanged : counts_.imported);
      Stream::Count(result.imported(), &counts_);
      for (const std::string& warning : result.imported().warnings()) ++counts_.warnings[warning];
      return;
    }
    const google::rpc::Status& error = result.error();
    if (error.code() == static_cast<int>(grpc::StatusCode::UNAVAILABLE)) {
      ++counts_.unknown;  // the same command again will tell
      return;
    }
    ErrorDetails details = DetailsOf(error);
    if (details.fields.empty()) {
      details.fields.push_back({"", details.reason.empty()
                                        ? error.message()
                                        : fmt::format("{} ({})", error.message(), details.reason)});
    }
    ++counts_.refused;
    rejections_.Add(row.line, details.fields, row.fields);
  }

  Client& client_;
  const ImportOptions& options_;
  std::string import_id_;
  ImportSource& source_;
  const VisitRowParser& parser_;
  Rejections& rejections_;  // guarded by mutex_
  decltype(Stream::Open(std::declval<Client&>(), nullptr)) stream_;
  std::atomic<std::int64_t> position_bytes_ = 0;
  absl::Status read_status_;  // written by the sender, read after it has ended
  std::int64_t answered_rows_ = 0;
  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<Batch> waiting_;  // guarded by mutex_, as what follows
  ImportCounts counts_;
  bool ended_ = false;
};

absl::StatusOr<std::string> ImportId(const ImportOptions& options, ImportKind kind,
                                     const std::optional<Mapping>& mapping,
                                     const std::string& file) {
  FileHash hash;
  hash.AddText(kind == ImportKind::kVisits ? "visits" : "identities");
  hash.AddText(options.domain);
  hash.AddText(options.time_zone);
  hash.AddText(options.actor);
  hash.AddText(options.reason);
  hash.AddText(mapping ? mapping->text() : "");
  if (absl::Status status = hash.AddFile(file); !status.ok()) return status;
  return hash.Finish().substr(0, kImportIdCharacters);
}

Json Summary(const std::string& file, const ImportCounts& counts, const std::string& rejected) {
  Json warnings = Json::object();
  for (const auto& [warning, count] : counts.warnings) warnings[warning] = count;
  const double rate = counts.seconds > 0 ? static_cast<double>(counts.rows) / counts.seconds : 0;
  return {{"file", file},
          {"rows", counts.rows},
          {"imported", counts.imported},
          {"unchanged", counts.unchanged},
          {"refused", counts.refused},
          {"unknown", counts.unknown},
          {"opened_cases", counts.opened_cases},
          {"unattached", counts.unattached},
          {"warnings", warnings},
          {"rejected_file", rejected},
          {"seconds", counts.seconds},
          {"rows_per_second", static_cast<std::int64_t>(rate)}};
}

void Note(const std::string& text) { std::fputs(("vigie: " + text + "\n").c_str(), stderr); }

template <class Stream>
int ImportFile(Client& client, const ImportOptions& options, const std::optional<Mapping>& mapping,
               const VisitRowParser& parser, const std::string& file, Json* summary) {
  absl::StatusOr<std::unique_ptr<CsvReader>> reader = CsvReader::OpenFile(file);
  if (!reader.ok()) return ReportError(reader.status());
  if ((*reader)->encoding() != CsvEncoding::kUtf8) {
    Note(fmt::format("{}: read as {}, not UTF-8", file, EncodingName((*reader)->encoding())));
  }
  absl::StatusOr<std::unique_ptr<ImportSource>> source =
      ImportSource::Create(std::move(*reader), Stream::kKind, mapping, options.domain);
  if (!source.ok()) return ReportError(source.status());
  if (!(*source)->ignored_columns().empty()) {
    Note(fmt::format("{}: columns that are not read: {}", file,
                     fmt::join((*source)->ignored_columns(), ", ")));
  }
  const absl::StatusOr<std::string> import_id = ImportId(options, Stream::kKind, mapping, file);
  if (!import_id.ok()) return ReportError(import_id.status());
  Rejections rejections(file + ".rejected.csv", (*source)->header());
  FileImport<Stream> import(client, options, *import_id, **source, parser, rejections);
  ImportCounts counts;
  absl::Status read_status;
  const grpc::Status status = import.Run(&counts, &read_status);
  const absl::StatusOr<std::string> rejected = rejections.Finish();
  *summary = Summary(file, counts, rejected.ok() ? *rejected : "");
  if (!status.ok()) {
    const int code = client.ReportError("import of " + file, status);
    Note("what was imported is kept; run the same command again, nothing is doubled");
    return code;
  }
  if (!read_status.ok()) return ReportError(read_status);
  if (!rejected.ok()) return ReportError(rejected.status());
  if (counts.unknown > 0) {
    Note(
        fmt::format("{} rows have an unknown outcome: run the same command again", counts.unknown));
    return kExitTemporary;
  }
  if (counts.refused > 0) {
    Note(fmt::format("{} rows were refused, see {}", counts.refused, *rejected));
    return kExitData;
  }
  return kExitOk;
}

template <class Stream>
int Import(const Globals& globals, const ImportOptions& options) {
  std::optional<Mapping> mapping;
  if (!options.mapping.empty()) {
    absl::StatusOr<Mapping> read = Mapping::ReadFile(options.mapping);
    if (!read.ok()) return ReportError(read.status());
    mapping = std::move(*read);
  }
  const absl::StatusOr<VisitRowParser> parser = VisitRowParser::Create(options.time_zone);
  if (!parser.ok()) {
    ReportError(parser.status());
    return kExitUsage;
  }
  Client client(globals.server);
  Json summaries = Json::array();
  int exit_code = kExitOk;
  for (const std::string& file : options.files) {
    Json summary;
    const int code = ImportFile<Stream>(client, options, mapping, *parser, file, &summary);
    if (!summary.is_null()) summaries.push_back(std::move(summary));
    if (exit_code == kExitOk) exit_code = code;
    if (code == kExitUnavailable) break;
  }
  Table table{{"file", "rows", "imported", "unchanged", "refused", "unknown", "opened_cases",
               "unattached", "seconds", "rows_per_second"},
              {}};
  for (const Json& summary : summaries) {
    std::vector<std::string>& row = table.rows.emplace_back();
    for (const std::string& column : table.columns) {
      const Json& value = summary[column];
      row.push_back(value.is_string()         ? value.get<std::string>()
                    : value.is_number_float() ? fmt::format("{:.1f}", value.get<double>())
                                              : value.dump());
    }
  }
  if (!summaries.empty() && !Print(globals.output, table, summaries)) return kExitIo;
  return exit_code;
}

void AddOptions(CLI::App* verb, const std::shared_ptr<ImportOptions>& options) {
  verb->add_option("FILE", options->files, "CSV files; see the columns in the contract")
      ->required();
  verb->add_option("--domain", options->domain, "Domain of rows that name none");
  verb->add_option("--mapping", options->mapping, "Mapping (TOML) from the file's columns to ours");
  verb->add_option("--time-zone", options->time_zone, "Zone of days and of instants without offset")
      ->capture_default_str();
  verb->add_option("--actor", options->actor, "Who imports, for the history");
  verb->add_option("--reason", options->reason, "Why, for the history");
}

}  // namespace

void AddImportVerbs(CLI::App& app, Globals& globals) {
  CLI::App* import = app.add_subcommand("import", "Imports identities or visits from CSV files");
  import->require_subcommand(1);
  auto identity_options = std::make_shared<ImportOptions>();
  CLI::App* identities = import->add_subcommand("identities", "Registers the identities of a file");
  AddOptions(identities, identity_options);
  identities->footer(
      Examples("  vigie import identities identities.csv --domain DPI\n"
               "  vigie import identities extract.csv --mapping dpi.toml --actor night-job\n"
               "Refused rows go to FILE.rejected.csv with line, column and reason; once corrected, "
               "that file\n"
               "can be imported as it is. Running the same command again changes nothing.\n"
               "Exit code 65 when rows were refused, 69 when vigied cannot be reached."));
  identities->callback([&globals, identity_options] {
    globals.exit_code = Import<IdentityStream>(globals, *identity_options);
  });
  auto visit_options = std::make_shared<ImportOptions>();
  CLI::App* visits = import->add_subcommand("visits", "Records the visits of a file");
  AddOptions(visits, visit_options);
  visits->footer(
      Examples("  vigie import visits visits.csv\n"
               "  vigie import visits stays.csv --time-zone America/Martinique"));
  visits->callback([&globals, visit_options] {
    globals.exit_code = Import<VisitStream>(globals, *visit_options);
  });
}

}  // namespace vigie::tools

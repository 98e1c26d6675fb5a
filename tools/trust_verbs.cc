// vigie insi | evidence | attributes | history | status-at and report reverification: the life
// cycle of an identity's trust by hand, for those who have no program that does it.

#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/time_util.h"
#include "tools/explanation_text.h"
#include "tools/import_rows.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

constexpr int kPageSize = 200;
constexpr std::size_t kAnswerFileBytesMax = std::size_t{64} * 1024;  // an answer has some hundred

// What every change of one identity takes.
struct ChangeOptions {
  std::string id, etag, actor, reason, request_id;
};

void AddChangeOptions(CLI::App* verb, ChangeOptions* options) {
  verb->add_option("ID", options->id, "Number of the identity")->required();
  verb->add_option("--actor", options->actor, "Who acts, for the history");
  verb->add_option("--reason", options->reason, "Why, for the history");
  verb->add_option("--etag", options->etag, "Etag read before: refused when it has moved since");
  verb->add_option("--request-id", options->request_id,
                   "Idempotency key; the same key again changes nothing. Made up when not given");
}

template <class Request>
Request NewChange(const ChangeOptions& options, Request request = {}) {
  request.set_request_id(options.request_id.empty() ? NewRequestId() : options.request_id);
  request.set_actor(options.actor);
  request.set_reason(options.reason);
  request.set_identity_id(options.id);
  request.set_etag(options.etag);
  return request;
}

// An instant option; the present one when it is not given.
google::protobuf::Timestamp ParseInstantOption(const std::string& option, const std::string& text) {
  using google::protobuf::util::TimeUtil;
  if (text.empty()) return TimeUtil::GetCurrentTime();
  std::string reason;
  const std::optional<matching::Instant> instant = ParseInstant(text, "Europe/Paris", &reason);
  if (!instant) throw CLI::ValidationError(option, reason);
  return TimeUtil::MicrosecondsToTimestamp(instant->time_since_epoch().count());
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  return google::protobuf::util::TimeUtil::ToString(time);
}

// A file, or standard input for "-": JSON in the names of the contract. A matricule never stands on
// the command line, where everybody on the machine could read it.
template <class Message>
Message ReadJsonFile(const std::string& option, const std::string& path) {
  std::string text;
  if (path == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw CLI::ValidationError(option, path + " cannot be read");
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  if (text.size() > kAnswerFileBytesMax) throw CLI::ValidationError(option, "is too large");
  Message message;
  const auto parsed = google::protobuf::util::JsonStringToMessage(text, &message);
  if (!parsed.ok()) {
    // The parser's own words may quote the file.
    throw CLI::ValidationError(option,
                               path + " is no JSON of " + Message::descriptor()->name() +
                                   " (proto/vigie/v1): a name, a number or a brace is wrong");
  }
  return message;
}

// --- answers ---

Table DifferenceTable(const google::protobuf::RepeatedPtrField<v1::TraitDifference>& differences,
                      bool english) {
  Table table{{"trait", "ours", "insi", "result"}, {}};
  for (const v1::TraitDifference& one : differences) {
    const std::string& sentence = english ? one.sentence().english() : one.sentence().french();
    table.rows.push_back({one.trait(), one.ours(), one.theirs(), sentence});
  }
  return table;
}

Table ChangedIdentityTable(const v1::Identity& identity, const Json& json) {
  Table table{kIdentityTableColumns, {IdentityTableRow(identity)}};
  table.columns.insert(table.columns.end(), {"etag", "warnings", "opened_cases", "commit_number"});
  const auto joined = [&](const char* name) {
    return json.contains(name)
               ? fmt::format("{}", fmt::join(json[name].get<std::vector<std::string>>(), "|"))
               : std::string();
  };
  table.rows[0].insert(table.rows[0].end(),
                       {identity.etag(), joined("warnings"), joined("opened_case_ids"),
                        json.value("commit_number", Json(0)).dump()});
  return table;
}

// Calls a change and prints what became of the identity.
template <class Request, class Response>
int RunChange(const Globals& globals, const std::string& doing, const Request& request,
              grpc::Status (v1::IdentityService::Stub::*call)(grpc::ClientContext*, const Request&,
                                                              Response*)) {
  Client client(globals.server);
  Response response;
  const grpc::Status status =
      (client.identities().*call)(Client::NewContext().get(), request, &response);
  if (!status.ok()) return client.ReportError(doing, status);
  const Json json = ToJson(response);
  if constexpr (requires { response.differences(); }) {
    if (globals.output == OutputFormat::kTable && response.differences_size() > 0) {
      PrintText(FormatTable(DifferenceTable(response.differences(), false)) + "\n");
    }
  }
  return PrintOrFail(globals.output, ChangedIdentityTable(response.identity(), json), json);
}

using Stub = v1::IdentityService::Stub;

// --- vigie insi ---

struct InsiOptions {
  ChangeOptions change;
  std::string file, code, at, language = "fr";
  bool accept = false, refuse = false, mismatch = false;
};

int Compare(const Globals& globals, const InsiOptions& options) {
  v1::CompareInsiAnswerRequest request;
  request.set_identity_id(options.change.id);
  *request.mutable_answer() = ReadJsonFile<v1::InsiAnswer>("--answer", options.file);
  Client client(globals.server);
  v1::CompareInsiAnswerResponse response;
  const grpc::Status status =
      client.identities().CompareInsiAnswer(Client::NewContext().get(), request, &response);
  if (!status.ok()) return client.ReportError("insi compare", status);
  const bool english = options.language == "en";
  const int exit_code = PrintOrFail(
      globals.output, DifferenceTable(response.differences(), english), ToJson(response));
  if (globals.output != OutputFormat::kTable || exit_code != kExitOk) return exit_code;
  const std::string status_name = TrustStatusName(response.trust_status_if_accepted(), !english);
  return PrintText(fmt::format(
             fmt::runtime(english ? "\n{} Accepted, the identity is {}. {}{}\n"
                                  : "\n{} Acceptée, l'identité est {}. {}{}\n"),
             response.coherent() ? (english ? "No trait differs." : "Aucun trait ne diffère.")
                                 : (english ? "Some traits differ." : "Des traits diffèrent."),
             status_name, fmt::join(response.warnings_if_accepted(), ", "),
             response.conflicting_identity_ids_size() == 0
                 ? ""
                 : fmt::format(
                       fmt::runtime(english ? " Same matricule: {}" : " Même matricule : {}"),
                       fmt::join(response.conflicting_identity_ids(), ", "))))
             ? kExitOk
             : kExitIo;
}

int RecordAnswer(const Globals& globals, const InsiOptions& options) {
  if (options.file.empty() == options.code.empty()) {
    throw CLI::ValidationError("insi record", "give --answer FILE, or --code 01 or 02");
  }
  auto request = NewChange<v1::RecordInsiAnswerRequest>(options.change);
  v1::InsiAnswer& answer = *request.mutable_answer();
  if (!options.code.empty()) {
    if (options.code != "01" && options.code != "02") {
      throw CLI::ValidationError("--code", "is 01 or 02; a 00 comes with --answer");
    }
    answer.set_return_code(options.code);
    *answer.mutable_query_time() = ParseInstantOption("--at", options.at);
  } else {
    answer = ReadJsonFile<v1::InsiAnswer>("--answer", options.file);
    if (answer.return_code() == "00" && options.accept == options.refuse) {
      throw CLI::ValidationError("insi record", "a 00 needs --accept or --refuse");
    }
    answer.set_coherence_accepted(options.accept);
  }
  return RunChange(globals, "insi record", request, &Stub::RecordInsiAnswer);
}

int RecordFault(const Globals& globals, const InsiOptions& options) {
  auto request = NewChange<v1::RecordInsiFaultRequest>(options.change);
  request.mutable_fault()->set_code(options.code);
  *request.mutable_fault()->mutable_query_time() = ParseInstantOption("--at", options.at);
  return RunChange(globals, "insi fault", request, &Stub::RecordInsiFault);
}

int Confirm(const Globals& globals, const InsiOptions& options) {
  auto request = NewChange<v1::ConfirmInsRequest>(options.change);
  *request.mutable_query_time() = ParseInstantOption("--at", options.at);
  return RunChange(globals, "insi confirm", request, &Stub::ConfirmIns);
}

int Withdraw(const Globals& globals, const InsiOptions& options) {
  auto request = NewChange<v1::WithdrawInsRequest>(options.change);
  request.set_verification_mismatch(options.mismatch);
  return RunChange(globals, "insi withdraw", request, &Stub::WithdrawIns);
}

int RecordReading(const Globals& globals, const InsiOptions& options) {
  const auto request = NewChange(
      options.change, ReadJsonFile<v1::RecordVitaleAppReadingRequest>("--reading", options.file));
  return RunChange(globals, "insi vitale-app", request, &Stub::RecordVitaleAppReading);
}

constexpr char kAnswerFileHelp[] =
    "File with the answer as JSON (InsiAnswer of proto/vigie/v1/types.proto); - reads standard "
    "input";
constexpr char kAnswerExample[] =
    "An answer file:\n"
    "  {\"return_code\": \"00\", \"query_time\": \"2026-03-10T08:00:00Z\",\n"
    "   \"ins\": {\"matricule\": \"...\", \"oid\": \"1.2.250.1.213.1.4.8\"}, \"past_ins\": [],\n"
    "   \"traits\": {\"birth_family_name\": \"...\", \"birth_given_names\": \"...\", \"sex\": "
    "\"SEX_FEMALE\",\n"
    "              \"birth_date\": {\"year\": 1975, \"month\": 12, \"day\": 31}, "
    "\"birth_place_code\": \"63220\"}}";

// One verb of `insi`: its options stand in `options`, which it keeps alive.
CLI::App* AddInsiVerb(CLI::App* insi, Globals& globals, const char* name, const char* help,
                      const std::shared_ptr<InsiOptions>& options,
                      int (*run)(const Globals&, const InsiOptions&)) {
  CLI::App* verb = insi->add_subcommand(name, help);
  verb->callback([&globals, options, run] { globals.exit_code = run(globals, *options); });
  return verb;
}

void AddAnswerVerbs(CLI::App* insi, Globals& globals) {
  auto compared = std::make_shared<InsiOptions>();
  CLI::App* compare = AddInsiVerb(
      insi, globals, "compare",
      "Compares an answer with an identity trait by trait; writes nothing", compared, Compare);
  compare->add_option("ID", compared->change.id, "Number of the identity")->required();
  compare->add_option("--answer", compared->file, kAnswerFileHelp)->required();
  AddLanguage(compare, &compared->language);
  compare->footer(Examples("  vigie insi compare 17 --answer answer.json\n") +
                  std::string(kAnswerExample));

  auto recorded = std::make_shared<InsiOptions>();
  CLI::App* record =
      AddInsiVerb(insi, globals, "record", "Records an answer, with the decision when it is a 00",
                  recorded, RecordAnswer);
  AddChangeOptions(record, &recorded->change);
  record->add_option("--answer", recorded->file, kAnswerFileHelp);
  record->add_flag("--accept", recorded->accept, "The answer is about this patient");
  record->add_flag("--refuse", recorded->refuse, "The answer is about another person");
  record->add_option("--code", recorded->code, "01 none found or 02 several, without a file");
  record->add_option("--at", recorded->at, "When INSi answered, with --code; now when not given");
  record->footer(Examples("  vigie insi record 17 --answer answer.json --accept --actor 'Desk 1'\n"
                          "  vigie insi record 17 --code 01\n") +
                 std::string(kAnswerExample));
}

void AddInsiVerbs(CLI::App& app, Globals& globals) {
  CLI::App* insi = app.add_subcommand("insi", "What INSi answered, and what was made of it");
  insi->require_subcommand(1);
  AddAnswerVerbs(insi, globals);

  auto failed = std::make_shared<InsiOptions>();
  CLI::App* fault = AddInsiVerb(insi, globals, "fault",
                                "Records a call of INSi that gave no answer", failed, RecordFault);
  AddChangeOptions(fault, &failed->change);
  fault->add_option("--code", failed->code, "What it was: a-z, 0-9, _ . -")->required();
  fault->add_option("--at", failed->at, "When INSi was called; now when not given");
  fault->footer(Examples("  vigie insi fault 17 --code siram_40"));

  auto confirmed = std::make_shared<InsiOptions>();
  CLI::App* confirm = AddInsiVerb(insi, globals, "confirm",
                                  "Records that INSi verified the INS in force and confirmed it",
                                  confirmed, Confirm);
  AddChangeOptions(confirm, &confirmed->change);
  confirm->add_option("--at", confirmed->at, "When it was verified; now when not given");
  confirm->footer(Examples("  vigie insi confirm 17 --at 2026-03-10T08:00:00+01:00"));

  auto withdrawn = std::make_shared<InsiOptions>();
  CLI::App* withdraw =
      AddInsiVerb(insi, globals, "withdraw", "Takes the INS back", withdrawn, Withdraw);
  AddChangeOptions(withdraw, &withdrawn->change);
  withdraw->add_flag("--mismatch", withdrawn->mismatch,
                     "A verification said that it is not this person's");
  withdraw->footer(Examples("  vigie insi withdraw 17 --mismatch --reason 'batch verification'"));

  auto read = std::make_shared<InsiOptions>();
  CLI::App* vitale = AddInsiVerb(
      insi, globals, "vitale-app",
      "Records a reading of the Appli carte Vitale: INS and evidence at once", read, RecordReading);
  AddChangeOptions(vitale, &read->change);
  vitale
      ->add_option("--reading", read->file,
                   "File with read_time, ins, past_ins and traits as JSON; - reads standard input")
      ->required();
  vitale->footer(Examples("  vigie insi vitale-app 17 --reading reading.json"));
}

// --- vigie evidence, vigie attributes ---

struct EvidenceOptions {
  ChangeOptions change;
  std::string type, date, parent;
  bool agrees = false, contradicts = false;
};

int RecordEvidence(const Globals& globals, const EvidenceOptions& options) {
  if (options.agrees == options.contradicts) {
    throw CLI::ValidationError("evidence record", "say --agrees or --contradicts");
  }
  auto request = NewChange<v1::RecordEvidenceRequest>(options.change);
  request.set_type(options.type);
  *request.mutable_check_date() = ParseDateOption("--date", options.date);
  request.set_parent_type(options.parent);
  request.set_traits_agree(options.agrees);
  return RunChange(globals, "evidence record", request, &Stub::RecordEvidence);
}

int ListDevices(const Globals& globals) {
  Client client(globals.server);
  v1::ListEvidenceDevicesResponse response;
  const grpc::Status status = client.identities().ListEvidenceDevices(
      Client::NewContext().get(), v1::ListEvidenceDevicesRequest(), &response);
  if (!status.ok()) return client.ReportError("evidence devices", status);
  const auto yes = [](bool value) { return std::string(value ? "yes" : "no"); };
  Table table{
      {"type", "french", "english", "high_assurance", "minors_only", "with_parent_document"}, {}};
  for (const v1::EvidenceDevice& device : response.devices()) {
    table.rows.push_back({device.type(), device.label().french(), device.label().english(),
                          yes(device.high_assurance()), yes(device.minors_only()),
                          yes(device.with_parent_document())});
  }
  return PrintOrFail(globals.output, table, ToJson(response));
}

void AddEvidenceVerbs(CLI::App& app, Globals& globals) {
  CLI::App* evidence = app.add_subcommand("evidence", "Identification documents");
  evidence->require_subcommand(1);
  auto options = std::make_shared<EvidenceOptions>();
  CLI::App* record = evidence->add_subcommand("record", "Records that a document was looked at");
  AddChangeOptions(record, &options->change);
  record->add_option("--type", options->type, "Key of the device list (vigie evidence devices)")
      ->required();
  record->add_option("--date", options->date, "Day it was checked")->required();
  record->add_flag("--agrees", options->agrees, "The document agrees with the traits");
  record->add_flag("--contradicts", options->contradicts, "The document contradicts the traits");
  record->add_option("--parent", options->parent,
                     "Of a minor's civil record: the parent's document checked with it");
  record->footer(
      Examples("  vigie evidence record 17 --type passport --date 2026-03-10 --agrees\n"
               "  vigie evidence record 18 --type family_book --parent national_id_card --date "
               "2026-03-10 --agrees"));
  record->callback([&globals, options] { globals.exit_code = RecordEvidence(globals, *options); });
  CLI::App* devices = evidence->add_subcommand("devices", "Lists the documents and their trust");
  devices->footer(Examples("  vigie evidence devices"));
  devices->callback([&globals] { globals.exit_code = ListDevices(globals); });
}

struct AttributeOptions {
  ChangeOptions change;
  std::vector<std::string> names;
};

int SetAttributes(const Globals& globals, const AttributeOptions& options, bool value) {
  auto request = NewChange<v1::SetAttributesRequest>(options.change);
  for (const std::string& name : options.names) {
    if (name == "homonym") request.set_homonym(value);
    if (name == "doubtful") request.set_doubtful(value);
    if (name == "fictitious") request.set_fictitious(value);
  }
  return RunChange(globals, value ? "attributes set" : "attributes clear", request,
                   &Stub::SetAttributes);
}

void AddAttributeVerbs(CLI::App& app, Globals& globals) {
  CLI::App* attributes = app.add_subcommand("attributes", "Homonym, doubtful, fictitious");
  attributes->require_subcommand(1);
  for (const bool value : {true, false}) {
    const std::string name = value ? "set" : "clear";
    auto options = std::make_shared<AttributeOptions>();
    CLI::App* verb =
        attributes->add_subcommand(name, value ? "Sets attributes; doubtful and fictitious make "
                                                 "the identity provisional, without INS"
                                               : "Clears attributes; trust has to be made again");
    AddChangeOptions(verb, &options->change);
    verb->add_option("NAME", options->names, "homonym, doubtful, fictitious")
        ->required()
        ->check(CLI::IsMember({"homonym", "doubtful", "fictitious"}));
    verb->footer(
        Examples("  vigie attributes " + name + " 17 doubtful --reason 'two birth dates'"));
    verb->callback([&globals, options, value] {
      globals.exit_code = SetAttributes(globals, *options, value);
    });
  }
}

// --- vigie history, vigie status-at ---

std::vector<std::string> HistoryRow(const v1::Change& change) {
  std::string document = change.evidence().type();
  if (!change.evidence().parent_type().empty()) document += "+" + change.evidence().parent_type();
  if (change.has_insi_fault()) document = "fault " + change.insi_fault().code();
  return {std::to_string(change.version()),
          TimeText(change.change_time()),
          change.operation(),
          change.actor(),
          TrustStatusName(change.status_before(), false),
          TrustStatusName(change.status_after(), false),
          change.rule(),
          document,
          fmt::format("{}", fmt::join(change.changed_fields(), "|")),
          change.reason()};
}

int History(const Globals& globals, const std::string& id, std::int64_t limit) {
  Client client(globals.server);
  v1::ListIdentityChangesRequest request;
  request.set_identity_id(id);
  Table table{{"version", "change_time", "operation", "actor", "status_before", "status_after",
               "rule", "document", "changed_fields", "reason"},
              {}};
  Json json = Json::array();
  do {
    const std::int64_t left = limit - static_cast<std::int64_t>(table.rows.size());
    request.set_page_size(limit == 0 ? kPageSize
                                     : static_cast<int>(std::min<std::int64_t>(left, kPageSize)));
    v1::ListIdentityChangesResponse response;
    const grpc::Status status =
        client.identities().ListIdentityChanges(Client::NewContext().get(), request, &response);
    if (!status.ok()) return client.ReportError("history", status);
    for (const v1::Change& change : response.changes()) {
      table.rows.push_back(HistoryRow(change));
      json.push_back(ToJson(change));
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() &&
           (limit == 0 || static_cast<std::int64_t>(table.rows.size()) < limit));
  return PrintOrFail(globals.output, table, json);
}

int StatusAt(const Globals& globals, const std::string& id, const std::string& at,
             const std::string& known_at) {
  v1::GetTrustStatusAtRequest request;
  request.set_identity_id(id);
  *request.mutable_time() = ParseInstantOption("INSTANT", at);
  if (!known_at.empty()) *request.mutable_known_time() = ParseInstantOption("--known-at", known_at);
  Client client(globals.server);
  v1::GetTrustStatusAtResponse response;
  const grpc::Status status =
      client.identities().GetTrustStatusAt(Client::NewContext().get(), request, &response);
  if (!status.ok()) return client.ReportError("status-at", status);
  const Table table{
      {"trust_status", "from", "to", "rule", "operation", "actor", "recorded", "reason"},
      {{TrustStatusName(response.trust_status(), false),
        response.has_effective_time() ? TimeText(response.effective_time()) : "",
        response.has_end_time() ? TimeText(response.end_time()) : "", response.rule(),
        response.cause().operation(), response.cause().actor(),
        response.has_cause() ? TimeText(response.cause().change_time()) : "",
        response.cause().reason()}}};
  return PrintOrFail(globals.output, table, ToJson(response));
}

void AddHistoryVerbs(CLI::App& app, Globals& globals) {
  auto id = std::make_shared<std::string>();
  auto limit = std::make_shared<std::int64_t>(50);
  CLI::App* history = app.add_subcommand("history", "What became of an identity, newest first");
  history->add_option("ID", *id, "Number of the identity")->required();
  history->add_option("--limit", *limit, "How many at most; 0 for all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  history->footer(Examples("  vigie history 17 --limit 0"));
  history->callback([&globals, id, limit] { globals.exit_code = History(globals, *id, *limit); });

  auto at = std::make_shared<std::string>();
  auto known_at = std::make_shared<std::string>();
  auto of = std::make_shared<std::string>();
  CLI::App* status_at =
      app.add_subcommand("status-at", "The trust status of an identity at an instant, and why");
  status_at->add_option("ID", *of, "Number of the identity")->required();
  status_at->add_option("INSTANT", *at, "ISO 8601; without offset in Europe/Paris")->required();
  status_at->add_option("--known-at", *known_at,
                        "As it was recorded then, without what was recorded later");
  status_at->footer(Examples("  vigie status-at 17 2026-03-10T08:00:00+01:00"));
  status_at->callback(
      [&globals, of, at, known_at] { globals.exit_code = StatusAt(globals, *of, *at, *known_at); });
}

// --- vigie report reverification ---

struct ReverificationOptions {
  std::string before, domain;
  std::int64_t limit = 50;
};

int Reverification(const Globals& globals, const ReverificationOptions& options) {
  Client client(globals.server);
  v1::ListReverificationDueRequest request;
  if (!options.before.empty()) {
    *request.mutable_confirmed_before_date() = ParseDateOption("--before", options.before);
  }
  request.set_domain(options.domain);
  Table table{{"identity_id", "domain", "local_id", "trust_status", "ins_confirmed", "due"}, {}};
  Json json = Json::array();
  do {
    const std::int64_t left = options.limit - static_cast<std::int64_t>(table.rows.size());
    request.set_page_size(
        options.limit == 0 ? kPageSize : static_cast<int>(std::min<std::int64_t>(left, kPageSize)));
    v1::ListReverificationDueResponse response;
    const grpc::Status status =
        client.identities().ListReverificationDue(Client::NewContext().get(), request, &response);
    if (!status.ok()) return client.ReportError("report reverification", status);
    for (const auto& due : response.due()) {
      table.rows.push_back({due.identity_id(), due.domain(), due.local_id(),
                            TrustStatusName(due.trust_status(), false),
                            TimeText(due.ins_confirm_time()), FormatDate(due.due_date())});
      json.push_back(ToJson(due));
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() &&
           (options.limit == 0 || static_cast<std::int64_t>(table.rows.size()) < options.limit));
  return PrintOrFail(globals.output, table, json);
}

void AddReverificationVerb(CLI::App& app, Globals& globals) {
  auto options = std::make_shared<ReverificationOptions>();
  CLI::App* verb = app.get_subcommand("report")->add_subcommand(
      "reverification", "Identities whose INS should be verified with INSi again, oldest first");
  verb->add_option("--before", options->before,
                   "Confirmed before this day; those due today when not given");
  verb->add_option("--domain", options->domain, "Only this domain");
  verb->add_option("--limit", options->limit, "How many at most; 0 for all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->footer(
      Examples("  vigie report reverification\n"
               "  vigie --output csv report reverification --limit 0 > due.csv"));
  verb->callback([&globals, options] { globals.exit_code = Reverification(globals, *options); });
}

}  // namespace

void AddTrustVerbs(CLI::App& app, Globals& globals) {
  AddInsiVerbs(app, globals);
  AddEvidenceVerbs(app, globals);
  AddAttributeVerbs(app, globals);
  AddHistoryVerbs(app, globals);
  AddReverificationVerb(app, globals);
}

}  // namespace vigie::tools

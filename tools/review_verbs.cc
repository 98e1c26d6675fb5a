// vigie review list | show | count: the queue of the identity cell. Its export: review_export.cc.
// Decisions: decision_verbs.cc.
#include <map>
#include <memory>

#include "fmt/format.h"
#include "tools/explanation_text.h"
#include "tools/label_verbs.h"
#include "tools/review_filter.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

constexpr int kPageSize = 200;

struct ListOptions {
  std::shared_ptr<CaseFilterOptions> filter = std::make_shared<CaseFilterOptions>();
  std::int64_t limit = 50;
  bool local_ids = false;
  bool pairs = false;
};

// Local ids of identities, each asked once.
class LocalIds {
 public:
  explicit LocalIds(Client& client) : client_(client) {}
  grpc::Status Find(const std::string& id, std::string* local_id) {
    const auto known = known_.find(id);
    if (known != known_.end()) {
      *local_id = known->second;
      return grpc::Status::OK;
    }
    v1::GetIdentityRequest request;
    request.set_identity_id(id);
    v1::GetIdentityResponse response;
    grpc::Status status =
        client_.identities().GetIdentity(Client::NewContext().get(), request, &response);
    if (status.ok()) *local_id = known_[id] = response.identity().local_id();
    return status;
  }

 private:
  Client& client_;
  std::map<std::string, std::string> known_;
};

// The cases asked for, and with `collapse` the group of each.
grpc::Status ReadCases(Client& client, const ListOptions& options, bool collapse,
                       std::vector<v1::Case>* cases, std::vector<v1::CaseGroup>* groups) {
  v1::ListCasesRequest request;
  *request.mutable_filter() = ToFilter(*options.filter);
  request.set_collapse_groups(collapse);
  const bool all = options.limit == 0;
  do {
    const std::int64_t left = options.limit - static_cast<std::int64_t>(cases->size());
    request.set_page_size(all ? kPageSize
                              : static_cast<int>(std::min<std::int64_t>(left, kPageSize)));
    v1::ListCasesResponse response;
    grpc::Status status = client.review().ListCases(Client::NewContext().get(), request, &response);
    if (!status.ok()) return status;
    cases->insert(cases->end(), response.cases().begin(), response.cases().end());
    groups->insert(groups->end(), response.groups().begin(), response.groups().end());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() &&
           (all || static_cast<std::int64_t>(cases->size()) < options.limit));
  return grpc::Status::OK;
}

// "+2": so many other pairs are of the same group. Nothing for a pair that stands alone.
std::string GroupMark(const v1::CaseGroup& group) {
  if (group.case_ids_size() < 2) return "";
  return fmt::format("+{}{}", group.case_ids_size() - 1, group.cut() ? "…" : "");
}

std::vector<std::string> CaseRow(const v1::Case& item, const Json& entry) {
  std::vector<std::string> ids(item.identity_ids().begin(), item.identity_ids().end());
  ids.resize(2);
  return {item.id(),
          entry["kind"],
          entry["state"],
          entry["band"] == "unspecified" ? "" : entry["band"],
          ids[0],
          ids[1],
          fmt::format("{:.3f}", item.weight_bits()),
          fmt::format("{:.6f}", item.probability()),
          item.domain(),
          fmt::format("{}", fmt::join(item.reasons(), "|")),
          std::to_string(item.priority())};
}

// Where the local ids stand in a row: behind the numbers of the identities.
constexpr std::ptrdiff_t kLocalIdColumn = 6;

int List(const Globals& globals, const ListOptions& options) {
  Client client(globals.server);
  // For people a group is one line; programs get every pair.
  const bool collapse = globals.output == OutputFormat::kTable && !options.pairs;
  std::vector<v1::Case> cases;
  std::vector<v1::CaseGroup> groups;
  const grpc::Status read = ReadCases(client, options, collapse, &cases, &groups);
  if (!read.ok()) return client.ReportError("review list", read);
  LocalIds local_ids(client);
  const bool with_local_ids = options.local_ids || globals.output == OutputFormat::kCsv;
  Table table{{"case_id", "kind", "state", "band", "left_id", "right_id", "weight_bits",
               "probability", "domain", "reasons", "priority"},
              {}};
  if (collapse) table.columns.emplace_back("group");
  if (with_local_ids) {
    table.columns.insert(table.columns.begin() + kLocalIdColumn,
                         {"left_local_id", "right_local_id"});
  }
  Json json = Json::array();
  for (std::size_t c = 0; c < cases.size(); ++c) {
    Json entry = ToJson(cases[c]);
    std::vector<std::string> row = CaseRow(cases[c], entry);
    if (collapse) row.push_back(c < groups.size() ? GroupMark(groups[c]) : "");
    if (with_local_ids) {
      std::vector<std::string> found(2);
      for (std::size_t i = 0; i < 2; ++i) {
        if (static_cast<int>(i) >= cases[c].identity_ids_size()) continue;
        const grpc::Status status =
            local_ids.Find(cases[c].identity_ids(static_cast<int>(i)), &found[i]);
        if (!status.ok()) return client.ReportError("review list", status);
      }
      row.insert(row.begin() + kLocalIdColumn, found.begin(), found.end());
      entry["local_ids"] = found;
    }
    table.rows.push_back(std::move(row));
    json.push_back(std::move(entry));
  }
  return PrintOrFail(globals.output, table, json);
}

// Why the two were brought together, as the base sees it today.
grpc::Status ReadExplanation(Client& client, const v1::Case& item, v1::ExplainPairResponse* why) {
  v1::ExplainPairRequest request;
  request.set_left_identity_id(item.identity_ids(0));
  request.set_right_identity_id(item.identity_ids(1));
  return client.identities().ExplainPair(Client::NewContext().get(), request, why);
}

// The pairs of the case's group, most urgent first.
std::string GroupText(const v1::GetCaseResponse& response) {
  Table pairs{{"case_id", "left_id", "right_id", "weight_bits", "state", "priority"}, {}};
  for (const v1::Case& one : response.group_cases()) {
    pairs.rows.push_back({one.id(), one.identity_ids(0), one.identity_ids(1),
                          fmt::format("{:.3f}", one.weight_bits()),
                          ToJson(one)["state"].get<std::string>(), std::to_string(one.priority())});
  }
  return fmt::format("\ngroup of {} identities{}\n", response.group().identity_ids_size(),
                     response.group().cut() ? " and more" : "") +
         FormatTable(pairs);
}

// Notes shown with a case; the rest is for the console.
constexpr int kNotesShown = 200;

// What people wrote about the case, newest first: into `json`, and as text.
grpc::Status ReadNotes(Client& client, const std::string& case_id, Json* json, std::string* text) {
  v1::ListCaseNotesRequest request;
  request.set_case_id(case_id);
  request.set_page_size(kNotesShown);
  v1::ListCaseNotesResponse response;
  grpc::Status status =
      client.review().ListCaseNotes(Client::NewContext().get(), request, &response);
  *json = Json::array();
  Table table{{"number", "actor", "written_at", "text"}, {}};
  for (const v1::CaseNote& note : response.notes()) {
    json->push_back(ToJson(note));
    const std::vector<std::string> row = NoteRow(note);
    table.rows.emplace_back(row.begin() + 1, row.end());
  }
  if (!table.rows.empty()) *text = "\nnotes\n" + FormatTable(table);
  return status;
}

int Show(const Globals& globals, const std::string& case_id, const std::string& language) {
  Client client(globals.server);
  v1::GetCaseRequest request;
  request.set_case_id(case_id);
  v1::GetCaseResponse response;
  grpc::Status status = client.review().GetCase(Client::NewContext().get(), request, &response);
  if (!status.ok()) return client.ReportError("review show", status);
  const v1::Case& item = response.review_case();
  Json json = ToJson(item);
  json["identities"] = Json::array();
  Table table{kIdentityTableColumns, {}};
  for (const std::string& id : item.identity_ids()) {
    v1::GetIdentityRequest get;
    get.set_identity_id(id);
    v1::GetIdentityResponse got;
    status = client.identities().GetIdentity(Client::NewContext().get(), get, &got);
    if (!status.ok()) return client.ReportError("review show", status);
    table.rows.push_back(IdentityTableRow(got.identity()));
    json["identities"].push_back(ToJson(got.identity()));
  }
  std::string explanation;
  if (item.identity_ids_size() == 2) {
    v1::ExplainPairResponse why;
    status = ReadExplanation(client, item, &why);
    if (!status.ok()) return client.ReportError("review show", status);
    json["explanation"] = ToJson(why.explanation());
    const bool english = language == "en";
    explanation = "\n" + ExplanationHead(why.explanation(), english) +
                  FormatTable(ExplanationTable(why.explanation(), english));
  }
  if (response.has_group()) {
    json["group"] = ToJson(response.group());
    json["group_cases"] = Json::array();
    for (const v1::Case& one : response.group_cases()) json["group_cases"].push_back(ToJson(one));
    explanation += GroupText(response);
  }
  std::string notes;
  status = ReadNotes(client, case_id, &json["notes"], &notes);
  if (!status.ok()) return client.ReportError("review show", status);
  if (globals.output == OutputFormat::kTable) {
    PrintText(fmt::format("case {}  {}  {}  priority {}  {}  {:.1f} bits  P {:.4f}  {}\n",
                          item.id(), json["kind"].get<std::string>(),
                          json["state"].get<std::string>(), item.priority(),
                          json["band"].get<std::string>(), item.weight_bits(), item.probability(),
                          fmt::join(item.reasons(), ", ")));
    if (item.has_frequent_value()) {
      const v1::FrequentValue& value = item.frequent_value();
      PrintText(fmt::format("{} {}: {} of {} identities have it\n", value.trait(), value.value(),
                            value.identity_count(), value.population_count()));
    }
  }
  const int exit_code = PrintOrFail(globals.output, table, json);
  if (globals.output != OutputFormat::kTable || exit_code != kExitOk) return exit_code;
  return PrintText(explanation + notes) ? kExitOk : kExitIo;
}

int Count(const Globals& globals, const CaseFilterOptions& options) {
  Client client(globals.server);
  v1::CountCasesRequest request;
  *request.mutable_filter() = ToFilter(options);
  v1::CountCasesResponse response;
  const grpc::Status status =
      client.review().CountCases(Client::NewContext().get(), request, &response);
  if (!status.ok()) return client.ReportError("review count", status);
  return PrintOrFail(globals.output, {{"case_count"}, {{std::to_string(response.case_count())}}},
                     {{"case_count", response.case_count()}});
}

}  // namespace

void AddReviewVerbs(CLI::App& app, Globals& globals) {
  CLI::App* review = app.add_subcommand("review", "The queue of suspected duplicates");
  review->require_subcommand(1);
  auto list_options = std::make_shared<ListOptions>();
  CLI::App* list = review->add_subcommand("list", "Lists cases, most urgent first");
  AddCaseFilter(list, list_options->filter);
  list->add_option("--limit", list_options->limit, "How many at most; 0 for all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  list->add_flag("--local-ids", list_options->local_ids,
                 "Show local ids too (CSV output always does)");
  list->add_flag("--pairs", list_options->pairs,
                 "A line for every pair of a group (JSON and CSV output always have one)");
  list->footer(
      Examples("  vigie review list --band probable\n"
               "  vigie review list --assignee m.dupont --older-than 30\n"
               "  vigie --output csv review list --kind duplicate --limit 0 > pairs.csv   # for "
               "vigie evaluate --pairs"));
  list->callback([&globals, list_options] { globals.exit_code = List(globals, *list_options); });

  auto case_id = std::make_shared<std::string>();
  CLI::App* show = review->add_subcommand(
      "show", "Shows a case with its identities and why they were brought together");
  auto language = std::make_shared<std::string>("fr");
  show->add_option("CASE", *case_id, "Number of the case")->required();
  AddLanguage(show, language.get());
  show->footer(Examples("  vigie review show 17"));
  show->callback(
      [&globals, case_id, language] { globals.exit_code = Show(globals, *case_id, *language); });

  auto count_options = std::make_shared<CaseFilterOptions>();
  CLI::App* count = review->add_subcommand("count", "Counts cases");
  AddCaseFilter(count, count_options);
  count->footer(Examples("  vigie review count --kind ins_conflict"));
  count->callback(
      [&globals, count_options] { globals.exit_code = Count(globals, *count_options); });
  AddReviewExportVerb(*review, globals);
  AddDecisionVerbs(*review, globals);
  AddNoteVerb(*review, globals);
  AddProposalsVerb(*review, globals);
  AddWatchVerb(*review, globals);
  AddLabelVerbs(*review, globals);
}

}  // namespace vigie::tools

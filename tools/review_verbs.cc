// vigie review list | show | count: the queue of the identity cell. Decisions: decision_verbs.cc.
#include <map>
#include <memory>

#include "fmt/format.h"
#include "tools/explanation_text.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

constexpr int kPageSize = 200;

struct FilterOptions {
  std::string kind, state = "open", band, domain;
  std::int64_t limit = 50;
  bool local_ids = false;
};

template <class Enum>
Enum Choose(const std::string& option, const std::map<std::string, Enum>& values,
            const std::string& text) {
  if (text.empty() || text == "any") return static_cast<Enum>(0);
  const auto found = values.find(text);
  if (found != values.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, value] : values) names.push_back(name);
  throw CLI::ValidationError(option, fmt::format("is one of {}, any", fmt::join(names, ", ")));
}

v1::CaseFilter ToFilter(const FilterOptions& options) {
  static const std::map<std::string, v1::Case::Kind> kKinds = {
      {"duplicate", v1::Case::KIND_DUPLICATE},
      {"collision", v1::Case::KIND_COLLISION},
      {"ins_conflict", v1::Case::KIND_INS_CONFLICT},
      {"link", v1::Case::KIND_LINK}};
  static const std::map<std::string, v1::Case::State> kStates = {
      {"open", v1::Case::STATE_OPEN},
      {"withdrawn", v1::Case::STATE_WITHDRAWN},
      {"on_hold", v1::Case::STATE_ON_HOLD},
      {"escalated", v1::Case::STATE_ESCALATED},
      {"awaiting_confirmation", v1::Case::STATE_AWAITING_CONFIRMATION},
      {"decided", v1::Case::STATE_DECIDED}};
  static const std::map<std::string, v1::Score::Band> kBands = {
      {"below", v1::Score::BAND_BELOW},
      {"possible", v1::Score::BAND_POSSIBLE},
      {"probable", v1::Score::BAND_PROBABLE},
      {"certain", v1::Score::BAND_CERTAIN}};
  v1::CaseFilter filter;
  filter.set_kind(Choose("--kind", kKinds, options.kind));
  filter.set_state(Choose("--state", kStates, options.state));
  filter.set_band(Choose("--band", kBands, options.band));
  filter.set_domain(options.domain);
  return filter;
}

void AddFilter(CLI::App* verb, const std::shared_ptr<FilterOptions>& options) {
  verb->add_option("--kind", options->kind, "duplicate, collision, ins_conflict, link");
  verb->add_option("--state", options->state,
                   "open, on_hold, escalated, awaiting_confirmation, decided, withdrawn, any")
      ->capture_default_str();
  verb->add_option("--band", options->band, "possible, probable, certain");
  verb->add_option("--domain", options->domain, "Only this domain");
}

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

int List(const Globals& globals, const FilterOptions& options) {
  Client client(globals.server);
  v1::ListCasesRequest request;
  *request.mutable_filter() = ToFilter(options);
  std::vector<v1::Case> cases;
  const bool all = options.limit == 0;
  do {
    const std::int64_t left = options.limit - static_cast<std::int64_t>(cases.size());
    request.set_page_size(all ? kPageSize
                              : static_cast<int>(std::min<std::int64_t>(left, kPageSize)));
    v1::ListCasesResponse response;
    const grpc::Status status =
        client.review().ListCases(Client::NewContext().get(), request, &response);
    if (!status.ok()) return client.ReportError("review list", status);
    cases.insert(cases.end(), response.cases().begin(), response.cases().end());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() &&
           (all || static_cast<std::int64_t>(cases.size()) < options.limit));

  LocalIds local_ids(client);
  const bool with_local_ids = options.local_ids || globals.output == OutputFormat::kCsv;
  Table table{{"case_id", "kind", "state", "band", "left_id", "right_id", "weight_bits",
               "probability", "domain", "reasons"},
              {}};
  if (with_local_ids) {
    table.columns.insert(table.columns.begin() + 6, {"left_local_id", "right_local_id"});
  }
  Json json = Json::array();
  for (const v1::Case& item : cases) {
    Json entry = ToJson(item);
    std::vector<std::string> ids(item.identity_ids().begin(), item.identity_ids().end());
    ids.resize(2);
    std::vector<std::string> row = {item.id(),
                                    entry["kind"],
                                    entry["state"],
                                    entry["band"] == "unspecified" ? "" : entry["band"],
                                    ids[0],
                                    ids[1],
                                    fmt::format("{:.3f}", item.weight_bits()),
                                    fmt::format("{:.6f}", item.probability()),
                                    item.domain(),
                                    fmt::format("{}", fmt::join(item.reasons(), "|"))};
    if (with_local_ids) {
      std::vector<std::string> found(2);
      for (std::size_t i = 0; i < 2; ++i) {
        if (ids[i].empty()) continue;
        const grpc::Status status = local_ids.Find(ids[i], &found[i]);
        if (!status.ok()) return client.ReportError("review list", status);
      }
      row.insert(row.begin() + 6, found.begin(), found.end());
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
  if (globals.output == OutputFormat::kTable) {
    PrintText(fmt::format("case {}  {}  {}  {}  {:.1f} bits  P {:.4f}  {}\n", item.id(),
                          json["kind"].get<std::string>(), json["state"].get<std::string>(),
                          json["band"].get<std::string>(), item.weight_bits(), item.probability(),
                          fmt::join(item.reasons(), ", ")));
  }
  const int exit_code = PrintOrFail(globals.output, table, json);
  if (globals.output != OutputFormat::kTable || exit_code != kExitOk) return exit_code;
  return PrintText(explanation) ? kExitOk : kExitIo;
}

int Count(const Globals& globals, const FilterOptions& options) {
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
  auto list_options = std::make_shared<FilterOptions>();
  CLI::App* list = review->add_subcommand("list", "Lists cases, most urgent first");
  AddFilter(list, list_options);
  list->add_option("--limit", list_options->limit, "How many at most; 0 for all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  list->add_flag("--local-ids", list_options->local_ids,
                 "Show local ids too (CSV output always does)");
  list->footer(
      Examples("  vigie review list --band probable\n"
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

  auto count_options = std::make_shared<FilterOptions>();
  CLI::App* count = review->add_subcommand("count", "Counts cases");
  AddFilter(count, count_options);
  count->footer(Examples("  vigie review count --kind ins_conflict"));
  count->callback(
      [&globals, count_options] { globals.exit_code = Count(globals, *count_options); });
  AddDecisionVerbs(*review, globals);
  AddWatchVerb(*review, globals);
}

}  // namespace vigie::tools

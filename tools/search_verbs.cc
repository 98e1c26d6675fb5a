// vigie search, match, explain, visits: what the admission desk and the identity cell ask.
#include <memory>
#include <set>

#include "fmt/format.h"
#include "tools/explanation_text.h"
#include "tools/export_rows.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

constexpr int kPageSize = 200;

struct SearchOptions {
  std::string birth_date, family, given, ins;
  int limit = 50;
};

struct MatchOptions {
  std::string family_name, given_names, first_given_name, birth_date, sex, birth_place;
  std::string used_family_name, used_given_name, address, postal_code, city, phone, email;
  std::string ins, ins_oid = "1.2.250.1.213.1.4.8", domain, language = "fr";
  int limit = 10;
  std::optional<double> probability_min;
};

int Search(const Globals& globals, const SearchOptions& options) {
  if (options.birth_date.empty() && options.ins.empty()) {
    throw CLI::RequiredError("--birth-date or --ins");
  }
  v1::SearchIdentitiesRequest request;
  if (!options.birth_date.empty()) {
    *request.mutable_birth_date() = ParseDateOption("--birth-date", options.birth_date);
  }
  request.set_family_prefix(options.family);
  request.set_given_prefix(options.given);
  request.set_ins_matricule(options.ins);
  Client client(globals.server);
  Table table{kIdentityTableColumns, {}};
  Json json = Json::array();
  do {
    const int left = options.limit - static_cast<int>(table.rows.size());
    request.set_page_size(std::min(left, kPageSize));
    v1::SearchIdentitiesResponse response;
    const grpc::Status status =
        client.identities().SearchIdentities(Client::NewContext().get(), request, &response);
    if (!status.ok()) return client.ReportError("search", status);
    for (const v1::Identity& identity : response.identities()) {
      table.rows.push_back(IdentityTableRow(identity));
      json.push_back(ToJson(identity));
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() && static_cast<int>(table.rows.size()) < options.limit);
  if (globals.output == OutputFormat::kTable && !request.page_token().empty()) {
    std::fputs("vigie: there are more; raise --limit or give letters of a name\n", stderr);
  }
  return PrintOrFail(globals.output, table, json);
}

v1::MatchIdentityRequest ToRequest(const MatchOptions& options) {
  v1::MatchIdentityRequest request;
  v1::Traits& traits = *request.mutable_traits();
  traits.set_birth_family_name(options.family_name);
  traits.set_birth_given_names(options.given_names);
  traits.set_first_birth_given_name(options.first_given_name);
  if (!options.birth_date.empty()) {
    *traits.mutable_birth_date() = ParseDateOption("--birth-date", options.birth_date);
  }
  traits.set_sex(ParseSexOption(options.sex));
  traits.set_birth_place_code(options.birth_place);
  traits.set_used_family_name(options.used_family_name);
  traits.set_used_given_name(options.used_given_name);
  traits.set_address_line(options.address);
  traits.set_postal_code(options.postal_code);
  traits.set_city(options.city);
  traits.set_phone(options.phone);
  traits.set_email(options.email);
  if (!options.ins.empty()) {
    request.mutable_ins()->set_matricule(options.ins);
    request.mutable_ins()->set_oid(options.ins_oid);
  }
  request.set_domain(options.domain);
  request.set_limit(options.limit);
  if (options.probability_min) request.set_probability_min(*options.probability_min);
  request.set_explain(true);
  return request;
}

// Of each candidate, what was asked on the left and the candidate on the right.
std::string ExplanationsText(const v1::MatchIdentityResponse& response, bool english) {
  std::string text;
  for (const auto& candidate : response.candidates()) {
    text += fmt::format("\n{} ({})\n", Printable(candidate.identity().local_id()),
                        candidate.identity().id());
    text += ExplanationHead(candidate.explanation(), english);
    text += FormatTable(ExplanationTable(candidate.explanation(), english));
  }
  if (response.truncated()) {
    text += english ? "\nThere may be other candidates: a limit cut the list.\n"
                    : "\nD'autres candidats sont possibles : une limite a coupé la liste.\n";
  }
  return text;
}

int Match(const Globals& globals, const MatchOptions& options) {
  Client client(globals.server);
  v1::MatchIdentityResponse response;
  const grpc::Status status =
      client.identities().MatchIdentity(Client::NewContext().get(), ToRequest(options), &response);
  if (!status.ok()) return client.ReportError("match", status);
  Json json = {{"model_version", response.model_version()},
               {"truncated", response.truncated()},
               {"full_key_count", response.full_key_count()},
               {"candidates", Json::array()}};
  Table table{{"probability", "weight_bits", "band"}, {}};
  table.columns.insert(table.columns.end(), kIdentityTableColumns.begin(),
                       kIdentityTableColumns.end());
  for (const auto& candidate : response.candidates()) {
    Json entry = ToJson(candidate);
    std::vector<std::string> row = {fmt::format("{:.4f}", candidate.score().probability()),
                                    fmt::format("{:.1f}", candidate.score().weight_bits()),
                                    entry["score"]["band"]};
    const std::vector<std::string> cells = IdentityTableRow(candidate.identity());
    row.insert(row.end(), cells.begin(), cells.end());
    table.rows.push_back(std::move(row));
    json["candidates"].push_back(std::move(entry));
  }
  const int exit_code = PrintOrFail(globals.output, table, json);
  if (globals.output != OutputFormat::kTable || exit_code != kExitOk) return exit_code;
  return PrintText(ExplanationsText(response, options.language == "en")) ? kExitOk : kExitIo;
}

int Explain(const Globals& globals, const std::string& left, const std::string& right,
            const std::string& language) {
  v1::ExplainPairRequest request;
  request.set_left_identity_id(left);
  request.set_right_identity_id(right);
  Client client(globals.server);
  v1::ExplainPairResponse response;
  const grpc::Status status =
      client.identities().ExplainPair(Client::NewContext().get(), request, &response);
  if (!status.ok()) return client.ReportError("explain", status);
  const bool english = language == "en";
  const Table table = ExplanationTable(response.explanation(), english);
  if (globals.output == OutputFormat::kTable) {
    std::string head = ExplanationHead(response.explanation(), english);
    const std::set<std::string> shared(response.shared_keys().begin(),
                                       response.shared_keys().end());  // a kind may be shared twice
    head += fmt::format("{}: {}\n", english ? "shared keys" : "clés partagées",
                        shared.empty() ? (english ? "none: the two were never compared"
                                                  : "aucune : les deux n'ont jamais été comparées")
                                       : fmt::format("{}", fmt::join(shared, ", ")));
    if (!response.full_keys().empty()) {
      head += fmt::format(
          "{}: {}\n",
          english ? "keys skipped as too frequent" : "clés écartées car trop fréquentes",
          fmt::join(response.full_keys(), ", "));
    }
    if (response.bits_short() > 0) {
      head += fmt::format("{}: {:.2f}\n",
                          english ? "bits short of review" : "bits manquants pour la revue",
                          response.bits_short());
    }
    PrintText(head + "\n");
  }
  return PrintOrFail(globals.output, table, ToJson(response));
}

int Visits(const Globals& globals, const std::string& id, std::int64_t limit) {
  Client client(globals.server);
  v1::ListVisitsRequest request;
  request.set_identity_id(id);
  Table table{VisitExportColumns(), {}};
  Json json = Json::array();
  do {
    const std::int64_t left = limit - static_cast<std::int64_t>(table.rows.size());
    request.set_page_size(limit == 0 ? kPageSize
                                     : static_cast<int>(std::min<std::int64_t>(left, kPageSize)));
    v1::ListVisitsResponse response;
    const grpc::Status status =
        client.visits().ListVisits(Client::NewContext().get(), request, &response);
    if (!status.ok()) return client.ReportError("visits", status);
    for (const v1::Visit& visit : response.visits()) {
      table.rows.push_back(ExportRow(visit, absl::LocalTimeZone()));
      json.push_back(ToJson(visit));
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() &&
           (limit == 0 || static_cast<std::int64_t>(table.rows.size()) < limit));
  return PrintOrFail(globals.output, table, json);
}

}  // namespace

void AddSearchVerbs(CLI::App& app, Globals& globals) {
  auto search_options = std::make_shared<SearchOptions>();
  CLI::App* search =
      app.add_subcommand("search", "Searches by birth date and at most three letters of a name");
  search->add_option("--birth-date", search_options->birth_date, "YYYY-MM-DD or DD/MM/YYYY");
  search->add_option("--family", search_options->family, "First letters of a family name");
  search->add_option("--given", search_options->given, "First letters of a given name");
  search->add_option("--ins", search_options->ins, "Known matricule, instead of the date");
  search->add_option("--limit", search_options->limit, "How many at most")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  search->footer(
      Examples("  vigie search --birth-date 1975-12-31\n"
               "  vigie search --birth-date 31/12/1975 --family ADR --given ZOE"));
  search->callback(
      [&globals, search_options] { globals.exit_code = Search(globals, *search_options); });

  auto match_options = std::make_shared<MatchOptions>();
  MatchOptions& m = *match_options;
  CLI::App* match = app.add_subcommand(
      "match", "Names the likeliest identities for given traits; writes nothing");
  match->add_option("--family-name", m.family_name, "Birth family name");
  match->add_option("--given-names", m.given_names, "Birth given names, in order");
  match->add_option("--first-given-name", m.first_given_name, "First birth given name");
  match->add_option("--birth-date", m.birth_date, "YYYY-MM-DD or DD/MM/YYYY");
  match->add_option("--sex", m.sex, "M, F or I");
  match->add_option("--birth-place", m.birth_place, "COG code of commune or country");
  match->add_option("--used-family-name", m.used_family_name, "Family name used in daily life");
  match->add_option("--used-given-name", m.used_given_name, "Given name used in daily life");
  match->add_option("--address", m.address, "Street and number");
  match->add_option("--postal-code", m.postal_code, "Postal code of the home");
  match->add_option("--city", m.city, "City of the home");
  match->add_option("--phone", m.phone, "Telephone");
  match->add_option("--email", m.email, "Electronic mail address");
  match->add_option("--ins", m.ins, "Matricule of 15 characters");
  match->add_option("--ins-oid", m.ins_oid, "OID of the matricule")->capture_default_str();
  match->add_option("--domain", m.domain, "Only candidates of this domain");
  match->add_option("--limit", m.limit, "How many at most")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  match->add_option("--probability-min", m.probability_min, "Least probability, 0 to 1")
      ->check(CLI::Range(0.0, 1.0));
  AddLanguage(match, &m.language);
  match->footer(
      Examples("  vigie match --family-name ADRUN --given-names ZOE --birth-date "
               "1975-12-31 --sex F"));
  match->callback(
      [&globals, match_options] { globals.exit_code = Match(globals, *match_options); });

  auto pair = std::make_shared<std::array<std::string, 3>>();
  (*pair)[2] = "fr";
  CLI::App* explain =
      app.add_subcommand("explain", "Why two identities were, or were not, brought together");
  explain->add_option("ID1", (*pair)[0], "Number of an identity")->required();
  explain->add_option("ID2", (*pair)[1], "Number of another identity")->required();
  AddLanguage(explain, &(*pair)[2]);
  explain->footer(Examples("  vigie explain 12 345\n  vigie explain 12 345 --language en"));
  explain->callback([&globals, pair] {
    globals.exit_code = Explain(globals, (*pair)[0], (*pair)[1], (*pair)[2]);
  });

  auto visits_of = std::make_shared<std::string>();
  auto visit_limit = std::make_shared<std::int64_t>(50);
  CLI::App* visits =
      app.add_subcommand("visits", "The visits of an identity, the latest admission first");
  visits->add_option("ID", *visits_of, "Number of the identity")->required();
  visits->add_option("--limit", *visit_limit, "How many at most; 0 for all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  visits->footer(Examples("  vigie visits 17\n  vigie visits 17 --limit 0 --output csv"));
  visits->callback([&globals, visits_of, visit_limit] {
    globals.exit_code = Visits(globals, *visits_of, *visit_limit);
  });
}

}  // namespace vigie::tools

// vigie definitions list, show, check: what the rate counts, as the daemon has it, and a file of
// one's own before the daemon reads it.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>

#include "fmt/format.h"
#include "matching/indicator.h"
#include "tools/suggest.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

// A definition is at most 64 KiB; one byte more is enough to be refused.
constexpr std::size_t kFileBytesMax = 65537;

// The definitions of the daemon; false when it cannot be asked, and `exit_code` says why.
bool AskDefinitions(const Globals& globals, v1::ListDefinitionsResponse& response, int& exit_code) {
  Client client(globals.server);
  const grpc::Status status = client.qualification().ListDefinitions(
      Client::NewContext().get(), v1::ListDefinitionsRequest(), &response);
  if (!status.ok()) exit_code = client.ReportError("definitions", status);
  return status.ok();
}

// "calendar_month", "rolling_days 90", "2025-01-01 to 2025-12-31", or nothing.
std::string WindowText(const v1::IndicatorDefinition& definition) {
  if (!definition.has_window()) return "";
  const v1::IndicatorWindow& window = definition.window();
  if (window.kind() == v1::IndicatorWindow::KIND_FIXED) {
    return FormatDate(window.start_date()) + " to " + FormatDate(window.end_date());
  }
  const std::string kind = ToJson(window)["kind"].get<std::string>();
  return window.rolling_days() == 0 ? kind : fmt::format("{} {}", kind, window.rolling_days());
}

int List(const Globals& globals) {
  v1::ListDefinitionsResponse response;
  int exit_code = kExitOk;
  if (!AskDefinitions(globals, response, exit_code)) return exit_code;
  Table table{{"name", "version", "title", "population", "status_at", "window", "hash"}, {}};
  Json json = {{"definitions", Json::array()}};
  for (const v1::IndicatorDefinition& definition : response.definitions()) {
    const Json whole = ToJson(definition);
    table.rows.push_back({definition.name(), std::to_string(definition.version()),
                          definition.title().french(), whole["population"].get<std::string>(),
                          whole["status_instant"].get<std::string>(), WindowText(definition),
                          definition.hash()});
    json["definitions"].push_back(whole);
  }
  return PrintOrFail(globals.output, table, json);
}

int Show(const Globals& globals, const std::string& name) {
  v1::ListDefinitionsResponse response;
  int exit_code = kExitOk;
  if (!AskDefinitions(globals, response, exit_code)) return exit_code;
  std::vector<std::string> names;
  for (const v1::IndicatorDefinition& definition : response.definitions()) {
    names.push_back(definition.name());
    if (definition.name() != name) continue;
    if (globals.output == OutputFormat::kTable) {
      const std::string text =
          fmt::format("# hash {}\n{}", definition.hash(), definition.toml_text());
      return PrintText(text) ? kExitOk : kExitIo;
    }
    const Table table{
        {"name", "version", "hash", "toml"},
        {{name, std::to_string(definition.version()), definition.hash(), definition.toml_text()}}};
    return PrintOrFail(globals.output, table, ToJson(definition));
  }
  std::fprintf(stderr, "vigie definitions show: no definition '%s'%s\n", Printable(name).c_str(),
               DidYouMean(name, names).c_str());
  return kExitFailed;
}

int Check(const Globals& globals, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kFileBytesMax, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    std::fprintf(stderr, "vigie definitions check: cannot read %s\n", Printable(path).c_str());
    return kExitNoInput;
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  const auto definition = matching::ParseIndicatorDefinition(text, path);
  if (!definition.ok()) {
    const std::string message(definition.status().message());
    std::fprintf(stderr, "%s\n", Printable(message).c_str());
    return kExitData;
  }
  const Table table{
      {"file", "name", "version", "hash"},
      {{path, definition->name, std::to_string(definition->version), definition->hash}}};
  const Json json = {{"file", path},
                     {"name", definition->name},
                     {"version", definition->version},
                     {"hash", definition->hash}};
  return PrintOrFail(globals.output, table, json);
}

}  // namespace

void AddDefinitionVerbs(CLI::App& app, Globals& globals) {
  CLI::App* definitions =
      app.add_subcommand("definitions", "What the qualification rate counts: definitions");
  definitions->require_subcommand(1);
  CLI::App* list = definitions->add_subcommand("list", "The definitions the daemon has");
  list->footer(Examples("  vigie definitions list"));
  list->callback([&globals] { globals.exit_code = List(globals); });

  auto name = std::make_shared<std::string>();
  CLI::App* show = definitions->add_subcommand("show", "One definition as its TOML text");
  show->add_option("name", *name, "Name of the definition")->required();
  show->footer(Examples(
      "  vigie definitions show qualified-visits\n"
      "  vigie definitions show qualified-visits > own.toml   # to start an own one from"));
  show->callback([&globals, name] { globals.exit_code = Show(globals, *name); });

  auto path = std::make_shared<std::string>();
  CLI::App* check =
      definitions->add_subcommand("check", "Checks a file before the daemon reads it");
  check->add_option("file", *path, "TOML file of one definition")->required();
  check->footer(Examples("  vigie definitions check own.toml\nExit code 65 when it is wrong."));
  check->callback([&globals, path] { globals.exit_code = Check(globals, *path); });
}

}  // namespace vigie::tools

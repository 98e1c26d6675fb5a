// vigie: the command line. Everything a script or an administrator needs of vigied.
#include <csignal>
#include <cstdio>
#include <map>

#include "CLI/CLI.hpp"
#include "tools/verbs.h"

int main(int argc, char** argv) {
  using vigie::tools::OutputFormat;
  std::signal(SIGPIPE, SIG_IGN);  // `vigie … | head` ends as a failed write, not as a crash
  vigie::tools::Globals globals;
  globals.program = argc > 0 ? argv[0] : "vigie";

  CLI::App app{"vigie: identity vigilance for hospitals, from the command line.", "vigie"};
  app.require_subcommand(1);
  app.fallthrough();  // --server and --output may also stand behind the verb
  app.add_option("--server", globals.server, "Address of vigied, HOST:PORT or unix:PATH")
      ->envname("VIGIE_SERVER")
      ->capture_default_str();
  const std::map<std::string, OutputFormat> formats = {
      {"table", OutputFormat::kTable}, {"json", OutputFormat::kJson}, {"csv", OutputFormat::kCsv}};
  app.add_option("--output", globals.output, "table, json or csv")
      ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case).description(""))
      ->default_str("table");
  app.footer(vigie::tools::Examples(
      "  vigie generate --identities 20000 --seed 1 --out sample\n"
      "  vigie import identities sample/identities.csv\n"
      "  vigie search --birth-date 1975-12-31 --family ADR\n"
      "  vigie report qualification --from 2025-01-01 --to 2025-12-31 --by month\n"
      "`vigie VERB --help` explains a verb. Exit codes: 0 ok, 1 failed, 2 usage, 64-78 as "
      "sysexits."));

  vigie::tools::AddImportVerbs(app, globals);
  vigie::tools::AddExportVerbs(app, globals);
  vigie::tools::AddSearchVerbs(app, globals);
  vigie::tools::AddReviewVerbs(app, globals);
  vigie::tools::AddReportVerbs(app, globals);
  vigie::tools::AddTrustVerbs(app, globals);
  vigie::tools::AddBacklogVerbs(app, globals);
  vigie::tools::AddDefinitionVerbs(app, globals);
  vigie::tools::AddBatchVerbs(app, globals);
  vigie::tools::AddModelVerbs(app, globals);
  vigie::tools::AddLocalVerbs(app, globals);
  vigie::tools::AddCheckVerbs(app, globals);
  vigie::tools::AddAccountVerbs(app, globals);
  vigie::tools::AddBenchVerb(app, globals);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? vigie::tools::kExitOk : vigie::tools::kExitUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "vigie: %s\n", error.what());
    return vigie::tools::kExitSoftware;
  }
  return globals.exit_code;
}

// The verbs of `vigie`, one function a family: each adds its subcommands to the parser. A verb that
// runs sets `globals.exit_code`.
#pragma once

#include <optional>
#include <string>

#include "CLI/CLI.hpp"
#include "tools/client.h"
#include "tools/output.h"

namespace vigie::tools {

struct Globals {
  std::string server = kDefaultServer;
  OutputFormat output = OutputFormat::kTable;
  std::string program;  // argv[0], to find vigied beside it
  int exit_code = kExitOk;
};

void AddImportVerbs(CLI::App& app, Globals& globals);  // import identities | visits
void AddSearchVerbs(CLI::App& app, Globals& globals);  // search, match, explain
void AddExportVerbs(CLI::App& app, Globals& globals);  // export identities | visits | cases | audit
void AddCheckVerbs(CLI::App& app, Globals& globals);   // fsck, audit verify
void AddReviewVerbs(CLI::App& app, Globals& globals);  // review list | show | count
void AddReviewExportVerb(CLI::App& review, Globals& globals);  // review export; under `review`
// review claim | release | hold | decide | undo | confirm | reject | decisions; under `review`.
void AddDecisionVerbs(CLI::App& review, Globals& globals);
void AddNoteVerb(CLI::App& review, Globals& globals);  // review note; under `review`
// One note as a row: case, number, author, time, text.
std::vector<std::string> NoteRow(const v1::CaseNote& note);
void AddProposalsVerb(CLI::App& review, Globals& globals);  // review proposals; under `review`
void AddWatchVerb(CLI::App& review, Globals& globals);      // review watch; under `review`
void AddReportVerbs(CLI::App& app, Globals& globals);       // report qualification, status
void AddDefinitionVerbs(CLI::App& app, Globals& globals);   // definitions list | show | check
// report close-day, report snapshots list | show | diff; `report` is the verb they stand under.
void AddSnapshotVerbs(CLI::App& report, Globals& globals);
// insi, evidence, attributes, history, status-at; report reverification (after AddReportVerbs)
void AddTrustVerbs(CLI::App& app, Globals& globals);
// account add | remove | list | token
void AddAccountVerbs(CLI::App& app, Globals& globals);
void AddBenchVerb(CLI::App& app, Globals& globals);   // bench
void AddBatchVerbs(CLI::App& app, Globals& globals);  // link, train
void AddModelVerbs(CLI::App& app, Globals& globals);  // model show | check
void AddLocalVerbs(CLI::App& app, Globals& globals);  // generate, evaluate, check-config, version
// report backlog | quality; after AddReportVerbs, which makes `report`.
void AddBacklogVerbs(CLI::App& app, Globals& globals);

// Idempotency key: 32 hexadecimal digits that nobody else has.
std::string NewRequestId();
// For help texts: examples under the options.
std::string Examples(const std::string& lines);
// YYYY-MM-DD (00 for unknown parts) or DD/MM/YYYY. An error of usage otherwise.
v1::Date ParseDateOption(const std::string& option, const std::string& text);
// An instant with its offset, ISO 8601. An error of usage otherwise.
google::protobuf::Timestamp ParseTimeOption(const std::string& option, const std::string& text);
// Prints; exit code 74 when standard output cannot be written.
int PrintOrFail(OutputFormat format, const Table& table, const Json& json);

// Names as people read them.
std::string TrustStatusName(v1::Identity::TrustStatus status, bool french);
std::string FormatDate(const v1::Date& date);
// One identity as a row under kIdentityTableColumns.
std::vector<std::string> IdentityTableRow(const v1::Identity& identity);
extern const std::vector<std::string> kIdentityTableColumns;
// M, F, I or nothing; UsageError otherwise.
v1::Traits::Sex ParseSexOption(const std::string& text);

}  // namespace vigie::tools

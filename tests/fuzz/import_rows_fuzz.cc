// Any bytes as a file of identities or visits, and as a mapping: a row is accepted or refused with
// a column and a reason, nothing else happens.
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "tools/import_rows.h"
#include "tools/mapping.h"

namespace {

using vigie::tools::ImportKind;

void ReadAll(const std::string& text, ImportKind kind) {
  std::istringstream stream(text);
  auto reader = vigie::tools::CsvReader::FromStream(&stream, "fuzz");
  if (!reader.ok()) return;
  auto source = vigie::tools::ImportSource::Create(std::move(*reader), kind, std::nullopt, "D");
  if (!source.ok()) return;
  static const auto kParser = vigie::tools::VisitRowParser::Create("UTC");
  vigie::tools::SourceRow row;
  for (;;) {
    const auto found = (*source)->Next(&row);
    if (!found.ok() || !*found) return;
    if (!row.problems.empty()) continue;
    vigie::tools::IdentityRow identity;
    vigie::tools::VisitRow visit;
    const bool accepted = kind == ImportKind::kIdentities
                              ? vigie::tools::ParseIdentityRow(row.values, &identity, &row.problems)
                              : kParser->Parse(row.values, &visit, &row.problems);
    if (accepted != row.problems.empty()) std::abort();
    for (const auto& problem : row.problems) {
      if (problem.column.empty() || problem.reason.empty()) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  ReadAll(text, ImportKind::kIdentities);
  ReadAll(text, ImportKind::kVisits);
  auto mapping = vigie::tools::Mapping::Parse(text, "fuzz.toml");
  if (mapping.ok() && mapping->Bind({"A", "B"}).ok()) {
    std::vector<std::string> values;
    std::vector<vigie::tools::RowProblem> problems;
    mapping->Apply({"1", "31/12/1975"}, &values, &problems);
  }
  return 0;
}

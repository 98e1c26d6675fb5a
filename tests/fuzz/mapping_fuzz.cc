// Any bytes as mapping, bound to a header and applied to a row: refused or applied, never a crash,
// and as many values as the contract has columns.
#include <cstdint>
#include <string>
#include <vector>

#include "tools/mapping.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  auto mapping = vigie::tools::Mapping::Parse(text, "fuzz");
  if (!mapping.ok()) return 0;
  const std::vector<std::string> header = {"IPP", "NOM", "PRENOMS", "NE_LE", "SEXE", "STATUT"};
  if (!mapping->Bind(header).ok()) return 0;
  std::vector<std::string> values;
  std::vector<vigie::tools::RowProblem> problems;
  mapping->Apply({"1", "MARTIN", "ANNE", "17/03/1971", "F", text.substr(0, 40)}, &values,
                 &problems);
  return 0;
}

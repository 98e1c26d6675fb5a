// A definition of an indicator in the words of who reads its figures.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/report_text.h"
#include "vigie/v1/qualification.pb.h"

namespace vigie::tools {

// What the denominator counts: "venues", "patients", "identités".
std::string UnitWord(const v1::IndicatorDefinition& definition, ReportLanguage language);
// What exclusions are counted in: "venues", also of a file active, or "identités".
std::string ExcludedUnitWord(const v1::IndicatorDefinition& definition, ReportLanguage language);
// "récupérée ou qualifiée".
std::string NumeratorWords(const v1::IndicatorDefinition& definition, ReportLanguage language);

// Every parameter with its value in words, in the order in which a reader asks; neither the hash
// nor the whole text.
std::vector<std::pair<std::string, std::string>> DefinitionTerms(
    const v1::IndicatorDefinition& definition, ReportLanguage language);

}  // namespace vigie::tools

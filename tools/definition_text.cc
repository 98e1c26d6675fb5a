#include "tools/definition_text.h"

#include <array>

#include "absl/strings/ascii.h"
#include "fmt/format.h"

namespace vigie::tools {
namespace {

std::string Say(ReportLanguage language, std::string_view french, std::string_view english) {
  return std::string(InLanguage(language, french, english));
}

// The value's name behind its prefix; a value this program does not know yet is its number.
std::string EnumWord(const std::string& name, std::string_view prefix, int value) {
  return name.size() > prefix.size() ? name.substr(prefix.size()) : std::to_string(value);
}

std::string ActivityWord(int activity, ReportLanguage language) {
  return GroupLabel("activity",
                    EnumWord(v1::Visit::Activity_Name(static_cast<v1::Visit::Activity>(activity)),
                             "ACTIVITY_", activity),
                    language);
}

std::string KindWord(int kind, ReportLanguage language) {
  return GroupLabel("kind",
                    absl::AsciiStrToLower(EnumWord(
                        v1::Visit::Kind_Name(static_cast<v1::Visit::Kind>(kind)), "KIND_", kind)),
                    language);
}

std::string StatusWords(const google::protobuf::RepeatedField<int>& statuses,
                        ReportLanguage language) {
  std::vector<std::string> words;
  for (const int status : statuses) {
    words.push_back(StatusLabel(static_cast<v1::Identity::TrustStatus>(status), language));
  }
  return JoinWords(words, language);
}

std::string PopulationWords(const v1::IndicatorDefinition& definition, ReportLanguage language) {
  switch (definition.population()) {
    case v1::IndicatorDefinition::POPULATION_VISITS:
      return Say(language, "chaque venue admise dans la période",
                 "each visit admitted in the window");
    case v1::IndicatorDefinition::POPULATION_FILE_ACTIVE_PATIENTS:
      return Say(language,
                 "file active : chaque patient venu dans la période, une fois, avec sa dernière "
                 "venue",
                 "active patients: each patient seen in the window, once, with the latest visit");
    case v1::IndicatorDefinition::POPULATION_IDENTITY_STOCK:
      return Say(language, "chaque identité créée avant la fin de la période",
                 "each identity registered before the window’s end");
    default:
      return "";
  }
}

std::string InstantWords(const v1::IndicatorDefinition& definition, ReportLanguage language) {
  switch (definition.status_instant()) {
    case v1::IndicatorDefinition::STATUS_INSTANT_ADMISSION:
      return Say(language, "à l’admission", "at admission");
    case v1::IndicatorDefinition::STATUS_INSTANT_DISCHARGE:
      return Say(language, "à la sortie ; sans sortie, à l’extraction",
                 "at discharge; when there is none yet, at extraction");
    case v1::IndicatorDefinition::STATUS_INSTANT_EXTRACTION:
      return Say(language, "à l’extraction du chiffre", "when the figure is drawn");
    case v1::IndicatorDefinition::STATUS_INSTANT_WINDOW_END:
      return Say(language, "à la fin de la période", "at the window’s end");
    default:
      return "";
  }
}

std::string RuleWords(const v1::ExclusionRule& rule, ReportLanguage language) {
  std::vector<std::string> conditions;
  if (rule.has_age_days_min()) {
    conditions.push_back(fmt::format(fmt::runtime(Say(language, "âge à l’admission d’au moins {} j",
                                                      "age at admission at least {} d")),
                                     rule.age_days_min()));
  }
  if (rule.has_age_days_max()) {
    conditions.push_back(fmt::format(fmt::runtime(Say(language, "âge à l’admission d’au plus {} j",
                                                      "age at admission at most {} d")),
                                     rule.age_days_max()));
  }
  if (rule.has_born_abroad()) {
    conditions.push_back(rule.born_abroad() ? Say(language, "né à l’étranger", "born abroad")
                                            : Say(language, "né en France", "born in France"));
  }
  const auto add_list = [&](const std::string& name, const std::vector<std::string>& words) {
    if (!words.empty()) conditions.push_back(name + JoinWords(words, language));
  };
  std::vector<std::string> answers, activities, kinds, channels;
  const std::array<std::string, 5> codes = {"", Say(language, "aucune", "none"), "00", "01", "02"};
  for (const int answer : rule.last_insi_answers()) {
    answers.push_back(codes[static_cast<std::size_t>(answer) % codes.size()]);
  }
  for (const int activity : rule.activities()) {
    activities.push_back(ActivityWord(activity, language));
  }
  for (const int kind : rule.kinds()) {
    kinds.push_back(KindWord(kind, language));
  }
  for (const std::string& channel : rule.entry_channels()) {
    channels.push_back(GroupLabel("entry_channel", channel, language));
  }
  add_list(Say(language, "dernière réponse INSi ", "last INSi answer "), answers);
  if (rule.statuses_size() > 0) {
    conditions.push_back(Say(language, "statut ", "status ") +
                         StatusWords(rule.statuses(), language));
  }
  add_list(Say(language, "activité ", "activity "), activities);
  add_list(Say(language, "type ", "kind "), kinds);
  add_list(Say(language, "canal ", "channel "), channels);
  std::string text = ExclusionLabel(rule.reason(), language) + " (";
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    text += (i > 0 ? Say(language, " et ", " and ") : "") + conditions[i];
  }
  return text + ")";
}

std::string ExclusionWords(const v1::IndicatorDefinition& definition, ReportLanguage language) {
  std::vector<std::string> words;
  const auto add = [&](bool excluded, const std::string& reason) {
    if (excluded) words.push_back(ExclusionLabel(reason, language));
  };
  add(definition.exclude_cancelled(), "cancelled");
  add(definition.exclude_unattached(), "unattached");
  add(definition.exclude_fictitious(), "fictitious");
  add(definition.exclude_doubtful(), "doubtful");
  for (const v1::ExclusionRule& rule : definition.exclusion_rules()) {
    words.push_back(RuleWords(rule, language));
  }
  if (words.empty()) return Say(language, "rien", "nothing");
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ; ") + word;
  return text;
}

std::string WindowWords(const v1::IndicatorWindow& window, ReportLanguage language) {
  switch (window.kind()) {
    case v1::IndicatorWindow::KIND_CALENDAR_MONTH:
      return Say(language, "le mois du jour de référence", "the month of the reference day");
    case v1::IndicatorWindow::KIND_CALENDAR_QUARTER:
      return Say(language, "le trimestre du jour de référence", "the quarter of the reference day");
    case v1::IndicatorWindow::KIND_CALENDAR_SEMESTER:
      return Say(language, "le semestre du jour de référence",
                 "the half-year of the reference day");
    case v1::IndicatorWindow::KIND_ROLLING_DAYS:
      return fmt::format(fmt::runtime(Say(language, "{} jours finissant le jour de référence",
                                          "{} days that end on the reference day")),
                         FormatCount(window.rolling_days(), language));
    case v1::IndicatorWindow::KIND_FIXED:
      return Say(language, "du ", "from ") + FormatDay(window.start_date(), language) +
             Say(language, " au ", " to ") + FormatDay(window.end_date(), language);
    default:
      return Say(language, "aucune : les jours sont demandés", "none: the days are asked for");
  }
}

}  // namespace

std::string UnitWord(const v1::IndicatorDefinition& definition, ReportLanguage language) {
  switch (definition.population()) {
    case v1::IndicatorDefinition::POPULATION_FILE_ACTIVE_PATIENTS:
      return Say(language, "patients", "patients");
    case v1::IndicatorDefinition::POPULATION_IDENTITY_STOCK:
      return Say(language, "identités", "identities");
    default:
      return Say(language, "venues", "visits");
  }
}

std::string ExcludedUnitWord(const v1::IndicatorDefinition& definition, ReportLanguage language) {
  return definition.population() == v1::IndicatorDefinition::POPULATION_IDENTITY_STOCK
             ? Say(language, "identités", "identities")
             : Say(language, "venues", "visits");
}

std::string NumeratorWords(const v1::IndicatorDefinition& definition, ReportLanguage language) {
  return StatusWords(definition.numerator_statuses(), language);
}

std::vector<std::pair<std::string, std::string>> DefinitionTerms(
    const v1::IndicatorDefinition& definition, ReportLanguage language) {
  const auto all_or = [&](const std::vector<std::string>& words) {
    return words.empty() ? Say(language, "tous", "all") : JoinWords(words, language);
  };
  std::vector<std::string> activities, kinds;
  for (const int activity : definition.activities()) {
    activities.push_back(ActivityWord(activity, language));
  }
  for (const int kind : definition.kinds()) kinds.push_back(KindWord(kind, language));
  const std::string group =
      definition.group_name().empty() ? "" : " (" + definition.group_name() + ")";
  const std::string target = definition.has_target() ? FormatRate(definition.target(), language) +
                                                           ", " + definition.target_source()
                                                     : Say(language, "aucun", "none");
  return {
      {Say(language, "Nom, version", "Name, version"),
       fmt::format("{}, {}", definition.name(), definition.version())},
      {Say(language, "Ce que c’est, et ce que ce n’est pas", "What it is and is not"),
       definition.description()},
      {"Population", PopulationWords(definition, language)},
      {Say(language, "Numérateur", "Numerator"),
       Say(language, "identité ", "identity ") + NumeratorWords(definition, language)},
      {Say(language, "Statut pris", "Status taken"), InstantWords(definition, language)},
      {"Exclusions", ExclusionWords(definition, language)},
      {Say(language, "Champs d’activité", "Fields of activity"), all_or(activities)},
      {Say(language, "Types de venue", "Kinds of visit"), all_or(kinds)},
      {Say(language, "Entités juridiques", "Legal entities"),
       all_or(
           {definition.legal_entities_finess().begin(), definition.legal_entities_finess().end()}) +
           group},
      {"Sites", all_or({definition.sites_finess().begin(), definition.sites_finess().end()})},
      {Say(language, "Période propre", "Own window"), WindowWords(definition.window(), language)},
      {Say(language, "Objectif", "Target"), target},
      {"Source", definition.source()},
  };
}

}  // namespace vigie::tools

#include "tools/report_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include "absl/strings/str_replace.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "fmt/format.h"

namespace vigie::tools {
namespace {

constexpr char kThinSpace[] = "\u202F";  // between thousands, does not break
constexpr char kHardSpace[] = "\u00A0";  // before a unit, does not break
constexpr char kMinus[] = "\u2212";
constexpr absl::CivilDay kFirstMonday(1970, 1, 5);

using Words = std::array<const char*, 2>;  // French, English

constexpr std::array<Words, 12> kMonths = {{{"janvier", "January"},
                                            {"février", "February"},
                                            {"mars", "March"},
                                            {"avril", "April"},
                                            {"mai", "May"},
                                            {"juin", "June"},
                                            {"juillet", "July"},
                                            {"août", "August"},
                                            {"septembre", "September"},
                                            {"octobre", "October"},
                                            {"novembre", "November"},
                                            {"décembre", "December"}}};
constexpr std::array<Words, 12> kShortMonths = {{{"janv.", "Jan"},
                                                 {"févr.", "Feb"},
                                                 {"mars", "Mar"},
                                                 {"avr.", "Apr"},
                                                 {"mai", "May"},
                                                 {"juin", "Jun"},
                                                 {"juil.", "Jul"},
                                                 {"août", "Aug"},
                                                 {"sept.", "Sep"},
                                                 {"oct.", "Oct"},
                                                 {"nov.", "Nov"},
                                                 {"déc.", "Dec"}}};

std::string Of(const Words& words, ReportLanguage language) {
  return words[language == ReportLanguage::kFrench ? 0 : 1];
}

// The words of `table` for `key`, or `otherwise`.
std::string Lookup(const std::map<std::string_view, Words>& table, std::string_view key,
                   ReportLanguage language, std::string otherwise) {
  const auto found = table.find(key);
  return found == table.end() ? std::move(otherwise) : Of(found->second, language);
}

std::optional<int> Digits(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

// Monday of ISO week `week` of `year`.
absl::CivilDay MondayOf(int year, int week) {
  const absl::CivilDay fourth(year, 1, 4);  // always in week 1
  const absl::CivilDay monday =
      fourth == absl::PrevWeekday(fourth + 1, absl::Weekday::monday)
          ? fourth
          : absl::CivilDay(absl::PrevWeekday(fourth + 1, absl::Weekday::monday));
  return monday + 7 * (week - 1);
}

std::optional<absl::CivilDay> ParseDay(std::string_view key) {
  if (key.size() != 10 || key[4] != '-' || key[7] != '-') return std::nullopt;
  const auto year = Digits(key.substr(0, 4)), month = Digits(key.substr(5, 2)),
             day = Digits(key.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const absl::CivilDay date(*year, *month, *day);
  if (date.month() != *month || date.day() != *day) return std::nullopt;
  return date;
}

std::string FormatCivilDay(absl::CivilDay day, ReportLanguage language) {
  const std::string& month = Of(kMonths[static_cast<std::size_t>(day.month() - 1)], language);
  if (language == ReportLanguage::kEnglish) {
    return fmt::format("{}{}{} {}", day.day(), kHardSpace, month, day.year());
  }
  return fmt::format("{}{}{}{} {}", day.day(), day.day() == 1 ? "er" : "", kHardSpace, month,
                     day.year());
}

// One decimal, with the language's comma; the sign is the caller's.
std::string Decimal(double value, ReportLanguage language) {
  std::string text = fmt::format("{:.1f}", value);
  if (language == ReportLanguage::kFrench) std::replace(text.begin(), text.end(), '.', ',');
  return text;
}

std::string PeriodLabel(std::string_view grouping, const std::string& key,
                        ReportLanguage language) {
  const std::optional<std::int64_t> number = PeriodNumber(grouping, key);
  if (!number) return key;
  if (grouping == "month") {
    return Of(kMonths[static_cast<std::size_t>(*number % 12)], language) + " " + key.substr(0, 4);
  }
  if (grouping == "week") {
    return fmt::format("{} {} {}", InLanguage(language, "semaine", "week"), key.substr(6),
                       key.substr(0, 4));
  }
  return FormatCivilDay(absl::CivilDay(1970, 1, 1) + *number, language);
}

}  // namespace

std::string_view InLanguage(ReportLanguage language, std::string_view french,
                            std::string_view english) {
  return language == ReportLanguage::kFrench ? french : english;
}

std::string_view InLanguage(ReportLanguage language, const v1::Sentence& sentence) {
  return InLanguage(language, sentence.french(), sentence.english());
}

std::string FormatCount(std::int64_t count, ReportLanguage language) {
  const std::string digits = fmt::format("{}", count < 0 ? -count : count);
  std::string text = count < 0 ? kMinus : "";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) {
      text += language == ReportLanguage::kFrench ? kThinSpace : ",";
    }
    text += digits[i];
  }
  return text;
}

std::string FormatRate(std::optional<double> share, ReportLanguage language) {
  if (!share) return "absent";
  const double percent = 100 * *share;
  double shown = std::round(10 * percent) / 10;
  if (percent < 100) shown = std::min(shown, 99.9);
  if (percent > 0) shown = std::max(shown, 0.1);
  return Decimal(shown, language) + (language == ReportLanguage::kFrench ? kHardSpace : "") + "%";
}

std::string FormatPoints(std::optional<double> points, ReportLanguage language) {
  if (!points) return "absent";
  const double shown = std::round(10 * *points) / 10;
  const char* sign = shown > 0 ? "+" : shown < 0 ? kMinus : "";
  const bool one = language == ReportLanguage::kFrench ? std::fabs(shown) < 2 : shown == 1;
  return fmt::format("{}{}{}{}", sign, Decimal(std::fabs(shown), language), kHardSpace,
                     one ? "point" : "points");
}

std::string FormatDay(const v1::Date& date, ReportLanguage language) {
  return FormatCivilDay(absl::CivilDay(date.year(), date.month(), date.day()), language);
}

std::string FormatInstant(const google::protobuf::Timestamp& instant, const std::string& time_zone,
                          ReportLanguage language) {
  absl::TimeZone zone = absl::UTCTimeZone();
  const bool known = absl::LoadTimeZone(time_zone, &zone);
  const absl::CivilSecond second =
      absl::ToCivilSecond(absl::FromUnixSeconds(instant.seconds()), zone);
  return fmt::format("{}{}{:02}:{:02} ({})", FormatCivilDay(absl::CivilDay(second), language),
                     InLanguage(language, " à ", " at "), second.hour(), second.minute(),
                     known ? time_zone : "UTC");
}

std::string GroupLabel(std::string_view grouping, const std::string& key, ReportLanguage language) {
  static const std::map<std::string_view, Words> kLabels = {
      {"UNKNOWN", {"non renseigné", "not known"}},
      {"DIALYSIS", {"Dialyse", "Dialysis"}},
      {"inpatient", {"Hospitalisation complète", "Inpatient"}},
      {"day", {"Hospitalisation de jour", "Day care"}},
      {"outpatient", {"Consultation externe", "Outpatient"}},
      {"emergency", {"Urgences", "Emergency"}},
      {"session", {"Séance", "Session"}},
  };
  if (key.empty()) return Of({"non renseigné", "not known"}, language);
  if (grouping == "month" || grouping == "week" || grouping == "day") {
    return PeriodLabel(grouping, key, language);
  }
  if (grouping == "entry_channel" && key != "UNKNOWN") return key;  // the hospital's own code
  return Lookup(kLabels, key, language, key);
}

std::string AxisLabelOf(std::string_view grouping, const std::string& key, bool first,
                        ReportLanguage language) {
  const std::optional<std::int64_t> number = PeriodNumber(grouping, key);
  if (!number) return key;
  if (grouping == "month") {
    const std::string month = Of(kShortMonths[static_cast<std::size_t>(*number % 12)], language);
    return first || *number % 12 == 0 ? month + kHardSpace + key.substr(2, 2) : month;
  }
  if (grouping == "week") return std::string(InLanguage(language, "S", "W")) + key.substr(6);
  return key.substr(8) + "/" + key.substr(5, 2);
}

std::string GroupingLabel(std::string_view grouping, ReportLanguage language) {
  static const std::map<std::string_view, Words> kLabels = {
      {"month", {"mois", "month"}},
      {"week", {"semaine", "week"}},
      {"day", {"jour", "day"}},
      {"site", {"site (FINESS)", "site (FINESS)"}},
      {"legal_entity", {"entité juridique (FINESS)", "legal entity (FINESS)"}},
      {"activity", {"champ d’activité", "field of activity"}},
      {"kind", {"type de venue", "kind of visit"}},
      {"entry_channel", {"canal d’entrée", "entry channel"}},
  };
  return Lookup(kLabels, grouping, language, std::string(grouping));
}

std::string ExclusionLabel(const std::string& reason, ReportLanguage language) {
  static const std::map<std::string_view, Words> kLabels = {
      {"cancelled", {"venues annulées", "cancelled visits"}},
      {"unattached", {"sans identité rattachée", "without an identity"}},
      {"fictitious", {"identités fictives", "fictitious identities"}},
      {"doubtful", {"identités douteuses", "doubtful identities"}},
      {"newborn_before_declaration",
       {"nouveau-nés avant déclaration", "newborns before declaration"}},
  };
  return Lookup(kLabels, reason, language, absl::StrReplaceAll(reason, {{"_", " "}}));
}

std::string StatusLabel(v1::Identity::TrustStatus status, ReportLanguage language) {
  switch (status) {
    case v1::Identity::TRUST_STATUS_PROVISIONAL:
      return Of({"provisoire", "provisional"}, language);
    case v1::Identity::TRUST_STATUS_RECOVERED:
      return Of({"récupérée", "recovered"}, language);
    case v1::Identity::TRUST_STATUS_VALIDATED:
      return Of({"validée", "validated"}, language);
    case v1::Identity::TRUST_STATUS_QUALIFIED:
      return Of({"qualifiée", "qualified"}, language);
    default:
      return "";
  }
}

std::string JoinWords(const std::vector<std::string>& words, ReportLanguage language) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 < words.size() ? ", " : InLanguage(language, " ou ", " or ");
    text += words[i];
  }
  return text;
}

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        escaped += (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F ? '?' : c;
      }
    }
  }
  return escaped;
}

std::optional<std::int64_t> PeriodNumber(std::string_view grouping, std::string_view key) {
  if (grouping == "month" && key.size() == 7 && key[4] == '-') {
    const auto year = Digits(key.substr(0, 4)), month = Digits(key.substr(5));
    if (!year || !month || *month < 1 || *month > 12) return std::nullopt;
    return std::int64_t{12} * *year + *month - 1;
  }
  if (grouping == "week" && key.size() == 8 && key.substr(4, 2) == "-W") {
    const auto year = Digits(key.substr(0, 4)), week = Digits(key.substr(6));
    if (!year || !week || *week < 1 || *week > 53) return std::nullopt;
    return (MondayOf(*year, *week) - kFirstMonday) / 7;
  }
  if (grouping == "day") {
    if (const auto day = ParseDay(key)) return *day - absl::CivilDay(1970, 1, 1);
  }
  return std::nullopt;
}

std::string PeriodKey(std::string_view grouping, std::int64_t number) {
  if (grouping == "month") return fmt::format("{:04}-{:02}", number / 12, number % 12 + 1);
  if (grouping == "day") {
    const absl::CivilDay day = absl::CivilDay(1970, 1, 1) + number;
    return fmt::format("{:04}-{:02}-{:02}", day.year(), day.month(), day.day());
  }
  const absl::CivilDay thursday = kFirstMonday + 7 * number + 3;  // its year is the week's
  return fmt::format("{:04}-W{:02}", thursday.year(), (absl::GetYearDay(thursday) - 1) / 7 + 1);
}

std::string PeriodKeyOf(std::string_view grouping, const v1::Date& date) {
  const absl::CivilDay day(date.year(), date.month(), date.day());
  if (grouping == "month") return fmt::format("{:04}-{:02}", day.year(), day.month());
  if (grouping == "day") return PeriodKey(grouping, day - absl::CivilDay(1970, 1, 1));
  const std::int64_t days = day - kFirstMonday;
  return PeriodKey(grouping, days >= 0 ? days / 7 : -((6 - days) / 7));
}

}  // namespace vigie::tools

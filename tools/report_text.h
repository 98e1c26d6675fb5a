// Figures and days as a report's reader writes them, in French or in English.
//
// French: "12 345", "71,4 %", "+3,2 points", "1er mars 2026"; the spaces inside numbers do not
// break. A rate of nothing is a word, never 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/timestamp.pb.h"
#include "vigie/v1/types.pb.h"

namespace vigie::tools {

enum class ReportLanguage : std::uint8_t { kFrench, kEnglish };

// `french` or `english`, as the language wants.
std::string_view InLanguage(ReportLanguage language, std::string_view french,
                            std::string_view english);
std::string_view InLanguage(ReportLanguage language, const v1::Sentence& sentence);

std::string FormatCount(std::int64_t count, ReportLanguage language);
// A share of 0..1 with one decimal; "absent" without one. Less than the whole is never shown as the
// whole, more than nothing never as nothing.
std::string FormatRate(std::optional<double> share, ReportLanguage language);
// A difference of two rates, with its sign: "+3,2 points"; "absent" when a rate is.
std::string FormatPoints(std::optional<double> points, ReportLanguage language);
std::string FormatDay(const v1::Date& date, ReportLanguage language);
// In the time zone named, with its name; in UTC when the zone is not known here.
std::string FormatInstant(const google::protobuf::Timestamp& instant, const std::string& time_zone,
                          ReportLanguage language);

// A group's key as a person reads it: a month "2026-03" is "mars 2026", an activity "DIALYSIS" is
// "Dialyse", "UNKNOWN" is "non renseigné"; what has no better words is itself.
std::string GroupLabel(std::string_view grouping, const std::string& key, ReportLanguage language);
// Of a period, for the axis of a chart: "mars", with the year where it begins (`first` or January):
// "janv. 26".
std::string AxisLabelOf(std::string_view grouping, const std::string& key, bool first,
                        ReportLanguage language);
// "mois", "site", ...: the head of a column of this grouping.
std::string GroupingLabel(std::string_view grouping, ReportLanguage language);
// "annulées", "nouveau-né avant déclaration": an own reason is its code with spaces.
std::string ExclusionLabel(const std::string& reason, ReportLanguage language);
std::string StatusLabel(v1::Identity::TrustStatus status, ReportLanguage language);
// "a, b ou c".
std::string JoinWords(const std::vector<std::string>& words, ReportLanguage language);

// Text for HTML, in content and in quoted attributes. Control characters become '?'.
std::string EscapeHtml(std::string_view text);

// Months, weeks and days follow one another: a number that grows by one from each to the next.
// nullopt for another grouping and for a key that is none of its kind.
std::optional<std::int64_t> PeriodNumber(std::string_view grouping, std::string_view key);
std::string PeriodKey(std::string_view grouping, std::int64_t number);
// Key of the period that contains the day.
std::string PeriodKeyOf(std::string_view grouping, const v1::Date& day);

}  // namespace vigie::tools

#include "daemon/registry/figure_diff.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "daemon/registry/bytes.h"

namespace vigie::daemon {
namespace {

using storage::FigureRow;

void PutDay(const matching::Date& date, ByteWriter& out) {
  out.Signed(date.year);
  out.Number(date.month);
  out.Number(date.day);
}

void PutRow(const FigureRow& row, ByteWriter& out) {
  out.Number(row.group.size());
  for (const auto& [key, value] : row.group) {
    out.Text(key);
    out.Text(value);
  }
  out.Signed(row.numerator);
  out.Signed(row.denominator);
  out.Number(row.exclusions.size());
  for (const auto& [reason, count] : row.exclusions) {
    out.Text(reason);
    out.Signed(count);
  }
  for (const std::int64_t count : row.statuses) out.Signed(count);
  for (const std::int64_t count :
       {row.unattached_count, row.homonym_count, row.doubtful_count, row.fictitious_count}) {
    out.Signed(count);
  }
}

struct Figure {
  std::string french, english;
  std::int64_t before = 0, after = 0;
};

// Every figure of a row, in the order in which people read them.
std::vector<Figure> FiguresOf(const FigureRow& before, const FigureRow& after) {
  std::vector<Figure> figures = {
      {"dénominateur", "denominator", before.denominator, after.denominator},
      {"numérateur", "numerator", before.numerator, after.numerator},
      {"provisoires", "provisional", before.statuses[0], after.statuses[0]},
      {"récupérées", "recovered", before.statuses[1], after.statuses[1]},
      {"validées", "validated", before.statuses[2], after.statuses[2]},
      {"qualifiées", "qualified", before.statuses[3], after.statuses[3]},
      {"non rattachés", "unattached", before.unattached_count, after.unattached_count},
      {"homonymes", "homonyms", before.homonym_count, after.homonym_count},
      {"douteuses", "doubtful", before.doubtful_count, after.doubtful_count},
      {"fictives", "fictitious", before.fictitious_count, after.fictitious_count},
  };
  std::map<std::string, Figure> exclusions;
  for (const auto& [reason, count] : before.exclusions) exclusions[reason].before = count;
  for (const auto& [reason, count] : after.exclusions) exclusions[reason].after = count;
  for (auto& [reason, figure] : exclusions) {
    figure.french = "exclus « " + reason + " »";
    figure.english = "excluded \"" + reason + "\"";
    figures.push_back(figure);
  }
  return figures;
}

std::string Signed(std::int64_t delta) {
  return delta < 0 ? "−" + std::to_string(-delta) : "+" + std::to_string(delta);
}

void AppendPart(const std::string& part, std::string_view separator, std::string* text) {
  if (!text->empty()) text->append(separator);
  text->append(part);
}

// Tenths of a per cent, rounded; absent when there is nothing to divide by.
std::string RateText(const FigureRow& row, char decimal_mark, std::string_view per_cent) {
  if (row.denominator == 0) return "-";
  const auto tenths = static_cast<std::int64_t>(std::llround(
      1000.0 * static_cast<double>(row.numerator) / static_cast<double>(row.denominator)));
  return std::to_string(tenths / 10) + decimal_mark + std::to_string(tenths % 10) +
         std::string(per_cent);
}

struct Cause {
  std::string_view name, french, english;
};
constexpr std::array kCauses = {
    Cause{"definition_changed", "la définition a changé", "the definition changed"},
    Cause{"time_zone_changed", "le fuseau horaire a changé", "the time zone changed"},
    Cause{"window_changed", "la période a changé", "the window changed"},
    Cause{"record_visit", "passages enregistrés ou corrigés après coup",
          "visits recorded or corrected afterwards"},
    Cause{"corrected_visit_outside", "passages corrigés, désormais hors de la période",
          "visits corrected that are now outside of the window"},
    Cause{"cancel_visit", "passages annulés", "visits cancelled"},
    Cause{"register", "identités enregistrées, avec leurs passages en attente",
          "identities registered, with the visits that waited for them"},
    Cause{"update", "identités modifiées", "identities changed"},
    Cause{"record_insi_answer", "réponses INSi enregistrées", "INSi answers recorded"},
    Cause{"withdraw_ins", "INS retirées", "INS withdrawn"},
    Cause{"record_evidence", "pièces d'identité enregistrées", "documents recorded"},
    Cause{"set_attributes", "attributs modifiés", "attributes changed"},
    Cause{"commits_not_examined", "écritures trop nombreuses pour être examinées",
          "commits too many to be looked at"},
};

}  // namespace

std::string ContentHash(const storage::FigureSnapshot& snapshot) {
  ByteWriter out;
  out.Text("vigie figures 1");
  PutDay(snapshot.day, out);
  out.Text(snapshot.definition_name);
  out.Signed(snapshot.definition_version);
  out.Text(snapshot.definition_hash);
  out.Text(snapshot.time_zone);
  PutDay(snapshot.window_from, out);
  PutDay(snapshot.window_to, out);
  out.Signed(snapshot.cut_off.time_since_epoch().count());
  out.Number(snapshot.rows.size());
  for (const FigureRow& row : snapshot.rows) PutRow(row, out);
  PutRow(snapshot.total, out);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  const std::string& bytes = out.bytes();
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return {digest.begin(), digest.end()};
}

std::vector<FigureDifference> DifferencesOf(const std::vector<FigureRow>& before,
                                            const std::vector<FigureRow>& after) {
  std::map<std::map<std::string, std::string>, std::pair<const FigureRow*, const FigureRow*>> both;
  for (const FigureRow& row : before) both[row.group].first = &row;
  for (const FigureRow& row : after) both[row.group].second = &row;
  std::vector<FigureDifference> differences;
  for (const auto& [group, rows] : both) {
    const auto [was, is] = rows;
    if (was != nullptr && is != nullptr && *was == *is) continue;
    FigureDifference& difference = differences.emplace_back();
    difference.group = group;
    if (was != nullptr) difference.before = *was;
    if (is != nullptr) difference.after = *is;
    difference.explanation = SentenceOf(was, is);
  }
  return differences;
}

matching::Sentence SentenceOf(const FigureRow* before, const FigureRow* after) {
  const FigureRow nothing;
  const FigureRow& was = before != nullptr ? *before : nothing;
  const FigureRow& is = after != nullptr ? *after : nothing;
  matching::Sentence sentence;
  for (const Figure& figure : FiguresOf(was, is)) {
    if (figure.before == figure.after) continue;
    const std::string change = " " + std::to_string(figure.before) + " → " +
                               std::to_string(figure.after) + " (" +
                               Signed(figure.after - figure.before) + ")";
    AppendPart(figure.french + change, " ; ", &sentence.french);
    AppendPart(figure.english + change, "; ", &sentence.english);
  }
  if (sentence.english.empty()) return {"aucune différence", "no difference"};
  const std::string before_french = RateText(was, ',', " %");
  const std::string after_french = RateText(is, ',', " %");
  if (before_french != after_french) {
    AppendPart("taux " + before_french + " → " + after_french, " ; ", &sentence.french);
    AppendPart("rate " + RateText(was, '.', "%") + " → " + RateText(is, '.', "%"), "; ",
               &sentence.english);
  }
  return sentence;
}

matching::Sentence CauseSentence(std::string_view cause, std::int64_t count) {
  const auto* const known = std::find_if(kCauses.begin(), kCauses.end(),
                                         [&](const Cause& one) { return one.name == cause; });
  if (known == kCauses.end()) {
    return {std::string(cause) + " : " + std::to_string(count),
            std::string(cause) + ": " + std::to_string(count)};
  }
  if (cause.ends_with("_changed")) {
    return {std::string(known->french), std::string(known->english)};
  }
  return {std::string(known->french) + " : " + std::to_string(count),
          std::string(known->english) + ": " + std::to_string(count)};
}

}  // namespace vigie::daemon

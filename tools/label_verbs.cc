// vigie review label | labels | quality: pairs judged blind, what they and the decisions teach, and
// how often the machine was right.
#include "tools/label_verbs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "fmt/format.h"
#include "tools/csv.h"
#include "tools/write_file.h"
#include "vigie/v1/label.grpc.pb.h"

namespace vigie::tools {
namespace {

// The client with the one service that these verbs alone call.
class LabelClient : public Client {
 public:
  explicit LabelClient(const std::string& server)
      : Client(server), labels_(v1::LabelService::NewStub(channel())) {}
  v1::LabelService::Stub& labels() { return *labels_; }

 private:
  std::unique_ptr<v1::LabelService::Stub> labels_;
};

constexpr int kPageSize = 200;
// A pass over cases, decisions and labels.
constexpr std::chrono::seconds kQualityDeadline{120};

// ---- label -------------------------------------------------------------------------------------

struct LabelOptions {
  std::string actor, pair, note, request_id;
  bool same = false, different = false, unsure = false, show = false;
};

std::string SexText(v1::Traits::Sex sex) {
  switch (sex) {
    case v1::Traits::SEX_MALE:
      return "M";
    case v1::Traits::SEX_FEMALE:
      return "F";
    case v1::Traits::SEX_INDETERMINATE:
      return "I";
    default:
      return "";
  }
}

// One row a trait that either of the two has.
Table PairTable(const v1::NextLabelResponse& next) {
  const v1::NextLabelResponse::Side& left = next.left();
  const v1::NextLabelResponse::Side& right = next.right();
  Table table{{"trait", "left", "right"}, {}};
  const auto add = [&](const char* name, const std::string& a, const std::string& b) {
    if (!a.empty() || !b.empty()) table.rows.push_back({name, a, b});
  };
  const auto date = [](const v1::Traits& traits) {
    return traits.has_birth_date() ? FormatDate(traits.birth_date()) : std::string();
  };
  add("identity", left.identity_id(), right.identity_id());
  add("domain", left.domain(), right.domain());
  add("local_id", left.local_id(), right.local_id());
  const v1::Traits& a = left.traits();
  const v1::Traits& b = right.traits();
  add("birth_family_name", a.birth_family_name(), b.birth_family_name());
  add("first_birth_given_name", a.first_birth_given_name(), b.first_birth_given_name());
  add("birth_given_names", a.birth_given_names(), b.birth_given_names());
  add("sex", SexText(a.sex()), SexText(b.sex()));
  add("birth_date", date(a), date(b));
  add("birth_place_code", a.birth_place_code(), b.birth_place_code());
  add("used_family_name", a.used_family_name(), b.used_family_name());
  add("used_given_name", a.used_given_name(), b.used_given_name());
  add("address_line", a.address_line(), b.address_line());
  add("postal_code", a.postal_code(), b.postal_code());
  add("city", a.city(), b.city());
  add("phone", a.phone(), b.phone());
  add("email", a.email(), b.email());
  return table;
}

grpc::Status AskNext(LabelClient& client, const std::string& actor, v1::NextLabelResponse* next) {
  v1::NextLabelRequest request;
  request.set_labeller(actor);
  return client.labels().NextLabel(Client::NewContext().get(), request, next);
}

grpc::Status Record(LabelClient& client, const LabelOptions& options, const std::string& left,
                    const std::string& right, v1::Label::Verdict verdict,
                    v1::RecordLabelResponse* response) {
  v1::RecordLabelRequest request;
  request.set_request_id(options.request_id.empty() ? NewRequestId() : options.request_id);
  request.set_actor(options.actor);
  request.add_identity_ids(left);
  request.add_identity_ids(right);
  request.set_verdict(verdict);
  request.set_note(options.note);
  return client.labels().RecordLabel(Client::NewContext().get(), request, response);
}

v1::Label::Verdict ChosenVerdict(const LabelOptions& options) {
  if (options.same) return v1::Label::VERDICT_SAME;
  if (options.different) return v1::Label::VERDICT_DIFFERENT;
  return options.unsure ? v1::Label::VERDICT_CANNOT_SAY : v1::Label::VERDICT_UNSPECIFIED;
}

// One pair, one answer: for scripts.
int LabelOne(const Globals& globals, const LabelOptions& options) {
  const std::size_t comma = options.pair.find(',');
  if (comma == std::string::npos) {
    throw CLI::ValidationError("--pair", "two numbers with a comma, e.g. 12,15");
  }
  const v1::Label::Verdict verdict = ChosenVerdict(options);
  if (verdict == v1::Label::VERDICT_UNSPECIFIED) {
    throw CLI::ValidationError("--pair", "needs --same, --different or --unsure");
  }
  LabelClient client(globals.server);
  v1::RecordLabelResponse response;
  const grpc::Status status = Record(client, options, options.pair.substr(0, comma),
                                     options.pair.substr(comma + 1), verdict, &response);
  if (!status.ok()) return client.ReportError("review label", status);
  const Json json = ToJson(response);
  return PrintOrFail(globals.output,
                     {{"pair", "verdict", "actor"},
                      {{options.pair, json["label"]["verdict"], response.label().actor()}}},
                     json);
}

int ShowNext(const Globals& globals, const LabelOptions& options) {
  LabelClient client(globals.server);
  v1::NextLabelResponse next;
  const grpc::Status status = AskNext(client, options.actor, &next);
  if (!status.ok()) return client.ReportError("review label", status);
  return PrintOrFail(globals.output, next.has_left() ? PairTable(next) : Table{}, ToJson(next));
}

// Asks at the terminal until nothing waits, or the person stops.
int LabelAtTerminal(const Globals& globals, const LabelOptions& options) {
  LabelClient client(globals.server);
  int labelled = 0;
  while (true) {
    v1::NextLabelResponse next;
    grpc::Status status = AskNext(client, options.actor, &next);
    if (!status.ok()) return client.ReportError("review label", status);
    if (!next.has_left()) break;
    PrintText(fmt::format("\n{}\nOne person? s same, d different, u cannot say, q stop ({} wait): ",
                          FormatTable(PairTable(next)), next.waiting_count()));
    std::cout.flush();
    std::string answer;
    v1::Label::Verdict verdict = v1::Label::VERDICT_UNSPECIFIED;
    while (verdict == v1::Label::VERDICT_UNSPECIFIED) {
      if (!std::getline(std::cin, answer) || answer == "q") {
        return PrintText(fmt::format("\n{} labelled\n", labelled)) ? kExitOk : kExitIo;
      }
      if (answer == "s") verdict = v1::Label::VERDICT_SAME;
      if (answer == "d") verdict = v1::Label::VERDICT_DIFFERENT;
      if (answer == "u") verdict = v1::Label::VERDICT_CANNOT_SAY;
      if (verdict == v1::Label::VERDICT_UNSPECIFIED) PrintText("s, d, u or q: ");
    }
    v1::RecordLabelResponse response;
    status = Record(client, options, next.left().identity_id(), next.right().identity_id(), verdict,
                    &response);
    if (!status.ok()) return client.ReportError("review label", status);
    ++labelled;
  }
  return PrintText(fmt::format("{} labelled; nothing waits for you\n", labelled)) ? kExitOk
                                                                                  : kExitIo;
}

void AddLabel(CLI::App& review, Globals& globals) {
  CLI::App* verb = review.add_subcommand(
      "label", "Judges pairs blind, to measure the machine; changes nothing else");
  auto options = std::make_shared<LabelOptions>();
  verb->add_option("--actor", options->actor, "Who labels; the user's name when not given")
      ->envname("USER");
  verb->add_flag("--show", options->show, "Show the next pair and answer nothing");
  CLI::Option* pair = verb->add_option("--pair", options->pair,
                                       "Two identities, e.g. 12,15: answers without asking");
  CLI::Option* same = verb->add_flag("--same", options->same, "One person")->needs(pair);
  CLI::Option* different =
      verb->add_flag("--different", options->different, "Two persons")->needs(pair);
  verb->add_flag("--unsure", options->unsure, "It cannot be told")
      ->needs(pair)
      ->excludes(same)
      ->excludes(different);
  same->excludes(different);
  verb->add_option("--note", options->note, "Anything worth keeping")->needs(pair);
  verb->add_option("--request-id", options->request_id,
                   "Idempotency key; the same key again changes nothing. Made up when not given")
      ->needs(pair);
  verb->footer(
      Examples("  vigie review label                       # asks pair by pair\n"
               "  vigie --output json review label --show  # for a script\n"
               "  vigie review label --pair 12,15 --different --note 'twins'\n"
               "Pairs are drawn by [review] blind_share and sample_below_share of vigied."));
  verb->callback([&globals, options] {
    globals.exit_code = !options->pair.empty() ? LabelOne(globals, *options)
                        : options->show        ? ShowNext(globals, *options)
                                               : LabelAtTerminal(globals, *options);
  });
}

// ---- labels ------------------------------------------------------------------------------------

struct LabelsOptions {
  bool differing = false;
  std::int64_t limit = 50;
  std::string out, records;
};

// All pages; `take` returns false to stop.
template <class Take>
grpc::Status ForEachLabelled(LabelClient& client, bool differing, const Take& take) {
  v1::ListLabelledPairsRequest request;
  request.set_differing_only(differing);
  request.set_page_size(kPageSize);
  do {
    v1::ListLabelledPairsResponse response;
    grpc::Status status =
        client.labels().ListLabelledPairs(Client::NewContext().get(), request, &response);
    if (!status.ok()) return status;
    for (const v1::LabelledPair& pair : response.pairs()) {
      if (!take(pair)) return grpc::Status::OK;
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return grpc::Status::OK;
}

int ListLabels(const Globals& globals, const LabelsOptions& options) {
  LabelClient client(globals.server);
  Table table{{"left_id", "right_id", "first", "second", "origin", "stratum", "detector",
               "weight_bits", "probability", "inclusion_probability"},
              {}};
  Json list = Json::array();
  const grpc::Status status =
      ForEachLabelled(client, options.differing, [&](const v1::LabelledPair& pair) {
        const Json json = ToJson(pair);
        std::vector<std::string> said(2);
        for (int i = 0; i < 2 && i < pair.labels_size(); ++i) {
          said[static_cast<std::size_t>(i)] = fmt::format(
              "{}: {}", pair.labels(i).actor(),
              json["labels"][static_cast<std::size_t>(i)]["verdict"].get<std::string>());
        }
        table.rows.push_back({pair.identity_ids(0), pair.identity_ids(1), said[0], said[1],
                              json["origin"], std::to_string(pair.stratum()), pair.detector(),
                              fmt::format("{:.3f}", pair.weight_bits()),
                              fmt::format("{:.6f}", pair.probability()),
                              fmt::format("{:.6f}", pair.inclusion_probability())});
        list.push_back(json);
        return options.limit == 0 || static_cast<std::int64_t>(list.size()) < options.limit;
      });
  if (!status.ok()) return client.ReportError("review labels", status);
  return PrintOrFail(globals.output, table, list);
}

// What a pair was found to be, and who said so.
struct Taught {
  bool same = false;
  const char* source = "";
};
using TaughtPairs = std::map<std::pair<std::string, std::string>, Taught>;

// Decisions in force, then the pairs that two people labelled alike; a decision outranks labels.
grpc::Status ReadTaught(LabelClient& client, TaughtPairs* taught) {
  const std::pair<v1::Decision::Verdict, bool> verdicts[] = {
      {v1::Decision::VERDICT_DUPLICATE, true},
      {v1::Decision::VERDICT_SAME_PERSON, true},
      {v1::Decision::VERDICT_DIFFERENT_PERSONS, false}};
  for (const auto& [verdict, same] : verdicts) {
    v1::ListDecisionsRequest request;
    request.set_verdict(verdict);
    request.set_in_force_only(true);
    request.set_page_size(kPageSize);
    do {
      v1::ListDecisionsResponse response;
      grpc::Status status =
          client.review().ListDecisions(Client::NewContext().get(), request, &response);
      if (!status.ok()) return status;
      for (const v1::Decision& decision : response.decisions()) {
        if (decision.identity_ids_size() != 2) continue;
        taught->try_emplace({decision.identity_ids(0), decision.identity_ids(1)},
                            Taught{same, "decision"});
      }
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
  }
  return ForEachLabelled(client, false, [&](const v1::LabelledPair& pair) {
    const v1::Label::Verdict verdict = pair.labels(0).verdict();
    if (pair.labels(1).verdict() == verdict && verdict != v1::Label::VERDICT_CANNOT_SAY) {
      taught->try_emplace({pair.identity_ids(0), pair.identity_ids(1)},
                          Taught{verdict == v1::Label::VERDICT_SAME, "label"});
    }
    return true;
  });
}

// What `vigie train` calls each identity of the records file: its local id, or "domain:local_id"
// where local ids repeat.
absl::StatusOr<std::map<std::string, std::string>> ReadNames(const std::string& records) {
  absl::StatusOr<std::unique_ptr<CsvReader>> opened = CsvReader::OpenFile(records);
  if (!opened.ok()) return opened.status();
  CsvReader& reader = **opened;
  const auto id = static_cast<std::size_t>(reader.ColumnIndex("identity_id"));
  const auto domain = static_cast<std::size_t>(reader.ColumnIndex("domain"));
  const auto local_id = static_cast<std::size_t>(reader.ColumnIndex("local_id"));
  std::map<std::string, std::string> plain;
  std::map<std::string, std::string> with_domain;
  std::set<std::string> seen;
  bool repeats = false;
  for (CsvRow row;;) {
    const absl::StatusOr<bool> found = reader.Next(&row);
    if (!found.ok()) return found.status();
    if (!*found) return repeats ? with_domain : plain;
    repeats |= !seen.insert(row.fields[local_id]).second;
    plain[row.fields[id]] = row.fields[local_id];
    with_domain[row.fields[id]] = row.fields[domain] + ":" + row.fields[local_id];
  }
}

struct WrittenLabels {
  std::int64_t from_decisions = 0, from_labels = 0, left_out = 0;
};

// Patients' numbers: for the owner only. A pair of an identity registered since the records were
// written is left out.
absl::Status WriteTaught(const std::string& path, const TaughtPairs& taught,
                         const std::map<std::string, std::string>& names, WrittenLabels* written) {
  return ReplaceFile(path, [&](const std::string& temporary) -> absl::Status {
    if (chmod(temporary.c_str(), S_IRUSR | S_IWUSR) != 0) {
      return absl::PermissionDeniedError("cannot write " + path);
    }
    std::ofstream file(temporary, std::ios::binary);
    file << FormatCsvRow({"left_id", "right_id", "same", "source"});
    for (const auto& [pair, found] : taught) {
      const auto left = names.find(pair.first);
      const auto right = names.find(pair.second);
      if (left == names.end() || right == names.end()) {
        ++written->left_out;
        continue;
      }
      const bool decided = std::string_view(found.source) == "decision";
      ++(decided ? written->from_decisions : written->from_labels);
      file << FormatCsvRow({left->second, right->second, found.same ? "1" : "0", found.source});
    }
    file.flush();
    return file ? absl::OkStatus() : absl::ResourceExhaustedError(path + ": disk full?");
  });
}

int WriteLabels(const Globals& globals, const LabelsOptions& options) {
  LabelClient client(globals.server);
  TaughtPairs taught;
  const grpc::Status status = ReadTaught(client, &taught);
  if (!status.ok()) return client.ReportError("review labels", status);
  if (const int failed = ExportIdentities(client, options.records); failed != kExitOk) {
    return failed;
  }
  const auto names = ReadNames(options.records);
  if (!names.ok()) return ReportError(names.status());
  WrittenLabels written;
  const absl::Status wrote = WriteTaught(options.out, taught, *names, &written);
  if (!wrote.ok()) return ReportError(wrote);
  const Json json = {{"labels_file", options.out},
                     {"records_file", options.records},
                     {"from_decisions", written.from_decisions},
                     {"from_labels", written.from_labels},
                     {"left_out", written.left_out}};
  return PrintOrFail(globals.output,
                     {{"labels_file", "records_file", "from_decisions", "from_labels", "left_out"},
                      {{options.out, options.records, std::to_string(written.from_decisions),
                        std::to_string(written.from_labels), std::to_string(written.left_out)}}},
                     json);
}

void AddLabels(CLI::App& review, Globals& globals) {
  CLI::App* verb = review.add_subcommand(
      "labels", "Lists the pairs two people labelled, or writes what `vigie train` learns from");
  auto options = std::make_shared<LabelsOptions>();
  verb->add_flag("--differing", options->differing, "Only where the two said different things");
  verb->add_option("--limit", options->limit, "How many at most; 0 for all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  CLI::Option* out = verb->add_option(
      "--out", options->out,
      "Write left_id,right_id,same,source: decisions in force and labels that agree");
  CLI::Option* records =
      verb->add_option("--records", options->records, "Write the identities they are about");
  out->needs(records);
  records->needs(out);
  verb->footer(
      Examples("  vigie review labels --differing\n"
               "  vigie review labels --out labels.csv --records records.csv\n"
               "  vigie train records.csv --labels labels.csv --label-weight 20 --out ours.toml"));
  verb->callback([&globals, options] {
    globals.exit_code =
        options->out.empty() ? ListLabels(globals, *options) : WriteLabels(globals, *options);
  });
}

// ---- quality -----------------------------------------------------------------------------------

std::string Percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

// Nothing where there is nothing.
std::string EstimateText(bool there, const v1::Estimate& estimate) {
  if (!there) return "";
  return fmt::format("{} ({} - {})", Percent(estimate.value()), Percent(estimate.low()),
                     Percent(estimate.high()));
}

Table DetectorTable(const v1::GetReviewQualityResponse& quality) {
  Table table{{"detector", "opened", "decided", "confirmed", "refuted", "precision_by_decisions",
               "agreed_queue", "agreed_below", "precision_by_labels", "sensitivity"},
              {}};
  for (const v1::DetectorQuality& detector : quality.detectors()) {
    table.rows.push_back(
        {detector.detector(), std::to_string(detector.opened_count()),
         std::to_string(detector.decided_count()), std::to_string(detector.confirmed_count()),
         std::to_string(detector.refuted_count()),
         EstimateText(detector.has_decided_precision(), detector.decided_precision()),
         fmt::format("{}/{}", detector.agreed_queue_count(), detector.drawn_queue_count()),
         fmt::format("{}/{}", detector.agreed_below_count(), detector.drawn_below_count()),
         EstimateText(detector.has_labelled_precision(), detector.labelled_precision()),
         EstimateText(detector.has_sensitivity(), detector.sensitivity())});
  }
  return table;
}

Table CalibrationTable(const v1::Calibration& calibration) {
  Table table{{"probability", "pairs", "mean_probability", "same_person"}, {}};
  for (const v1::ReliabilityBin& bin : calibration.bins()) {
    if (bin.pair_count() == 0) continue;
    table.rows.push_back(
        {fmt::format("{:.1f} - {:.1f}", bin.probability_from(), bin.probability_to()),
         std::to_string(bin.pair_count()), Percent(bin.mean_probability()),
         EstimateText(bin.has_same_share(), bin.same_share())});
  }
  return table;
}

std::string QualityText(const v1::GetReviewQualityResponse& quality) {
  std::string text = "\n";
  const v1::LabelAgreement& agreement = quality.agreement();
  if (agreement.pair_count() == 0) {
    text += "No pair was labelled by two people.\n";
  } else {
    text += fmt::format("Two people said the same of {} of {} pairs: {}", agreement.agreed_count(),
                        agreement.pair_count(),
                        EstimateText(agreement.has_agreed_share(), agreement.agreed_share()));
    if (agreement.has_kappa()) {
      text += fmt::format("; kappa {:.2f} ({:.2f} - {:.2f})", agreement.kappa().value(),
                          agreement.kappa().low(), agreement.kappa().high());
    }
    text += "\n";
  }
  const std::pair<const char*, const v1::Calibration*> tables[] = {
      {"decisions", &quality.decided_calibration()}, {"labels", &quality.labelled_calibration()}};
  for (const auto& [name, calibration] : tables) {
    const Table table = CalibrationTable(*calibration);
    if (table.rows.empty()) continue;
    text += fmt::format("\nPredicted probability against {}:\n{}", name, FormatTable(table));
  }
  return text + "\nIntervals are at 95 %; empty: cannot be said.\n";
}

int Quality(const Globals& globals, const std::string& from, const std::string& to) {
  LabelClient client(globals.server);
  v1::GetReviewQualityRequest request;
  if (!from.empty()) *request.mutable_start_date() = ParseDateOption("--from", from);
  if (!to.empty()) *request.mutable_end_date() = ParseDateOption("--to", to);
  v1::GetReviewQualityResponse response;
  const grpc::Status status = client.labels().GetReviewQuality(
      Client::NewContext(kQualityDeadline).get(), request, &response);
  if (!status.ok()) return client.ReportError("review quality", status);
  const int exit_code = PrintOrFail(globals.output, DetectorTable(response), ToJson(response));
  if (exit_code != kExitOk || globals.output != OutputFormat::kTable) return exit_code;
  return PrintText(QualityText(response)) ? kExitOk : kExitIo;
}

void AddQuality(CLI::App& review, Globals& globals) {
  CLI::App* verb = review.add_subcommand(
      "quality", "How often the machine was right, by decisions and by blind labels");
  auto from = std::make_shared<std::string>();
  auto to = std::make_shared<std::string>();
  verb->add_option("--from", *from, "First day counted; from the beginning when not given");
  verb->add_option("--to", *to, "Last day counted; to the end when not given");
  verb->footer(
      Examples("  vigie review quality\n"
               "  vigie --output json review quality --from 2026-01-01 --to 2026-03-31"));
  verb->callback([&globals, from, to] { globals.exit_code = Quality(globals, *from, *to); });
}

}  // namespace

void AddLabelVerbs(CLI::App& review, Globals& globals) {
  AddLabel(review, globals);
  AddLabels(review, globals);
  AddQuality(review, globals);
}

}  // namespace vigie::tools

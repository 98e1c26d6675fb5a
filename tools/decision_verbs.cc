// vigie review claim | release | hold | decide | undo | confirm | reject | decisions: what a cell
// does with its queue, without a browser.
#include <cstdlib>
#include <map>
#include <memory>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "google/protobuf/util/time_util.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

constexpr int kPageSize = 200;

// Who acts, and how to ask again.
struct ActorOptions {
  std::string id, etag, actor, reason, request_id;
};

void AddActorOptions(CLI::App* verb, ActorOptions* options, const char* what) {
  verb->add_option(what, options->id, "Its number")->required();
  verb->add_option("--actor", options->actor, "Who acts; the user's name when not given")
      ->envname("USER");
  verb->add_option("--reason", options->reason, "Why");
  verb->add_option("--etag", options->etag, "Etag read before: refused when it has moved since");
  verb->add_option("--request-id", options->request_id,
                   "Idempotency key; the same key again changes nothing. Made up when not given");
}

template <class Request>
Request NewRequest(const ActorOptions& options) {
  Request request;
  request.set_request_id(options.request_id.empty() ? NewRequestId() : options.request_id);
  request.set_actor(options.actor);
  request.set_reason(options.reason);
  request.set_etag(options.etag);
  return request;
}

const std::map<std::string, v1::Decision::Verdict>& Verdicts() {
  static const std::map<std::string, v1::Decision::Verdict> verdicts = {
      {"duplicate", v1::Decision::VERDICT_DUPLICATE},
      {"same_person", v1::Decision::VERDICT_SAME_PERSON},
      {"different_persons", v1::Decision::VERDICT_DIFFERENT_PERSONS},
      {"collision_confirmed", v1::Decision::VERDICT_COLLISION_CONFIRMED},
      {"data_corrected", v1::Decision::VERDICT_DATA_CORRECTED},
      {"nothing_wrong", v1::Decision::VERDICT_NOTHING_WRONG},
      {"undecided", v1::Decision::VERDICT_UNDECIDED}};
  return verdicts;
}

v1::Decision::Verdict ParseVerdict(const std::string& text) {
  const auto found = Verdicts().find(text);
  if (found != Verdicts().end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, value] : Verdicts()) names.push_back(name);
  throw CLI::ValidationError("VERDICT", fmt::format("is one of {}", fmt::join(names, ", ")));
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  return google::protobuf::util::TimeUtil::ToString(time);
}

int PrintCase(const Globals& globals, const v1::Case& item) {
  const Json json = ToJson(item);
  return PrintOrFail(
      globals.output,
      {{"case_id", "kind", "state", "assignee", "claim_expires_at", "hold_until", "decision_id"},
       {{item.id(), json["kind"], json["state"], item.assignee(),
         item.has_claim_expire_time() ? TimeText(item.claim_expire_time()) : "",
         item.has_hold_until() ? FormatDate(item.hold_until()) : "", item.decision_id()}}},
      json);
}

std::vector<std::string> DecisionRow(const v1::Decision& decision) {
  const Json json = ToJson(decision);
  return {decision.id(),
          decision.case_id(),
          json["verdict"],
          json["state"],
          fmt::format("{}", fmt::join(decision.identity_ids(), "|")),
          decision.surviving_identity_id(),
          decision.actor(),
          TimeText(decision.decide_time()),
          decision.confirmed_by(),
          decision.ended_by(),
          decision.reason()};
}

const std::vector<std::string> kDecisionColumns = {
    "decision_id", "case_id",    "verdict",      "state",    "identity_ids", "surviving_id",
    "actor",       "decided_at", "confirmed_by", "ended_by", "reason"};

std::string MergeText(const v1::MergePreview& merge, bool done) {
  std::string text =
      fmt::format("identity {} {} merged into {}; {} visits {} over\n", merge.merged_identity_id(),
                  done ? "was" : "would be", merge.surviving_identity_id(),
                  merge.moved_visit_count(), done ? "went" : "would go");
  for (const v1::MergePreview::Trait& trait : merge.traits()) {
    text += fmt::format("  {}: \"{}\" / \"{}\"{}\n", trait.field(), trait.surviving_value(),
                        trait.merged_value(), trait.taken() ? ", the second is taken over" : "");
  }
  if (!merge.left_behind().empty()) {
    text += fmt::format("  left behind: {}\n", fmt::join(merge.left_behind(), ", "));
  }
  for (const std::string& warning : merge.warnings()) {
    if (warning == "merged_has_higher_status") {
      text += "  the merged identity has the higher trust status: should it be the survivor?\n";
    } else if (warning == "clinical_data_stays") {
      text += "  clinical data is not moved: merge it in the systems that hold it\n";
    } else {
      text += fmt::format("  {}\n", warning);
    }
  }
  return text;
}

template <class Response>
int PrintDecision(const Globals& globals, const Response& response, bool done) {
  const int exit_code = PrintOrFail(
      globals.output, {kDecisionColumns, {DecisionRow(response.decision())}}, ToJson(response));
  if (exit_code != kExitOk || globals.output != OutputFormat::kTable) return exit_code;
  if constexpr (requires { response.has_merge(); }) {
    if (response.has_merge() && !PrintText("\n" + MergeText(response.merge(), done))) {
      return kExitIo;
    }
  }
  return kExitOk;
}

// One call on one case or decision, told in the same words.
template <class Request, class Response, class Print>
int Call(const Globals& globals, const char* doing, const Request& request,
         grpc::Status (v1::ReviewService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                         Response*),
         const Print& print) {
  Client client(globals.server);
  Response response;
  const grpc::Status status =
      (client.review().*method)(Client::NewContext().get(), request, &response);
  if (!status.ok()) return client.ReportError(doing, status);
  return print(response);
}

struct DecideOptions {
  ActorOptions actor;
  std::string verdict, survivor, note;
  std::vector<std::string> take, other_visits;
  bool homonym = false, preview = false;
};

int Decide(const Globals& globals, const DecideOptions& options) {
  auto request = NewRequest<v1::DecideCaseRequest>(options.actor);
  // "17" is a case, "12,15" a pair of identities.
  const std::size_t comma = options.actor.id.find(',');
  if (comma == std::string::npos) {
    request.set_case_id(options.actor.id);
  } else {
    request.add_identity_ids(options.actor.id.substr(0, comma));
    request.add_identity_ids(options.actor.id.substr(comma + 1));
  }
  request.set_verdict(ParseVerdict(options.verdict));
  request.set_surviving_identity_id(options.survivor);
  request.set_note(options.note);
  request.mutable_fields_from_merged()->Assign(options.take.begin(), options.take.end());
  request.mutable_other_person_visit_numbers()->Assign(options.other_visits.begin(),
                                                       options.other_visits.end());
  request.set_set_homonym(options.homonym);
  request.set_validate_only(options.preview);
  return Call(globals, "review decide", request, &v1::ReviewService::Stub::DecideCase,
              [&](const v1::DecideCaseResponse& response) {
                const bool done =
                    !options.preview && response.decision().state() == v1::Decision::STATE_IN_FORCE;
                return PrintDecision(globals, response, done);
              });
}

struct ListOptions {
  std::string identity, verdict;
  bool in_force = false;
  std::int64_t limit = 50;
};

int ListDecisions(const Globals& globals, const ListOptions& options) {
  Client client(globals.server);
  v1::ListDecisionsRequest request;
  request.set_identity_id(options.identity);
  if (!options.verdict.empty()) request.set_verdict(ParseVerdict(options.verdict));
  request.set_in_force_only(options.in_force);
  Table table{kDecisionColumns, {}};
  Json json = Json::array();
  const auto left = [&] { return options.limit - static_cast<std::int64_t>(table.rows.size()); };
  do {
    request.set_page_size(options.limit == 0
                              ? kPageSize
                              : static_cast<int>(std::min<std::int64_t>(left(), kPageSize)));
    v1::ListDecisionsResponse response;
    const grpc::Status status =
        client.review().ListDecisions(Client::NewContext().get(), request, &response);
    if (!status.ok()) return client.ReportError("review decisions", status);
    for (const v1::Decision& decision : response.decisions()) {
      table.rows.push_back(DecisionRow(decision));
      json.push_back(ToJson(decision));
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() && (options.limit == 0 || left() > 0));
  return PrintOrFail(globals.output, table, json);
}

template <class Request, class Response>
void AddCaseVerb(CLI::App& review, Globals& globals, const char* name, const char* what,
                 grpc::Status (v1::ReviewService::Stub::*method)(grpc::ClientContext*,
                                                                 const Request&, Response*)) {
  CLI::App* verb = review.add_subcommand(name, what);
  auto options = std::make_shared<ActorOptions>();
  AddActorOptions(verb, options.get(), "CASE");
  std::shared_ptr<std::string> until;
  if constexpr (requires(Request request) { request.mutable_hold_until(); }) {
    until = std::make_shared<std::string>();
    verb->add_option("--until", *until, "Day it comes back to the queue")->required();
    verb->footer(Examples("  vigie review hold 17 --until 2026-12-01 --reason 'document awaited'"));
  }
  verb->callback([&globals, options, until, method, name] {
    auto request = NewRequest<Request>(*options);
    request.set_case_id(options->id);
    if constexpr (requires { request.mutable_hold_until(); }) {
      *request.mutable_hold_until() = ParseDateOption("--until", *until);
    }
    globals.exit_code = Call(globals, name, request, method, [&](const Response& response) {
      return PrintCase(globals, response.review_case());
    });
  });
}

template <class Request, class Response>
void AddDecisionVerb(CLI::App& review, Globals& globals, const char* name, const char* what,
                     grpc::Status (v1::ReviewService::Stub::*method)(grpc::ClientContext*,
                                                                     const Request&, Response*)) {
  CLI::App* verb = review.add_subcommand(name, what);
  auto options = std::make_shared<ActorOptions>();
  auto keep = std::make_shared<bool>(false);
  AddActorOptions(verb, options.get(), "DECISION");
  if constexpr (requires(Request request) { request.set_keep_later_changes(true); }) {
    verb->add_flag("--keep-later-changes", *keep,
                   "Undo a merge although traits taken over were changed since");
  }
  verb->callback([&globals, options, keep, method, name] {
    auto request = NewRequest<Request>(*options);
    request.set_decision_id(options->id);
    if constexpr (requires { request.set_keep_later_changes(true); }) {
      request.set_keep_later_changes(*keep);
    }
    globals.exit_code = Call(globals, name, request, method, [&](const Response& response) {
      return PrintDecision(globals, response,
                           response.decision().state() == v1::Decision::STATE_IN_FORCE);
    });
  });
}

void AddDecideVerb(CLI::App& review, Globals& globals) {
  CLI::App* verb = review.add_subcommand("decide", "Decides a case, or a pair of identities");
  auto options = std::make_shared<DecideOptions>();
  AddActorOptions(verb, &options->actor, "CASE");
  verb->add_option("VERDICT", options->verdict,
                   "duplicate, same_person, different_persons, collision_confirmed, "
                   "data_corrected, undecided")
      ->required();
  verb->add_option("--survivor", options->survivor, "Of duplicate: the identity that goes on");
  verb->add_option("--take", options->take,
                   "Of duplicate: complementary traits the survivor takes over, e.g. phone");
  verb->add_flag("--homonym", options->homonym,
                 "Of different_persons: mark both with the attribute homonym");
  verb->add_option("--other-visit", options->other_visits,
                   "Of collision_confirmed: number of a visit that is another person's");
  verb->add_option("--note", options->note, "Anything worth keeping");
  verb->add_flag("--preview", options->preview, "Say what would happen, and write nothing");
  verb->footer(
      Examples("  vigie review decide 17 duplicate --survivor 12 --preview\n"
               "  vigie review decide 17 duplicate --survivor 12 --take phone --reason 'same "
               "document'\n"
               "  vigie review decide 18 different_persons --homonym --reason twins\n"
               "  vigie review decide 12,15 duplicate --survivor 12   # a pair without a case"));
  verb->callback([&globals, options] { globals.exit_code = Decide(globals, *options); });
}

}  // namespace

void AddDecisionVerbs(CLI::App& review, Globals& globals) {
  using Stub = v1::ReviewService::Stub;
  AddCaseVerb(review, globals, "claim", "Claims a case for a while", &Stub::ClaimCase);
  AddCaseVerb(review, globals, "release", "Gives up a claim, or ends a hold", &Stub::ReleaseCase);
  AddCaseVerb(review, globals, "hold", "Puts a case aside until a day", &Stub::HoldCase);
  AddDecideVerb(review, globals);
  AddDecisionVerb(review, globals, "undo", "Takes a decision back", &Stub::UndoDecision);
  AddDecisionVerb(review, globals, "confirm", "Agrees to a merge or to its undoing",
                  &Stub::ConfirmDecision);
  AddDecisionVerb(review, globals, "reject", "Does not agree to a merge or to its undoing",
                  &Stub::RejectDecision);
  CLI::App* list = review.add_subcommand("decisions", "Lists decisions, newest first");
  auto options = std::make_shared<ListOptions>();
  list->add_option("--identity", options->identity, "Only those about this identity");
  list->add_option("--verdict", options->verdict, "Only this verdict");
  list->add_flag("--in-force", options->in_force, "Only those that hold now");
  list->add_option("--limit", options->limit, "How many at most; 0 for all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  list->callback([&globals, options] { globals.exit_code = ListDecisions(globals, *options); });
}

}  // namespace vigie::tools

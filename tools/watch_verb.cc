// vigie review watch: what changes in the queue, as it changes.
#include <chrono>
#include <iostream>
#include <memory>
#include <thread>

#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

// Between two connections, so that a daemon that starts again is not asked all the time.
constexpr std::chrono::seconds kReconnectPause{1};

struct WatchOptions {
  std::int64_t after = 0;
  std::string kind, state, domain;
  bool no_wait = false;
};

// "open" -> STATE_OPEN; 0 for nothing given.
template <class Parse, class Enum>
void SetEnum(const std::string& option, const std::string& prefix, const std::string& text,
             Parse parse, Enum* value) {
  if (text.empty() || text == "any") return;
  if (!parse(prefix + absl::AsciiStrToUpper(text), value) || *value == 0) {
    throw CLI::ValidationError(option, "unknown: " + text);
  }
}

v1::WatchCasesRequest ToRequest(const WatchOptions& options) {
  v1::WatchCasesRequest request;
  request.set_after_commit_number(options.after);
  v1::Case::Kind kind = v1::Case::KIND_UNSPECIFIED;
  SetEnum("--kind", "KIND_", options.kind, v1::Case::Kind_Parse, &kind);
  request.set_kind(kind);
  v1::Case::State state = v1::Case::STATE_UNSPECIFIED;
  SetEnum("--state", "STATE_", options.state, v1::Case::State_Parse, &state);
  request.set_state(state);
  request.set_domain(options.domain);
  if (options.no_wait) request.set_heartbeat_seconds(1);
  return request;
}

// One line a case; in JSON one object a message, heartbeats included.
bool PrintChanges(OutputFormat format, const v1::WatchCasesResponse& changes) {
  if (format == OutputFormat::kJson) {
    Json cases = Json::array();
    for (const v1::Case& one : changes.cases()) cases.push_back(ToJson(one));
    std::cout << Json{{"commit_number", changes.commit_number()}, {"cases", cases}}.dump() << '\n';
  } else {
    for (const v1::Case& one : changes.cases()) {
      const Json json = ToJson(one);
      std::cout << fmt::format("{}  case {}  {}  {}  {}  {}\n", changes.commit_number(), one.id(),
                               json["kind"].get<std::string>(), json["state"].get<std::string>(),
                               fmt::join(one.identity_ids(), "+"), one.assignee());
    }
  }
  return static_cast<bool>(std::cout.flush());
}

int Watch(const Globals& globals, const WatchOptions& options) {
  Client client(globals.server);
  v1::WatchCasesRequest request = ToRequest(options);
  while (true) {
    grpc::ClientContext context;
    const auto stream = client.review().WatchCases(&context, request);
    v1::WatchCasesResponse changes;
    bool heard = false;
    while (stream->Read(&changes)) {
      heard = true;
      request.set_after_commit_number(changes.commit_number());
      const bool told_all = options.no_wait && changes.cases().empty();
      if (!PrintChanges(globals.output, changes) || told_all) {
        context.TryCancel();
        return told_all ? kExitOk : kExitIo;
      }
    }
    const grpc::Status status = stream->Finish();
    // Connections are renewed, daemons start again: what was heard last is where to go on.
    if (!heard || status.error_code() != grpc::StatusCode::UNAVAILABLE) {
      return client.ReportError("review watch", status);
    }
    std::this_thread::sleep_for(kReconnectPause);
  }
}

}  // namespace

void AddWatchVerb(CLI::App& review, Globals& globals) {
  auto options = std::make_shared<WatchOptions>();
  CLI::App* watch = review.add_subcommand("watch", "Tells of every change of a case, until Ctrl-C");
  watch->add_option("--after", options->after, "Everything after this commit; 0: from now on")
      ->check(CLI::NonNegativeNumber);
  watch->add_option("--kind", options->kind,
                    "duplicate, collision, ins_conflict, link, homonym, frequent_value");
  watch->add_option("--state", options->state,
                    "Only changes to it: open, on_hold, escalated, awaiting_confirmation, "
                    "decided, withdrawn");
  watch->add_option("--domain", options->domain, "Only this domain");
  watch->add_flag("--no-wait", options->no_wait, "End once everything up to now has been told");
  watch->footer(
      Examples("  vigie review watch\n"
               "  vigie --output json review watch --after 1042   # one object a line"));
  watch->callback([&globals, options] { globals.exit_code = Watch(globals, *options); });
}

}  // namespace vigie::tools

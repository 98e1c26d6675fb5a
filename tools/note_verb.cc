// vigie review note: a note on a case.
#include <memory>

#include "google/protobuf/util/time_util.h"
#include "tools/verbs.h"

namespace vigie::tools {
namespace {

struct NoteOptions {
  std::string case_id, text, actor, request_id;
};

int AddNote(const Globals& globals, const NoteOptions& options) {
  Client client(globals.server);
  v1::AddCaseNoteRequest request;
  request.set_request_id(options.request_id.empty() ? NewRequestId() : options.request_id);
  request.set_actor(options.actor);
  request.set_case_id(options.case_id);
  request.set_text(options.text);
  v1::AddCaseNoteResponse response;
  const grpc::Status status =
      client.review().AddCaseNote(Client::NewContext().get(), request, &response);
  if (!status.ok()) return client.ReportError("review note", status);
  const v1::CaseNote& note = response.note();
  return PrintOrFail(globals.output,
                     {{"case_id", "number", "actor", "written_at", "text"}, {NoteRow(note)}},
                     ToJson(note));
}

}  // namespace

std::vector<std::string> NoteRow(const v1::CaseNote& note) {
  return {note.case_id(), std::to_string(note.number()), note.actor(),
          google::protobuf::util::TimeUtil::ToString(note.write_time()), note.text()};
}

void AddNoteVerb(CLI::App& review, Globals& globals) {
  auto options = std::make_shared<NoteOptions>();
  CLI::App* note = review.add_subcommand("note", "Adds a note to a case, live or ended");
  note->add_option("CASE", options->case_id, "Its number")->required();
  note->add_option("TEXT", options->text, "What to say, up to 4096 bytes")->required();
  note->add_option("--actor", options->actor, "Who writes; the user's name when not given")
      ->envname("USER");
  note->add_option("--request-id", options->request_id,
                   "Idempotency key; the same key again changes nothing. Made up when not given");
  note->footer(Examples("  vigie review note 17 \"the desk of the north site will ask her\""));
  note->callback([&globals, options] { globals.exit_code = AddNote(globals, *options); });
}

}  // namespace vigie::tools

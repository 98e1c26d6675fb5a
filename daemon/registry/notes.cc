#include "daemon/registry/notes.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "daemon/registry/checks.h"
#include "daemon/registry/errors.h"
#include "daemon/registry/mutation.h"
#include "daemon/registry/requests.h"

namespace vigie::daemon {
namespace {

constexpr std::int32_t kNotePageSizeDefault = 50;
constexpr std::int32_t kNotePageSizeMax = 200;

// Lines and tabs are part of a text; no other control character is.
bool IsText(std::string text) {
  for (char& character : text) {
    if (character == '\n' || character == '\r' || character == '\t') character = ' ';
  }
  return CountCharacters(text).has_value();
}

absl::Status CheckNote(const CaseNoteRequest& request) {
  Problems problems;
  CheckContext(request.context, problems);
  if (request.context.actor.empty()) {
    problems.push_back({"context.actor", "required", std::nullopt});
  }
  if (request.case_id == 0) problems.push_back({"case_id", "required", std::nullopt});
  if (request.text.find_first_not_of(" \n\r\t") == std::string::npos) {
    problems.push_back({"text", "required", std::nullopt});
  } else if (request.text.size() > kNoteLengthMax) {
    problems.push_back({"text", "too_long", std::nullopt});
  } else if (!IsText(request.text)) {
    problems.push_back({"text", "invalid_text", std::nullopt});
  }
  return ToStatus(std::move(problems));
}

absl::Status CheckCaseExists(const storage::View& view, std::uint64_t case_id) {
  const auto found = view.GetCase(case_id);
  if (!found.ok()) return found.status();
  if (*found) return absl::OkStatus();
  return MakeError(Reason::kCaseNotFound, "no case " + std::to_string(case_id));
}

absl::Status WriteNote(storage::Transaction& transaction, matching::CaseNote& note) {
  absl::Status exists = CheckCaseExists(transaction, note.case_id);
  if (!exists.ok()) return exists;
  const auto newest = transaction.NotesOf(note.case_id, 0, 1);
  if (!newest.ok()) return newest.status();
  note.number = newest->empty() ? 1 : newest->front().number + 1;
  if (note.number > kNotesMax) {
    return MakeError(Reason::kTooManyNotes, "the case has as many notes as a case may have",
                     {{"case_id", std::to_string(note.case_id)}});
  }
  return transaction.PutNote(note);
}

}  // namespace

absl::StatusOr<CaseNoteResult> AddCaseNote(const Environment& environment,
                                           const CaseNoteRequest& request) {
  absl::Status checked = CheckNote(request);
  if (!checked.ok()) return checked;
  const matching::Instant now = Now(environment);
  return Run<CaseNoteResult>(
      *environment.store,
      std::make_unique<Mutation<CaseNoteResult>>(
          request.context, "add_case_note", FingerprintOf(request),
          [&, now](storage::Transaction& transaction,
                   storage::CommitContext& commit) -> absl::StatusOr<Worked<CaseNoteResult>> {
            Worked<CaseNoteResult> worked;
            worked.result.note = {request.case_id, 0, request.context.actor, now, request.text};
            absl::Status written = WriteNote(transaction, worked.result.note);
            if (!written.ok()) return written;
            commit.targets.push_back("case/" + std::to_string(request.case_id));
            return worked;
          }));
}

absl::StatusOr<CaseNotePage> ListCaseNotes(const Environment& environment,
                                           const CaseNoteListRequest& request) {
  if (request.page_size < 0) return MakeFieldError("page_size", "negative");
  const std::int32_t size =
      request.page_size == 0 ? kNotePageSizeDefault : std::min(request.page_size, kNotePageSizeMax);
  std::uint64_t before = 0;
  if (!request.page_token.empty() && !absl::SimpleAtoi(request.page_token, &before)) {
    return MakePageTokenError();
  }
  const std::unique_ptr<storage::View> view = environment.store->Read();
  absl::Status exists = CheckCaseExists(*view, request.case_id);
  if (!exists.ok()) return WithReason(exists);
  auto notes = view->NotesOf(request.case_id, before, static_cast<std::size_t>(size));
  if (!notes.ok()) return WithReason(notes.status());
  CaseNotePage page;
  page.notes = *std::move(notes);
  if (!page.notes.empty() && page.notes.back().number > 1) {
    page.next_page_token = std::to_string(page.notes.back().number);
  }
  return page;
}

}  // namespace vigie::daemon

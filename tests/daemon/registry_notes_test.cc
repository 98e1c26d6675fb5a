// Aim: what is written about a case is kept, in order, by whom and when, whatever becomes of the
// case; and nothing else can be written.
#include <string>
#include <vector>

#include "tests/daemon/registry_fixture.h"

namespace vigie {
namespace {

using namespace std::chrono_literals;

class CaseNotes : public test::RegistryTest {
 protected:
  std::uint64_t OpenCase() {
    left_ = Register("1", test::Zoe()).identity.id;
    const daemon::RegisterResult second = Register("2", test::Zoe());
    right_ = second.identity.id;
    EXPECT_EQ(second.opened_case_ids.size(), 1u);
    return second.opened_case_ids.front();
  }
  absl::StatusOr<daemon::CaseNoteResult> Add(std::uint64_t case_id, const std::string& text) {
    return registry_->AddCaseNote({Context(), case_id, text});
  }
  std::vector<std::string> Texts(std::uint64_t case_id) {
    std::vector<std::string> texts;
    const auto page = registry_->ListCaseNotes({case_id, 200, ""});
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return texts;
    for (const matching::CaseNote& note : page->notes) texts.push_back(note.text);
    return texts;
  }

  matching::IdentityId left_ = 0, right_ = 0;
};

TEST_F(CaseNotes, AreKeptWithAuthorAndTimeNewestFirst) {
  const std::uint64_t id = OpenCase();
  const auto first = Add(id, "the desk asks her");
  ASSERT_TRUE(first.ok()) << first.status();
  const matching::CaseNote expected{id, 1, "desk 1", now_, "the desk asks her"};
  EXPECT_EQ(first->note, expected);
  EXPECT_EQ(first->commit_number, CommitNumber());
  now_ += 1h;
  ASSERT_TRUE(Add(id, "she has a twin\n\tsee the letter").ok());
  EXPECT_EQ(Texts(id),
            (std::vector<std::string>{"she has a twin\n\tsee the letter", "the desk asks her"}));
  const auto page = registry_->ListCaseNotes({id, 1, ""});
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->notes.front().written_at, now_);
  const auto rest = registry_->ListCaseNotes({id, 1, page->next_page_token});
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(rest->notes, std::vector<matching::CaseNote>{expected});
  EXPECT_EQ(rest->next_page_token, "");
}

TEST_F(CaseNotes, TheSameRequestAgainIsOneNote) {
  const std::uint64_t id = OpenCase();
  daemon::CaseNoteRequest request{Context(), id, "once"};
  const auto first = registry_->AddCaseNote(request);
  ASSERT_TRUE(Add(id, "in between").ok());
  const auto again = registry_->AddCaseNote(request);
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_EQ(again->note, first->note);
  EXPECT_EQ(again->commit_number, first->commit_number);
  EXPECT_EQ(Texts(id), (std::vector<std::string>{"in between", "once"}));
  request.text = "another";
  EXPECT_EQ(test::ReasonOf(registry_->AddCaseNote(request).status()), "request_id_reused");
}

TEST_F(CaseNotes, OutliveTheCaseAndTheMerge) {
  const std::uint64_t id = OpenCase();
  ASSERT_TRUE(Add(id, "before").ok());
  daemon::DecideRequest decide;
  decide.context = Context();
  decide.case_id = id;
  decide.verdict = matching::Verdict::kDuplicate;
  decide.surviving_id = left_;
  const auto decided = registry_->Decide(decide);
  ASSERT_TRUE(decided.ok()) << decided.status();
  ASSERT_TRUE(Add(id, "after").ok());
  ASSERT_TRUE(registry_->UndoDecision({Context(), decided->decision.id, 0, false}).ok());
  EXPECT_EQ(Texts(id), (std::vector<std::string>{"after", "before"}));
}

TEST_F(CaseNotes, WhatIsNoNoteIsRefused) {
  const std::uint64_t id = OpenCase();
  const auto fields = [&](const std::string& text) {
    return test::FieldsOf(Add(id, text).status());
  };
  EXPECT_EQ(fields(""), std::vector<std::string>{"text:required"});
  EXPECT_EQ(fields(" \n\t "), std::vector<std::string>{"text:required"});
  EXPECT_EQ(fields(std::string(daemon::kNoteLengthMax + 1, 'a')),
            std::vector<std::string>{"text:too_long"});
  EXPECT_EQ(fields(std::string(1 << 20, 'a')), std::vector<std::string>{"text:too_long"});
  EXPECT_EQ(fields("\xff"), std::vector<std::string>{"text:invalid_text"});
  EXPECT_EQ(fields(std::string("a\0b", 3)), std::vector<std::string>{"text:invalid_text"});
  EXPECT_TRUE(Add(id, std::string(daemon::kNoteLengthMax, 'a')).ok());
  EXPECT_EQ(test::ReasonOf(Add(id + 1, "on no case").status()), "case_not_found");
  EXPECT_EQ(test::ReasonOf(registry_->ListCaseNotes({id + 1, 0, ""}).status()), "case_not_found");
  EXPECT_EQ(test::FieldsOf(registry_->AddCaseNote({{"r", "", ""}, id, "by nobody"}).status()),
            std::vector<std::string>{"context.actor:required"});
  EXPECT_EQ(Texts(id).size(), 1u);
}

TEST_F(CaseNotes, ACaseHasFiveHundredAndNoMore) {
  const std::uint64_t id = OpenCase();
  for (std::uint64_t i = 0; i < daemon::kNotesMax; ++i) {
    ASSERT_TRUE(Add(id, "note " + std::to_string(i)).ok());
  }
  EXPECT_EQ(test::ReasonOf(Add(id, "one more").status()), "too_many_notes");
  std::size_t count = 0;
  std::string token;
  do {
    const auto page = registry_->ListCaseNotes({id, 200, token});
    ASSERT_TRUE(page.ok());
    count += page->notes.size();
    token = page->next_page_token;
  } while (!token.empty());
  EXPECT_EQ(count, daemon::kNotesMax);
}

}  // namespace
}  // namespace vigie

// A slow, obvious twin of matching/trust.h: the rules told status by status and event by event,
// with no table and nothing shared with the product's code but the value types.
#pragma once

#include <string>

#include "matching/trust.h"

namespace vigie::reference {

struct TrustTwin {
  bool allowed = true;
  std::string refusal;
  bool insi = false, document = false, homonym = false, doubtful = false, fictitious = false;
  bool clears_ins = false, clears_evidence = false;
};

inline std::string StatusTwin(bool insi, bool document, bool doubtful, bool fictitious) {
  if (doubtful || fictitious) return "provisional";
  if (insi && document) return "qualified";
  if (insi) return "recovered";
  if (document) return "validated";
  return "provisional";
}

// The event on an identity, without the check of what may not stand together.
inline TrustTwin ApplyTwinUnchecked(const matching::TrustFacts& facts, matching::TrustEvent event,
                                    const matching::TrustRules& rules) {
  using E = matching::TrustEvent;
  TrustTwin t;
  t.insi = facts.insi_accepted;
  t.document = facts.document_checked;
  t.homonym = facts.attributes.homonym;
  t.doubtful = facts.attributes.doubtful;
  t.fictitious = facts.attributes.fictitious;
  const bool marked = t.doubtful || t.fictitious;
  const auto refuse = [&](const std::string& why) {
    t.allowed = false;
    t.refusal = why;
  };
  const auto drop_ins = [&] { t.insi = false, t.clears_ins = true; };
  const auto drop_document = [&] { t.document = false, t.clears_evidence = true; };

  if (event == E::kInsiAnswerAccepted || event == E::kInsiAnswerRefused ||
      event == E::kInsiNotFound || event == E::kInsiVerificationMismatch ||
      event == E::kInsiFault || event == E::kInsConfirmed) {
    if (t.fictitious) return refuse("fictitious_forbids_insi"), t;
    if (t.doubtful) return refuse("doubtful_forbids_insi"), t;
  }
  if (event == E::kDocumentChecked || event == E::kVitaleAppRead) {
    if (t.fictitious) return refuse("fictitious_stays_provisional"), t;
    if (t.doubtful) return refuse("doubtful_stays_provisional"), t;
  }
  switch (event) {
    case E::kCreated:
      if (!marked && (t.insi || t.document)) refuse("already_created");
      break;
    case E::kInsiAnswerAccepted:
      t.insi = true;
      break;
    case E::kInsiAnswerRefused:
      if (!t.insi) drop_ins();
      break;
    case E::kInsiNotFound:
    case E::kInsiFault:
    case E::kWeakDocumentChecked:
      break;
    case E::kInsConfirmed:
      if (!t.insi) refuse("no_ins_to_verify");
      break;
    case E::kInsiVerificationMismatch:
      if (!t.insi) return refuse("no_ins_to_verify"), t;
      drop_ins();
      if (rules.mismatch_marks_doubtful) {
        t.doubtful = true;
        drop_document();
      } else if (t.document && !rules.mismatch_keeps_document) {
        drop_document();
      }
      break;
    case E::kInsWithdrawn:
      drop_ins();
      break;
    case E::kDocumentChecked:
      t.document = true;
      break;
    case E::kDocumentContradicts:
      if (marked) break;
      if (t.insi && rules.contradiction_drops_ins) drop_ins();
      if (t.document && rules.contradiction_clears_document) drop_document();
      break;
    case E::kVitaleAppRead:
      t.insi = t.document = true;
      break;
    case E::kStrictTraitChanged:
      drop_ins();
      if (rules.strict_change_clears_document) drop_document();
      break;
    case E::kMarkedHomonym:
      if (t.fictitious) return refuse("fictitious_excludes_homonym"), t;
      t.homonym = true;
      break;
    case E::kUnmarkedHomonym:
      t.homonym = false;
      break;
    case E::kMarkedDoubtful:
      if (t.fictitious) return refuse("fictitious_excludes_doubtful"), t;
      t.doubtful = true;
      drop_ins();
      drop_document();
      break;
    case E::kUnmarkedDoubtful:
      if (t.doubtful && !t.fictitious) drop_ins(), drop_document();
      t.doubtful = false;
      break;
    case E::kMarkedFictitious:
      if (t.doubtful && !t.fictitious) return refuse("doubtful_excludes_fictitious"), t;
      t.fictitious = true;
      drop_ins();
      drop_document();
      break;
    case E::kUnmarkedFictitious:
      if (t.fictitious) drop_ins(), drop_document();
      t.fictitious = false;
      break;
  }
  return t;
}

inline TrustTwin ApplyTwin(const matching::TrustFacts& facts, matching::TrustEvent event,
                           const matching::TrustRules& rules) {
  TrustTwin t = ApplyTwinUnchecked(facts, event, rules);
  if (t.allowed && t.fictitious && t.doubtful) {
    t.allowed = false;
    t.refusal = "doubtful_excludes_fictitious";
  } else if (t.allowed && t.fictitious && t.homonym) {
    t.allowed = false;
    t.refusal = "homonym_excludes_fictitious";
  }
  if (t.allowed && (t.doubtful || t.fictitious)) {
    if (t.insi) t.clears_ins = true;
    if (t.document) t.clears_evidence = true;
    t.insi = t.document = false;
  }
  if (!t.allowed) {
    t.insi = facts.insi_accepted;
    t.document = facts.document_checked;
    t.homonym = facts.attributes.homonym;
    t.doubtful = facts.attributes.doubtful;
    t.fictitious = facts.attributes.fictitious;
    t.clears_ins = t.clears_evidence = false;
  }
  return t;
}

}  // namespace vigie::reference

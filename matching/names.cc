// The two forms of a name. ASCII is copied through a table of 256 bytes; other Latin letters go
// through the generated table of fold.h; whole runs of other scripts go to ICU (text_icu.h).
// tests/reference/slow_names.h says the same with ICU alone and no cleverness: read it first.
#include "matching/names.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "matching/fold.h"
#include "matching/text_icu.h"
#include "matching/utf8.h"

namespace vigie::matching {
namespace {

// ---------------------------------------------------------------- alphabet

constexpr bool IsUpperLetter(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool IsLowerLetter(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool IsNameCharacter(char c) {
  return IsUpperLetter(c) || c == ' ' || c == '\'' || c == '-';
}
constexpr bool IsAscii(char c) { return static_cast<std::uint8_t>(c) < 0x80; }
constexpr char ToUpper(char c) { return static_cast<char>(c - 'a' + 'A'); }

bool IsNameText(std::string_view text) {
  return std::all_of(text.begin(), text.end(), IsNameCharacter);
}

// The longest piece at `offset` that only ICU can rewrite: code points that are neither ASCII nor
// in the table, with the marks that stand on them. 0 when there is none.
std::size_t ForeignRunLength(std::string_view input, std::size_t offset) {
  std::size_t end = offset;
  while (end < input.size() && !IsAscii(input[end])) {
    std::size_t length = 0;
    const char32_t character = DecodeUtf8(input, end, length);
    if (character == kInvalidCodePoint) break;
    const Fold* fold = FindFold(character);
    const bool mark = fold != nullptr && fold->text.empty();
    if (fold != nullptr && !(mark && end > offset)) break;
    end += length;
  }
  return end - offset;
}

// ---------------------------------------------------------------- RNIV form

// Builds the RNIV form of one name and notes what was done to it.
class RnivWriter {
 public:
  RnivWriter(std::string_view input, NameKind kind) : input_(input), kind_(kind) {}

  RnivName Write() {
    if (input_.size() > kNameInputBytesMax) {
      Refuse(kNameInputBytesMax, "too_long");
      return std::move(name_);
    }
    while (offset_ < input_.size()) Step();
    TrimEnd();
    ReportUpperCasing();
    CheckShape();
    if (!name_.ok()) name_.value.clear();
    std::stable_sort(name_.rewrites.begin(), name_.rewrites.end(),
                     [](const Rewrite& l, const Rewrite& r) { return l.offset < r.offset; });
    return std::move(name_);
  }

 private:
  void Step() {
    const char c = input_[offset_];
    if (IsAscii(c)) {
      StepAscii(c);
      return;
    }
    std::size_t length = 0;
    const char32_t character = DecodeUtf8(input_, offset_, length);
    if (character == kInvalidCodePoint) {
      Refuse(offset_, "invalid_utf8");
    } else if (const Fold* fold = FindFold(character); fold != nullptr) {
      Replace(length, fold->text, fold->reason);
    } else {
      length = ForeignRunLength(input_, offset_);
      StepForeign(input_.substr(offset_, length));
    }
    offset_ += length;
  }

  void StepAscii(char c) {
    if (IsUpperLetter(c) || c == '-' || c == '\'' || c == ' ') {
      Append(c, 1);
    } else if (IsLowerLetter(c)) {
      upper_cased_ = true;
      Append(ToUpper(c), 1);
    } else if (c == '`') {
      Replace(1, "'", RewriteReason::kTypographicApostrophe);
    } else if (c == '\t' || c == '\n' || c == '\r') {
      Replace(1, " ", RewriteReason::kSpace);
    } else {
      Refuse(offset_, "character_without_equivalent");
    }
    ++offset_;
  }

  void StepForeign(std::string_view run) {
    const std::optional<std::string> latin = TransliterateToLatin(run);
    if (latin && !latin->empty() && IsNameText(*latin)) {
      Replace(run.size(), *latin, RewriteReason::kTransliterated);
      return;
    }
    Refuse(offset_ + FirstWithoutEquivalent(run), "character_without_equivalent");
  }

  // Offset in the run of the first code point that ICU cannot rewrite, else 0.
  static std::size_t FirstWithoutEquivalent(std::string_view run) {
    for (std::size_t at = 0; at < run.size();) {
      std::size_t length = 0;
      DecodeUtf8(run, at, length);
      const std::optional<std::string> latin = TransliterateToLatin(run.substr(at, length));
      if (!latin || !IsNameText(*latin)) return at;
      at += length;
    }
    return 0;
  }

  void Replace(std::size_t length, std::string_view text, RewriteReason reason) {
    std::string written;
    for (const char c : text) {
      if (Append(c, 0)) written += c;
    }
    name_.rewrites.push_back({.offset = offset_,
                              .from = std::string(input_.substr(offset_, length)),
                              .to = written,
                              .reason = reason});
  }

  // `length` bytes of input at offset_ gave `c`; 0 when their rewrite is noted by the caller. False
  // when there is no place for `c` here.
  bool Append(char c, std::size_t length) {
    std::string& value = name_.value;
    const char last = value.empty() ? '\0' : value.back();
    const bool at_start = value.empty() && (c == ' ' || c == '-');
    const bool doubled = (c == ' ' && (last == ' ' || last == '\'')) || (c == '\'' && last == '\'');
    if (at_start || doubled) {
      if (length > 0) NoteTrimmed(offset_, c);
      return false;
    }
    if (c == '\'' && last == ' ') {  // no space beside an apostrophe: the space goes
      value.pop_back();
      NoteTrimmed(last_space_, ' ');
    }
    if (c == ' ') last_space_ = offset_;
    const bool separator = c == ' ' || c == '-';
    if (separator && !in_tail_) tail_offset_ = offset_;
    in_tail_ = separator;
    value += c;
    return true;
  }

  void NoteTrimmed(std::size_t offset, char c) {
    name_.rewrites.push_back(
        {.offset = offset, .from = std::string(1, c), .to = "", .reason = RewriteReason::kTrimmed});
  }

  void TrimEnd() {
    std::string& value = name_.value;
    std::string trimmed;
    while (!value.empty() && (value.back() == ' ' || value.back() == '-')) {
      trimmed.insert(trimmed.begin(), value.back());
      value.pop_back();
    }
    if (trimmed.empty()) return;
    name_.rewrites.push_back(
        {.offset = tail_offset_, .from = trimmed, .to = "", .reason = RewriteReason::kTrimmed});
  }

  void ReportUpperCasing() {
    if (!upper_cased_) return;
    name_.rewrites.push_back({.offset = 0,
                              .from = std::string(input_),
                              .to = name_.value,
                              .reason = RewriteReason::kUpperCase});
  }

  // EF_INS10_01 and EF_INS10_02: what a name of allowed characters may still not look like.
  void CheckShape() {
    const std::string& value = name_.value;
    if (!name_.ok()) return;
    if (value.empty()) Refuse(0, "empty");
    if (value.size() > kNameCharactersMax) Refuse(0, "too_long");
    const std::string_view hyphens = kind_ == NameKind::kGiven ? "--" : "---";
    if (value.find(hyphens) != std::string::npos) {
      const std::size_t at = input_.find(hyphens);
      Refuse(at == std::string_view::npos ? 0 : at, "double_hyphen");
    }
    if (kind_ == NameKind::kGiven && !value.empty() && value.back() == '\'') {
      Refuse(input_.size() - 1, "ends_with_apostrophe");
    }
    if (!value.empty() && std::none_of(value.begin(), value.end(), IsUpperLetter)) {
      Refuse(0, "no_letter");
    }
  }

  void Refuse(std::size_t offset, std::string_view code) {
    name_.problems.push_back({.offset = offset, .code = code});
  }

  std::string_view input_;
  NameKind kind_;
  std::size_t offset_ = 0;
  std::size_t last_space_ = 0;   // offset in the input of the last space that was written
  std::size_t tail_offset_ = 0;  // where the spaces and hyphens began that the value ends with
  bool in_tail_ = false;
  bool upper_cased_ = false;
  RnivName name_;
};

// ---------------------------------------------------------------- match form

// What an ASCII byte is in the match form: a letter in upper case, a space, a hyphen (any sign that
// separates words), an apostrophe, or nothing (0).
constexpr std::array<char, 256> MakeMatchBytes() {
  std::array<char, 256> bytes{};
  for (std::uint8_t c = 'A'; c <= 'Z'; ++c) {
    bytes[c] = static_cast<char>(c);
    bytes[c + ('a' - 'A')] = static_cast<char>(c);
  }
  for (const char c : std::string_view(" \t\n\r")) bytes[static_cast<std::uint8_t>(c)] = ' ';
  for (const char c : std::string_view("-,;./&+|_()")) bytes[static_cast<std::uint8_t>(c)] = '-';
  for (const char c : std::string_view("'`")) bytes[static_cast<std::uint8_t>(c)] = '\'';
  return bytes;
}
constexpr std::array<char, 256> kMatchBytes = MakeMatchBytes();

// Marks an apostrophe kept for the caller, see Folder.
constexpr char kApostropheMark = '\'';

// Folds a name into a buffer: A-Z and single spaces, none at the ends; apostrophes too when asked.
class Folder {
 public:
  // `apostrophe`: what stands for one: 0 nothing, ' ' a space, '\'' itself.
  Folder(std::string_view input, char apostrophe)
      : input_(input.substr(0, kNameInputBytesMax)), apostrophe_(apostrophe) {}

  std::string Fold() {
    // Names are short: the common case needs no memory but what the result takes.
    if (input_.size() <= kShortInput) {
      std::array<char, kShortInput * 4> small;  // NOLINT(*-init-variables) Run writes what is read
      char* const end = Run(small.data());
      return {small.data(), end};
    }
    std::string large(input_.size() * 4, '\0');
    large.resize(static_cast<std::size_t>(Run(large.data()) - large.data()));
    return large;
  }

 private:
  static constexpr std::size_t kShortInput = 64;

  // Writes at `out`, which has room for 4 characters for each byte of input (a code point of 2
  // bytes gives at most 4 letters); gives the end.
  char* Run(char* const out) {
    out_begin_ = out_ = out;
    for (std::size_t at = 0; at < input_.size();) {
      const auto byte = static_cast<std::uint8_t>(input_[at]);
      if (byte < 0x80) {
        const char c = kMatchBytes[byte];
        if (IsUpperLetter(c)) {
          *out_++ = c;  // NOLINT(clang-analyzer-core.NullDereference) both callers pass a buffer
        } else if (c != 0) {
          PutSeparator(c);
        }
        ++at;
      } else {
        at += StepOther(at);
      }
    }
    if (out_ != out_begin_ && out_[-1] == ' ') --out_;
    return out_;
  }

  void Put(char c) {
    if (IsUpperLetter(c)) {
      *out_++ = c;
    } else {
      PutSeparator(c);
    }
  }

  // A space, a hyphen or an apostrophe. Spaces beside an apostrophe vanish as they do in the RNIV
  // form; hyphens become spaces and stay.
  void PutSeparator(char c) {
    const bool after_space = out_ != out_begin_ && out_[-1] == ' ';
    if (c == kApostropheMark) {
      if (apostrophe_end_ == out_) return;
      if (after_space && hyphen_end_ != out_) --out_;
      if (apostrophe_ != 0) *out_++ = apostrophe_;
      apostrophe_end_ = out_;
      return;
    }
    if (c == ' ' && apostrophe_end_ == out_) return;
    if (out_ != out_begin_ && !after_space) *out_++ = ' ';
    if (c == '-') hyphen_end_ = out_;
  }

  // One code point or one run of another script; gives its length.
  std::size_t StepOther(std::size_t at) {
    std::size_t length = 0;
    const char32_t character = DecodeUtf8(input_, at, length);
    if (character == kInvalidCodePoint) return length;
    if (const vigie::matching::Fold* fold = FindFold(character); fold != nullptr) {
      for (const char c : fold->text) Put(c);
      return length;
    }
    length = ForeignRunLength(input_, at);
    const std::optional<std::string> latin = TransliterateToLatin(input_.substr(at, length));
    if (!latin) return length;
    std::size_t room = length * 4;
    for (const char c : *latin) {
      if (room-- == 0) break;  // one sign that stands for a sentence: nobody's name
      if (IsNameCharacter(c)) Put(c);
    }
    return length;
  }

  std::string_view input_;
  char apostrophe_;
  char* out_begin_ = nullptr;
  char* out_ = nullptr;
  const char* apostrophe_end_ = nullptr;  // equal to out_ right after an apostrophe
  const char* hyphen_end_ = nullptr;      // equal to out_ right after a hyphen
};

// ---------------------------------------------------------------- placeholders

// Without spaces, in any order. What desks type when they do not know; each is a rare name at most.
constexpr std::array<std::string_view, 39> kPlaceholders = {"INCONNU",
                                                            "INCONNUE",
                                                            "NOMINCONNU",
                                                            "PRENOMINCONNU",
                                                            "UNKNOWN",
                                                            "UNK",
                                                            "SANSNOM",
                                                            "SANSPRENOM",
                                                            "SNP",
                                                            "SN",
                                                            "NN",
                                                            "NC",
                                                            "NR",
                                                            "NONCONNU",
                                                            "NONCONNUE",
                                                            "NONRENSEIGNE",
                                                            "NONRENSEIGNEE",
                                                            "NONCOMMUNIQUE",
                                                            "NONPRECISE",
                                                            "NONDECLARE",
                                                            "ARENSEIGNER",
                                                            "ANONYME",
                                                            "ANONYMOUS",
                                                            "BEBE",
                                                            "BB",
                                                            "NOUVEAUNE",
                                                            "NOUVEAUNEE",
                                                            "NOURRISSON",
                                                            "TEST",
                                                            "TESTPATIENT",
                                                            "PATIENTTEST",
                                                            "DCD",
                                                            "DECEDE",
                                                            "DECEDEE",
                                                            "SOUSX",
                                                            "NESOUSX",
                                                            "NEESOUSX",
                                                            "NEDE",
                                                            "NEANT"};
// Only where a given name should stand: as family names they are somebody's.
constexpr std::array<std::string_view, 12> kGivenPlaceholders = {
    "GARCON", "FILLE",       "ENFANT", "MASCULIN", "FEMININ", "FOETUS",
    "PRENOM", "INDETERMINE", "JUMEAU", "JUMELLE",  "TRIPLE",  "TRIPLEE"};
// What follows is the mother's name or a rank: "BEBE MARTIN", "BB DE MARTIN", "JUMEAU 2 MARTIN".
constexpr std::array<std::string_view, 4> kPlaceholderBeginnings = {"BEBE ", "BB ", "JUMEAU ",
                                                                    "JUMELLE "};
constexpr std::size_t kPlaceholderLengthMax = 16;

constexpr std::size_t kLetters = 26;
constexpr std::size_t kLetterPairs = kLetters * kLetters;

// For each pair of first and last letter how long the placeholders are that have it, as bits: most
// names stop here.
constexpr std::size_t PairOf(char first, char last) {
  return static_cast<std::size_t>(first - 'A') * kLetters + static_cast<std::size_t>(last - 'A');
}
constexpr std::array<std::uint32_t, kLetterPairs> MakePlaceholderLengths() {
  std::array<std::uint32_t, kLetterPairs> lengths{};
  const auto add = [&](std::string_view text) {
    lengths[PairOf(text.front(), text.back())] |= std::uint32_t{1} << text.size();
  };
  for (const std::string_view text : kPlaceholders) add(text);
  for (const std::string_view text : kGivenPlaceholders) add(text);
  return lengths;
}
constexpr std::array<std::uint32_t, kLetterPairs> kPlaceholderLengths = MakePlaceholderLengths();

// `form` is a match form. X, XX, XXX X, ...
bool IsOnlyX(std::string_view form) {
  return form.find_first_not_of("X ") == std::string_view::npos;
}

std::string WithoutSpaces(std::string_view form) {
  std::string compact(form);
  compact.erase(std::remove(compact.begin(), compact.end(), ' '), compact.end());
  return compact;
}

template <std::size_t kCount>
bool Contains(const std::array<std::string_view, kCount>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool IsPlaceholderOfKind(std::string_view form, NameKind kind) {
  if (form.empty()) return false;
  const char first = form.front();
  if (first == 'X' && IsOnlyX(form)) return true;
  if (first == 'B' || first == 'J') {
    for (const std::string_view beginning : kPlaceholderBeginnings) {
      if (form.substr(0, beginning.size()) == beginning) return true;
    }
  }
  if (!IsUpperLetter(first) || !IsUpperLetter(form.back())) return false;
  const std::uint32_t lengths = kPlaceholderLengths[PairOf(first, form.back())];
  if (lengths == 0) return false;
  const std::size_t length =
      form.size() - static_cast<std::size_t>(std::count(form.begin(), form.end(), ' '));
  if (length > kPlaceholderLengthMax || (lengths >> length & 1U) == 0) return false;
  const std::string compact = WithoutSpaces(form);
  return Contains(kPlaceholders, compact) ||
         (kind == NameKind::kGiven && Contains(kGivenPlaceholders, compact));
}

// "JUMEAU 1": digits have no place in the form, but tell that JUMEAU alone is no family name here.
bool IsNumberedTwin(std::string_view input, std::string_view form) {
  return (form == "JUMEAU" || form == "JUMELLE") &&
         input.find_first_of("0123456789") != std::string_view::npos;
}

// ---------------------------------------------------------------- words

struct Word {
  std::string_view text;
  bool apostrophe_after = false;
};

// Takes the next word from the front of `form`; false when there is none. `form` may hold
// apostrophes: they end a word as a space does.
bool TakeWord(std::string_view& form, Word& word) {
  while (!form.empty()) {
    const auto at = std::find_if(form.begin(), form.end(),
                                 [](char c) { return c == ' ' || c == kApostropheMark; });
    const auto end = static_cast<std::size_t>(at - form.begin());
    // T'-A are two words, T'A is one.
    const bool apostrophe =
        end + 1 < form.size() && form[end] == kApostropheMark && form[end + 1] != ' ';
    word = {.text = form.substr(0, end), .apostrophe_after = apostrophe};
    form.remove_prefix(std::min(end + 1, form.size()));
    if (end > 0) return true;
  }
  return false;
}

// The little words of this file have at most eight letters: in a number they are compared at once.
// 0 for a longer word, which none of them is.
constexpr std::uint64_t Packed(std::string_view word) {
  if (word.size() > sizeof(std::uint64_t)) return 0;
  std::uint64_t packed = 0;
  for (const char c : word) packed = packed << 8U | static_cast<std::uint8_t>(c);
  return packed;
}

template <std::size_t kCount>
constexpr std::array<std::uint64_t, kCount> PackedWords(const std::string_view (&words)[kCount]) {
  std::array<std::uint64_t, kCount> packed{};
  for (std::size_t i = 0; i < kCount; ++i) packed[i] = Packed(words[i]);
  return packed;
}

template <std::size_t kCount>
bool Has(const std::array<std::uint64_t, kCount>& words, std::uint64_t packed) {
  bool found = false;  // Without a way out of the loop it is a few wide comparisons.
  for (const std::uint64_t word : words) found |= word == packed;
  return found && packed != 0;
}

// Little words that belong to the next one, whatever stands between them.
constexpr std::array kParticles = PackedWords(
    {"D",  "DE", "DU",  "DES", "DEL", "DELLA", "DELLE", "DI", "DA", "DAS", "DO",  "DOS", "L",
     "LA", "LE", "LES", "VAN", "VON", "DER",   "DEN",   "EL", "AL", "BEN", "AIT", "OULD"});
// Joined as well, but part of the name: SAINT MARTIN without them would be another name.
constexpr std::array kPrefixes =
    PackedWords({"SAINT", "SAINTE", "O", "N", "M", "MC", "MAC", "BOU"});

// Joins particles and prefixes with the word after them, or leaves the particles out. The last word
// is never a particle: LE VAN, DA and BEN are names as well.
std::string JoinFamilyName(std::string_view form, bool with_particles) {
  std::string joined;
  bool glue = true;  // no space before the next word
  Word word;
  Word next;
  bool more = TakeWord(form, word);
  for (; more; word = next) {
    more = TakeWord(form, next);
    std::string_view text = word.text;
    if (text == "ST" && more) text = "SAINT";
    if (text == "STE" && more) text = "SAINTE";
    const std::uint64_t packed = more ? Packed(text) : 0;
    const bool particle = Has(kParticles, packed);
    if (particle && !with_particles) continue;
    if (!glue && !joined.empty()) joined += ' ';
    joined += text;
    glue = particle || Has(kPrefixes, packed) || word.apostrophe_after;
  }
  return joined;
}

bool IsPlaceholder(std::string_view input, std::string_view form, NameKind kind) {
  return IsPlaceholderOfKind(form, kind) || IsNumberedTwin(input, form);
}

// Folded with its apostrophes; empty for placeholders and for nothing.
std::string FamilyForm(std::string_view input) {
  std::string form = Folder(input, kApostropheMark).Fold();
  // Without an apostrophe both forms are the same.
  const bool plain = form.find(kApostropheMark) == std::string::npos;
  const std::string folded = plain ? std::string() : Folder(input, '\0').Fold();
  const std::string_view match_form = plain ? form : folded;
  if (match_form.empty() || IsPlaceholder(input, match_form, NameKind::kFamily)) form.clear();
  return form;
}

std::string FamilyName(std::string_view input, bool with_particles) {
  return JoinFamilyName(FamilyForm(input), with_particles);
}

// ABD EL KADER, ABDEL KADER and ABDELKADER are one given name.
bool JoinsNextGivenName(std::string_view word) {
  constexpr std::array kJoining =
      PackedWords({"ABD", "ABDEL", "ABDOUL", "ABDUL", "ABDAL", "EL", "AL", "UL"});
  return Has(kJoining, Packed(word));
}

}  // namespace

RnivName ToRnivName(std::string_view input, NameKind kind) {
  return RnivWriter(input, kind).Write();
}

bool IsInsiName(std::string_view name, NameKind kind) {
  if (name.empty() || name.size() > kNameCharactersMax || !IsNameText(name)) return false;
  if (name.front() == ' ' || name.front() == '-' || name.back() == ' ') return false;
  for (const std::string_view forbidden : {"  ", "''", " '", "' ", "---"}) {
    if (name.find(forbidden) != std::string_view::npos) return false;
  }
  if (std::none_of(name.begin(), name.end(), IsUpperLetter)) return false;
  if (kind == NameKind::kFamily) return true;
  return name.find("--") == std::string_view::npos && name.back() != '-' && name.back() != '\'';
}

std::string MatchForm(std::string_view input, NameKind kind) {
  std::string form = Folder(input, '\0').Fold();
  if (IsPlaceholder(input, form, kind)) form.clear();
  return form;
}

std::vector<std::string> MatchGivenNames(std::string_view list) {
  std::vector<std::string> names;
  const std::string form = MatchForm(list, NameKind::kGiven);
  if (form.empty()) return names;
  names.reserve(static_cast<std::size_t>(std::count(form.begin(), form.end(), ' ')) + 1);
  bool join = false;
  std::string_view rest = form;
  for (Word word; TakeWord(rest, word);) {
    if (join) {
      names.back() += word.text;
    } else if (IsPlaceholderOfKind(word.text, NameKind::kGiven)) {
      continue;
    } else {
      names.emplace_back(word.text);
    }
    join = JoinsNextGivenName(word.text);
  }
  return names;
}

std::string MatchFamilyName(std::string_view input) { return FamilyName(input, true); }

std::string MatchFamilyNameWithoutParticles(std::string_view input) {
  return FamilyName(input, false);
}

FamilyNameForms MatchFamilyNameForms(std::string_view input) {
  std::string form = FamilyForm(input);
  const bool one_word = std::all_of(form.begin(), form.end(), IsUpperLetter);
  if (one_word) return {.joined = form, .without_particles = form};
  return {.joined = JoinFamilyName(form, true), .without_particles = JoinFamilyName(form, false)};
}

bool IsPlaceholderName(std::string_view match_form) {
  return IsPlaceholderOfKind(match_form, NameKind::kFamily);
}

bool FirstGivenNameAgreesWithList(std::string_view first, std::string_view list) {
  const std::string first_form = Folder(first, ' ').Fold();
  const std::string list_form = Folder(list, ' ').Fold();
  if (first_form.empty() || list_form.empty()) return true;
  if (list_form.size() < first_form.size()) return false;
  const bool begins = list_form.compare(0, first_form.size(), first_form) == 0;
  return begins && (list_form.size() == first_form.size() || list_form[first_form.size()] == ' ');
}

}  // namespace vigie::matching

// Writes matching/generated/fold_table.inc: what each non-ASCII Latin letter, combining mark,
// typographic apostrophe, dash and space becomes in the RNIV form of a name. What is not in the
// table is asked of ICU at run time (matching/text_icu.h).
// usage: generate_fold_table > matching/generated/fold_table.inc
#include <unicode/locid.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>
#include <unicode/uversion.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr UChar32 kCodePointsEnd = 0x10000;  // beyond are no letters of names that ICU rewrites
constexpr UChar32 kBlockSize = 64;

// Reasons as names.h has them.
constexpr const char* kDiacritic = "kDiacritic";
constexpr const char* kLigature = "kLigature";
constexpr const char* kApostrophe = "kTypographicApostrophe";
constexpr const char* kHyphen = "kTypographicHyphen";
constexpr const char* kSpace = "kSpace";
constexpr const char* kTransliterated = "kTransliterated";
constexpr const char* kTrimmed = "kTrimmed";

using Fold = std::pair<std::string, const char*>;  // text, reason

struct Range {
  UChar32 first, last;
  const char* text;
  const char* reason;
};

// Where practice in French registers decides, or where ICU has nothing to say. Everything here that
// differs from ICU is an exception that tests/matching/names_test.cc lists with its reason.
constexpr Range kOverrides[] = {
    {0x00A0, 0x00A0, " ", kSpace},
    {0x00AD, 0x00AD, "", kTrimmed},      // soft hyphen: invisible
    {0x00B4, 0x00B4, "'", kApostrophe},  // acute accent typed for an apostrophe
    {0x02B9, 0x02B9, "'", kApostrophe},  // modifier prime
    {0x02BB, 0x02BD, "'", kApostrophe},  // turned comma, apostrophe, reversed comma
    {0x02C8, 0x02C8, "'", kApostrophe},
    {0x1680, 0x1680, " ", kSpace},
    {0x2000, 0x200A, " ", kSpace},
    {0x200B, 0x200F, "", kTrimmed},  // zero width, direction marks: invisible
    {0x2010, 0x2015, "-", kHyphen},
    {0x2018, 0x2019, "'", kApostrophe},
    {0x201B, 0x201B, "'", kApostrophe},
    {0x2028, 0x2029, " ", kSpace},
    {0x202A, 0x202E, "", kTrimmed},
    {0x202F, 0x202F, " ", kSpace},
    {0x2032, 0x2032, "'", kApostrophe},
    {0x2043, 0x2043, "-", kHyphen},
    {0x205F, 0x205F, " ", kSpace},
    {0x2060, 0x2060, "", kTrimmed},
    {0x2066, 0x2069, "", kTrimmed},
    {0x2212, 0x2212, "-", kHyphen},
    {0x3000, 0x3000, " ", kSpace},
    {0xA78B, 0xA78C, "'", kApostrophe},  // saltillo
    {0xFE58, 0xFE58, "-", kHyphen},
    {0xFE63, 0xFE63, "-", kHyphen},
    {0xFEFF, 0xFEFF, "", kTrimmed},
    {0xFF07, 0xFF07, "'", kApostrophe},
    {0xFF0D, 0xFF0D, "-", kHyphen},
    {0x018F, 0x018F, "E", kDiacritic},  // schwa of Azerbaijani: E in passports
    {0x0259, 0x0259, "E", kDiacritic},
    {0x1E9E, 0x1E9E, "SS", kLigature},
};

// Marks that stand on Latin letters; those of other scripts go with their letters to ICU. Letters
// written above letters are no accents: to drop them would lose a letter.
bool IsLatinMark(UChar32 character) {
  const auto in = [character](UChar32 first, UChar32 last) {
    return first <= character && character <= last;
  };
  constexpr UChar32 kGreekIotaBelow = 0x0345;
  if (u_charType(character) != U_NON_SPACING_MARK || character == kGreekIotaBelow) return false;
  if (!in(0x0300, 0x036F) && !in(0x1AB0, 0x1AFF) && !in(0x1DC0, 0x1DFF) && !in(0x20D0, 0x20FF) &&
      !in(0xFE20, 0xFE2F)) {
    return false;
  }
  std::array<char, 128> name{};
  UErrorCode status = U_ZERO_ERROR;
  u_charName(character, U_UNICODE_CHAR_NAME, name.data(), static_cast<int>(name.size()), &status);
  return U_SUCCESS(status) &&
         std::string_view(name.data()).find("LETTER") == std::string_view::npos;
}

bool IsNameAlphabet(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || c == ' ' || c == '\'' || c == '-';
  });
}

// Without canonical decomposition and not one of the letters with a stroke, hook or so: a letter in
// another dress (fullwidth, superscript, small capital).
const char* ReasonOf(UChar32 character, const std::string& text) {
  if (text.size() > 1) return kLigature;
  const int type = u_getIntPropertyValue(character, UCHAR_DECOMPOSITION_TYPE);
  if (type == U_DT_NONE || type == U_DT_CANONICAL) return kDiacritic;
  return kTransliterated;
}

// False: not in the table.
bool FoldOf(UChar32 character, const icu::Transliterator& latin_to_ascii, Fold& fold) {
  for (const Range& range : kOverrides) {
    if (range.first <= character && character <= range.last) {
      fold = {range.text, range.reason};
      return true;
    }
  }
  if (IsLatinMark(character)) {
    fold = {"", kDiacritic};
    return true;
  }
  UErrorCode status = U_ZERO_ERROR;
  if (uscript_getScript(character, &status) != USCRIPT_LATIN || U_FAILURE(status)) return false;
  icu::UnicodeString text(character);
  latin_to_ascii.transliterate(text);
  text.toUpper(icu::Locale::getRoot());
  std::string ascii;
  text.toUTF8String(ascii);
  if (ascii.empty() || !IsNameAlphabet(ascii)) return false;
  fold = {ascii, ReasonOf(character, ascii)};
  return true;
}

void PrintBytes(const char* name, const std::vector<int>& values) {
  std::printf("inline constexpr std::array<std::uint8_t, %zu> %s = {", values.size(), name);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::printf("%s%d,", i % 32 == 0 ? "\n" : "", values[i]);
  }
  std::printf("\n};\n\n");
}

void PrintTable(const std::vector<Fold>& folds, const std::vector<int>& index_of) {
  std::printf("inline constexpr std::array<Fold, %zu> kFolds = {{\n", folds.size());
  for (const auto& [text, reason] : folds) {
    std::printf("{\"%s\", RewriteReason::%s},\n", text.c_str(), reason);
  }
  std::printf("}};\n\n");
  std::map<std::vector<int>, int> block_numbers;
  std::vector<int> blocks;
  std::vector<int> block_of;
  for (std::size_t start = 0; start < index_of.size(); start += kBlockSize) {
    const auto begin = index_of.begin() + static_cast<std::ptrdiff_t>(start);
    const std::vector<int> block(begin, begin + kBlockSize);
    const auto [found, added] =
        block_numbers.emplace(block, static_cast<int>(block_numbers.size()));
    if (added) blocks.insert(blocks.end(), block.begin(), block.end());
    block_of.push_back(found->second);
  }
  PrintBytes("kFoldBlockOf", block_of);
  PrintBytes("kFoldBlocks", blocks);
}

}  // namespace

int main() {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::Transliterator> latin_to_ascii(
      icu::Transliterator::createInstance("Latin-ASCII", UTRANS_FORWARD, status));
  if (U_FAILURE(status)) {
    std::fprintf(stderr, "generate_fold_table: no Latin-ASCII: %s\n", u_errorName(status));
    return 1;
  }
  std::vector<Fold> folds = {{"", kTransliterated}};  // 0: not in the table
  std::map<std::pair<std::string, std::string>, int> numbers;
  std::vector<int> index_of(kCodePointsEnd, 0);
  for (UChar32 character = 0x80; character < kCodePointsEnd; ++character) {
    Fold fold;
    if (!FoldOf(character, *latin_to_ascii, fold)) continue;
    const auto [found, added] =
        numbers.emplace(std::pair{fold.first, fold.second}, static_cast<int>(folds.size()));
    if (added) folds.push_back(fold);
    index_of[static_cast<std::size_t>(character)] = found->second;
  }
  if (folds.size() > 256) {
    std::fprintf(stderr, "generate_fold_table: %zu foldings do not fit a byte\n", folds.size());
    return 1;
  }
  std::printf(
      "// GENERATED BY tools/generate_fold_table.cc; DO NOT EDIT.\n"
      "// generate_fold_table > matching/generated/fold_table.inc\n"
      "// ICU %s, Unicode %s. kFolds[kFoldBlocks[kFoldBlockOf[c / %d] * %d + c %% %d]] is what "
      "the\n"
      "// code point c < 0x%X becomes; number 0: not in the table.\n// clang-format off\n\n",
      U_ICU_VERSION, U_UNICODE_VERSION, kBlockSize, kBlockSize, kBlockSize, kCodePointsEnd);
  PrintTable(folds, index_of);
  std::printf("// clang-format on\n");
  return 0;
}

#include "tests/reference/slow_names.h"

#include <unicode/locid.h>
#include <unicode/stringpiece.h>
#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <cstdint>
#include <regex>
#include <string>
#include <string_view>

namespace vigie::matching::reference {
namespace {

// What French practice says before ICU is asked: apostrophes and dashes of typographers, invisible
// characters, and letters that ICU leaves alone.
icu::UnicodeString Prepare(const icu::UnicodeString& text) {
  icu::UnicodeString prepared;
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 character = text.char32At(i);
    if (character == 0x00AD || character == 0x200B) continue;
    const bool apostrophe = character == 0x2019 || character == '`';
    prepared.append(apostrophe ? UChar32{'\''} : character);
  }
  return prepared;
}

const icu::Transliterator& Chain() {
  static const icu::Transliterator& chain = []() -> icu::Transliterator& {
    UErrorCode status = U_ZERO_ERROR;
    return *icu::Transliterator::createInstance(
        "Any-Latin; Latin-ASCII; NFD; [:Nonspacing Mark:] Remove; NFC", UTRANS_FORWARD, status);
  }();
  return chain;
}

bool IsPlaceholder(const std::string& form, NameKind kind) {
  if (IsPlaceholderName(form)) return true;
  if (kind == NameKind::kFamily) return false;
  for (const char* given : {"GARCON", "FILLE", "ENFANT", "JUMEAU", "JUMELLE"}) {
    if (form == given) return true;
  }
  return false;
}

// Letters, spaces, apostrophes, and a hyphen for each sign that separates words; no more.
std::string NameCharacters(const icu::UnicodeString& text) {
  std::string characters;
  for (std::int32_t i = 0; i < text.length(); ++i) {
    const char16_t unit = text.charAt(i);
    if ((unit >= u'A' && unit <= u'Z') || unit == u'\'') {
      characters += static_cast<char>(unit);
    } else if (std::u16string_view(u" \t\n\r\u00A0").find(unit) != std::u16string_view::npos) {
      characters += ' ';
    } else if (std::u16string_view(u"-,;./&+|_()").find(unit) != std::u16string_view::npos) {
      characters += '-';
    }
  }
  return characters;
}

}  // namespace

std::string SlowMatchForm(std::string_view input, NameKind kind) {
  icu::UnicodeString text = Prepare(icu::UnicodeString::fromUTF8(
      icu::StringPiece(input.data(), static_cast<std::int32_t>(input.size()))));
  Chain().transliterate(text);
  text.toUpper(icu::Locale::getRoot());
  std::string form = NameCharacters(text);
  // Spaces beside an apostrophe vanish with it, hyphens are spaces, spaces are single.
  form = std::regex_replace(form, std::regex(" *' *"), "");
  form = std::regex_replace(form, std::regex("[ -]+"), " ");
  form = std::regex_replace(form, std::regex("^ | $"), "");
  return IsPlaceholder(form, kind) ? "" : form;
}

}  // namespace vigie::matching::reference

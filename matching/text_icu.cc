#include "matching/text_icu.h"

#include <unicode/stringpiece.h>
#include <unicode/translit.h>
#include <unicode/unistr.h>
#include <unicode/utypes.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vigie::matching {
namespace {

std::unique_ptr<icu::Transliterator> MakeTransliterator() {
  UErrorCode status = U_ZERO_ERROR;
  // U+02B9 and U+02BA: soft and hard sign; U+02BE and U+02BF: hamza and ayn.
  std::unique_ptr<icu::Transliterator> made(icu::Transliterator::createInstance(
      icu::UnicodeString::fromUTF8(
          "Any-Latin; [\\u02B9\\u02BA\\u02BE\\u02BF] Remove; Latin-ASCII; Any-Upper"),
      UTRANS_FORWARD, status));
  if (U_FAILURE(status)) return nullptr;
  return made;
}

}  // namespace

std::optional<std::string> TransliterateToLatin(std::string_view text) {
  // A transliterator keeps state while it works: one per thread.
  thread_local const std::unique_ptr<icu::Transliterator> transliterator = MakeTransliterator();
  if (transliterator == nullptr) return std::nullopt;
  icu::UnicodeString unicode = icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
  transliterator->transliterate(unicode);
  std::string result;
  unicode.toUTF8String(result);
  return result;
}

}  // namespace vigie::matching

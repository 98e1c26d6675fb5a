// A phonetic key for names as French ears write them: DUPONT and DUPOND, LEFEVRE and LEFEBVRE,
// PHILIPPE and FILIP have one key. Made to find candidates and as one weak level of a comparison,
// never as proof: it is coarse on purpose.
//
// Our own ordered rules, in the spirit of Brouard's Phonex and of FONEM (Bouchard, Brard, Lavoie
// 1981); neither was copied. Input: match form (A-Z and spaces; anything else is left out).
//   1. Spaces and doubled letters go; Y is I.
//   2. The end: MPS, MP -> M; final S, T, D, X, Z are mute (several in a row too; never the whole
//      name); then final AUL -> AU (ARNAULT, RENAULT).
//   3. From left to right, the first rule that fits at a place writes its code:
//        EAU, AU -> O; OEU, OE, EU -> E; OU -> U; OI -> W (not before N + consonant or end);
//        nasals, before a consonant but N, M, H or at the end: AIN AIM EIN EIM IN IM UN UM -> 1,
//        AN AM EN EM -> 2, ON OM -> 3; AI, EI -> E;
//        SCH, SH, CH -> C, but CH before R, L, N -> K; PH -> F; BV -> V; GN -> N;
//        GU before E, I -> G; GE before A, O, U -> J; G before E, I -> J;
//        C before E, I -> S; CK, CQ, QU, Q, C -> K; Z -> S; X -> KS; W -> V; H is mute;
//        any other letter is itself.
//   4. A mute E, or ER, at the end goes when something is left; equal neighbours become one.
//   5. The first kPhoneticCodesMax codes are kept.
// Pure and thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vigie::matching {

inline constexpr std::size_t kPhoneticCodesMax = 10;

// Of A-Z and 1-3, at most kPhoneticCodesMax long; empty only when `match_form` has no letter that
// sounds.
std::string PhoneticKey(std::string_view match_form);

// The same packed in a number, for comparing and hashing; 0 for the empty key. Different keys have
// different numbers.
std::uint64_t PhoneticNumber(std::string_view match_form);

}  // namespace vigie::matching

// A sample hospital: people who never lived, recorded as a French hospital records people, with the
// truth about who is who. No row is about anyone real.
//
// The same options give the same bytes on every machine: own generators on std::mt19937_64, integer
// tables, no distribution whose output the standard leaves open.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace vigie::tools {

inline constexpr std::int64_t kGeneratedIdentitiesMax = 100'000'000;
inline constexpr std::int64_t kGeneratedVisitsMax = 1'000'000'000;
inline constexpr std::int64_t kVisitsPerIdentityDefault = 3;

struct CountedGivenName {
  std::string name;
  bool male = false;
  int year = 0;  // of birth; 0: every year
  std::int64_t count = 0;
};

struct CountedFamilyName {
  std::string name;
  std::int64_t count = 0;
};

// INSEE's files: given names `sexe;preusuel;annais;nombre` (sexe 1 or 2) and family names
// `nomc;total`; the spellings `prenom`, `annee`, `periode`, `valeur`, `nom`, `nombre`, `count` are
// known too. Rows that stand for "all rare names" are left out. INVALID_ARGUMENT with the line.
absl::StatusOr<std::vector<CountedGivenName>> ReadGivenNamesFile(const std::string& path);
absl::StatusOr<std::vector<CountedFamilyName>> ReadFamilyNamesFile(const std::string& path);

struct GenerateOptions {
  std::int64_t identity_count = 20'000;
  std::optional<std::int64_t> visit_count;  // absent: three an identity
  std::uint64_t seed = 1;
  std::string domain = "HOPITAL";
  int year = 2025;  // of the visits; 1950..2150
  // Replace the compiled-in French names; empty: those.
  std::vector<CountedGivenName> given_names;
  std::vector<CountedFamilyName> family_names;
};

struct GeneratedCounts {
  std::int64_t identities = 0;
  std::int64_t persons = 0;
  std::int64_t duplicates = 0;  // second and further records of a person
  std::int64_t twins = 0;       // persons born with another of the hospital
  std::int64_t visits = 0;
};

struct GenerateOutputs {
  std::ostream* identities = nullptr;  // the contract's CSV
  std::ostream* visits = nullptr;      // the contract's CSV
  std::ostream* truth = nullptr;       // domain,local_id,person_id
};

// `progress` (may be empty) is told now and then how many identities are written.
// INVALID_ARGUMENT: a number out of range. RESOURCE_EXHAUSTED: a stream cannot be written.
absl::StatusOr<GeneratedCounts> Generate(const GenerateOptions& options,
                                         const GenerateOutputs& outputs,
                                         const std::function<void(std::int64_t)>& progress);

// Writes identities.csv, visits.csv and truth.csv into `directory`, which is made when missing.
absl::StatusOr<GeneratedCounts> GenerateFiles(const GenerateOptions& options,
                                              const std::string& directory,
                                              const std::function<void(std::int64_t)>& progress);

}  // namespace vigie::tools

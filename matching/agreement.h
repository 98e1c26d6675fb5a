// How far figures from a sample of judged pairs can be trusted: shares with their intervals,
// agreement of two people beyond chance, sensitivity from a stratified sample, and how often what
// was said to be probable is so.
//
// Every interval is at 95 %. Where there is nothing to compute from, the result is absent, not 0.
// Pure functions, thread-safe, the same result on every run.
//
// Sources
//   share        Wilson (1927), "Probable inference, the law of succession, and statistical
//                inference"; as method 3 of Newcombe (1998), Statistics in Medicine 17:857.
//   weights      Horvitz and Thompson (1952): each pair counts for the inverse of its probability
//                of being drawn; effective number of pairs (sum w)^2 / sum w^2, Kish (1965).
//   kappa        Cohen (1960); its standard error Fleiss, Cohen and Everitt (1969), as formulas
//                18.13 to 18.15 of Fleiss, Levin and Paik (2003).
//   sensitivity  stratified estimator (Cochran 1977, chapter 5); interval from Jeffreys' posterior
//                of each stratum's share (Brown, Cai and DasGupta 2001) and of its size, drawn with
//                a fixed seed. Gamma variates: Marsaglia and Tsang (2000).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace vigie::matching {

// A figure and its interval, low <= value <= high but where said.
struct Estimate {
  double value = 0, low = 0, high = 0;
  bool operator==(const Estimate&) const = default;
};

// Wilson's score interval around successes / trials. Both may be fractions (effective numbers).
// Absent without trials.
std::optional<Estimate> ShareOf(double successes, double trials);

// Judged pairs, each with its weight: the inverse of its probability of being drawn.
struct WeightedShare {
  std::int64_t pairs = 0;
  std::int64_t right_pairs = 0;
  double weight_sum = 0, weight_square_sum = 0, right_weight_sum = 0;
  // `weight` is above 0.
  void Add(bool right, double weight = 1);
  // Weighted share of right pairs; its interval is Wilson's at the effective number of pairs.
  // Absent without pairs.
  std::optional<Estimate> Value() const;
};

// What two people said of the same pairs: counts[first][second].
inline constexpr std::size_t kAgreementCategories = 3;
using AgreementTable =
    std::array<std::array<std::int64_t, kAgreementCategories>, kAgreementCategories>;
// Agreement beyond what chance gives: 1 is full, 0 what chance gives, below 0 less. Absent without
// pairs, and where chance alone gives full agreement (both always said the same one thing). The
// interval is cut at -1 and 1.
std::optional<Estimate> CohenKappa(const AgreementTable& counts);

// One stratum of a sample of pairs.
struct Stratum {
  bool found = false;       // what the detector brought up: the queue; else what it missed
  double pair_count = 0;    // in the whole base: the sum of inverse probabilities of those drawn
  std::int64_t drawn = 0;   // pairs of the sample
  std::int64_t judged = 0;  // of them, those of which two people agreed
  std::int64_t same = 0;    // of them, the same person
};
// Share of all pairs of one person that the detector brought up. Absent when a stratum with pairs
// has none judged, when there is no stratum on one of the two sides, or when no pair was the same
// person. The interval need not contain the value when a large stratum was judged in few pairs.
std::optional<Estimate> SensitivityOf(std::span<const Stratum> strata);

// Predicted probabilities against what happened, in bins [i / 10, (i + 1) / 10); 1 is in the last.
inline constexpr std::size_t kReliabilityBins = 10;
struct ReliabilityBin {
  WeightedShare share;         // of right pairs
  double probability_sum = 0;  // weighted
};
class ReliabilityTable {
 public:
  // Probabilities outside 0..1 count as the nearest bound.
  void Add(double probability, bool right, double weight = 1);
  const std::array<ReliabilityBin, kReliabilityBins>& bins() const { return bins_; }
  std::int64_t pair_count() const;
  // Absent for a bin without pairs.
  std::optional<double> MeanProbability(std::size_t bin) const;
  std::optional<Estimate> ShareRight(std::size_t bin) const;
  // Weighted mean over bins of the distance of the mean probability from the share of right pairs;
  // absent without pairs.
  std::optional<double> Error() const;

 private:
  std::array<ReliabilityBin, kReliabilityBins> bins_;
};

}  // namespace vigie::matching

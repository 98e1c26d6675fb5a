#include "matching/train.h"

#include <algorithm>
#include <cmath>

#include "matching/stable_hash.h"

namespace vigie::matching {
namespace {

constexpr std::size_t kSame = static_cast<std::size_t>(Hypothesis::kSame);
constexpr std::size_t kBornTogether = static_cast<std::size_t>(Hypothesis::kBornTogether);
constexpr std::size_t kHousehold = static_cast<std::size_t>(Hypothesis::kHousehold);
constexpr std::size_t kStranger = static_cast<std::size_t>(Hypothesis::kStranger);
constexpr double kTrainedProbabilityMin = 1e-7;
constexpr int kOrderingRoundsMax = 100;

using Shares = std::array<double, kHypothesisCount>;

std::uint64_t SplitMix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

std::uint64_t HashOf(TrainingPass pass, std::uint64_t first, std::uint64_t second) {
  return StableHash().Add(static_cast<std::uint64_t>(pass)).Add(first).Add(second).value() | 1;
}

// ---- Levels the data cannot show ---------------------------------------------------------------

std::uint8_t LevelIn(PatternKey pattern, ComparisonKind kind) {
  return static_cast<std::uint8_t>((pattern >> (kPatternBits * static_cast<int>(kind))) & 0xf);
}

bool Shows(const PatternCounts& counts, ComparisonKind kind, std::uint8_t last_level) {
  const auto patterns = counts.Sorted();
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const auto& entry) { return LevelIn(entry.first, kind) <= last_level; });
}

// Where streets are not in the data, people of one address agree in their town and no further: what
// the model holds for the levels above belongs to the town then. Without it a household would look
// like strangers, and namesakes of one family like one person.
Model WithoutStreetsIfNoneShows(Model model, const TrainingCounts& counts) {
  constexpr auto kTown = static_cast<std::uint8_t>(AddressLevel::kSamePostalCode);
  const auto shows_streets = [](const PatternCounts& patterns) {
    return Shows(patterns, ComparisonKind::kAddress, kTown - 1);
  };
  if (shows_streets(counts.random) || shows_streets(counts.labelled_same) ||
      shows_streets(counts.labelled_different) ||
      std::any_of(counts.passes.begin(), counts.passes.end(), shows_streets)) {
    return model;
  }
  for (Comparison& comparison : model.comparisons) {
    if (comparison.kind != ComparisonKind::kAddress) continue;
    for (std::uint8_t level = 0; level < kTown; ++level) {
      for (std::size_t h = 0; h < kHypothesisCount; ++h) {
        double& probability = comparison.levels[level].probability[h];
        comparison.levels[kTown].probability[h] += probability - kTrainedProbabilityMin;
        probability = kTrainedProbabilityMin;
      }
    }
  }
  return model;
}

// ---- The mixture -------------------------------------------------------------------------------

// Counts of one origin, with what may be learnt from them.
struct Source {
  std::vector<std::pair<PatternKey, std::uint64_t>> patterns;
  std::uint32_t blind = 0;  // bit k: the comparison of kind k is fixed by the key
  bool teaches_stranger = false;
  bool family_cannot_be_swapped = false;  // the key holds one of the two names
  bool same_known = false;
  bool different_known = false;
  double weight = 1;
  Shares shares = {0.25, 0.25, 0.25, 0.25};  // of the hypotheses among its pairs
  double total = 0;
};

bool IsBlind(const Source& source, ComparisonKind kind) {
  return (source.blind & (1u << static_cast<unsigned>(kind))) != 0;
}

Shares Divided(Shares pairs, double total) {
  for (double& share : pairs) share /= total;
  return pairs;
}

// P(level | hypothesis), by position in the model's comparisons.
using Table = std::vector<std::vector<Shares>>;

class Mixture {
 public:
  Mixture(const Model& given, const TrainingCounts& counts, const TrainOptions& options);

  // One step; the greatest change of a probability or share.
  double Step();
  Shares Posterior(const Shares& prior, PatternKey pattern, std::uint32_t blind) const;
  void Order(std::vector<std::string>* reordered);

  const Table& table() const { return table_; }
  const std::vector<Source>& sources() const { return sources_; }
  // Pairs with a level, without the pseudo-pairs, by comparison.
  std::vector<double> evidence() const { return evidence_; }

 private:
  void AddSource(const PatternCounts& counts, Source source);
  double Learn(const Table& expected);
  Shares HeldShares(const Source& source, const Shares& pairs) const;
  double RelativesForEachSame(const Source& source, std::size_t h) const;
  Shares PriorPairs(std::size_t comparison) const;
  double PriorProbability(std::size_t comparison, std::size_t level, std::size_t h) const;
  void Collect(const Source& source, Table* expected, Shares* shares);

  const Model given_;
  const TrainOptions& options_;
  std::vector<Source> sources_;
  Table table_;
  Table strangers_;  // raw frequencies of random pairs, smoothed
  std::vector<double> evidence_;
};

void Mixture::AddSource(const PatternCounts& counts, Source source) {
  source.patterns = counts.Sorted();
  for (const auto& [pattern, count] : source.patterns) source.total += static_cast<double>(count);
  if (source.total > 0) sources_.push_back(std::move(source));
}

Mixture::Mixture(const Model& given, const TrainingCounts& counts, const TrainOptions& options)
    : given_(WithoutStreetsIfNoneShows(given, counts)),
      options_(options),
      evidence_(given.comparisons.size(), 0.0) {
  Source random;
  random.teaches_stranger = true;
  random.shares = given.prior;
  AddSource(counts.random, random);
  for (std::size_t p = 0; p < kTrainingPassCount; ++p) {
    const auto pass = static_cast<TrainingPass>(p);
    Source source;
    for (std::size_t k = 0; k < kComparisonKindCount; ++k) {
      if (PassFixes(pass, static_cast<ComparisonKind>(k))) source.blind |= 1u << k;
    }
    source.family_cannot_be_swapped = pass == TrainingPass::kGivenAndDate;
    AddSource(counts.passes[p], source);
  }
  Source same;
  same.same_known = true;
  same.weight = options.label_weight;
  same.shares = {1, 0, 0, 0};
  AddSource(counts.labelled_same, same);
  Source different;
  different.different_known = true;
  different.weight = options.label_weight;
  different.shares = {0, 0.4, 0.3, 0.3};
  AddSource(counts.labelled_different, different);

  for (const Comparison& comparison : given_.comparisons) {
    std::vector<Shares> levels;
    for (const Level& level : comparison.levels) levels.push_back(level.probability);
    table_.push_back(std::move(levels));
  }
  // Strangers first: what random pairs show, and the prior of relatives is made of it.
  strangers_ = table_;
  for (std::size_t c = 0; c < table_.size(); ++c) {
    const ComparisonKind kind = given.comparisons[c].kind;
    std::vector<double> seen(table_[c].size(), 0.0);
    double total = 0;
    for (const auto& [pattern, count] : counts.random.Sorted()) {
      const std::uint8_t level = LevelIn(pattern, kind);
      if (level >= seen.size()) continue;
      seen[level] += static_cast<double>(count);
      total += static_cast<double>(count);
    }
    for (std::size_t l = 0; l < seen.size(); ++l) {
      const double held = options.stranger_weight_pairs * table_[c][l][kStranger];
      strangers_[c][l][kStranger] = (seen[l] + held) / (total + options.stranger_weight_pairs);
      table_[c][l][kStranger] = strangers_[c][l][kStranger];
    }
  }
}

Shares Mixture::Posterior(const Shares& prior, PatternKey pattern, std::uint32_t blind) const {
  Shares product = prior;
  for (std::size_t c = 0; c < table_.size(); ++c) {
    const ComparisonKind kind = given_.comparisons[c].kind;
    if ((blind & (1u << static_cast<unsigned>(kind))) != 0) continue;
    const std::uint8_t level = LevelIn(pattern, kind);
    if (level >= table_[c].size()) continue;  // Missing: no factor.
    for (std::size_t h = 0; h < kHypothesisCount; ++h) product[h] *= table_[c][level][h];
  }
  double sum = 0;
  for (const double p : product) sum += p;
  if (!(sum > 0)) return prior;
  for (double& p : product) p /= sum;
  return product;
}

// Pseudo-pairs that hold a comparison, by hypothesis.
Shares Mixture::PriorPairs(std::size_t comparison) const {
  const ComparisonKind kind = given_.comparisons[comparison].kind;
  const bool personal = kind == ComparisonKind::kGivenNames || kind == ComparisonKind::kSex;
  const double relatives =
      static_cast<double>(options_.record_count) *
      (personal ? options_.relative_weight_records : options_.relative_other_weight_records);
  return {options_.same_weight_pairs, relatives, relatives, options_.stranger_weight_pairs};
}

double Mixture::PriorProbability(std::size_t comparison, std::size_t level, std::size_t h) const {
  const ComparisonKind kind = given_.comparisons[comparison].kind;
  const bool personal = kind == ComparisonKind::kGivenNames || kind == ComparisonKind::kSex;
  const bool relative = h == kBornTogether || h == kHousehold;
  if (personal && relative) return strangers_[comparison][level][kStranger];
  return given_.comparisons[comparison].levels[level].probability[h];
}

void Mixture::Collect(const Source& source, Table* expected, Shares* shares) {
  for (const auto& [pattern, count] : source.patterns) {
    const Shares posterior = Posterior(source.shares, pattern, source.blind);
    const double pairs = static_cast<double>(count) * source.weight;
    for (std::size_t h = 0; h < kHypothesisCount; ++h) {
      (*shares)[h] += static_cast<double>(count) * posterior[h];
    }
    for (std::size_t c = 0; c < table_.size(); ++c) {
      const ComparisonKind kind = given_.comparisons[c].kind;
      if (IsBlind(source, kind)) continue;
      const std::uint8_t level = LevelIn(pattern, kind);
      if (level >= table_[c].size()) continue;
      evidence_[c] += pairs;
      for (std::size_t h = 0; h < kHypothesisCount; ++h) {
        if (h == kStranger && !source.teaches_stranger) continue;
        (*expected)[c][level][h] += pairs * posterior[h];
        // Of a level the key makes impossible, as many as its probability says are not shown.
        if (source.family_cannot_be_swapped && kind == ComparisonKind::kFamilyName) {
          const auto swapped = static_cast<std::size_t>(FamilyLevel::kSwapped);
          const double p = table_[c][swapped][h];
          (*expected)[c][swapped][h] += pairs * posterior[h] * p / (1 - p);
        }
      }
    }
  }
}

// The M-step: expected counts plus pseudo-pairs, as shares; the greatest change.
double Mixture::Learn(const Table& expected) {
  double change = 0;
  for (std::size_t c = 0; c < table_.size(); ++c) {
    const Shares held = PriorPairs(c);
    for (std::size_t h = 0; h < kHypothesisCount; ++h) {
      double total = held[h];
      for (const Shares& level : expected[c]) total += level[h];
      double sum = 0;
      std::vector<double> next(table_[c].size());
      for (std::size_t l = 0; l < next.size(); ++l) {
        const double pairs = expected[c][l][h] + held[h] * PriorProbability(c, l, h);
        next[l] = std::max(pairs / total, kTrainedProbabilityMin);
        sum += next[l];
      }
      for (std::size_t l = 0; l < next.size(); ++l) {
        next[l] /= sum;
        change = std::max(change, std::abs(next[l] - table_[c][l][h]));
        table_[c][l][h] = next[l];
      }
    }
  }
  return change;
}

// Given names are what tells relatives from one person. Where the key of a pass fixes them,
// namesakes of one family and one person whose date is wrong look alike, and few columns do not say
// how many are which; so it is with the namesakes of a household at one phone, and with twins.
// There as many relatives as the model given expects for each pair of one person, by what the key
// asks of both, are believed to be besides those that are seen. An address shows its households by
// itself.
Shares Mixture::HeldShares(const Source& source, const Shares& pairs) const {
  if (source.blind == 0) return Divided(pairs, source.total);  // Random or labelled.
  Shares held = pairs;
  double total = source.total;
  for (const std::size_t h : {kBornTogether, kHousehold}) {
    const bool unclear = IsBlind(source, ComparisonKind::kGivenNames) ||
                         IsBlind(source, ComparisonKind::kPhone) || h == kBornTogether;
    if (!unclear) continue;
    const double relatives =
        options_.relative_share_weight * pairs[kSame] * RelativesForEachSame(source, h);
    held[h] += relatives;
    total += relatives;
  }
  return Divided(held, total);
}

// Prior times what the key of the pass asks of two records.
double Mixture::RelativesForEachSame(const Source& source, std::size_t h) const {
  double ratio = given_.prior[h] / given_.prior[kSame];
  for (std::size_t c = 0; c < table_.size(); ++c) {
    const ComparisonKind kind = given_.comparisons[c].kind;
    // Sex follows from the given name.
    if (!IsBlind(source, kind) || kind == ComparisonKind::kSex) continue;
    double of_relatives = PriorProbability(c, 0, h);
    double of_one_person = PriorProbability(c, 0, kSame);
    if (kind == ComparisonKind::kGivenNames) {  // The key leaves open how long the lists are.
      of_relatives += PriorProbability(c, 1, h);
      of_one_person += PriorProbability(c, 1, kSame);
    }
    ratio *= of_relatives / of_one_person;
  }
  return ratio;
}

double Mixture::Step() {
  Table expected = table_;
  for (auto& comparison : expected) {
    for (Shares& level : comparison) level = {};
  }
  std::fill(evidence_.begin(), evidence_.end(), 0.0);
  double change = 0;
  std::vector<Shares> next_shares;
  for (const Source& source : sources_) {
    Shares shares{};
    Collect(source, &expected, &shares);
    next_shares.push_back(HeldShares(source, shares));
  }
  change = std::max(change, Learn(expected));
  for (std::size_t s = 0; s < sources_.size(); ++s) {
    for (std::size_t h = 0; h < kHypothesisCount; ++h) {
      change = std::max(change, std::abs(next_shares[s][h] - sources_[s].shares[h]));
    }
    sources_[s].shares = next_shares[s];
  }
  return change;
}

// Pools neighbours whose ratio same : stranger rises, from the top of a chain (the pool-adjacent-
// violators algorithm of isotonic regression); the sum of `same` stays. True when it changed one.
bool PoolChain(const std::vector<std::uint8_t>& chain, std::vector<Shares>* levels) {
  struct Block {
    double same, stranger;
    std::size_t levels;
  };
  std::vector<Block> blocks;
  for (const std::uint8_t l : chain) {
    blocks.push_back({(*levels)[l][kSame], (*levels)[l][kStranger], 1});
    while (blocks.size() > 1) {
      const Block last = blocks.back();
      Block& before = blocks[blocks.size() - 2];
      // A hair's breadth of room, or rounding would pool for ever.
      if (before.same * last.stranger >= last.same * before.stranger * (1 - 1e-9)) break;
      before.same += last.same;
      before.stranger += last.stranger;
      before.levels += last.levels;
      blocks.pop_back();
    }
  }
  bool changed = false;
  std::size_t at = 0;
  for (const Block& block : blocks) {
    for (std::size_t i = 0; i < block.levels; ++i, ++at) {
      if (block.levels == 1) continue;
      (*levels)[chain[at]][kSame] = (*levels)[chain[at]][kStranger] * block.same / block.stranger;
      changed = true;
    }
  }
  return changed;
}

void Mixture::Order(std::vector<std::string>* reordered) {
  for (std::size_t c = 0; c < table_.size(); ++c) {
    bool any = false;
    for (int round = 0; round < kOrderingRoundsMax; ++round) {
      bool changed = false;
      for (const auto& chain : OrderedLevels(given_.comparisons[c].kind)) {
        changed = PoolChain(chain, &table_[c]) || changed;
      }
      any = any || changed;
      if (!changed) break;
    }
    if (any) reordered->push_back(given_.comparisons[c].name);
  }
}

// ---- What comes of it --------------------------------------------------------------------------

absl::Status CheckOptions(const TrainOptions& options) {
  const auto bad = [](double value) { return !std::isfinite(value) || value < 0; };
  if (bad(options.possible_pair_count) || options.possible_pair_count < 1) {
    return absl::InvalidArgumentError("there is no pair to learn from: at least two records");
  }
  if (bad(options.relative_weight_records) || bad(options.relative_other_weight_records) ||
      bad(options.same_weight_pairs) || bad(options.stranger_weight_pairs) ||
      bad(options.label_weight) || options.iterations_max < 1) {
    return absl::InvalidArgumentError("weights are numbers from 0, iterations at least 1");
  }
  return absl::OkStatus();
}

// Hypotheses among all possible pairs. Nearly every pair of one person, or born together, is in a
// pass; who is in none is a stranger or of a household. Households are counted at their address.
Shares ExpectedPairs(const Model& given, const Mixture& mixture, const TrainingCounts& counts,
                     const TrainOptions& options) {
  const auto patterns = counts.any_pass.Sorted();
  Shares prior = given.prior;
  Shares pairs{};
  for (int round = 0; round < 100; ++round) {
    pairs = {};
    for (const auto& [pattern, count] : patterns) {
      const Shares posterior = mixture.Posterior(prior, pattern, 0);
      for (std::size_t h = 0; h < kHypothesisCount; ++h) {
        pairs[h] += static_cast<double>(count) * posterior[h];
      }
    }
    const Shares before = prior;
    for (const std::size_t h : {kSame, kBornTogether}) {
      prior[h] = std::max(pairs[h], 0.5) / options.possible_pair_count;
    }
    // Kept in proportion until the addresses have spoken.
    prior[kHousehold] = prior[kSame] * given.prior[kHousehold] / given.prior[kSame];
    const auto address = counts.passes[static_cast<std::size_t>(TrainingPass::kAddress)].Sorted();
    double households = 0;
    for (const Source& source : mixture.sources()) {
      const auto kind = static_cast<unsigned>(ComparisonKind::kAddress);
      if (!address.empty() && source.blind == 1u << kind) {
        households = source.shares[kHousehold] * source.total;
      }
    }
    for (std::size_t c = 0; c < given.comparisons.size(); ++c) {
      if (given.comparisons[c].kind != ComparisonKind::kAddress || households < 1) continue;
      const double at_one_address = mixture.table()[c][0][kHousehold];
      prior[kHousehold] = households / at_one_address / options.possible_pair_count;
    }
    prior[kHousehold] = std::min(prior[kHousehold], 0.1);
    prior[kStranger] = 1 - prior[kSame] - prior[kBornTogether] - prior[kHousehold];
    if (std::abs(prior[kSame] - before[kSame]) < 1e-6 * prior[kSame]) break;
  }
  for (std::size_t h = 0; h < kHypothesisCount; ++h) {
    pairs[h] = prior[h] * options.possible_pair_count;
  }
  return pairs;
}

std::string Number(double value) {
  std::string text = std::to_string(value);
  return text.substr(0, text.find('.') + 3);
}

// Without dates nothing tells one person from the namesakes of a family.
absl::Status CheckDates(const Model& model, const TrainingCounts& counts,
                        const std::vector<double>& evidence) {
  if (counts.labelled_same.total() > 0) return absl::OkStatus();
  for (std::size_t c = 0; c < model.comparisons.size(); ++c) {
    if (model.comparisons[c].kind == ComparisonKind::kBirthDate && evidence[c] > 0) {
      return absl::OkStatus();
    }
  }
  return absl::FailedPreconditionError(
      "the data has no birth date to compare: nothing tells one person from the namesakes of a "
      "family. Train on data with dates, or with labels");
}

absl::Status CheckSense(const Model& model, const TrainReport& report, const TrainOptions& options,
                        const std::vector<double>& evidence) {
  const double same = report.expected_pairs[kSame];
  if (!(same >= kSamePairsMin)) {
    return absl::FailedPreconditionError(
        "the data shows about " + Number(same) + " pairs of one person; a model needs " +
        Number(kSamePairsMin) + " at least. Train on more records, or with labels");
  }
  if (same > kSamePairsPerRecordMax * static_cast<double>(options.record_count)) {
    return absl::FailedPreconditionError(
        "the data shows more than " + Number(kSamePairsPerRecordMax) +
        " duplicates a record; is a column the same for everyone, or a file given twice?");
  }
  for (std::size_t c = 0; c < model.comparisons.size(); ++c) {
    if (evidence[c] == 0) continue;
    const Comparison& comparison = model.comparisons[c];
    const Shares& best = comparison.levels.front().probability;
    if (best[kSame] <= best[kStranger]) {
      return absl::FailedPreconditionError(comparison.name + "." + comparison.levels.front().name +
                                           " came out as no more likely in one person (" +
                                           Number(best[kSame]) + ") than between strangers (" +
                                           Number(best[kStranger]) + "): the column tells nothing");
    }
    if (comparison.kind == ComparisonKind::kGivenNames &&
        comparison.levels.back().probability[kSame] >
            comparison.levels.back().probability[kBornTogether]) {
      return absl::FailedPreconditionError(
          "\"same\" and \"born_together\" have changed places: given names came out as more "
          "often different in one person than in twins");
    }
  }
  return absl::OkStatus();
}

Model ModelOf(const Model& given, const Mixture& mixture, const Shares& expected_pairs,
              double possible_pairs, std::uint64_t record_count) {
  Model model = given;
  model.version.clear();
  double sum = 0;
  for (std::size_t h = 0; h < kHypothesisCount; ++h) {
    model.prior[h] = std::max(expected_pairs[h] / possible_pairs, kProbabilityMin);
    sum += model.prior[h];
  }
  for (double& prior : model.prior) prior /= sum;
  model.prior_population = record_count;
  for (std::size_t c = 0; c < model.comparisons.size(); ++c) {
    for (std::size_t l = 0; l < model.comparisons[c].levels.size(); ++l) {
      model.comparisons[c].levels[l].probability = mixture.table()[c][l];
    }
  }
  return model;
}

}  // namespace

PatternKey PackLevels(const PairLevels& levels) {
  PatternKey pattern = 0;
  for (std::size_t k = 0; k < kComparisonKindCount; ++k) {
    const std::uint8_t level = levels.level[k] == kMissing ? kPatternMissing : levels.level[k];
    pattern |= static_cast<PatternKey>(level) << (kPatternBits * static_cast<int>(k));
  }
  return pattern;
}

PairLevels UnpackLevels(PatternKey pattern) {
  PairLevels levels;
  for (std::size_t k = 0; k < kComparisonKindCount; ++k) {
    const std::uint8_t level = LevelIn(pattern, static_cast<ComparisonKind>(k));
    levels.level[k] = level == kPatternMissing ? kMissing : level;
  }
  return levels;
}

void PatternCounts::Merge(const PatternCounts& other) {
  for (const auto& [pattern, count] : other.counts_) counts_[pattern] += count;
}

std::uint64_t PatternCounts::total() const {
  std::uint64_t total = 0;
  for (const auto& [pattern, count] : counts_) total += count;
  return total;
}

std::vector<std::pair<PatternKey, std::uint64_t>> PatternCounts::Sorted() const {
  std::vector<std::pair<PatternKey, std::uint64_t>> sorted(counts_.begin(), counts_.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

std::string_view TrainingPassName(TrainingPass pass) {
  static constexpr std::array<std::string_view, kTrainingPassCount> kNames = {
      "family_and_date", "given_and_date", "family_and_given", "date_and_place", "address",
      "phone",           "email"};
  return kNames[static_cast<std::size_t>(pass)];
}

bool PassFixes(TrainingPass pass, ComparisonKind kind) {
  switch (pass) {
    case TrainingPass::kFamilyAndDate:
      return kind == ComparisonKind::kFamilyName || kind == ComparisonKind::kBirthDate;
    case TrainingPass::kGivenAndDate:
      return kind == ComparisonKind::kGivenNames || kind == ComparisonKind::kBirthDate ||
             kind == ComparisonKind::kSex;
    case TrainingPass::kFamilyAndGiven:
      return kind == ComparisonKind::kFamilyName || kind == ComparisonKind::kGivenNames ||
             kind == ComparisonKind::kSex;
    case TrainingPass::kDateAndPlace:
      return kind == ComparisonKind::kBirthDate || kind == ComparisonKind::kBirthPlace;
    case TrainingPass::kAddress:
      return kind == ComparisonKind::kAddress;
    case TrainingPass::kPhone:
      return kind == ComparisonKind::kPhone;
    case TrainingPass::kEmail:
      return kind == ComparisonKind::kEmail;
  }
  return false;
}

std::array<std::uint64_t, kTrainingPassCount> TrainingKeys(const Record& record) {
  std::array<std::uint64_t, kTrainingPassCount> keys{};
  const std::uint64_t family = record.birth_family_phonetic;
  const std::uint64_t given = record.given_phonetics.empty() ? 0 : record.given_phonetics[0];
  const Date& date = record.birth_date;
  const bool whole_date =
      date.year != 0 && date.month != 0 && date.day != 0 && !record.birth_date_is_default;
  const std::uint64_t day = static_cast<std::uint64_t>(date.year) * 10000 +
                            static_cast<std::uint64_t>(date.month) * 100 + date.day;
  const auto set = [&](TrainingPass pass, std::uint64_t first, std::uint64_t second) {
    keys[static_cast<std::size_t>(pass)] = HashOf(pass, first, second);
  };
  if (whole_date && family != 0) set(TrainingPass::kFamilyAndDate, family, day);
  if (whole_date && given != 0) set(TrainingPass::kGivenAndDate, given, day);
  if (family != 0 && given != 0) set(TrainingPass::kFamilyAndGiven, family, given);
  if (whole_date && !record.birth_place_code.empty()) {
    set(TrainingPass::kDateAndPlace, StableHash().Add(record.birth_place_code).value(), day);
  }
  if (!record.address.empty()) {
    set(TrainingPass::kAddress, StableHash().Add(record.address).value(),
        StableHash().Add(record.postal_code).Add(record.city).value());
  }
  if (!record.phone.empty()) set(TrainingPass::kPhone, StableHash().Add(record.phone).value(), 0);
  if (!record.email.empty()) set(TrainingPass::kEmail, StableHash().Add(record.email).value(), 0);
  return keys;
}

std::pair<std::size_t, std::size_t> RandomPair(std::uint64_t seed, std::uint64_t k,
                                               std::size_t count) {
  const std::uint64_t first = SplitMix(SplitMix(seed) ^ (2 * k));
  const std::uint64_t second = SplitMix(SplitMix(seed) ^ (2 * k + 1));
  const std::size_t left = first % count;
  std::size_t right = second % (count - 1);
  if (right >= left) ++right;
  return {left, right};
}

void TrainingCounts::Merge(const TrainingCounts& other) {
  random.Merge(other.random);
  for (std::size_t p = 0; p < kTrainingPassCount; ++p) passes[p].Merge(other.passes[p]);
  any_pass.Merge(other.any_pass);
  labelled_same.Merge(other.labelled_same);
  labelled_different.Merge(other.labelled_different);
}

absl::StatusOr<TrainedModel> TrainModel(const Model& given, const TrainingCounts& counts,
                                        const TrainOptions& options) {
  if (absl::Status status = CheckOptions(options); !status.ok()) return status;
  Mixture mixture(given, counts, options);
  TrainedModel trained;
  TrainReport& report = trained.report;
  do {
    report.last_change = mixture.Step();
    ++report.iterations;
  } while (report.last_change > options.change_max && report.iterations < options.iterations_max);
  if (report.last_change > options.change_max) {
    return absl::FailedPreconditionError(
        "the probabilities still moved by " + std::to_string(report.last_change) + " after " +
        std::to_string(report.iterations) +
        " iterations: the data does not settle a model. More columns, or labels, would");
  }
  const std::vector<double> evidence = mixture.evidence();
  mixture.Order(&report.reordered_comparisons);
  report.expected_pairs = ExpectedPairs(given, mixture, counts, options);
  for (std::size_t c = 0; c < evidence.size(); ++c) {
    if (evidence[c] == 0) report.untrained_comparisons.push_back(given.comparisons[c].name);
  }
  trained.model = ModelOf(given, mixture, report.expected_pairs, options.possible_pair_count,
                          options.record_count);
  // A comparison without evidence keeps what it had, to the bit.
  for (std::size_t c = 0; c < evidence.size(); ++c) {
    if (evidence[c] == 0) trained.model.comparisons[c] = given.comparisons[c];
  }
  if (absl::Status status = CheckDates(given, counts, evidence); !status.ok()) return status;
  absl::Status status = CheckSense(trained.model, report, options, evidence);
  if (!status.ok()) return status;
  return trained;
}

const std::vector<std::vector<std::uint8_t>>& OrderedLevels(ComparisonKind kind) {
  const auto family = [](FamilyLevel l) { return static_cast<std::uint8_t>(l); };
  const auto given = [](GivenLevel l) { return static_cast<std::uint8_t>(l); };
  const auto date = [](DateLevel l) { return static_cast<std::uint8_t>(l); };
  using Family = FamilyLevel;
  using Given = GivenLevel;
  using Day = DateLevel;
  static const std::array<std::vector<std::vector<std::uint8_t>>, kComparisonKindCount> chains = {{
      {{family(Family::kExact), family(Family::kOneError), family(Family::kSimilar),
        family(Family::kDifferent)},
       {family(Family::kExact), family(Family::kBirthOrUsed), family(Family::kDifferent)},
       {family(Family::kExact), family(Family::kPart), family(Family::kDifferent)},
       {family(Family::kExact), family(Family::kPhonetic), family(Family::kDifferent)}},
      {{given(Given::kExact), given(Given::kFirstEqual), given(Given::kFirstError),
        given(Given::kPhonetic), given(Given::kSameInitial), given(Given::kDifferent)},
       {given(Given::kFirstEqual), given(Given::kSharedElsewhere), given(Given::kDifferent)}},
      {{0, 1}},
      {{date(Day::kExact), date(Day::kOneDigit), date(Day::kTwoParts), date(Day::kDifferent)},
       {date(Day::kExact), date(Day::kDayMonthSwapped), date(Day::kDifferent)},
       {date(Day::kExact), date(Day::kTransposedDigits), date(Day::kDifferent)}},
      {{0, 2, 4}},       // commune, department, different
      {{0, 3}, {1, 3}},  // equal or an earlier one against different
      {{0, 1, 2, 3, 4}},
      {{0, 1, 2}},
      {{0, 1, 2}},
  }};
  return chains[static_cast<std::size_t>(kind)];
}

}  // namespace vigie::matching

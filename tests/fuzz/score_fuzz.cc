// Any bytes as the traits of two people: records, keys and scores are made without a fault; a score
// is a number, symmetric to the bit, and its parts add up; no screen refuses a pair that reaches
// its probability; the explanation names every comparison.
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "matching/explain.h"
#include "matching/keys.h"
#include "matching/score.h"
#include "matching/screen.h"

namespace {

using namespace vigie::matching;  // NOLINT(google-build-using-namespace): one namespace is tested.

void Require(bool holds) {
  if (!holds) std::abort();
}

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  std::uint8_t Byte() {
    if (size_ == 0) return 0;
    --size_;
    return *data_++;
  }
  // Up to a line feed: a corpus can be read and written by people.
  std::string Text() {
    std::string text;
    while (size_ > 0) {
      const char c = static_cast<char>(Byte());
      if (c == '\n') break;
      text += c;
    }
    return text;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

Identity IdentityOf(Bytes& bytes) {
  Identity identity;
  Traits& traits = identity.traits;
  for (std::string* field :
       {&traits.birth_family_name, &traits.first_birth_given_name, &traits.birth_given_names,
        &traits.used_family_name, &traits.used_given_name, &traits.birth_place_code,
        &traits.address_line, &traits.postal_code, &traits.city, &traits.phone, &traits.email}) {
    *field = bytes.Text();
  }
  traits.sex = static_cast<Sex>(bytes.Byte() % 4);
  traits.birth_date = {static_cast<std::int16_t>(bytes.Byte() * 10), bytes.Byte(), bytes.Byte()};
  identity.ins = Ins{bytes.Text(), "1.2.250.1.213.1.4.8"};
  identity.ins_history = {Ins{bytes.Text(), "1.2.250.1.213.1.4.8"}};
  identity.trust.insi_accepted = identity.trust.document_checked = bytes.Byte() % 2 != 0;
  return identity;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const Identity left_identity = IdentityOf(bytes);
  const Identity right_identity = IdentityOf(bytes);
  Record left = MakeRecord(left_identity);
  Record right = MakeRecord(right_identity);
  for (Record* record : {&left, &right}) {
    Require(CandidateKeys(*record).size() <= kCandidateKeysMax);
    for (TermValue& term : record->terms) term.count = bytes.Byte();
  }
  const std::uint64_t population = bytes.Byte() * std::uint64_t{5000};
  const Model& model = *FrenchHospitalModel();
  const Score score = ScorePair(model, left, right, population);
  const Score mirrored = ScorePair(model, right, left, population);
  Require(std::isfinite(score.weight_bits));
  Require(score.probability >= 0 && score.probability <= 1);
  Require(std::bit_cast<std::uint64_t>(score.weight_bits) ==
          std::bit_cast<std::uint64_t>(mirrored.weight_bits));
  Require(score.vetoes == mirrored.vetoes && score.band == mirrored.band);
  for (const double probability_min : {score.probability, 1e-6, 0.5}) {
    Screen screen(model, population, probability_min);
    screen.Begin(left, SketchOf(left));
    Require(screen.MayReach(SketchOf(right)) || score.probability < probability_min);
  }
  const Explanation explanation =
      Explain(model, left_identity, right_identity, left, right, population);
  Require(explanation.comparisons.size() == model.comparisons.size());
  double sum = explanation.detail.prior_bits + explanation.detail.other_hypotheses_bits;
  for (const ExplainedComparison& comparison : explanation.comparisons) {
    Require(!comparison.sentence.french.empty() && !comparison.sentence.english.empty());
    sum += comparison.bits;
  }
  Require(std::abs(sum - score.weight_bits) < 1e-9);
  return 0;
}

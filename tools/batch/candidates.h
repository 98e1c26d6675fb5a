// Which records are compared: those that share a candidate key (matching/keys.h).
//
// Keys are sorted, and a record keeps the list of its blocks (the keys it shares with others), so
// that the partners of one record are found without making the list of all pairs: memory is of the
// keys, not of the pairs.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "matching/keys.h"
#include "tools/batch/record_table.h"

namespace vigie::tools {

// A block of more records is over-full: its records are sorted by name and date, and each is
// compared with the next few only. Counted and reported; nearly always another key covers them.
inline constexpr std::size_t kBlockRecordsMax = 100;
inline constexpr std::size_t kNeighboursOfFullBlock = 8;

struct KeyStatistics {
  std::uint64_t keys = 0;           // of all records
  std::uint64_t blocks = 0;         // keys two records and more share
  std::uint64_t largest_block = 0;  // records
  std::uint64_t full_blocks = 0;    // over-full ones
  std::uint64_t pairs = 0;          // pairs this kind brings
  std::uint64_t unique_pairs = 0;   // pairs no other kind brings
};
using KeyStatisticsByKind = std::array<KeyStatistics, matching::kKeyKindMax + 1>;

// A partner of a record and the kinds of keys they share.
struct Candidate {
  std::uint32_t record = 0;
  std::uint32_t kinds = 0;  // bit k: kind k
};

class CandidateIndex {
 public:
  static CandidateIndex Build(const RecordTable& table, int threads,
                              const std::function<void(double)>& progress);

  // Partners of `left` with a greater number, ascending, each once. With two files: of the other
  // file only.
  void PartnersOf(std::uint32_t left, std::vector<Candidate>* partners) const;

  // Without pairs, which are counted as they are made.
  const KeyStatisticsByKind& statistics() const { return statistics_; }
  double keys_per_record() const { return keys_per_record_; }

 private:
  struct Entry {
    std::uint64_t key;
    std::uint32_t record;
  } __attribute__((packed, aligned(4)));
  struct FullPair {
    std::uint32_t left, right;
    std::uint32_t kinds;
  };

  void AddBlock(const Entry* begin, const Entry* end);
  void AddFullBlock(std::vector<std::uint32_t> records, std::uint8_t kind);
  void IndexByRecord();
  void IndexFullPairs();
  void FetchBlocksOf(std::uint32_t record) const;

  const RecordTable* table_ = nullptr;
  std::vector<std::uint32_t> members_;      // of all blocks, each ascending
  std::vector<std::uint32_t> block_begin_;  // by block: into members_, and one more
  std::vector<std::uint8_t> block_kind_;
  std::vector<std::uint32_t> record_begin_;   // by record: into record_blocks_, and one more
  std::vector<std::uint32_t> record_blocks_;  // blocks of a record
  std::vector<FullPair> full_pairs_;          // by left
  std::vector<std::uint32_t> full_begin_;     // by record; empty when there are none
  KeyStatisticsByKind statistics_{};
  double keys_per_record_ = 0;
};

}  // namespace vigie::tools

#include "tools/batch/candidates.h"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <tuple>
#include <utility>

#include "tools/batch/large_pages.h"
#include "tools/batch/parallel.h"

namespace vigie::tools {
namespace {

constexpr std::size_t kPartitions = 64;
constexpr std::size_t kChunkRecords = 16384;

std::uint8_t KindOf(std::uint64_t key) { return static_cast<std::uint8_t>(key >> 56); }

}  // namespace

CandidateIndex CandidateIndex::Build(const RecordTable& table, int threads,
                                     const std::function<void(double)>& progress) {
  CandidateIndex index;
  index.table_ = &table;
  const std::vector<matching::Record>& records = table.records();
  using Part = std::array<std::vector<Entry>, kPartitions>;
  std::vector<Part> parts(ChunkCount(records.size(), kChunkRecords));
  ParallelChunks(
      threads, records.size(), kChunkRecords,
      [&](std::size_t chunk, std::size_t begin, std::size_t end) {
        for (std::size_t r = begin; r < end; ++r) {
          for (const matching::CandidateKey& key : matching::CandidateKeys(records[r])) {
            parts[chunk][key.value % kPartitions].push_back(
                {key.value, static_cast<std::uint32_t>(r)});
          }
        }
      },
      [&](std::size_t done) {
        if (progress)
          progress(0.5 * static_cast<double>(done) / static_cast<double>(records.size()));
      });

  std::array<std::vector<Entry>, kPartitions> sorted;
  std::size_t entry_count = 0;
  std::array<KeyStatisticsByKind, kPartitions> keys{};
  ParallelChunks(threads, kPartitions, 1, [&](std::size_t p, std::size_t, std::size_t) {
    std::vector<Entry>& entries = sorted[p];
    std::size_t size = 0;
    for (const Part& part : parts) size += part[p].size();
    entries.reserve(size);
    for (Part& part : parts) {
      entries.insert(entries.end(), part[p].begin(), part[p].end());
      std::vector<Entry>().swap(part[p]);
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return a.key != b.key ? a.key < b.key : a.record < b.record;
    });
    for (const Entry& entry : entries) ++keys[p][KindOf(entry.key)].keys;
    // Keys nobody shares are most of them: they go before the next step.
    std::size_t kept = 0;
    for (std::size_t i = 0; i < entries.size();) {
      std::size_t end = i + 1;
      while (end < entries.size() && entries[end].key == entries[i].key) ++end;
      if (end - i > 1) {
        std::copy(entries.begin() + static_cast<std::ptrdiff_t>(i),
                  entries.begin() + static_cast<std::ptrdiff_t>(end),
                  entries.begin() + static_cast<std::ptrdiff_t>(kept));
        kept += end - i;
      }
      i = end;
    }
    entries.resize(kept);
    entries.shrink_to_fit();
  });
  for (std::size_t p = 0; p < kPartitions; ++p) {
    for (std::size_t kind = 0; kind < keys[p].size(); ++kind) {
      index.statistics_[kind].keys += keys[p][kind].keys;
      entry_count += keys[p][kind].keys;
    }
  }
  index.keys_per_record_ = static_cast<double>(entry_count) / static_cast<double>(records.size());
  std::size_t shared = 0;
  for (const std::vector<Entry>& entries : sorted) shared += entries.size();
  ReserveOnLargePages(shared, &index.members_);
  ReserveOnLargePages(shared / 2 + 1, &index.block_begin_);
  index.block_begin_.push_back(0);
  for (std::vector<Entry>& entries : sorted) {
    for (std::size_t i = 0; i < entries.size();) {
      std::size_t end = i + 1;
      while (end < entries.size() && entries[end].key == entries[i].key) ++end;
      index.AddBlock(entries.data() + i, entries.data() + end);
      i = end;
    }
    std::vector<Entry>().swap(entries);
  }
  index.IndexByRecord();
  index.IndexFullPairs();
  return index;
}

void CandidateIndex::AddBlock(const Entry* begin, const Entry* end) {
  if (table_->two_files() &&
      table_->is_of_second(begin->record) == table_->is_of_second((end - 1)->record)) {
    return;  // Ascending, so all are of one file: no pair.
  }
  const auto size = static_cast<std::size_t>(end - begin);
  const std::uint8_t kind = KindOf(begin->key);
  KeyStatistics& statistics = statistics_[kind];
  ++statistics.blocks;
  statistics.largest_block = std::max<std::uint64_t>(statistics.largest_block, size);
  if (size > kBlockRecordsMax) {
    ++statistics.full_blocks;
    std::vector<std::uint32_t> records;
    for (const Entry* entry = begin; entry != end; ++entry) records.push_back(entry->record);
    AddFullBlock(std::move(records), kind);
    return;
  }
  for (const Entry* entry = begin; entry != end; ++entry) members_.push_back(entry->record);
  block_begin_.push_back(static_cast<std::uint32_t>(members_.size()));
  block_kind_.push_back(kind);
}

void CandidateIndex::AddFullBlock(std::vector<std::uint32_t> records, std::uint8_t kind) {
  const auto order = [&](std::uint32_t r) {
    const matching::Record& record = table_->records()[r];
    const std::string_view given =
        record.given_names.empty() ? std::string_view() : std::string_view(record.given_names[0]);
    return std::tuple(std::string_view(record.birth_family_name), given, record.birth_date, r);
  };
  std::sort(records.begin(), records.end(),
            [&](std::uint32_t a, std::uint32_t b) { return order(a) < order(b); });
  for (std::size_t i = 0; i < records.size(); ++i) {
    for (std::size_t j = i + 1; j < records.size() && j <= i + kNeighboursOfFullBlock; ++j) {
      const auto [left, right] = std::minmax(records[i], records[j]);
      if (table_->two_files() && table_->is_of_second(left) == table_->is_of_second(right))
        continue;
      full_pairs_.push_back({left, right, 1u << kind});
    }
  }
}

void CandidateIndex::IndexByRecord() {
  const std::size_t count = table_->records().size();
  record_begin_.assign(count + 1, 0);
  for (const std::uint32_t member : members_) ++record_begin_[member + 1];
  std::partial_sum(record_begin_.begin(), record_begin_.end(), record_begin_.begin());
  ReserveOnLargePages(members_.size(), &record_blocks_);
  record_blocks_.resize(members_.size());
  std::vector<std::uint32_t> at(record_begin_.begin(), record_begin_.end() - 1);
  for (std::size_t block = 0; block < block_kind_.size(); ++block) {
    for (std::uint32_t i = block_begin_[block]; i < block_begin_[block + 1]; ++i) {
      record_blocks_[at[members_[i]]++] = static_cast<std::uint32_t>(block);
    }
  }
}

void CandidateIndex::IndexFullPairs() {
  if (full_pairs_.empty()) return;
  std::sort(full_pairs_.begin(), full_pairs_.end(), [](const FullPair& a, const FullPair& b) {
    return std::tie(a.left, a.right, a.kinds) < std::tie(b.left, b.right, b.kinds);
  });
  full_begin_.assign(table_->records().size() + 1, 0);
  for (const FullPair& pair : full_pairs_) ++full_begin_[pair.left + 1];
  std::partial_sum(full_begin_.begin(), full_begin_.end(), full_begin_.begin());
}

// The blocks of a record lie anywhere: they are fetched all at once, and where those of the next
// record begin.
void CandidateIndex::FetchBlocksOf(std::uint32_t record) const {
  for (std::uint32_t b = record_begin_[record]; b < record_begin_[record + 1]; ++b) {
    __builtin_prefetch(&members_[block_begin_[record_blocks_[b] + 1] - 1]);
  }
  if (record + 2 >= record_begin_.size()) return;
  for (std::uint32_t b = record_begin_[record + 1]; b < record_begin_[record + 2]; ++b) {
    __builtin_prefetch(&block_begin_[record_blocks_[b]]);
    __builtin_prefetch(&block_kind_[record_blocks_[b]]);
  }
}

void CandidateIndex::PartnersOf(std::uint32_t left, std::vector<Candidate>* partners) const {
  partners->clear();
  // With two files every pair starts in the first, whose records have the smaller numbers.
  if (table_->two_files() && table_->is_of_second(left)) return;
  FetchBlocksOf(left);
  for (std::uint32_t b = record_begin_[left]; b < record_begin_[left + 1]; ++b) {
    const std::uint32_t block = record_blocks_[b];
    const std::uint32_t kinds = 1u << block_kind_[block];
    for (std::uint32_t i = block_begin_[block + 1]; i-- > block_begin_[block];) {
      if (members_[i] <= left) break;
      if (table_->two_files() && !table_->is_of_second(members_[i])) break;
      partners->push_back({members_[i], kinds});
    }
  }
  if (!full_begin_.empty()) {
    for (std::uint32_t i = full_begin_[left]; i < full_begin_[left + 1]; ++i) {
      partners->push_back({full_pairs_[i].right, full_pairs_[i].kinds});
    }
  }
  std::sort(partners->begin(), partners->end(),
            [](const Candidate& a, const Candidate& b) { return a.record < b.record; });
  std::size_t kept = 0;
  for (const Candidate& candidate : *partners) {
    if (kept > 0 && (*partners)[kept - 1].record == candidate.record) {
      (*partners)[kept - 1].kinds |= candidate.kinds;
    } else {
      (*partners)[kept++] = candidate;
    }
  }
  partners->resize(kept);
}

}  // namespace vigie::tools

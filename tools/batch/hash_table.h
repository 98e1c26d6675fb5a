// A flat table from 64-bit hashes to numbers, for counting and finding millions of them: no memory
// for each entry, one place of memory to look at for most. The hashes must be well spread, as
// StableHash's are. Const calls may come from several threads.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace vigie::tools {

class HashTable {
 public:
  // `expected` entries need no growth.
  explicit HashTable(std::size_t expected = 0) : slots_(SlotCount(expected)) {}

  // The number of a hash; 0 is "not in the table", and as a new entry starts.
  std::uint32_t Find(std::uint64_t hash) const {
    const Slot& slot = slots_[SlotOf(hash)];
    return slot.hash == hash ? slot.number : 0;
  }
  // Valid until the next call. The caller makes it other than 0.
  std::uint32_t& At(std::uint64_t hash) {
    Slot* slot = &slots_[SlotOf(hash)];
    if (slot->number == 0) {
      if (++size_ > slots_.size() / 2) {
        Grow();
        slot = &slots_[SlotOf(hash)];
      }
      slot->hash = hash;
    }
    return slot->number;
  }
  // Fetches what Find and At will need soon.
  void Prefetch(std::uint64_t hash) const {
    __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]);
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t number = 0;  // 0: free
  };

  static std::size_t SlotCount(std::size_t entries) {
    constexpr std::size_t kSlotsMin = 64;
    return std::bit_ceil(entries * 2 + kSlotsMin);
  }

  // Where the hash is, or the free slot where it would be.
  std::size_t SlotOf(std::uint64_t hash) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    while (slots_[at].number != 0 && slots_[at].hash != hash) at = (at + 1) & mask;
    return at;
  }

  void Grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.number != 0) slots_[SlotOf(slot.hash)] = slot;
    }
  }

  std::vector<Slot> slots_;  // a power of two, at most half of them taken
  std::size_t size_ = 0;
};

}  // namespace vigie::tools

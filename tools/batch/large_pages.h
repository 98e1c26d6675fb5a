// Memory that is read at random: on large pages a look-up misses the processor's table of pages
// far less often.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vigie::tools {

// `values` must be empty and unreserved. A system without large pages serves ordinary ones.
template <typename Value>
void ReserveOnLargePages(std::size_t capacity, std::vector<Value>* values) {
  constexpr std::uintptr_t kPageBytes = 4096;
  values->reserve(capacity);
  const auto begin = reinterpret_cast<std::uintptr_t>(values->data());
  const std::uintptr_t first_page = (begin + kPageBytes - 1) / kPageBytes * kPageBytes;
  const std::uintptr_t end = begin + capacity * sizeof(Value);
  if (end <= first_page) return;
  // Advice before the first touch, when it costs nothing; what comes of it changes no result.
  (void)madvise(reinterpret_cast<void*>(first_page), end - first_page, MADV_HUGEPAGE);
}

}  // namespace vigie::tools

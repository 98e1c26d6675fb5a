// A change's writes: derives index entries and counters from the value before and after, and puts
// them with the record into an overlay.
//
// Everything an index or a counter holds is a pure function of one record (and, for an identity,
// of the entries matching/ computed for it): see the Derived functions. A put writes the difference
// between what the record before and the record after derive, so an index cannot drift by an
// update that forgot something.
//
// Thread safety: one thread, inside the commit path.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "storage/overlay.h"
#include "storage/store.h"

namespace vigie::storage {

// What one record puts into index and counter tables.
struct Derived {
  std::map<std::pair<Table, std::string>, std::string> entries;  // (table, key) -> value
  std::map<std::string, std::int64_t> counts;                    // counter key -> its share
};
Derived DerivedOf(const matching::Identity& identity, const IndexEntries& entries);
Derived DerivedOf(const matching::Visit& visit);
Derived DerivedOf(const matching::Case& c);
Derived DerivedOf(const matching::Decision& decision);
Derived DerivedOf(const matching::LabelPair& pair);

// `overlay` outlives the transaction and takes its writes.
std::unique_ptr<Transaction> MakeTransaction(Overlay* overlay, std::int64_t this_commit_number,
                                             CommittedChange* written = nullptr);

}  // namespace vigie::storage

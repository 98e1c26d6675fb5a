// A key-value store with what was read of it lately kept in memory in a form that costs no search:
// the identities under a candidate key, counters, and that a local id or a request is not there.
// RocksDB's own block cache saves the disk; this saves the seeks through its levels, of which a
// registration makes dozens, most of them for keys that are nowhere.
//
// It is a KeyValueStore like the one below it, and answers as that would: entries are brought up to
// date by each commit, and a reader at a snapshot is given only what no commit has touched since.
//
// Thread safety: as kv.h says.
#pragma once

#include <cstddef>
#include <memory>

#include "storage/kv.h"

namespace vigie::storage {

// Memory is about `bytes_max`, book-keeping included, plus 2 MiB; what was not asked for the
// longest time goes first. All commits must go through the store that is returned. `below` outlives
// it.
std::unique_ptr<KeyValueStore> MakeCachedKv(KeyValueStore* below, std::size_t bytes_max);

}  // namespace vigie::storage

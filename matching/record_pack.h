// A Record in few bytes, for a cache of very many: no allocation of its own for each text, and the
// derived numbers beside them, so that nothing is folded or reckoned again.
//
// The bytes are for the memory of one process: they hold its own byte order and are never stored.
// Pure and thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "matching/record.h"

namespace vigie::matching {

// Everything but the counts of `terms`. Empty when a text or list is too long for the form (64 KiB,
// 255 entries), which no record made from traits within the daemon's limits is.
std::string PackRecord(const Record& record);

// `packed` is what PackRecord returned, and not empty. Counts of `terms` become 0. Texts and lists
// of `record` keep their memory: one record used again and again allocates nothing in the end.
void UnpackRecord(std::string_view packed, Record& record);

}  // namespace vigie::matching

// The in-memory twin of the key-value seam: same promises but durability, obviously right rather
// than fast. For tests, and for stores that are thrown away.
//
// Each key keeps the versions that some live snapshot may still see; the rest is forgotten when the
// key is next written.
//
// Thread safety: as kv.h says.
#pragma once

#include <memory>

#include "storage/kv.h"

namespace vigie::storage {

std::unique_ptr<KeyValueStore> MakeMemoryKv();

}  // namespace vigie::storage

// What a base of an older schema gets when it is brought over, beside the new version number.
// Internal to storage/: used at opening, before anything else writes.
#pragma once

#include "absl/status/status.h"
#include "storage/kv.h"
#include "storage/overlay.h"

namespace vigie::storage {

// The write that asks for DateInsConfirmations; part of the batch that raises the schema to 2.
Write AskForInsConfirmations();

// Gives every identity with an INS in force the instant of its confirmation, which schema 1 did not
// keep, and its index entry: from the INSi answer that brought the INS, else from the period it
// began. Does nothing unless asked for; goes on where an earlier start was interrupted. Records
// change, history and audit chain do not.
absl::Status DateInsConfirmations(KeyValueStore* kv);

// The write that asks for RankCases; part of the batch that raises the schema to 4.
Write AskForCasePriorities();

// Gives every case its priority and its places in the queue by it, in place of those by band that
// it had up to schema 3. As DateInsConfirmations otherwise; records change, history and audit chain
// do not.
absl::Status RankCases(KeyValueStore* kv);

}  // namespace vigie::storage

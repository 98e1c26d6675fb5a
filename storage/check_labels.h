// Holds the pairs drawn for labelling against what they name (check.h).
#pragma once

#include <functional>
#include <string_view>

#include "matching/label.h"
#include "storage/check.h"
#include "storage/store.h"

namespace vigie::storage {

// How findings name a pair: "label/1,2".
std::string LabelReference(const matching::LabelPair& pair);

// Key, identities with the versions judged, the case it was drawn from, probability and labels.
void CheckLabelPair(const View& view, std::string_view key, const matching::LabelPair& pair,
                    const std::function<void(CheckFinding)>& note);

}  // namespace vigie::storage

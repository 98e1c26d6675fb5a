// The View's pairs to label.
#include <utility>

#include "storage/keys.h"
#include "storage/reading.h"
#include "storage/record_codec.h"
#include "storage/view.h"

namespace vigie::storage {

using matching::IdentityId;

template <typename Base>
absl::StatusOr<std::optional<matching::LabelPair>> ReadingView<Base>::GetLabelPair(
    IdentityId left, IdentityId right) const {
  return GetRecord(*source_, Table::kLabel, LabelKey(left, right), DecodeLabelPair);
}

template <typename Base>
absl::Status ReadingView<Base>::ScanLabelPairs(
    const std::function<bool(const matching::LabelPair&)>& visit) const {
  absl::Status decoded;
  const absl::Status scanned =
      source_->Scan(Table::kLabel, {}, [&](std::string_view, std::string_view value) {
        const absl::StatusOr<matching::LabelPair> pair = DecodeLabelPair(value);
        decoded = pair.status();
        return decoded.ok() && visit(*pair);
      });
  return scanned.ok() ? decoded : scanned;
}

template <typename Base>
absl::Status ReadingView<Base>::ScanWaitingLabels(
    const std::function<bool(const WaitingLabel&)>& visit) const {
  bool damaged = false;
  absl::Status scanned =
      source_->Scan(Table::kLabelIndex, PrefixRange(kLabelWaitingPrefix),
                    [&](std::string_view key, std::string_view value) {
                      WaitingLabel waiting;
                      damaged = !ParseLabelWaitingKey(key, &waiting.left_id, &waiting.right_id);
                      waiting.first_actor = std::string(value);
                      return !damaged && visit(waiting);
                    });
  if (!scanned.ok()) return scanned;
  return damaged ? BadKey(Table::kLabelIndex) : absl::OkStatus();
}

template <typename Base>
absl::StatusOr<LabelProgress> ReadingView<Base>::GetLabelProgress() const {
  const auto bytes = source_->Get(Table::kMeta, kMetaLabelProgress);
  if (!bytes.ok()) return bytes.status();
  LabelProgress progress;
  if (!bytes->has_value()) return progress;
  std::string_view rest = **bytes;
  if (!TakeUint64(&rest, &progress.last_case_id) ||
      !TakeUint64(&rest, &progress.last_identity_id) || !rest.empty()) {
    return absl::DataLossError("how far pairs to label were drawn cannot be read");
  }
  return progress;
}

// view.cc makes the rest of the two views.
template absl::StatusOr<std::optional<matching::LabelPair>> ReadingView<View>::GetLabelPair(
    IdentityId left, IdentityId right) const;
template absl::Status ReadingView<View>::ScanLabelPairs(
    const std::function<bool(const matching::LabelPair&)>& visit) const;
template absl::Status ReadingView<View>::ScanWaitingLabels(
    const std::function<bool(const WaitingLabel&)>& visit) const;
template absl::StatusOr<LabelProgress> ReadingView<View>::GetLabelProgress() const;
template absl::StatusOr<std::optional<matching::LabelPair>> ReadingView<Transaction>::GetLabelPair(
    IdentityId left, IdentityId right) const;
template absl::Status ReadingView<Transaction>::ScanLabelPairs(
    const std::function<bool(const matching::LabelPair&)>& visit) const;
template absl::Status ReadingView<Transaction>::ScanWaitingLabels(
    const std::function<bool(const WaitingLabel&)>& visit) const;
template absl::StatusOr<LabelProgress> ReadingView<Transaction>::GetLabelProgress() const;
}  // namespace vigie::storage

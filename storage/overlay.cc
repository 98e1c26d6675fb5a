#include "storage/overlay.h"

#include <algorithm>
#include <utility>

namespace vigie::storage {
namespace {

// Of one candidate key all keys on disk begin with the same bytes, of which the last are a hash.
constexpr std::size_t kCandidateKeyBytes = 8;
constexpr std::size_t kCandidateMarkCount = std::size_t{1} << 18;
constexpr std::size_t kCandidatesUnmarkedMax = 64;  // fewer are looked through as fast

// `key` begins with a candidate key.
std::size_t CandidateMarkOf(std::string_view key) {
  std::size_t mark = 0;
  for (std::size_t i = kCandidateKeyBytes - 3; i < kCandidateKeyBytes; ++i) {
    mark = mark << 8 | static_cast<unsigned char>(key[i]);
  }
  return mark % kCandidateMarkCount;
}

std::size_t ValueBytes(const std::optional<std::string>& value) {
  return value.has_value() ? value->size() : 0;
}

}  // namespace

absl::StatusOr<std::optional<std::string>> KvSource::Get(Table table, std::string_view key) const {
  return kv_->Get(table, key, snapshot_.get());
}

absl::StatusOr<std::vector<std::optional<std::string>>> KvSource::MultiGet(
    Table table, const std::vector<std::string>& keys) const {
  return kv_->MultiGet(table, keys, snapshot_.get());
}

absl::Status KvSource::ScanMany(Table table, const std::vector<KeyRange>& ranges,
                                const ManyVisitor& visit) const {
  // A single range can have its end told to the store beforehand.
  if (ranges.size() == 1) {
    return kv_->Scan(
        table, ranges.front(), snapshot_.get(),
        [&](std::string_view key, std::string_view value) { return visit(0, key, value); });
  }
  return kv_->ScanMany(table, ranges, snapshot_.get(), visit);
}

absl::Status ReadSource::Scan(Table table, const KeyRange& range, const Visitor& visit) const {
  return ScanMany(table, {range}, [&](std::size_t, std::string_view key, std::string_view value) {
    return visit(key, value);
  });
}

void Overlay::Put(Table table, std::string key, std::string value) {
  Set(table, std::move(key), std::move(value));
}

void Overlay::Delete(Table table, std::string key) { Set(table, std::move(key), std::nullopt); }

void Overlay::Set(Table table, std::string key, std::optional<std::string> value) {
  bytes_ += ValueBytes(value);
  TableWrites& writes = writes_[static_cast<std::size_t>(table)];
  const auto at = writes.lower_bound(key);
  if (at != writes.end() && at->first == key) {
    bytes_ -= ValueBytes(at->second);
    at->second = std::move(value);
    return;
  }
  bytes_ += key.size();
  const auto added = writes.emplace_hint(at, std::move(key), std::move(value));
  if (table == Table::kCandidate) MarkCandidate(added->first);
}

void Overlay::MarkCandidate(std::string_view key) {
  const TableWrites& candidates = Of(Table::kCandidate);
  if (candidates.size() <= kCandidatesUnmarkedMax) return;
  const auto mark = [this](std::string_view one) {
    if (one.size() >= kCandidateKeyBytes) candidate_marks_[CandidateMarkOf(one)] = true;
  };
  if (candidate_marks_.empty()) {
    candidate_marks_.resize(kCandidateMarkCount);
    for (const auto& [one, value] : candidates) mark(one);
  }
  mark(key);
}

// Whether a write may stand in the range; true when it is not known.
bool Overlay::MayHold(Table table, const KeyRange& range) const {
  if (table != Table::kCandidate || candidate_marks_.empty()) return true;
  const std::string& prefix = range.begin;
  if (prefix.size() != kCandidateKeyBytes || range.end != PrefixRange(prefix).end) return true;
  return candidate_marks_[CandidateMarkOf(prefix)];
}

absl::StatusOr<std::optional<std::string>> Overlay::Get(Table table, std::string_view key) const {
  const auto found = Of(table).find(key);
  if (found != Of(table).end()) return found->second;
  return below_->Get(table, key);
}

absl::StatusOr<std::vector<std::optional<std::string>>> Overlay::MultiGet(
    Table table, const std::vector<std::string>& keys) const {
  std::vector<std::optional<std::string>> values(keys.size());
  std::vector<std::string> keys_below;
  std::vector<std::size_t> positions_below;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto found = Of(table).find(keys[i]);
    if (found != Of(table).end()) {
      values[i] = found->second;
    } else {
      keys_below.push_back(keys[i]);
      positions_below.push_back(i);
    }
  }
  if (keys_below.empty()) return values;
  absl::StatusOr<std::vector<std::optional<std::string>>> below =
      below_->MultiGet(table, keys_below);
  if (!below.ok()) return below.status();
  for (std::size_t i = 0; i < positions_below.size(); ++i) {
    values[positions_below[i]] = std::move((*below)[i]);
  }
  return values;
}

// Merges an overlay's own rows into what the ranges hold below it.
class Overlay::Merge {
 public:
  // `may_hold`: for each range, whether own rows may stand in it.
  Merge(const TableWrites& own, const std::vector<KeyRange>& ranges,
        const std::vector<bool>& may_hold, const ManyVisitor& visit)
      : own_(own), ranges_(ranges), may_hold_(may_hold), visit_(visit) {
    Enter(0);
  }

  // A row from below, in the order of ScanMany. False when the visitor has had enough of its range.
  bool Below(std::size_t position, std::string_view key, std::string_view value) {
    LeaveUpTo(position);
    ShowOwn(key);
    if (done_) return false;
    if (InRange() && next_->first == key) return true;  // ours is shown at the next step
    done_ = !visit_(position, key, value);
    return !done_;
  }

  void Finish() { LeaveUpTo(ranges_.size()); }

 private:
  void Enter(std::size_t position) {
    position_ = position;
    done_ = false;
    if (position_ == ranges_.size()) return;
    next_ = may_hold_[position_] ? own_.lower_bound(ranges_[position_].begin) : own_.end();
  }

  // Shows what is left of the ranges before `position`, and enters that one.
  void LeaveUpTo(std::size_t position) {
    while (position_ < position) {
      ShowOwn(std::nullopt);
      Enter(position_ + 1);
    }
  }

  bool InRange() const {
    const std::string& end = ranges_[position_].end;
    return next_ != own_.end() && (end.empty() || next_->first < end);
  }

  // Shows own rows of the range that stand before `bound`; all when there is none.
  void ShowOwn(const std::optional<std::string_view>& bound) {
    for (; !done_ && InRange() && (!bound.has_value() || next_->first < *bound); ++next_) {
      if (next_->second.has_value()) done_ = !visit_(position_, next_->first, *next_->second);
    }
  }

  const TableWrites& own_;
  const std::vector<KeyRange>& ranges_;
  const std::vector<bool>& may_hold_;
  const ManyVisitor& visit_;
  std::size_t position_ = 0;
  TableWrites::const_iterator next_;
  bool done_ = false;  // the visitor has had enough of the range at position_
};

absl::Status Overlay::ScanMany(Table table, const std::vector<KeyRange>& ranges,
                               const ManyVisitor& visit) const {
  if (Of(table).empty() || ranges.empty()) return below_->ScanMany(table, ranges, visit);
  std::vector<bool> may_hold;
  may_hold.reserve(ranges.size());
  for (const KeyRange& range : ranges) may_hold.push_back(MayHold(table, range));
  if (std::find(may_hold.begin(), may_hold.end(), true) == may_hold.end()) {
    return below_->ScanMany(table, ranges, visit);
  }
  Merge merge(Of(table), ranges, may_hold, visit);
  absl::Status scanned = below_->ScanMany(
      table, ranges, [&merge](std::size_t position, std::string_view key, std::string_view value) {
        return merge.Below(position, key, value);
      });
  if (!scanned.ok()) return scanned;
  merge.Finish();
  return absl::OkStatus();
}

bool Overlay::empty() const {
  return std::all_of(writes_.begin(), writes_.end(),
                     [](const TableWrites& writes) { return writes.empty(); });
}

std::vector<Write> Overlay::Writes() const {
  std::vector<Write> all;
  for (std::size_t table = 0; table < kTableCount; ++table) {
    for (const auto& [key, value] : writes_[table]) {
      all.push_back({static_cast<Table>(table), key, value});
    }
  }
  return all;
}

std::vector<Write> Overlay::TakeWrites() {
  std::vector<Write> all;
  for (std::size_t table = 0; table < kTableCount; ++table) {
    while (!writes_[table].empty()) {
      auto node = writes_[table].extract(writes_[table].begin());
      all.push_back({static_cast<Table>(table), std::move(node.key()), std::move(node.mapped())});
    }
  }
  bytes_ = 0;
  candidate_marks_.clear();
  return all;
}

void Overlay::MergeInto(Overlay* target) {
  for (std::size_t table = 0; table < kTableCount; ++table) {
    TableWrites& target_writes = target->writes_[table];
    while (!writes_[table].empty()) {
      auto node = writes_[table].extract(writes_[table].begin());
      const auto at = target_writes.lower_bound(node.key());
      target->bytes_ += ValueBytes(node.mapped());
      if (at != target_writes.end() && at->first == node.key()) {
        target->bytes_ -= ValueBytes(at->second);
        at->second = std::move(node.mapped());
        continue;
      }
      target->bytes_ += node.key().size();
      const auto added = target_writes.insert(at, std::move(node));
      if (static_cast<Table>(table) == Table::kCandidate) target->MarkCandidate(added->first);
    }
  }
  bytes_ = 0;
  candidate_marks_.clear();
}

}  // namespace vigie::storage

#include "storage/store.h"

#include <mutex>

#include "absl/strings/cord.h"
#include "storage/anchor.h"
#include "storage/cached_kv.h"
#include "storage/committer.h"
#include "storage/data_directory.h"
#include "storage/head.h"
#include "storage/memory_kv.h"
#include "storage/rocks_kv.h"
#include "storage/space.h"
#include "storage/view.h"

namespace vigie::storage {
namespace {

using Poisoned = std::function<void(const absl::Status&)>;

// Marks a status whose cause is the data folder itself rather than what is in it.
constexpr char kFolderPayload[] = "vigie.storage/folder";

absl::Status AboutFolder(absl::Status status) {
  status.SetPayload(kFolderPayload, absl::Cord("1"));
  return status;
}

// Passes a fault of the database on to the committer, which is made after it.
class PoisonRelay {
 public:
  void Raise(const absl::Status& cause) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (cause_.ok()) cause_ = cause;
    if (committer_ != nullptr) committer_->Poison(cause);
  }

  // Null before the committer goes. Under the lock throughout, so that it cannot go meanwhile.
  void Connect(Committer* committer) {
    const std::lock_guard<std::mutex> lock(mutex_);
    committer_ = committer;
    if (committer_ != nullptr && !cause_.ok()) committer_->Poison(cause_);
  }

 private:
  std::mutex mutex_;
  absl::Status cause_;              // guarded by mutex_
  Committer* committer_ = nullptr;  // guarded by mutex_
};

// Everything a store stands on; members are destroyed in reverse order.
struct Foundation {
  std::unique_ptr<DataDirectory> directory;
  std::shared_ptr<PoisonRelay> relay;
  std::unique_ptr<KeyValueStore> uncached;
  std::unique_ptr<KeyValueStore> kv;  // the same through its cache
  RocksKv* rocks = nullptr;           // the same as uncached when it is on disk, else null
  std::unique_ptr<AnchorFile> anchor;
  std::unique_ptr<SpaceGate> gate;
  Head head;
  std::string warning;  // about how it was found; for Health()
};

class KvStore final : public Store {
 public:
  KvStore(Foundation foundation, Poisoned poisoned)
      : foundation_(std::move(foundation)), committer_(MakeOptions(std::move(poisoned))) {
    if (foundation_.relay != nullptr) foundation_.relay->Connect(&committer_);
  }

  // Everything acknowledged is on disk already; what is still only in the database's log goes to
  // its tables, so that the next start has nothing to replay. Should that fail, it replays.
  ~KvStore() override {
    if (foundation_.relay != nullptr) foundation_.relay->Connect(nullptr);
    if (foundation_.rocks != nullptr && committer_.PoisonStatus().ok()) {
      foundation_.rocks->Flush().IgnoreError();
    }
  }
  KvStore(const KvStore&) = delete;
  KvStore& operator=(const KvStore&) = delete;

  std::unique_ptr<View> Read() const override { return MakeSnapshotView(foundation_.kv.get()); }

  absl::StatusOr<std::int64_t> Commit(
      CommitContext context,
      const std::function<absl::Status(Transaction&, CommitContext&)>& change) override {
    std::vector<PendingChange> changes;
    changes.push_back({std::move(context), change});
    return std::move(committer_.CommitAll(std::move(changes)).front());
  }

  std::vector<absl::StatusOr<std::int64_t>> CommitAll(std::vector<PendingChange> changes) override {
    return committer_.CommitAll(std::move(changes));
  }

  void Observe(const void* follower, CommitObserver observer) override {
    committer_.Observe(follower, std::move(observer));
  }
  void Listen(CommitListener listener) override { committer_.Listen(std::move(listener)); }

  StoreHealth Health() const override;
  std::string BaseId() const override { return foundation_.head.base_id; }

 private:
  Committer::Options MakeOptions(Poisoned poisoned);

  Foundation foundation_;
  Committer committer_;
};

Committer::Options KvStore::MakeOptions(Poisoned poisoned) {
  Committer::Options options;
  options.kv = foundation_.kv.get();
  options.commit_number = foundation_.head.commit_number;
  options.chain_head = foundation_.head.chain_head;
  options.poisoned = std::move(poisoned);
  if (foundation_.gate != nullptr) {
    options.admit = [gate = foundation_.gate.get()] { return gate->Check(); };
  }
  if (foundation_.anchor != nullptr) {
    options.anchor = [anchor = foundation_.anchor.get()](std::int64_t commit_number,
                                                         const std::string& chain_hash,
                                                         matching::Instant now) {
      return anchor->Append(commit_number, chain_hash, now);
    };
  }
  return options;
}

StoreHealth KvStore::Health() const {
  StoreHealth health;
  health.commit_count = committer_.commit_count();
  health.commit_group_count = committer_.group_count();
  health.reason = foundation_.warning;
  const absl::Status poison = committer_.PoisonStatus();
  if (foundation_.gate != nullptr) {
    const absl::StatusOr<Space> space = foundation_.gate->Measure();
    if (!space.ok()) {
      health.writable = false;
      health.reason = std::string(space.status().message());
    } else {
      health.free_bytes = space->free_bytes;
      if (space->level == SpaceLevel::kLow) {
        health.writable = false;
        health.reason = std::string(foundation_.gate->Check().message());
      } else if (space->level == SpaceLevel::kScarce) {
        health.reason = "space is getting scarce in " + space->directory;
      }
    }
  }
  if (!poison.ok()) {
    health.writable = false;
    health.reason = std::string(poison.message());
  }
  return health;
}

// --- opening ---

struct Paths {
  std::string database, anchor, ballast;
};

Paths PathsOf(const StoreOptions& options) {
  return {options.data_directory + "/db",
          options.anchor_directory.empty() ? options.data_directory + "/anchor"
                                           : options.anchor_directory,
          options.data_directory + "/ballast"};
}

// Before the database is touched: RocksDB aborts on a full disk, even while it opens.
absl::Status PrepareSpace(const StoreOptions& options, const Paths& paths, Foundation* foundation) {
  SpaceGate::Options gate;
  gate.directories = {options.data_directory, paths.anchor};
  gate.free_bytes_low = options.free_bytes_low;
  gate.free_bytes_high = options.free_bytes_high;
  gate.ballast_path = paths.ballast;
  foundation->gate = std::make_unique<SpaceGate>(gate);
  absl::Status enough = foundation->gate->Check();
  if (!enough.ok()) return enough;
  BallastOptions ballast;
  ballast.path = paths.ballast;
  ballast.bytes = options.ballast_bytes;
  ballast.free_bytes_high = options.free_bytes_high;
  return EnsureBallast(ballast).status();
}

absl::Status NoDatabase(const Paths& paths) {
  return absl::DataLossError(
      "acknowledged writes are missing: there is an anchor but no database in " + paths.database +
      "; first missing commit 1");
}

// Holds the database against the anchor without changing a file. Opening it for writing would drop
// for good what stands behind a damaged place of its log; refused before that, a start leaves
// everything as it was found, and an administrator can put the whole log back. Only the tables that
// the proof needs are replayed. An empty anchor proves nothing: there is nothing to look for.
absl::Status LookFirst(const Paths& paths, const std::vector<AnchorRecord>& anchor) {
  if (anchor.empty()) return absl::OkStatus();
  RocksKvOptions rocks;
  rocks.directory = paths.database;
  rocks.read_only = true;
  rocks.read_tables = {Table::kMeta, Table::kAudit};
  rocks.block_cache_bytes = 8ull << 20;
  const absl::StatusOr<std::unique_ptr<RocksKv>> kv = OpenRocksKv(rocks, nullptr);
  if (absl::IsNotFound(kv.status())) return NoDatabase(paths);
  if (!kv.ok()) return kv.status();
  const absl::StatusOr<std::optional<Head>> head = ReadAnchoredHead(**kv);
  if (!head.ok()) return head.status();
  absl::Status anchored = CheckAnchor(**kv, *head, anchor);
  if (!anchored.ok() || !head->has_value()) return anchored;
  return CheckChainTail(**kv, **head);
}

absl::Status OpenDatabase(const StoreOptions& options, const Paths& paths, bool anchored,
                          Foundation* foundation) {
  RocksKvOptions rocks;
  rocks.directory = paths.database;
  rocks.create_if_missing = !anchored;
  rocks.block_cache_bytes = options.block_cache_bytes;
  foundation->relay = std::make_shared<PoisonRelay>();
  absl::StatusOr<std::unique_ptr<RocksKv>> kv = OpenRocksKv(
      rocks, [relay = foundation->relay](const absl::Status& cause) { relay->Raise(cause); });
  if (!kv.ok()) {
    return anchored && absl::IsNotFound(kv.status()) ? NoDatabase(paths) : kv.status();
  }
  foundation->rocks = kv->get();
  foundation->uncached = *std::move(kv);
  foundation->kv = MakeCachedKv(foundation->uncached.get(), options.index_cache_bytes);
  return absl::OkStatus();
}

// Reads the head and holds it against the anchor, or founds a new base.
absl::Status OpenHead(const std::vector<AnchorRecord>& anchor, Foundation* foundation) {
  const absl::StatusOr<std::optional<Head>> head = ReadHead(*foundation->kv);
  if (!head.ok()) return head.status();
  absl::Status anchored = CheckAnchor(*foundation->kv, *head, anchor);
  if (!anchored.ok()) return anchored;
  if (head->has_value()) {
    foundation->head = **head;
    absl::Status linked = CheckChainTail(*foundation->kv, foundation->head);
    if (!linked.ok()) return linked;
    return MigrateSchema(foundation->kv.get(), &foundation->head);
  }
  const absl::StatusOr<Head> created = CreateHead(foundation->kv.get());
  if (!created.ok()) return created.status();
  foundation->head = *created;
  return absl::OkStatus();
}

// Opens the anchor for writing and has it say where the store stands now: a commit that was
// written but not anchored when the process ended is found again by its caller's retry, so from
// here on it counts.
absl::Status OpenAnchor(const Paths& paths, Foundation* foundation) {
  AnchorFile::Options options;
  options.directory = paths.anchor;
  options.base_id = foundation->head.base_id;
  absl::StatusOr<std::unique_ptr<AnchorFile>> anchor = AnchorFile::Open(options);
  if (!anchor.ok()) return anchor.status();
  foundation->anchor = *std::move(anchor);
  const std::optional<AnchorRecord>& last = foundation->anchor->Last();
  const Head& head = foundation->head;
  if (!last.has_value() && head.commit_number > 0) {
    foundation->warning = "the anchor was empty when the store was opened: commits up to " +
                          std::to_string(head.commit_number) + " could not be checked";
  }
  if (head.commit_number == (last.has_value() ? last->commit_number : 0)) return absl::OkStatus();
  return foundation->anchor->Append(
      head.commit_number, head.chain_head,
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenStore(const StoreOptions& options, Poisoned poisoned) {
  const Paths paths = PathsOf(options);
  Foundation foundation;
  absl::StatusOr<std::unique_ptr<DataDirectory>> directory =
      DataDirectory::Open(options.data_directory);
  if (!directory.ok()) return AboutFolder(directory.status());
  foundation.directory = *std::move(directory);
  const absl::Status made = MakePrivateDirectory(paths.anchor);
  if (!made.ok()) return AboutFolder(made);

  absl::Status status = PrepareSpace(options, paths, &foundation);
  if (!status.ok()) return status;
  const absl::StatusOr<std::vector<AnchorRecord>> anchor = ReadAnchor(paths.anchor);
  if (!anchor.ok()) return anchor.status();
  status = LookFirst(paths, *anchor);
  if (status.ok()) status = OpenDatabase(options, paths, !anchor->empty(), &foundation);
  if (status.ok()) status = OpenHead(*anchor, &foundation);
  if (status.ok()) status = OpenAnchor(paths, &foundation);
  if (!status.ok()) return status;
  return std::make_unique<KvStore>(std::move(foundation), std::move(poisoned));
}

std::unique_ptr<Store> MakeMemoryStore() {
  // Few enough to be pushed out all the time, as they are in a large base.
  constexpr std::size_t kCacheBytes = std::size_t{1} << 20;
  Foundation foundation;
  foundation.uncached = MakeMemoryKv();
  foundation.kv = MakeCachedKv(foundation.uncached.get(), kCacheBytes);
  absl::StatusOr<Head> head = CreateHead(foundation.kv.get());
  // Fails only without random numbers; value() then ends the test program.
  foundation.head = std::move(head).value();
  return std::make_unique<KvStore>(std::move(foundation), nullptr);
}

int ExitCode(const absl::Status& status) {
  constexpr int kData = 65, kSoftware = 70, kCannotCreate = 73, kTemporary = 75, kPermission = 77;
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return 0;
    case absl::StatusCode::kDataLoss:
      return kData;
    case absl::StatusCode::kFailedPrecondition:
      return status.GetPayload(kFolderPayload).has_value() ? kCannotCreate : kData;
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
      return kCannotCreate;
    case absl::StatusCode::kResourceExhausted:
      return kTemporary;
    case absl::StatusCode::kPermissionDenied:
      return kPermission;
    default:
      return kSoftware;
  }
}

}  // namespace vigie::storage

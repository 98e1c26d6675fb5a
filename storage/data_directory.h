// The data folder: made with mode 0700, and held by one process at a time. To be taken before
// anything in it is opened, and before any port is.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace vigie::storage {

// Creates `path` with mode 0700 when missing (its parent must exist).
// An existing folder that others can enter is closed to them only when it is empty or already a
// data folder of ours; otherwise PERMISSION_DENIED says what to do: it might be somebody's /tmp.
// FAILED_PRECONDITION: not a folder. NOT_FOUND: the parent does not exist.
absl::Status MakePrivateDirectory(const std::string& path);

// fsync of a folder: makes files created in, renamed to or removed from it survive a power loss.
absl::Status SyncDirectory(const std::string& path);

// The lock on a data folder, released at destruction or by the process's end, however it ends.
class DataDirectory {
 public:
  // MakePrivateDirectory, then the lock. FAILED_PRECONDITION: in use by another process (or by this
  // one); the message says which when it is known.
  static absl::StatusOr<std::unique_ptr<DataDirectory>> Open(const std::string& path);

  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  DataDirectory(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  int lock_ = -1;
};

}  // namespace vigie::storage

#include "storage/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace vigie::storage {
namespace {

constexpr char kLockName[] = "/vigied.lock";
constexpr mode_t kOthersMask = S_IRWXG | S_IRWXO;

absl::Status SystemError(const std::string& doing) { return absl::ErrnoToStatus(errno, doing); }

// Empty, or locked by us in an earlier life: nobody else relies on its being open.
bool IsOurs(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_empty(path, ignored) ||
         std::filesystem::exists(path + kLockName, ignored);
}

// What the holder of the lock wrote into it: its process id.
std::string HolderOf(int lock) {
  char text[16] = {};
  const ssize_t length = pread(lock, text, sizeof(text) - 1, 0);
  std::string digits;
  for (ssize_t i = 0; i < length && text[i] >= '0' && text[i] <= '9'; ++i) digits += text[i];
  return digits.empty() ? "" : " (process " + digits + ")";
}

}  // namespace

absl::Status MakePrivateDirectory(const std::string& path) {
  if (mkdir(path.c_str(), S_IRWXU) == 0) {
    const std::string parent = std::filesystem::path(path).parent_path().string();
    return SyncDirectory(parent.empty() ? "." : parent);
  }
  if (errno != EEXIST) return SystemError("make folder " + path);
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) return SystemError("look at folder " + path);
  if (!S_ISDIR(status.st_mode)) return absl::FailedPreconditionError(path + " is not a folder");
  if ((status.st_mode & kOthersMask) == 0) return absl::OkStatus();
  if (!IsOurs(path) || status.st_uid != geteuid()) {
    return absl::PermissionDeniedError(
        "folder " + path +
        " can be entered by others: give it to the daemon's account alone "
        "(chmod 0700), or name another folder");
  }
  if (chmod(path.c_str(), S_IRWXU) != 0) return SystemError("close folder " + path + " to others");
  return absl::OkStatus();
}

absl::Status SyncDirectory(const std::string& path) {
  const int folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return SystemError("open folder " + path);
  absl::Status status;
  if (fsync(folder) != 0) status = SystemError("sync folder " + path);
  close(folder);
  return status;
}

absl::StatusOr<std::unique_ptr<DataDirectory>> DataDirectory::Open(const std::string& path) {
  if (absl::Status status = MakePrivateDirectory(path); !status.ok()) return status;
  const int lock =
      open((path + kLockName).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (lock < 0) return SystemError("open lock of folder " + path);
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const absl::Status status =
        errno == EWOULDBLOCK
            ? absl::FailedPreconditionError("folder " + path + " is in use by another process" +
                                            HolderOf(lock))
            : SystemError("lock folder " + path);
    close(lock);
    return status;
  }
  // For the message only: the lock holds without it, so its failure is nobody's concern.
  const std::string id = std::to_string(getpid()) + "\n";
  if (ftruncate(lock, 0) == 0) {
    [[maybe_unused]] const ssize_t written = pwrite(lock, id.data(), id.size(), 0);
  }
  return std::unique_ptr<DataDirectory>(new DataDirectory(path, lock));
}

DataDirectory::~DataDirectory() { close(lock_); }

}  // namespace vigie::storage

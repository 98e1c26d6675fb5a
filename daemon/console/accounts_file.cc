// The accounts on disk: who may read and write the file, and how it is replaced whole.
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "daemon/console/accounts.h"

namespace vigie::daemon {
namespace {

// A thousand accounts with all their tokens are below 3 MiB; read no more of what is none.
constexpr std::size_t kFileBytesMax = std::size_t{4} * 1024 * 1024;
constexpr mode_t kForbiddenModes = S_IWGRP | S_IRWXO;

absl::Status FileError(int error, std::string_view doing, const std::string& path) {
  return absl::ErrnoToStatus(error, fmt::format("cannot {} {}", doing, path));
}

absl::Status CheckMode(const struct stat& about, const std::string& path) {
  if (!S_ISREG(about.st_mode)) {
    return absl::PermissionDeniedError(fmt::format("{} is not a regular file", path));
  }
  if ((about.st_mode & kForbiddenModes) == 0) return absl::OkStatus();
  return absl::PermissionDeniedError(
      fmt::format("{} may be read or written by others (mode {:04o}); mend it with: chmod 640 {}",
                  path, about.st_mode & 07777u, path));
}

absl::StatusOr<std::string> ReadAll(int file, const std::string& path) {
  std::string text;
  char buffer[16 * 1024];
  for (;;) {
    const ssize_t count = read(file, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(errno, "read", path);
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > kFileBytesMax) {
      return absl::InvalidArgumentError(
          fmt::format("{}: larger than {} bytes", path, kFileBytesMax));
    }
  }
}

absl::Status WriteAll(int file, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t count = write(file, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(errno, "write", path);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return fsync(file) == 0 ? absl::OkStatus() : FileError(errno, "write", path);
}

// Gives the new file the owner, group and mode of the old one, or those of a first file.
absl::Status GiveRights(int file, const std::string& path) {
  struct stat before {};
  const bool existed = stat(path.c_str(), &before) == 0;
  uid_t owner = geteuid();
  gid_t group = getegid();
  mode_t mode = 0600;
  if (existed) {
    owner = before.st_uid;
    group = before.st_gid;
    mode = before.st_mode & 0777u;
  } else if (const ::group* daemon = getgrnam("vigie"); geteuid() == 0 && daemon != nullptr) {
    group = daemon->gr_gid;
    mode = 0640;
  }
  // Owner and group first: changing them may take bits of the mode away.
  if ((owner != geteuid() || group != getegid()) && fchown(file, owner, group) != 0) {
    return FileError(errno, "keep the owner of", path);
  }
  return fchmod(file, mode) == 0 ? absl::OkStatus() : FileError(errno, "set the mode of", path);
}

absl::Status ReplaceFile(const std::string& path, int folder, const std::string& text) {
  const std::string temporary = fmt::format("{}.{}.tmp", path, getpid());
  const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return FileError(errno, "create", temporary);
  absl::Cleanup removal = [&temporary] { unlink(temporary.c_str()); };
  const absl::Cleanup closing = [file] { close(file); };
  if (absl::Status status = GiveRights(file, path); !status.ok()) return status;
  if (absl::Status status = WriteAll(file, text, path); !status.ok()) return status;
  if (rename(temporary.c_str(), path.c_str()) != 0) return FileError(errno, "replace", path);
  std::move(removal).Cancel();
  // Some file systems have no way to flush a folder and say EINVAL.
  if (fsync(folder) != 0 && errno != EINVAL) return FileError(errno, "write", path);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Account>> LoadAccounts(const std::string& path) {
  // A FIFO in its place must not stop the daemon.
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0 && errno == ENOENT) {
    return absl::NotFoundError(
        fmt::format("{}: there is no such file; make the first account with: "
                    "vigie account add NAME --role supervisor --file {}",
                    path, path));
  }
  if (file < 0) return FileError(errno, "read", path);
  const absl::Cleanup closing = [file] { close(file); };
  struct stat about {};
  if (fstat(file, &about) != 0) return FileError(errno, "read", path);
  if (absl::Status status = CheckMode(about, path); !status.ok()) return status;
  const absl::StatusOr<std::string> text = ReadAll(file, path);
  if (!text.ok()) return text.status();
  return ParseAccounts(*text, path);
}

bool IsWritableByThisProcess(const std::string& path) {
  return geteuid() != 0 && faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0;
}

absl::Status ChangeAccounts(const std::string& path,
                            absl::FunctionRef<absl::Status(std::vector<Account>&)> change) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string folder_path = parent.empty() ? "." : parent.string();
  const int folder = open(folder_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return FileError(errno, "open", folder_path);
  const absl::Cleanup closing = [folder] { close(folder); };  // Ends the lock too.
  if (flock(folder, LOCK_EX) != 0) return FileError(errno, "lock", folder_path);
  absl::StatusOr<std::vector<Account>> accounts = LoadAccounts(path);
  if (absl::IsNotFound(accounts.status())) accounts = std::vector<Account>();
  if (!accounts.ok()) return accounts.status();
  if (absl::Status status = change(*accounts); !status.ok()) return status;
  const std::string text = PrintAccounts(*accounts);
  // What could not be read again must not be written.
  if (absl::StatusOr<std::vector<Account>> again = ParseAccounts(text, path); !again.ok()) {
    return again.status();
  }
  return ReplaceFile(path, folder, text);
}

}  // namespace vigie::daemon

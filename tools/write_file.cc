#include "tools/write_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace vigie::tools {
namespace {

absl::Status FileError(int error, const std::string& doing, const std::string& path) {
  return absl::ErrnoToStatus(error, absl::StrCat(doing, " ", path));
}

absl::Status FlushToDisk(const std::string& opened, int flags, const std::string& path) {
  const int file = open(opened.c_str(), flags | O_CLOEXEC);
  if (file < 0) return FileError(errno, "cannot open", path);
  const int error = fsync(file) == 0 ? 0 : errno;
  close(file);
  // Some file systems have no way to flush a folder and say EINVAL.
  return error == 0 || error == EINVAL ? absl::OkStatus() : FileError(error, "cannot write", path);
}

absl::Status CreateEmpty(const std::string& temporary_path, const std::string& path) {
  const int file = open(temporary_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  // PERMISSION_DENIED whatever is in the way: NOT_FOUND is for what is to be read (client.h).
  if (file < 0) {
    return absl::PermissionDeniedError(FileError(errno, "cannot create", path).message());
  }
  close(file);
  return absl::OkStatus();
}

absl::Status WriteContent(const std::string& temporary_path, std::string_view content,
                          const std::string& path) {
  const int file = open(temporary_path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return FileError(errno, "cannot open", path);
  const absl::Cleanup closing = [file] { close(file); };
  while (!content.empty()) {
    const ssize_t written = write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FileError(errno, "cannot write", path);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReplaceFile(const std::string& path,
                         absl::FunctionRef<absl::Status(const std::string& temporary_path)> write) {
  const std::string temporary = absl::StrCat(path, ".", getpid(), ".tmp");
  absl::Cleanup removal = [&temporary] { unlink(temporary.c_str()); };
  if (absl::Status status = CreateEmpty(temporary, path); !status.ok()) return status;
  if (absl::Status status = write(temporary); !status.ok()) return status;
  if (absl::Status status = FlushToDisk(temporary, O_RDONLY, path); !status.ok()) return status;
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    return FileError(errno, "cannot replace", path);
  }
  std::move(removal).Cancel();
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return FlushToDisk(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY, path);
}

absl::Status WriteWholeFile(const std::string& path, std::string_view content) {
  return ReplaceFile(
      path, [&](const std::string& temporary) { return WriteContent(temporary, content, path); });
}

}  // namespace vigie::tools

#include "storage/space.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace vigie::storage {
namespace {

std::string InMebibytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

SpaceGate::Options WithProbe(SpaceGate::Options options) {
  if (!options.probe) options.probe = FreeBytes;
  return options;
}

}  // namespace

absl::StatusOr<std::uint64_t> FreeBytes(const std::string& path) {
  struct statvfs status = {};
  int result = 0;
  do {
    result = statvfs(path.c_str(), &status);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return absl::ErrnoToStatus(errno, "measure free space of " + path);
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

SpaceGate::SpaceGate(Options options) : options_(WithProbe(std::move(options))) {}

absl::StatusOr<Space> SpaceGate::Measure() const {
  if (options_.directories.empty()) {
    return absl::InvalidArgumentError("space gate: no folder to watch");
  }
  Space least;
  for (const std::string& directory : options_.directories) {
    const absl::StatusOr<std::uint64_t> free_bytes = options_.probe(directory);
    if (!free_bytes.ok()) return free_bytes.status();
    if (least.directory.empty() || *free_bytes < least.free_bytes) {
      least.free_bytes = *free_bytes;
      least.directory = directory;
    }
  }
  if (least.free_bytes < options_.free_bytes_low) {
    least.level = SpaceLevel::kLow;
  } else if (least.free_bytes < options_.free_bytes_high) {
    least.level = SpaceLevel::kScarce;
  }
  return least;
}

absl::Status SpaceGate::Check() const {
  const absl::StatusOr<Space> space = Measure();
  if (!space.ok()) return space.status();
  if (space->level != SpaceLevel::kLow) return absl::OkStatus();
  std::string message = "storage low: " + InMebibytes(space->free_bytes) + " free in " +
                        space->directory + ", " + InMebibytes(options_.free_bytes_low) +
                        " needed; make room";
  if (!options_.ballast_path.empty() && Exists(options_.ballast_path)) {
    message += ", at once by deleting " + options_.ballast_path;
  }
  return absl::ResourceExhaustedError(message);
}

absl::StatusOr<bool> EnsureBallast(const BallastOptions& options) {
  if (Exists(options.path)) return true;
  if (options.bytes == 0) return false;
  const std::string folder = options.path.substr(0, options.path.rfind('/') + 1);
  const FreeBytesProbe probe = options.probe ? options.probe : FreeBytes;
  const absl::StatusOr<std::uint64_t> free_bytes = probe(folder.empty() ? "." : folder);
  if (!free_bytes.ok()) return free_bytes.status();
  if (*free_bytes < options.free_bytes_high ||
      *free_bytes - options.free_bytes_high < options.bytes) {
    return false;
  }

  const int file =
      open(options.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return absl::ErrnoToStatus(errno, "make ballast " + options.path);
  const int error = posix_fallocate(file, 0, static_cast<off_t>(options.bytes));
  close(file);
  if (error != 0) {
    // Somebody else took the room meanwhile; half a ballast would only be in the way.
    unlink(options.path.c_str());
    if (error == ENOSPC) return false;
    return absl::ErrnoToStatus(error, "make ballast " + options.path);
  }
  return true;
}

}  // namespace vigie::storage

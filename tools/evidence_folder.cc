#include "tools/evidence_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "fmt/format.h"
#include "tools/file_hash.h"
#include "tools/write_file.h"

namespace vigie::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporaryPrefix = ".evidence-";
constexpr std::size_t kSumDigits = 64;

absl::Status FolderError(int error, const std::string& doing, const std::string& path) {
  return absl::ErrnoToStatus(error, doing + " " + path);
}

absl::Status Changed(const std::string& path, const std::string& how) {
  return absl::InvalidArgumentError("evidence was changed: " + path + " " + how +
                                    "; nothing was written over it");
}

absl::StatusOr<std::string> SumOf(const std::string& path) {
  FileHash hash;
  absl::Status status = hash.AddFile(path);
  if (!status.ok()) return status;
  return hash.Finish();
}

// Name -> sum, as SHA256SUMS has it.
absl::StatusOr<std::map<std::string, std::string>> ReadSums(const std::string& day_folder) {
  const std::string path = day_folder + "/" + kSumsFile;
  std::ifstream file(path, std::ios::binary);
  if (!file) return Changed(path, "is not there");
  std::map<std::string, std::string> sums;
  for (std::string line; std::getline(file, line);) {
    if (line.size() < kSumDigits + 3 || line.compare(kSumDigits, 2, "  ") != 0) {
      return Changed(path, "is not a list of sums");
    }
    sums[line.substr(kSumDigits + 2)] = line.substr(0, kSumDigits);
  }
  return sums;
}

absl::Status Flush(const std::string& folder) {
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return FolderError(errno, "cannot open folder", folder);
  const int error = fsync(file) == 0 ? 0 : errno;
  close(file);
  // Some file systems have no way to flush a folder and say EINVAL.
  return error == 0 || error == EINVAL ? absl::OkStatus()
                                       : FolderError(error, "cannot write folder", folder);
}

// Puts `from` where `to` is; what was there is at `from` afterwards.
absl::Status Exchange(const std::string& from, const std::string& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0) {
    return absl::OkStatus();
  }
  if (errno != EINVAL && errno != ENOSYS) return FolderError(errno, "cannot replace folder", to);
  // A file system without exchange: two renames, and for a moment no folder of that day. A run
  // killed there makes it anew.
  const std::string aside = from + ".aside";
  if (rename(to.c_str(), aside.c_str()) != 0 || rename(from.c_str(), to.c_str()) != 0) {
    return FolderError(errno, "cannot replace folder", to);
  }
  return rename(aside.c_str(), from.c_str()) == 0
             ? absl::OkStatus()
             : FolderError(errno, "cannot remove folder", aside);
}

// The old files, the new ones and their sums, in `folder`.
absl::Status Fill(const std::string& folder, const std::string& old_folder,
                  std::map<std::string, std::string> sums,
                  const std::map<std::string, std::string>& files) {
  for (const auto& [name, sum] : sums) {
    std::ifstream old(old_folder + "/" + name, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(old), {}};
    absl::Status written = WriteWholeFile(folder + "/" + name, content);
    if (!written.ok()) return written;
  }
  for (const auto& [name, content] : files) {
    if (sums.contains(name)) continue;
    absl::Status written = WriteWholeFile(folder + "/" + name, content);
    if (!written.ok()) return written;
    absl::StatusOr<std::string> sum = SumOf(folder + "/" + name);
    if (!sum.ok()) return sum.status();
    sums[name] = *std::move(sum);
  }
  std::string list;
  for (const auto& [name, sum] : sums) list += sum + "  " + name + "\n";
  absl::Status written = WriteWholeFile(folder + "/" + kSumsFile, list);
  return written.ok() ? Flush(folder) : written;
}

}  // namespace

absl::StatusOr<EvidenceFolder> EvidenceFolder::Open(const std::string& path) {
  if (mkdir(path.c_str(), 0750) != 0 && errno != EEXIST) {
    return FolderError(errno, "cannot make folder", path);
  }
  if (access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
    return FolderError(errno, "cannot write folder", path);
  }
  const int lock = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock < 0) return FolderError(errno, "cannot open folder", path);
  EvidenceFolder folder(path, lock);
  while (flock(lock, LOCK_EX) != 0) {
    if (errno != EINTR) return FolderError(errno, "cannot lock folder", path);
  }
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    if (entry.path().filename().string().starts_with(kTemporaryPrefix)) {
      fs::remove_all(entry.path(), error);
    }
  }
  if (error) return FolderError(error.value(), "cannot clean folder", path);
  return folder;
}

EvidenceFolder::EvidenceFolder(EvidenceFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

EvidenceFolder::~EvidenceFolder() {
  if (lock_ >= 0) close(lock_);  // releases the lock
}

bool EvidenceFolder::Has(const std::string& day) const {
  std::error_code error;
  return fs::is_directory(path_ + "/" + day, error);
}

absl::StatusOr<bool> EvidenceFolder::Write(const std::string& day,
                                           const std::map<std::string, std::string>& files) const {
  const std::string target = path_ + "/" + day;
  const bool exists = Has(day);
  std::map<std::string, std::string> sums;
  if (exists) {
    absl::StatusOr<std::map<std::string, std::string>> checked = CheckEvidence(target);
    if (!checked.ok()) return checked.status();
    sums = *std::move(checked);
  }
  bool complete = exists;
  for (const auto& [name, content] : files) complete = complete && sums.contains(name);
  if (complete) return false;

  std::string temporary = path_ + "/" + std::string(kTemporaryPrefix) + "XXXXXX";
  if (mkdtemp(temporary.data()) == nullptr) {
    return FolderError(errno, "cannot make a folder in", path_);
  }
  const absl::Cleanup removal = [&temporary] {
    std::error_code ignored;
    fs::remove_all(temporary, ignored);
  };
  if (chmod(temporary.c_str(), 0750) != 0)
    return FolderError(errno, "cannot open folder", temporary);
  absl::Status status = Fill(temporary, target, std::move(sums), files);
  if (!status.ok()) return status;
  if (exists) {
    status = Exchange(temporary, target);
  } else if (rename(temporary.c_str(), target.c_str()) != 0) {
    status = FolderError(errno, "cannot make folder", target);
  }
  if (status.ok()) status = Flush(path_);
  if (!status.ok()) return status;
  return true;
}

absl::StatusOr<std::map<std::string, std::string>> CheckEvidence(const std::string& day_folder) {
  absl::StatusOr<std::map<std::string, std::string>> sums = ReadSums(day_folder);
  if (!sums.ok()) return sums.status();
  for (const auto& [name, expected] : *sums) {
    const std::string path = day_folder + "/" + name;
    if (name.find('/') != std::string::npos) return Changed(path, "is not a file of this folder");
    const absl::StatusOr<std::string> sum = SumOf(path);
    if (absl::IsNotFound(sum.status())) return Changed(path, "is not there");
    if (!sum.ok()) return sum.status();
    if (*sum != expected) return Changed(path, "differs from its sum");
  }
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(day_folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name != kSumsFile && !sums->contains(name)) {
      return Changed(entry.path().string(), "has no sum");
    }
  }
  if (error) return FolderError(error.value(), "cannot read folder", day_folder);
  return sums;
}

}  // namespace vigie::tools

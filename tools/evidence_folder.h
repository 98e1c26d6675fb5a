// A folder of evidence: one folder a day, written whole or not at all, and never rewritten.
//
// A day's folder holds files and SHA256SUMS over them, as `sha256sum -c` reads it. It is made in a
// hidden folder beside it, flushed to disk, and put in its place by one rename (an exchange when a
// day's folder was there). A file that is there already stays byte for byte as it is; new ones are
// added. So a run that was killed leaves the day as it was, and a repeated run changes nothing.
//
// One process at a time works in the outer folder: it holds a lock on it (flock), others wait.
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace vigie::tools {

inline constexpr char kSumsFile[] = "SHA256SUMS";

class EvidenceFolder {
 public:
  // Makes the folder when only its last part is missing, takes its lock, removes what a killed run
  // left behind. NOT_FOUND, PERMISSION_DENIED, or the system's error, naming the folder.
  static absl::StatusOr<EvidenceFolder> Open(const std::string& path);
  ~EvidenceFolder();
  EvidenceFolder(EvidenceFolder&& other) noexcept;
  EvidenceFolder& operator=(EvidenceFolder&&) = delete;
  EvidenceFolder(const EvidenceFolder&) = delete;
  EvidenceFolder& operator=(const EvidenceFolder&) = delete;

  // Whether the day's folder is there. `day` is YYYY-MM-DD.
  bool Has(const std::string& day) const;
  // Brings the day's folder to hold `files` (name -> content) beside what it has. True when
  // anything was written. INVALID_ARGUMENT when a file that is there is not what its SHA256SUMS
  // says, or is not in it: evidence was changed, and nothing is written over it.
  absl::StatusOr<bool> Write(const std::string& day,
                             const std::map<std::string, std::string>& files) const;

 private:
  EvidenceFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  int lock_ = -1;  // file descriptor of the folder, -1: moved from
};

// The day's folder holds what its SHA256SUMS says, and nothing else. INVALID_ARGUMENT naming the
// first file that differs. Gives the files and their sums.
absl::StatusOr<std::map<std::string, std::string>> CheckEvidence(const std::string& day_folder);

}  // namespace vigie::tools

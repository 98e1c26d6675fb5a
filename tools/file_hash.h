// SHA-256 of texts and files, so that what is imported twice carries the same request ids.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace vigie::tools {

class FileHash {
 public:
  FileHash();
  ~FileHash();
  // A text with its length, so that neighbouring texts cannot run into each other.
  void AddText(std::string_view text);
  // NOT_FOUND when it cannot be opened, DATA_LOSS when it cannot be read.
  absl::Status AddFile(const std::string& path);
  // 64 hexadecimal digits; nothing may be added afterwards.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vigie::tools

#include "tools/file_hash.h"

#include <openssl/evp.h>

#include <array>
#include <fstream>

#include "fmt/format.h"

namespace vigie::tools {

struct FileHash::State {
  struct Free {
    void operator()(EVP_MD_CTX* freed) const { EVP_MD_CTX_free(freed); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

FileHash::FileHash() : state_(std::make_unique<State>()) {
  EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr);
}

FileHash::~FileHash() = default;

void FileHash::AddText(std::string_view text) {
  const std::string framed = fmt::format("{}:{}", text.size(), text);
  EVP_DigestUpdate(state_->context.get(), framed.data(), framed.size());
}

absl::Status FileHash::AddFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(fmt::format("cannot open {}", path));
  std::string chunk(std::size_t{256} * 1024, '\0');
  while (file) {
    file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    EVP_DigestUpdate(state_->context.get(), chunk.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) return absl::DataLossError(fmt::format("cannot read {}", path));
  return absl::OkStatus();
}

std::string FileHash::Finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size);
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace vigie::tools

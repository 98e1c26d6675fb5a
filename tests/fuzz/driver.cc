// Runs a fuzz target without libFuzzer, in every build: first each file of the corpus folders
// given, then mutations of them for a while. Reproducible: the seed fixes every input. usage:
// TARGET [--seconds N] [--seed S] [CORPUS_FOLDER | FILE]...
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void Run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// One of the classical mutations: flip, insert, delete, repeat a piece, splice with another input.
std::string Mutate(std::string input, const std::vector<std::string>& corpus,
                   std::mt19937_64& random) {
  const auto pick = [&](std::size_t bound) { return bound == 0 ? 0 : random() % bound; };
  const std::size_t steps = 1 + pick(8);
  for (std::size_t i = 0; i < steps; ++i) {
    const std::size_t at = pick(input.size() + 1);
    switch (pick(6)) {
      case 0:
        if (!input.empty()) input[at % input.size()] = static_cast<char>(random());
        break;
      case 1:
        input.insert(at, 1, static_cast<char>(random()));
        break;
      case 2:
        input.erase(at, 1 + pick(8));
        break;
      case 3:
        input.insert(at, input.substr(at, 1 + pick(16)));
        break;
      case 4: {
        const std::string& other = corpus[pick(corpus.size())];
        input = input.substr(0, at) + other.substr(pick(other.size() + 1));
        break;
      }
      default:
        if (!input.empty()) input[at % input.size()] ^= static_cast<char>(1u << pick(8));
    }
  }
  if (input.size() > 65536) input.resize(65536);
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  long seconds = 0;
  std::uint64_t seed = 1;
  std::vector<std::string> corpus{""};
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--seconds" && i + 1 < argc) {
      seconds = std::strtol(argv[++i], nullptr, 10);
    } else if (argument == "--seed" && i + 1 < argc) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (std::filesystem::is_directory(argument)) {
      for (const auto& entry : std::filesystem::directory_iterator(argument)) {
        corpus.push_back(ReadFile(entry.path()));
      }
    } else if (std::filesystem::is_regular_file(argument)) {
      corpus.push_back(ReadFile(argument));
    }
  }
  for (const std::string& input : corpus) Run(input);
  std::mt19937_64 random(seed);
  std::uint64_t runs = corpus.size();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (std::chrono::steady_clock::now() < end) {
    for (int i = 0; i < 64; ++i) Run(Mutate(corpus[random() % corpus.size()], corpus, random));
    runs += 64;
  }
  std::printf("%llu inputs, no finding\n", static_cast<unsigned long long>(runs));
  return 0;
}

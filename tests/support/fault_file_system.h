// The machine's files, of which the n-th call of a kind fails: for RocksDB in tests.
//
// Thread safety: may be used from any thread.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace vigie::tests {

enum class FileCall : std::uint8_t { kAppend, kSync, kRead };

class FaultFileSystem : public rocksdb::FileSystemWrapper {
 public:
  FaultFileSystem() : rocksdb::FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FaultFileSystem"; }

  struct Plan {
    FileCall call = FileCall::kSync;
    std::string suffix;      // of the file's name; empty: any file
    int calls_before = 0;    // as many go well first, counted from Arm
    bool for_ever = false;   // false: only one call fails
    bool retryable = false;  // as RocksDB marks some errors
    bool no_space = false;   // else an input/output error
  };
  // Replaces the plan before it.
  void Arm(const Plan& plan);
  void Disarm();

  // Calls of this kind so far, failed ones included, on files with this suffix.
  int CallCount(FileCall call, const std::string& suffix) const;
  int FailureCount() const;

  // Asked by the files: counts the call and says whether it shall fail.
  rocksdb::IOStatus OnCall(FileCall call, const std::string& file);

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& name,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override;

 private:
  mutable std::mutex mutex_;
  bool armed_ = false;
  Plan plan_;
  int calls_since_armed_ = 0;
  int failures_ = 0;
  std::map<std::pair<FileCall, std::string>, int> calls_;  // by kind and file extension
};

}  // namespace vigie::tests

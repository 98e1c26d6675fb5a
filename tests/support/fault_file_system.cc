#include "tests/support/fault_file_system.h"

#include <utility>

namespace vigie::tests {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

bool HasSuffix(const std::string& name, const std::string& suffix) {
  return name.size() >= suffix.size() &&
         name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0;
}

class FaultWritableFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultWritableFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::string name,
                    FaultFileSystem* faults)
      : FSWritableFileOwnerWrapper(std::move(file)), name_(std::move(name)), faults_(faults) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    const IOStatus fault = faults_->OnCall(FileCall::kAppend, name_);
    return fault.ok() ? FSWritableFileOwnerWrapper::Append(data, options, debug) : fault;
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification,
                  IODebugContext* debug) override {
    const IOStatus fault = faults_->OnCall(FileCall::kAppend, name_);
    return fault.ok() ? FSWritableFileOwnerWrapper::Append(data, options, verification, debug)
                      : fault;
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    const IOStatus fault = faults_->OnCall(FileCall::kSync, name_);
    return fault.ok() ? FSWritableFileOwnerWrapper::Sync(options, debug) : fault;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    const IOStatus fault = faults_->OnCall(FileCall::kSync, name_);
    return fault.ok() ? FSWritableFileOwnerWrapper::Fsync(options, debug) : fault;
  }

 private:
  const std::string name_;
  FaultFileSystem* const faults_;
};

class FaultRandomAccessFile : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  FaultRandomAccessFile(std::unique_ptr<rocksdb::FSRandomAccessFile> file, std::string name,
                        FaultFileSystem* faults)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), name_(std::move(name)), faults_(faults) {}

  IOStatus Read(std::uint64_t offset, std::size_t size, const IOOptions& options, Slice* result,
                char* scratch, IODebugContext* debug) const override {
    const IOStatus fault = faults_->OnCall(FileCall::kRead, name_);
    if (!fault.ok()) return fault;
    return FSRandomAccessFileOwnerWrapper::Read(offset, size, options, result, scratch, debug);
  }
  IOStatus MultiRead(rocksdb::FSReadRequest* requests, std::size_t count, const IOOptions& options,
                     IODebugContext* debug) override {
    const IOStatus fault = faults_->OnCall(FileCall::kRead, name_);
    if (!fault.ok()) return fault;
    return FSRandomAccessFileOwnerWrapper::MultiRead(requests, count, options, debug);
  }

 private:
  const std::string name_;
  FaultFileSystem* const faults_;
};

}  // namespace

void FaultFileSystem::Arm(const Plan& plan) {
  const std::lock_guard<std::mutex> lock(mutex_);
  plan_ = plan;
  armed_ = true;
  calls_since_armed_ = 0;
}

void FaultFileSystem::Disarm() {
  const std::lock_guard<std::mutex> lock(mutex_);
  armed_ = false;
}

int FaultFileSystem::CallCount(FileCall call, const std::string& suffix) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto found = calls_.find({call, suffix});
  return found == calls_.end() ? 0 : found->second;
}

int FaultFileSystem::FailureCount() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return failures_;
}

IOStatus FaultFileSystem::OnCall(FileCall call, const std::string& file) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::size_t dot = file.rfind('.');
  ++calls_[{call, dot == std::string::npos ? "" : file.substr(dot)}];
  if (!armed_ || call != plan_.call || !HasSuffix(file, plan_.suffix)) return IOStatus::OK();
  const int before = calls_since_armed_++;
  if (before < plan_.calls_before || (before > plan_.calls_before && !plan_.for_ever)) {
    return IOStatus::OK();
  }
  ++failures_;
  IOStatus fault = plan_.no_space ? IOStatus::NoSpace("injected") : IOStatus::IOError("injected");
  fault.SetRetryable(plan_.retryable);
  return fault;
}

IOStatus FaultFileSystem::NewWritableFile(const std::string& name, const FileOptions& options,
                                          std::unique_ptr<rocksdb::FSWritableFile>* file,
                                          IODebugContext* debug) {
  IOStatus status = FileSystemWrapper::NewWritableFile(name, options, file, debug);
  if (status.ok()) *file = std::make_unique<FaultWritableFile>(std::move(*file), name, this);
  return status;
}

IOStatus FaultFileSystem::ReopenWritableFile(const std::string& name, const FileOptions& options,
                                             std::unique_ptr<rocksdb::FSWritableFile>* file,
                                             IODebugContext* debug) {
  IOStatus status = FileSystemWrapper::ReopenWritableFile(name, options, file, debug);
  if (status.ok()) *file = std::make_unique<FaultWritableFile>(std::move(*file), name, this);
  return status;
}

IOStatus FaultFileSystem::NewRandomAccessFile(const std::string& name, const FileOptions& options,
                                              std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                              IODebugContext* debug) {
  IOStatus status = FileSystemWrapper::NewRandomAccessFile(name, options, file, debug);
  if (status.ok()) *file = std::make_unique<FaultRandomAccessFile>(std::move(*file), name, this);
  return status;
}

}  // namespace vigie::tests

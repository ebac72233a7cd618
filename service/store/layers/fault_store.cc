#include "service/store/layers/fault_store.h"

namespace jetkeep {
namespace {

bool Changes(Operation operation) {
  return operation != Operation::kOpen && operation != Operation::kRead &&
         operation != Operation::kExists && operation != Operation::kList &&
         operation != Operation::kLock;
}

}  // namespace

class FaultReader : public ObjectReader {
 public:
  FaultReader(FaultStore& store, std::string key, std::unique_ptr<ObjectReader> inner)
      : store_(store), key_(std::move(key)), inner_(std::move(inner)) {}
  std::uint64_t size() const override { return inner_->size(); }
  Status ReadAt(std::uint64_t offset, std::size_t size, char* out) const override {
    return store_.Run(Operation::kRead, key_, [&] { return inner_->ReadAt(offset, size, out); });
  }

 private:
  FaultStore& store_;
  const std::string key_;
  const std::unique_ptr<ObjectReader> inner_;
};

class FaultWriter : public ObjectWriter {
 public:
  FaultWriter(FaultStore& store, std::string key, std::unique_ptr<ObjectWriter> inner)
      : store_(store), key_(std::move(key)), inner_(std::move(inner)) {}
  ~FaultWriter() override {
    if (committed_ || !store_.Ask(Operation::kDiscard, key_)) return;
    const MutexLock lock(store_.mutex_);
    store_.undiscarded_.push_back(std::move(inner_));
  }
  FaultWriter(const FaultWriter&) = delete;
  FaultWriter& operator=(const FaultWriter&) = delete;

  Status Append(std::string_view bytes) override {
    return store_.Run(Operation::kAppend, key_, [&] { return inner_->Append(bytes); });
  }
  Result<std::unique_ptr<ObjectLock>> Lock() override { return inner_->Lock(); }
  Status Commit(Durability durability) override {
    return store_.Run(Operation::kCommit, key_, [&] {
      Status committed = inner_->Commit(durability);
      if (committed) committed_ = true;
      return committed;
    });
  }

 private:
  FaultStore& store_;
  const std::string key_;
  std::unique_ptr<ObjectWriter> inner_;
  bool committed_ = false;
};

void FaultStore::SetFault(Fault fault) {
  const MutexLock lock(mutex_);
  fault_ = std::move(fault);
}

std::uint64_t FaultStore::mutations() const {
  const MutexLock lock(mutex_);
  return mutations_;
}

std::uint64_t FaultStore::reads() const {
  const MutexLock lock(mutex_);
  return reads_;
}

void FaultStore::Forget() {
  const MutexLock lock(mutex_);
  undiscarded_.clear();
}

std::optional<Injected> FaultStore::Ask(Operation operation, const std::string& key) {
  const MutexLock lock(mutex_);
  const std::uint64_t number = Changes(operation) ? ++mutations_ : 0;
  if (number == 0) ++reads_;
  return fault_ ? fault_(operation, key, number) : std::nullopt;
}

Result<std::unique_ptr<ObjectWriter>> FaultStore::Create(const std::string& key) {
  return Run(Operation::kCreate, key, [&]() -> Result<std::unique_ptr<ObjectWriter>> {
    JETKEEP_ASSIGN(auto writer, inner().Create(key));
    return std::make_unique<FaultWriter>(*this, key, std::move(writer));
  });
}

Result<std::unique_ptr<ObjectReader>> FaultStore::Open(const std::string& key,
                                                       std::optional<std::uint64_t> known_size) {
  return Run(Operation::kOpen, key, [&]() -> Result<std::unique_ptr<ObjectReader>> {
    JETKEEP_ASSIGN(auto reader, inner().Open(key, known_size));
    if (!reader) return std::unique_ptr<ObjectReader>();
    return std::make_unique<FaultReader>(*this, key, std::move(reader));
  });
}

Result<bool> FaultStore::Exists(const std::string& key) {
  return Run(Operation::kExists, key, [&] { return inner().Exists(key); });
}

Status FaultStore::List(const std::string& prefix, const ListOptions& options,
                        const StoreVisitor& visit) {
  return Run(Operation::kList, prefix, [&] { return inner().List(prefix, options, visit); });
}

Status FaultStore::RemoveAll(std::span<const std::string> keys) {
  for (const std::string& key : keys) {
    JETKEEP_TRY(Run(Operation::kRemove, key, [&] { return inner().Remove(key); }));
  }
  return {};
}

Result<bool> FaultStore::RemoveUnfinished(const std::string& key, const std::string& upload,
                                          WhoseUnfinished whose) {
  return Run(Operation::kRemove, key, [&] { return inner().RemoveUnfinished(key, upload, whose); });
}

Status FaultStore::Flush(const std::string& prefix) {
  return Run(Operation::kFlush, prefix, [&] { return inner().Flush(prefix); });
}

bool FaultStore::Tidy(const std::string& prefix) {
  return !Ask(Operation::kTidy, prefix) && inner().Tidy(prefix);
}

Result<LockAttempt> FaultStore::TryLock(const std::string& key, LockKind kind) {
  return Run(Operation::kLock, key, [&] { return inner().TryLock(key, kind); });
}

}  // namespace jetkeep

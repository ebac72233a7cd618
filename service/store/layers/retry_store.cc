#include "service/store/layers/retry_store.h"

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "protocol/codec/digest.h"
#include "service/store/objects.h"

namespace jetkeep {
namespace {

constexpr std::size_t kCompareBytes = 64 * 1024;

Result<Digest> DigestOf(const ObjectReader& object) {
  Blake2bHasher hasher;
  std::string bytes;
  for (std::uint64_t at = 0; at < object.size(); at += bytes.size()) {
    bytes.resize(
        static_cast<std::size_t>(std::min<std::uint64_t>(object.size() - at, kCompareBytes)));
    JETKEEP_TRY(object.ReadAt(at, bytes.size(), bytes.data()));
    hasher.Update(bytes);
  }
  return hasher.Finish();
}

class RetryReader : public ObjectReader {
 public:
  RetryReader(const RetryStore& store, std::unique_ptr<ObjectReader> inner)
      : store_(store), inner_(std::move(inner)) {}
  std::uint64_t size() const override { return inner_->size(); }
  Status ReadAt(std::uint64_t offset, std::size_t size, char* out) const override {
    return store_.Again([&] { return inner_->ReadAt(offset, size, out); });
  }

 private:
  const RetryStore& store_;
  const std::unique_ptr<ObjectReader> inner_;
};

class RetryWriter : public ObjectWriter {
 public:
  RetryWriter(RetryStore& store, std::string key, std::unique_ptr<ObjectWriter> inner)
      : store_(store), key_(std::move(key)), inner_(std::move(inner)) {}

  Status Append(std::string_view bytes) override {
    hasher_.Update(bytes);
    size_ += bytes.size();
    return inner_->Append(bytes);
  }
  Result<std::unique_ptr<ObjectLock>> Lock() override { return inner_->Lock(); }
  Status Commit(Durability durability) override {
    bool failed_before = false;
    Status committed = store_.Again([&] {
      Status tried = inner_->Commit(durability);
      const bool exists = !tried && tried.error().code == Errc::kObjectExists;
      if (!tried && !exists) failed_before = true;
      return tried;
    });
    if (committed || !failed_before || committed.error().code != Errc::kObjectExists) {
      return committed;
    }
    JETKEEP_ASSIGN(const bool ours, IsOurs());
    return ours ? Status{} : committed;
  }

 private:
  Result<bool> IsOurs() {
    JETKEEP_ASSIGN(const auto there, store_.Open(key_));
    if (!there || there->size() != size_) return false;
    JETKEEP_ASSIGN(const Digest digest, DigestOf(*there));
    return digest == hasher_.Finish();
  }

  RetryStore& store_;
  const std::string key_;
  const std::unique_ptr<ObjectWriter> inner_;
  Blake2bHasher hasher_;
  std::uint64_t size_ = 0;
};

}  // namespace

RetryStore::RetryStore(Store& inner, RetryOptions options)
    : ForwardingStore(inner), options_(std::move(options)) {
  if (!options_.wait) {
    options_.wait = [](std::chrono::milliseconds pause) { std::this_thread::sleep_for(pause); };
  }
}

Result<std::unique_ptr<ObjectWriter>> RetryStore::Create(const std::string& key) {
  JETKEEP_ASSIGN(auto writer, Again([&] { return inner().Create(key); }));
  return std::make_unique<RetryWriter>(*this, key, std::move(writer));
}

Result<std::unique_ptr<ObjectReader>> RetryStore::Open(const std::string& key,
                                                       std::optional<std::uint64_t> known_size) {
  JETKEEP_ASSIGN(auto reader, Again([&] { return inner().Open(key, known_size); }));
  if (!reader) return std::unique_ptr<ObjectReader>();
  return std::make_unique<RetryReader>(*this, std::move(reader));
}

Result<bool> RetryStore::Exists(const std::string& key) {
  return Again([&] { return inner().Exists(key); });
}

Status RetryStore::List(const std::string& prefix, const ListOptions& options,
                        const StoreVisitor& visit) {
  // Nothing is visited twice: only a whole listing is passed on.
  JETKEEP_ASSIGN(auto entries, Again([&] { return ListAll(inner(), prefix, options); }));
  for (StoreEntry& entry : entries) JETKEEP_TRY(visit(std::move(entry)));
  return {};
}

Status RetryStore::RemoveAll(std::span<const std::string> keys) {
  return Again([&] { return inner().RemoveAll(keys); });
}

Result<bool> RetryStore::RemoveUnfinished(const std::string& key, const std::string& upload,
                                          WhoseUnfinished whose) {
  return Again([&] { return inner().RemoveUnfinished(key, upload, whose); });
}

Result<LockAttempt> RetryStore::TryLock(const std::string& key, LockKind kind) {
  return Again([&] { return inner().TryLock(key, kind); });
}

}  // namespace jetkeep

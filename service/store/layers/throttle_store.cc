#include "service/store/layers/throttle_store.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace jetkeep {
namespace {

// Servers give up a restore after five seconds without a chunk.
constexpr std::chrono::seconds kLongestReadWait{2};

class ThrottleReader : public ObjectReader {
 public:
  ThrottleReader(ThrottleStore& store, std::unique_ptr<ObjectReader> inner)
      : store_(store), inner_(std::move(inner)) {}
  std::uint64_t size() const override { return inner_->size(); }
  Status ReadAt(std::uint64_t offset, std::size_t size, char* out) const override {
    store_.Pass(size, kLongestReadWait);
    return inner_->ReadAt(offset, size, out);
  }

 private:
  ThrottleStore& store_;
  const std::unique_ptr<ObjectReader> inner_;
};

class ThrottleWriter : public ObjectWriter {
 public:
  ThrottleWriter(ThrottleStore& store, std::unique_ptr<ObjectWriter> inner)
      : store_(store), inner_(std::move(inner)) {}
  Status Append(std::string_view bytes) override {
    store_.Pass(bytes.size());
    return inner_->Append(bytes);
  }
  Result<std::unique_ptr<ObjectLock>> Lock() override { return inner_->Lock(); }
  Status Commit(Durability durability) override { return inner_->Commit(durability); }

 private:
  ThrottleStore& store_;
  const std::unique_ptr<ObjectWriter> inner_;
};

}  // namespace

ThrottleStore::ThrottleStore(Store& inner, ThrottleOptions options)
    : ForwardingStore(inner),
      options_(std::move(options)),
      pace_(options_.bytes_per_second, options_.clock) {
  if (!options_.wait_until) {
    options_.wait_until = [](auto time) { std::this_thread::sleep_until(time); };
  }
}

void ThrottleStore::Pass(std::uint64_t bytes, std::optional<std::chrono::seconds> longest) {
  if (options_.bytes_per_second == 0) return;
  const auto start = longest ? pace_.Reserve(bytes, *longest) : pace_.Reserve(bytes);
  const auto now = options_.clock();
  if (bytes <= options_.small || start <= now) return;
  options_.wait_until(longest ? std::min(start, now + *longest) : start);
}

Result<std::unique_ptr<ObjectWriter>> ThrottleStore::Create(const std::string& key) {
  JETKEEP_ASSIGN(auto writer, inner().Create(key));
  return std::make_unique<ThrottleWriter>(*this, std::move(writer));
}

Result<std::unique_ptr<ObjectReader>> ThrottleStore::Open(const std::string& key,
                                                          std::optional<std::uint64_t> known_size) {
  JETKEEP_ASSIGN(auto reader, inner().Open(key, known_size));
  if (!reader) return std::unique_ptr<ObjectReader>();
  return std::make_unique<ThrottleReader>(*this, std::move(reader));
}

}  // namespace jetkeep

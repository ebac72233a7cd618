#include "service/store/layers/leased_store.h"

#include <utility>

namespace jetkeep {
namespace {

class LeasedWriter : public ObjectWriter {
 public:
  LeasedWriter(Lease& lease, std::unique_ptr<ObjectWriter> inner)
      : lease_(lease), inner_(std::move(inner)) {}
  Status Append(std::string_view bytes) override {
    JETKEEP_TRY(lease_.Check());
    return inner_->Append(bytes);
  }
  Result<std::unique_ptr<ObjectLock>> Lock() override { return inner_->Lock(); }
  Status Commit(Durability durability) override {
    JETKEEP_TRY(lease_.Check());
    return inner_->Commit(durability);
  }

 private:
  Lease& lease_;
  const std::unique_ptr<ObjectWriter> inner_;
};

}  // namespace

Result<std::unique_ptr<ObjectWriter>> LeasedStore::Create(const std::string& key) {
  JETKEEP_TRY(lease_.Check());
  JETKEEP_ASSIGN(auto writer, inner().Create(key));
  return std::make_unique<LeasedWriter>(lease_, std::move(writer));
}

Status LeasedStore::RemoveAll(std::span<const std::string> keys) {
  JETKEEP_TRY(lease_.Check());
  return inner().RemoveAll(keys);
}

Result<bool> LeasedStore::RemoveUnfinished(const std::string& key, const std::string& upload,
                                           WhoseUnfinished whose) {
  JETKEEP_TRY(lease_.Check());
  return inner().RemoveUnfinished(key, upload, whose);
}

bool LeasedStore::Tidy(const std::string& prefix) {
  return lease_.Check().has_value() && inner().Tidy(prefix);
}

}  // namespace jetkeep

#include "service/repository/pins.h"

#include "protocol/repository/set_record.h"
#include "service/store/objects.h"

namespace jetkeep {

Result<std::set<std::string>> Pins::All() {
  std::set<std::string> ids;
  JETKEEP_TRY(store_.List(std::string(kPinsPrefix), {}, [&](const StoreEntry& entry) -> Status {
    if (entry.kind == EntryKind::kObject && IsPinnable(entry.name)) ids.insert(entry.name);
    return {};
  }));
  return ids;
}

Result<bool> Pins::Has(const std::string& id) { return store_.Exists(PinKey(id)); }

Status Pins::Add(const std::string& id, std::int64_t now_ns) {
  JETKEEP_ASSIGN(const std::string document, EncodePin(id, now_ns));
  Status added = PutNew(store_, PinKey(id), document);
  if (!added && added.error().code == Errc::kObjectExists) return {};
  return added;
}

Status Pins::Remove(const std::string& id) {
  JETKEEP_TRY(store_.Remove(PinKey(id)));
  return store_.Flush(std::string(kPinsPrefix));
}

}  // namespace jetkeep

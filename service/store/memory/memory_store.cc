#include "service/store/memory/memory_store.h"

#include <cstring>
#include <utility>

#include "service/store/key.h"
#include "service/store/objects.h"

namespace jetkeep {
namespace {

tl::unexpected<Error> Refuse(const std::string& what, const std::string& key) {
  return Fail(Errc::kStorageError, "cannot " + what + " " + key);
}

class MemoryReader : public ObjectReader {
 public:
  MemoryReader(std::shared_ptr<const std::string> bytes, std::string key)
      : bytes_(std::move(bytes)), key_(std::move(key)) {}
  std::uint64_t size() const override { return bytes_->size(); }
  Status ReadAt(std::uint64_t offset, std::size_t size, char* out) const override {
    if (offset > bytes_->size() || size > bytes_->size() - offset) {
      return Fail(Errc::kRepositoryCorrupt,
                  key_ + " ends at byte " + std::to_string(bytes_->size()));
    }
    std::memcpy(out, bytes_->data() + offset, size);
    return {};
  }

 private:
  const std::shared_ptr<const std::string> bytes_;
  const std::string key_;
};

}  // namespace

class MemoryLock : public ObjectLock {
 public:
  MemoryLock(MemoryStore& store, std::shared_ptr<MemoryStore::Object> object, bool shared)
      JETKEEP_REQUIRES(store.mutex_)
      : store_(store), object_(std::move(object)), shared_(shared), life_(store.life_) {
    if (shared_) {
      ++object_->shared_locks;
    } else {
      object_->exclusive_lock = true;
    }
  }
  ~MemoryLock() override {
    const MutexLock lock(store_.mutex_);
    if (store_.life_ != life_) return;
    if (shared_) {
      --object_->shared_locks;
    } else {
      object_->exclusive_lock = false;
    }
  }
  MemoryLock(const MemoryLock&) = delete;
  MemoryLock& operator=(const MemoryLock&) = delete;

 private:
  MemoryStore& store_;
  const std::shared_ptr<MemoryStore::Object> object_;
  const bool shared_;
  const std::uint64_t life_;
};

class MemoryWriter : public ObjectWriter {
 public:
  MemoryWriter(MemoryStore& store, std::string key)
      : store_(store),
        key_(std::move(key)),
        upload_(std::to_string(++store.uploads_)),
        life_(store.life_),
        object_(std::make_shared<MemoryStore::Object>()) {
    store_.unfinished_[upload_] = {key_, true};
  }
  ~MemoryWriter() override {
    const MutexLock lock(store_.mutex_);
    if (store_.life_ == life_) store_.unfinished_.erase(upload_);
  }
  MemoryWriter(const MemoryWriter&) = delete;
  MemoryWriter& operator=(const MemoryWriter&) = delete;

  Status Append(std::string_view bytes) override {
    bytes_.append(bytes);
    return {};
  }
  Result<std::unique_ptr<ObjectLock>> Lock() override {
    const MutexLock lock(store_.mutex_);
    return std::make_unique<MemoryLock>(store_, object_, false);
  }
  Status Commit(Durability durability) override {
    const MutexLock lock(store_.mutex_);
    if (store_.life_ == life_ && store_.now_.contains(key_)) {
      return Fail(Errc::kObjectExists, key_ + " exists already");
    }
    if (store_.life_ != life_ || !store_.unfinished_.contains(upload_)) {
      return Refuse("create", key_);
    }
    object_->durable = durability == Durability::kDurable;
    object_->bytes = std::make_shared<const std::string>(std::move(bytes_));
    store_.now_[key_] = object_;
    store_.unfinished_.erase(upload_);
    return {};
  }

 private:
  MemoryStore& store_;
  const std::string key_;
  const std::string upload_;
  const std::uint64_t life_;
  const std::shared_ptr<MemoryStore::Object> object_;
  std::string bytes_;
};

void MemoryStore::Crash(bool keep_unflushed) {
  const MutexLock lock(mutex_);
  ++life_;
  Objects kept;
  for (const auto& [key, object] : keep_unflushed ? now_ : durable_) {
    const auto copy = kept[key] = std::make_shared<Object>();
    copy->kind = object->kind;
    if (object->durable || keep_unflushed) copy->bytes = object->bytes;
  }
  for (auto& [upload, left] : unfinished_) left.writer_lives = false;
  // The name that an object had before it was committed is back.
  for (const auto& [key, object] : now_) {
    if (!kept.contains(key)) unfinished_[std::to_string(++uploads_)] = {key, false};
  }
  now_ = kept;
  durable_ = std::move(kept);
}

std::vector<std::string> MemoryStore::Keys() const {
  const MutexLock lock(mutex_);
  std::vector<std::string> keys;
  for (const auto& [key, object] : now_) keys.push_back(key);
  for (const auto& [upload, left] : unfinished_) keys.push_back(left.key + ".tmp");
  return keys;
}

std::string MemoryStore::Get(const std::string& key) const {
  const MutexLock lock(mutex_);
  const auto at = now_.find(key);
  return at == now_.end() ? std::string() : *at->second->bytes;
}

void MemoryStore::Set(const std::string& key, std::string bytes) {
  const MutexLock lock(mutex_);
  auto& object = now_[key];
  if (!object) object = std::make_shared<Object>();
  object->bytes = std::make_shared<const std::string>(std::move(bytes));
  durable_[key] = object;
}

void MemoryStore::Erase(const std::string& key) {
  const MutexLock lock(mutex_);
  now_.erase(key);
  durable_.erase(key);
}

void MemoryStore::SetKind(const std::string& key, EntryKind kind) {
  Set(key, "");
  const MutexLock lock(mutex_);
  now_[key]->kind = kind;
}

bool MemoryStore::LeadsThroughLink(const std::string& key) const {
  for (std::string part = key; !part.empty(); part = PrefixOf(part)) {
    const auto at = now_.find(part);
    if (at != now_.end() && at->second->kind != EntryKind::kObject && part != key) return true;
  }
  return false;
}

Result<std::unique_ptr<ObjectWriter>> MemoryStore::Create(const std::string& key) {
  JETKEEP_TRY(CheckKey(key));
  const MutexLock lock(mutex_);
  return std::make_unique<MemoryWriter>(*this, key);
}

Result<std::unique_ptr<ObjectReader>> MemoryStore::Open(const std::string& key,
                                                        std::optional<std::uint64_t> known_size) {
  JETKEEP_TRY(CheckKey(key));
  const MutexLock lock(mutex_);
  if (LeadsThroughLink(key)) return Refuse("open", key);
  const auto at = now_.find(key);
  if (at == now_.end()) return std::unique_ptr<ObjectReader>();
  if (at->second->kind != EntryKind::kObject) return Refuse("open", key);
  if (known_size && *known_size != at->second->bytes->size()) {
    return Fail(Errc::kRepositoryCorrupt, key + " has another length than it had");
  }
  return std::make_unique<MemoryReader>(at->second->bytes, key);
}

Result<bool> MemoryStore::Exists(const std::string& key) {
  JETKEEP_TRY(CheckKey(key));
  const MutexLock lock(mutex_);
  if (LeadsThroughLink(key)) return Refuse("look for", key);
  return now_.contains(key);
}

Status MemoryStore::List(const std::string& prefix, const ListOptions& options,
                         const StoreVisitor& visit) {
  JETKEEP_TRY(CheckPrefix(prefix));
  const std::string front = prefix.empty() ? std::string() : prefix + "/";
  std::map<std::pair<std::string, std::string>, StoreEntry> entries;  // by name and upload
  const auto add = [&](const std::string& key, StoreEntry entry) {
    if (!key.starts_with(front)) return;
    entry.name = key.substr(front.size());
    const auto slash = entry.name.find('/');
    if (options.depth == Depth::kOne && slash != std::string::npos) {
      entry = {entry.name.substr(0, slash), EntryKind::kPrefix, 0, {}};
    }
    entries[{entry.name, entry.upload}] = std::move(entry);
  };
  {
    const MutexLock lock(mutex_);
    const auto at = now_.find(prefix);
    const bool link = at != now_.end() && at->second->kind != EntryKind::kObject;
    if (link || LeadsThroughLink(prefix)) return Refuse("list", prefix);
    for (const auto& [key, object] : now_) {
      add(key, {{}, object->kind, options.sizes ? object->bytes->size() : 0, {}});
    }
    for (const auto& [upload, left] : unfinished_) {
      if (options.unfinished) add(left.key, {{}, EntryKind::kUnfinished, 0, upload});
    }
  }
  for (auto& [name, entry] : entries) JETKEEP_TRY(visit(std::move(entry)));
  return {};
}

Status MemoryStore::RemoveAll(std::span<const std::string> keys) {
  for (const std::string& key : keys) {
    JETKEEP_TRY(CheckKey(key));
    const MutexLock lock(mutex_);
    now_.erase(key);
  }
  return {};
}

Result<bool> MemoryStore::RemoveUnfinished(const std::string& key, const std::string& upload,
                                           WhoseUnfinished whose) {
  JETKEEP_TRY(CheckKey(key));
  const MutexLock lock(mutex_);
  const auto at = unfinished_.find(upload);
  if (at == unfinished_.end()) return true;
  if (locks_ && whose == WhoseUnfinished::kOfEndedWriters && at->second.writer_lives) return false;
  unfinished_.erase(at);
  return true;
}

Status MemoryStore::Flush(const std::string& prefix) {
  JETKEEP_TRY(CheckPrefix(prefix));
  const MutexLock lock(mutex_);
  std::erase_if(durable_, [&](const auto& entry) { return PrefixOf(entry.first) == prefix; });
  for (const auto& [key, object] : now_) {
    if (PrefixOf(key) == prefix) durable_[key] = object;
  }
  return {};
}

bool MemoryStore::Tidy(const std::string& prefix) {
  const MutexLock lock(mutex_);
  const auto at = now_.lower_bound(prefix + "/");
  return at == now_.end() || !at->first.starts_with(prefix + "/");
}

Result<LockAttempt> MemoryStore::TryLock(const std::string& key, LockKind kind) {
  JETKEEP_TRY(CheckKey(key));
  const MutexLock lock(mutex_);
  const auto at = now_.find(key);
  if (at == now_.end()) return LockAttempt{nullptr, true};
  const bool shared = kind == LockKind::kShared;
  if (locks_ && (at->second->exclusive_lock || (!shared && at->second->shared_locks > 0))) {
    return LockAttempt{};
  }
  return LockAttempt{std::make_unique<MemoryLock>(*this, at->second, shared), false};
}

}  // namespace jetkeep

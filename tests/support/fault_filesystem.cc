#include "tests/support/fault_filesystem.h"

#include <cstring>
#include <utility>

namespace jetkeep {
namespace {

std::string ParentOf(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

EntryKind KindOf(bool directory, bool link) {
  if (link) return EntryKind::kSymbolicLink;
  return directory ? EntryKind::kDirectory : EntryKind::kFile;
}

bool Changes(Operation operation) {
  return operation != Operation::kOpen && operation != Operation::kRead &&
         operation != Operation::kExists && operation != Operation::kList &&
         operation != Operation::kLock;
}

tl::unexpected<Error> Refuse(const std::string& what, const std::string& path) {
  return Fail(Errc::kStorageError, "cannot " + what + " " + path);
}

}  // namespace

class FaultReadableFile : public ReadableFile {
 public:
  FaultReadableFile(FaultFileSystem& files, std::string path, std::string bytes)
      : files_(files), path_(std::move(path)), bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Status ReadAt(std::uint64_t offset, std::size_t size, char* out) const override {
    {
      const std::lock_guard lock(files_.mutex_);
      JETKEEP_TRY(files_.Check(Operation::kRead, path_));
    }
    if (offset > bytes_.size() || size > bytes_.size() - offset) {
      return Fail(Errc::kRepositoryCorrupt, "the file is too short");
    }
    std::memcpy(out, bytes_.data() + offset, size);
    return {};
  }

 private:
  FaultFileSystem& files_;
  std::string path_;
  std::string bytes_;
};

class FaultWritableFile : public WritableFile {
 public:
  FaultWritableFile(FaultFileSystem& files, std::shared_ptr<FaultFileSystem::Node> node,
                    std::string path)
      : files_(files), node_(std::move(node)), path_(std::move(path)) {}
  Status Append(std::string_view bytes) override {
    const std::lock_guard lock(files_.mutex_);
    JETKEEP_TRY(files_.Check(Operation::kAppend, path_));
    node_->bytes.append(bytes);
    return {};
  }
  Status Sync() override {
    const std::lock_guard lock(files_.mutex_);
    JETKEEP_TRY(files_.Check(Operation::kSync, path_));
    node_->synced = node_->bytes;
    return {};
  }
  Status Close() override {
    const std::lock_guard lock(files_.mutex_);
    return files_.Check(Operation::kClose, path_);
  }

 private:
  FaultFileSystem& files_;
  std::shared_ptr<FaultFileSystem::Node> node_;
  std::string path_;
};

class FaultLock : public FileLock {
 public:
  FaultLock(FaultFileSystem& files, std::shared_ptr<FaultFileSystem::Node> node, bool shared)
      : files_(files), node_(std::move(node)), shared_(shared), life_(node_->life) {}
  ~FaultLock() override {
    const std::lock_guard lock(files_.mutex_);
    if (node_->life != life_) return;
    if (shared_) {
      --node_->shared_locks;
    } else {
      node_->exclusive_lock = false;
    }
  }

 private:
  FaultFileSystem& files_;
  std::shared_ptr<FaultFileSystem::Node> node_;
  bool shared_;
  std::uint64_t life_;
};

void FaultFileSystem::SetFault(Fault fault) {
  const std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
}

std::uint64_t FaultFileSystem::mutations() const {
  const std::lock_guard lock(mutex_);
  return mutations_;
}

void FaultFileSystem::Crash(bool keep_unsynced) {
  const std::lock_guard lock(mutex_);
  fault_ = nullptr;
  ++life_;
  if (!keep_unsynced) now_ = durable_;
  Names kept;
  for (auto& [path, node] : now_) {
    auto copy = std::make_shared<Node>();
    copy->directory = node->directory;
    copy->bytes = keep_unsynced ? node->bytes : node->synced;
    copy->synced = copy->bytes;
    copy->life = life_;
    // A name in a directory that is itself not there cannot be found.
    if (ParentOf(path).empty() || kept.contains(ParentOf(path)))
      kept.emplace(path, std::move(copy));
  }
  now_ = std::move(kept);
  durable_ = now_;
}

std::vector<std::string> FaultFileSystem::Paths() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> paths;
  for (const auto& [path, node] : now_) {
    if (!node->directory) paths.push_back(path);
  }
  return paths;
}

std::string FaultFileSystem::Read(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto node = Find(path);
  return node ? node->bytes : std::string();
}

void FaultFileSystem::Write(const std::string& path, std::string bytes) {
  const std::lock_guard lock(mutex_);
  auto node = Find(path);
  if (!node) node = now_[path] = durable_[path] = std::make_shared<Node>();
  node->bytes = std::move(bytes);
  node->synced = node->bytes;
}

void FaultFileSystem::MakeLink(const std::string& path) {
  Write(path, "");
  const std::lock_guard lock(mutex_);
  Find(path)->link = true;
}

void FaultFileSystem::Erase(const std::string& path) {
  const std::lock_guard lock(mutex_);
  now_.erase(path);
  durable_.erase(path);
}

Status FaultFileSystem::Check(Operation operation, const std::string& path) {
  const std::uint64_t number = Changes(operation) ? ++mutations_ : 0;
  if (fault_) {
    if (auto error = fault_(operation, path, number)) return Fail(std::move(*error));
  }
  return {};
}

std::shared_ptr<FaultFileSystem::Node> FaultFileSystem::Find(const std::string& path) const {
  const auto at = now_.find(path);
  return at == now_.end() ? nullptr : at->second;
}

Result<std::unique_ptr<WritableFile>> FaultFileSystem::Create(const std::string& path) {
  const std::lock_guard lock(mutex_);
  JETKEEP_TRY(Check(Operation::kCreate, path));
  const std::string parent = ParentOf(path);
  if (Find(path) || (!parent.empty() && !Find(parent))) return Refuse("create", path);
  const auto node = now_[path] = std::make_shared<Node>();
  node->life = life_;
  return std::make_unique<FaultWritableFile>(*this, node, path);
}

Result<std::unique_ptr<ReadableFile>> FaultFileSystem::Open(const std::string& path) {
  const std::lock_guard lock(mutex_);
  JETKEEP_TRY(Check(Operation::kOpen, path));
  const auto node = Find(path);
  if (!node || node->directory || node->link) return Refuse("open", path);
  return std::make_unique<FaultReadableFile>(*this, path, node->bytes);
}

Status FaultFileSystem::Rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  JETKEEP_TRY(Check(Operation::kRename, to));
  const auto node = Find(from);
  if (!node || Find(to)) return Refuse("rename " + from + " to", to);
  now_.erase(from);
  now_[to] = node;
  return {};
}

Status FaultFileSystem::SyncDirectory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  JETKEEP_TRY(Check(Operation::kSyncDirectory, path));
  if (!path.empty() && !Find(path)) return Refuse("sync", path);
  std::erase_if(durable_, [&](const auto& entry) { return ParentOf(entry.first) == path; });
  for (const auto& [name, node] : now_) {
    if (ParentOf(name) == path) durable_[name] = node;
  }
  return {};
}

Status FaultFileSystem::MakeDirectories(const std::string& path) {
  {
    const std::lock_guard lock(mutex_);
    if (path.empty() || Find(path)) return {};
  }
  JETKEEP_TRY(MakeDirectories(ParentOf(path)));
  {
    const std::lock_guard lock(mutex_);
    JETKEEP_TRY(Check(Operation::kMakeDirectory, path));
    const auto node = now_[path] = std::make_shared<Node>();
    node->directory = true;
  }
  return SyncDirectory(ParentOf(path));
}

Status FaultFileSystem::Remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  JETKEEP_TRY(Check(Operation::kRemove, path));
  now_.erase(path);
  return {};
}

Status FaultFileSystem::RemoveDirectory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  JETKEEP_TRY(Check(Operation::kRemoveDirectory, path));
  for (const auto& [name, node] : now_) {
    if (ParentOf(name) == path) return Refuse("remove", path);
  }
  if (!Find(path)) return Refuse("remove", path);
  now_.erase(path);
  return {};
}

Result<std::vector<DirectoryEntry>> FaultFileSystem::List(const std::string& path, bool) {
  const std::lock_guard lock(mutex_);
  JETKEEP_TRY(Check(Operation::kList, path));
  if (!path.empty() && (!Find(path) || !Find(path)->directory)) return Refuse("list", path);
  std::vector<DirectoryEntry> entries;
  for (const auto& [name, node] : now_) {
    if (ParentOf(name) != path) continue;
    const std::size_t skip = path.empty() ? 0 : path.size() + 1;
    entries.push_back({name.substr(skip), KindOf(node->directory, node->link), node->bytes.size()});
  }
  return entries;
}

Result<bool> FaultFileSystem::Exists(const std::string& path) {
  const std::lock_guard lock(mutex_);
  JETKEEP_TRY(Check(Operation::kExists, path));
  return Find(path) != nullptr;
}

Result<std::unique_ptr<FileLock>> FaultFileSystem::TryLock(const std::string& path, LockKind kind) {
  const std::lock_guard lock(mutex_);
  JETKEEP_TRY(Check(Operation::kLock, path));
  auto node = Find(path);
  if (!node) {
    const std::string parent = ParentOf(path);
    if (kind != LockKind::kCreate || (!parent.empty() && !Find(parent)))
      return Refuse("lock", path);
    JETKEEP_TRY(Check(Operation::kCreate, path));
    node = now_[path] = std::make_shared<Node>();
    node->life = life_;
  }
  const bool shared = kind == LockKind::kShared;
  if (node->exclusive_lock || (!shared && node->shared_locks > 0))
    return std::unique_ptr<FileLock>();
  if (shared) {
    ++node->shared_locks;
  } else {
    node->exclusive_lock = true;
  }
  return std::make_unique<FaultLock>(*this, node, shared);
}

}  // namespace jetkeep

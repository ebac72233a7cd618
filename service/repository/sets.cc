#include "service/repository/sets.h"

#include <algorithm>
#include <utility>

#include "protocol/repository/set_record.h"
#include "service/store/objects.h"

namespace jetkeep {

Result<std::vector<std::string>> Sets::Ids() {
  std::vector<std::string> ids;
  JETKEEP_TRY(store_.List(std::string(kSetsPrefix), {}, [&](const StoreEntry& entry) -> Status {
    if (entry.kind == EntryKind::kObject && IsSetId(entry.name)) ids.push_back(entry.name);
    return {};
  }));
  std::sort(ids.begin(), ids.end(), std::greater<>());
  return ids;
}

Result<std::string> Sets::NewId(std::int64_t now_ns, std::uint64_t random) {
  JETKEEP_ASSIGN(const std::vector<std::string> ids, Ids());
  return NewSetIdAbove(ids, now_ns, random);
}

Status Sets::Add(const SetDetails& set) {
  JETKEEP_ASSIGN(const std::string document, EncodeSet(set));
  return PutNew(store_, SetKey(set.summary.id), document);
}

Result<bool> Sets::Has(const std::string& set_id) {
  JETKEEP_TRY(CheckSetId(set_id));
  return store_.Exists(SetKey(set_id));
}

Result<std::string> Sets::Read(const std::string& set_id) {
  JETKEEP_ASSIGN(const auto object, store_.Open(SetKey(set_id)));
  if (object == nullptr) {
    return Fail(Errc::kSetNotFound, "there is no set " + set_id,
                "List the sets to see which there are.");
  }
  // One byte more than allowed: the parser refuses it.
  return ReadFront(*object, kMaxSetBytes + 1);
}

Result<SetDetails> Sets::Load(const std::string& set_id) {
  JETKEEP_TRY(CheckSetId(set_id));
  JETKEEP_ASSIGN(const std::string document, Read(set_id));
  Result<SetDetails> set = ParseSet(set_id, document);
  if (!set) return Fail(std::move(set).error().Within(SetKey(set_id)));
  return set;
}

Result<SetListing> Sets::List(const std::string& account) {
  JETKEEP_ASSIGN(const std::vector<std::string> ids, Ids());
  SetListing listing;
  for (const std::string& id : ids) {
    const Result<std::string> document = Read(id);
    if (!document && document.error().code == Errc::kSetNotFound) continue;  // removed meanwhile
    Result<SetSummary> summary =
        document ? ParseSetSummary(id, *document) : Result<SetSummary>(Fail(document.error()));
    if (!summary) {
      listing.warnings.push_back(SetKey(id) + ": " + summary.error().message);
    } else if (account.empty() || summary->account == account) {
      listing.sets.push_back(*std::move(summary));
    }
  }
  return listing;
}

Status Sets::ForEach(const std::function<void(const SetDetails&)>& set,
                     const std::function<void(const Error&)>& unreadable,
                     const CancelToken& cancel) {
  JETKEEP_ASSIGN(const std::vector<std::string> ids, Ids());
  for (const std::string& id : ids) {
    JETKEEP_TRY(cancel.Check());
    const Result<SetDetails> read = Load(id);
    if (read) {
      set(*read);
    } else if (read.error().code != Errc::kSetNotFound) {  // else removed meanwhile
      unreadable(read.error());
    }
  }
  return {};
}

Result<std::vector<std::string>> Sets::Naming(const std::string& backup_id) {
  JETKEEP_ASSIGN(const std::vector<std::string> ids, Ids());
  std::vector<std::string> naming;
  for (const std::string& id : ids) {
    const Result<std::string> document = Read(id);
    if (!document && document.error().code == Errc::kSetNotFound) continue;
    if (!document) return Fail(document.error());
    if (NamesBackup(*document, backup_id)) naming.push_back(id);
  }
  return naming;
}

Result<std::map<std::string, std::vector<std::string>>> Sets::NamingEach(
    const std::vector<std::string>& backup_ids) {
  const std::set<std::string> wanted(backup_ids.begin(), backup_ids.end());
  std::map<std::string, std::vector<std::string>> naming;
  JETKEEP_ASSIGN(const std::vector<std::string> ids, Ids());
  for (const std::string& id : ids) {
    const Result<std::string> document = Read(id);
    if (!document && document.error().code == Errc::kSetNotFound) continue;
    if (!document) return Fail(document.error());
    if (const Result<SetDetails> set = ParseSet(id, *document)) {
      for (const SetMember& member : set->members) {
        if (wanted.contains(member.backup)) naming[member.backup].push_back(id);
      }
      continue;
    }
    // A damaged document may still tell.
    for (const std::string& backup : wanted) {
      if (NamesBackup(*document, backup)) naming[backup].push_back(id);
    }
  }
  return naming;
}

Result<std::set<std::string>> Sets::NamedByOthers(const std::string& set_id,
                                                  const std::vector<std::string>& backup_ids) {
  JETKEEP_ASSIGN(const auto naming, NamingEach(backup_ids));
  std::set<std::string> named;
  for (const auto& [backup, sets] : naming) {
    if (sets.size() > 1 || sets.front() != set_id) named.insert(backup);
  }
  return named;
}

Status Sets::Remove(const std::string& set_id) {
  JETKEEP_TRY(CheckSetId(set_id));
  JETKEEP_TRY(store_.Remove(SetKey(set_id)));
  return store_.Flush(std::string(kSetsPrefix));
}

Result<std::uint64_t> Sets::RemoveUnfinished() {
  std::uint64_t removed = 0;
  for (const std::string_view prefix : {kSetsPrefix, kPinsPrefix}) {
    JETKEEP_ASSIGN(const auto entries, ListAll(store_, std::string(prefix), {.unfinished = true}));
    for (const StoreEntry& entry : entries) {
      if (entry.kind != EntryKind::kUnfinished || !IsPinnable(entry.name)) continue;
      std::string key(prefix);
      key.append("/").append(entry.name);
      JETKEEP_ASSIGN(const bool gone,
                     store_.RemoveUnfinished(key, entry.upload, WhoseUnfinished::kOfEndedWriters));
      if (gone) ++removed;
    }
  }
  return removed;
}

}  // namespace jetkeep

// Which backup a person means: by its id, the beginning of its id, or its stream. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/error.h"
#include "protocol/control/document.h"

namespace jetkeep {

enum class BackupWords : std::uint8_t {
  kIds,            // an id or the beginning of one
  kIdsAndStreams,  // or a stream's name: its newest backup; or "latest": the newest of the only
                   // stream
  kIdsAndConfigs,  // the same, but the newest that holds the configuration, with messages or not
};

// Whether the word needs no list of backups to be understood.
bool IsWholeBackupId(std::string_view word);

// What is wrong with the word alone.
Status CheckBackupWord(std::string_view word, BackupWords words);

// The stream that the word names, if it can mean nothing else: then only that stream's backups have
// to be listed, and what cannot be read of others is in nobody's way. Otherwise empty.
std::string OnlyStreamMeant(std::string_view word, BackupWords words);

// The one backup of the list (as backup.list gives it, newest first) that the word means.
// kBackupNotFound if there is none; kUsage if there are several. A list that is not complete
// answers nothing: kStorageError.
Result<Document> ChooseBackup(const Document& list, std::string_view word, BackupWords words);

}  // namespace jetkeep

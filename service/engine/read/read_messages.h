// Reads messages of a backup without restoring it. Only the blocks that may hold what is asked for
// are read. Thread-safety: each call stands alone; several may run at once.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/message.h"
#include "jetkeep/record.h"
#include "service/engine/read/last_answers.h"
#include "service/repository/repository.h"

namespace jetkeep {

BackupMessage CopyOf(const RecordView& record);

enum class ReadOn : std::uint8_t { kYes, kNo };

// Calls f for each message that the selection takes, in the order of sequences, until it says no.
// With last_of_each_subject the backup is read twice. kInvalidName: a subject is none.
Status ForEachMessage(Repository& repository, const Manifest& manifest,
                      const MessageSelection& selection, const CancelToken& cancel,
                      const std::function<Result<ReadOn>(const RecordView&)>& f);

// kMessageNotFound says why the message is not there: deleted, lost, outside of the backup.
Result<BackupMessage> GetMessage(Repository& repository, const MessageReference& reference,
                                 const CancelToken& cancel);

// Ends after about `patience`, whatever it has found by then. answers: where what the pages of one
// request have in common is kept from page to page; null: nowhere.
Result<MessagePage> ReadPage(Repository& repository, const PageRequest& request,
                             std::chrono::milliseconds patience, const CancelToken& cancel,
                             LastAnswers* answers = nullptr);

}  // namespace jetkeep

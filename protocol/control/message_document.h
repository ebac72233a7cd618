// A message of a backup as a document: of answers, and of what `cat` and `get` print as JSON.
// Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "jetkeep/error.h"
#include "jetkeep/message.h"
#include "protocol/control/document.h"

namespace jetkeep {

// Bytes that are text as `field`, others in base64 as `<field>_base64`.
void PutBytes(Document& document, const std::string& field, std::string_view bytes);

// {"sequence", "time", "subject", "headers": {"Name": ["value", …]}, "payload"}. What is not UTF-8
// stands as "payload_base64"; a header block that is not of lines with names as "headers_base64".
Document ToDocument(const BackupMessage& message);

// That the message is too large for an answer.
Error DoesNotFit(const BackupMessage& message);

// {"backup", "message"}
Document MessageAnswer(const std::string& backup, const BackupMessage& message);
// {"backup", "messages", "next_sequence"}; the last only if more may follow.
Document MessagesAnswer(const std::string& backup, std::span<const BackupMessage> messages,
                        std::uint64_t next_sequence);

}  // namespace jetkeep

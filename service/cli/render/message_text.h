// A message of a backup as text. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "jetkeep/error.h"
#include "protocol/control/document.h"

namespace jetkeep {

enum class MessageForm : std::uint8_t {
  kWhole,    // sequence, time, subject, headers and payload
  kHeaders,  // the same without the payload
  kRaw,      // the payload's bytes alone
};

// Of a document with "subject" or "subject_base64".
std::string SubjectOf(const Document& message);

// message: as message_document.h describes it. A payload that is no text is only counted, but for
// kRaw.
Result<std::string> RenderMessage(const Document& message, MessageForm form);

}  // namespace jetkeep

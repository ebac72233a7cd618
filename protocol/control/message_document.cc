#include "protocol/control/message_document.h"

#include "protocol/base/message_headers.h"
#include "protocol/base/time.h"
#include "protocol/base/utf8.h"
#include "protocol/codec/base64.h"

namespace jetkeep {
namespace {

void PutHeaders(Document& document, std::string_view block) {
  if (block.empty()) return;
  const auto lines = HeaderLines(block);
  if (!lines || !IsUtf8(block)) {
    document["headers_base64"] = EncodeBase64(block);
    return;
  }
  Document& headers = document["headers"] = Document::object();
  for (const auto& [name, value] : *lines) {
    Document& values = headers[std::string(name)];
    if (!values.is_array()) values = Document::array();
    values.push_back(value);
  }
}

}  // namespace

void PutBytes(Document& document, const std::string& field, std::string_view bytes) {
  if (IsUtf8(bytes)) {
    document[field] = bytes;
  } else {
    document[field + "_base64"] = EncodeBase64(bytes);
  }
}

Document ToDocument(const BackupMessage& message) {
  Document document = {{"sequence", message.sequence}, {"time", FormatTime(message.time_ns)}};
  PutBytes(document, "subject", message.subject);
  PutHeaders(document, message.headers);
  PutBytes(document, "payload", message.payload);
  return document;
}

Error DoesNotFit(const BackupMessage& message) {
  return {Errc::kLimitTooSmall,
          "message " + std::to_string(message.sequence) + " of " +
              std::to_string(message.payload.size()) +
              " bytes does not fit into an answer of the service",
          "Read the repository itself: --repository DIR.", 0};
}

Document MessageAnswer(const std::string& backup, const BackupMessage& message) {
  return {{"backup", backup}, {"message", ToDocument(message)}};
}

Document MessagesAnswer(const std::string& backup, std::span<const BackupMessage> messages,
                        std::uint64_t next_sequence) {
  Document document = {{"backup", backup}, {"messages", Document::array()}};
  for (const BackupMessage& message : messages) document["messages"].push_back(ToDocument(message));
  if (next_sequence != 0) document["next_sequence"] = next_sequence;
  return document;
}

}  // namespace jetkeep

#include "service/cli/render/message_text.h"

#include "protocol/codec/base64.h"
#include "service/cli/render/fields.h"

namespace jetkeep {
namespace {

Result<std::string> PayloadOf(const Document& message) {
  if (!message.contains("payload_base64")) return TextOf(message, "payload");
  return DecodeBase64(TextOf(message, "payload_base64"));
}

}  // namespace

std::string SubjectOf(const Document& message) {
  if (message.contains("subject")) return TextOf(message, "subject");
  return "(not text, as base64) " + TextOf(message, "subject_base64");
}

Result<std::string> RenderMessage(const Document& message, MessageForm form) {
  JETKEEP_ASSIGN(const std::string payload, PayloadOf(message));
  if (form == MessageForm::kRaw) return payload;
  std::string text = "[" + std::to_string(CountOf(message, "sequence")) + "] " +
                     TextOf(message, "time") + " " + SubjectOf(message) + "\n";
  for (const auto& [name, values] : MemberOf(message, "headers").items()) {
    for (const Document& value : values) {
      if (value.is_string()) text += name + ": " + value.get<std::string>() + "\n";
    }
  }
  if (message.contains("headers_base64")) {
    text += "(headers that are no lines of text, as base64) " + TextOf(message, "headers_base64") +
            "\n";
  }
  if (form == MessageForm::kHeaders) return text;
  text += "\n";
  if (message.contains("payload_base64")) {
    text += "(" + std::to_string(payload.size()) + " bytes that are no text)\n";
  } else if (!payload.empty()) {
    text += payload + "\n";
  }
  return text + "\n";
}

}  // namespace jetkeep

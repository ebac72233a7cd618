#include "protocol/control/body.h"

#include "protocol/control/encodings.h"

namespace jetkeep {

Encoding DetectEncoding(std::string_view body) {
  if (body.empty()) return Encoding::kJson;
  const auto first = static_cast<unsigned char>(body.front());
  const bool map = (first >= 0x80 && first <= 0x8f) || first == 0xde || first == 0xdf;
  return map ? Encoding::kMsgpack : Encoding::kJson;
}

Result<Document> DecodeBody(std::string_view body, const BodyLimits& limits) {
  if (body.size() > limits.bytes) {
    return Fail(Errc::kRequestTooLarge, "the body has " + std::to_string(body.size()) + " bytes",
                "Send at most " + std::to_string(limits.bytes) + " bytes.");
  }
  if (body.empty()) return Document::object();
  const Encoding encoding = DetectEncoding(body);
  JETKEEP_ASSIGN(Document document, encoding == Encoding::kJson ? DecodeJson(body, limits)
                                                                : DecodeMsgpack(body, limits));
  if (!document.is_object()) {
    return Fail(Errc::kInvalidRequest, "the body is not an object",
                "Send one JSON object, a MessagePack map or an empty body.");
  }
  return document;
}

std::string EncodeBody(const Document& document, Encoding encoding) {
  return encoding == Encoding::kJson ? EncodeJson(document) : EncodeMsgpack(document);
}

}  // namespace jetkeep

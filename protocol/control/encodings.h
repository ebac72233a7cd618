// The two encodings behind body.h. Errors are kInvalidRequest.
#pragma once

#include <string>
#include <string_view>

#include "jetkeep/error.h"
#include "protocol/control/body.h"

namespace jetkeep {

Result<Document> DecodeJson(std::string_view body, const BodyLimits& limits);
std::string EncodeJson(const Document& document);

Result<Document> DecodeMsgpack(std::string_view body, const BodyLimits& limits);
std::string EncodeMsgpack(const Document& document);

}  // namespace jetkeep

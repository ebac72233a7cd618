#include <string>

#include "protocol/control/document_builder.h"
#include "protocol/control/encodings.h"

namespace jetkeep {
namespace {

// The library's own reader takes members that appear twice and any depth; this one asks the
// builder.
class JsonHandler : public nlohmann::json_sax<Document> {
 public:
  explicit JsonHandler(DocumentBuilder& builder) : builder_(builder) {}

  bool null() override { return builder_.Value(nullptr); }
  bool boolean(bool value) override { return builder_.Value(value); }
  bool number_integer(number_integer_t value) override { return builder_.Value(value); }
  bool number_unsigned(number_unsigned_t value) override { return builder_.Value(value); }
  bool number_float(number_float_t value, const string_t&) override {
    return builder_.Number(value);
  }
  bool string(string_t& value) override { return builder_.Text(value); }
  bool binary(binary_t&) override { return builder_.Refuse("binary data is not allowed"); }
  bool start_object(std::size_t) override { return builder_.Begin(Document::object()); }
  bool key(string_t& value) override { return builder_.Key(value); }
  bool end_object() override { return builder_.End(); }
  bool start_array(std::size_t) override { return builder_.Begin(Document::array()); }
  bool end_array() override { return builder_.End(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    error_position_ = position;
    return false;
  }

  std::size_t error_position() const { return error_position_; }

 private:
  DocumentBuilder& builder_;
  std::size_t error_position_ = 0;
};

}  // namespace

Result<Document> DecodeJson(std::string_view body, const BodyLimits& limits) {
  DocumentBuilder builder(limits);
  JsonHandler handler(builder);
  if (!Document::sax_parse(body.begin(), body.end(), &handler)) {
    if (builder.refusal()) return Fail(Errc::kInvalidRequest, "the body: " + *builder.refusal());
    return Fail(Errc::kInvalidRequest,
                "the body is not valid JSON at byte " + std::to_string(handler.error_position()),
                "Send one JSON object, a MessagePack map or an empty body.");
  }
  return builder.Take();
}

std::string EncodeJson(const Document& document) {
  return document.dump(-1, ' ', false, Document::error_handler_t::replace);
}

}  // namespace jetkeep

#define MSGPACK_NO_BOOST
#include <exception>
#include <limits>
#include <msgpack.hpp>

#include "protocol/base/utf8.h"
#include "protocol/control/document_builder.h"
#include "protocol/control/encodings.h"

namespace jetkeep {
namespace {

// Reads without an object tree of the library's own: what a body claims to hold is never allocated,
// only what is really there arrives at the builder. Lengths beyond the body are refused where they
// are read.
class MsgpackVisitor : public msgpack::null_visitor {
 public:
  MsgpackVisitor(DocumentBuilder& builder, std::size_t body_size)
      : builder_(builder), body_size_(body_size) {}

  bool visit_nil() {
    return Place([&] { return builder_.Value(nullptr); });
  }
  bool visit_boolean(bool value) {
    return Place([&] { return builder_.Value(value); });
  }
  bool visit_positive_integer(std::uint64_t value) {
    return Place([&] { return builder_.Value(value); });
  }
  bool visit_negative_integer(std::int64_t value) {
    return Place([&] { return builder_.Value(value); });
  }
  bool visit_float32(float value) { return visit_float64(static_cast<double>(value)); }
  bool visit_float64(double value) {
    return Place([&] { return builder_.Number(value); });
  }
  bool visit_str(const char* text, std::uint32_t size) {
    if (in_key_) return builder_.Key({text, size});
    return builder_.Text({text, size});
  }
  bool visit_bin(const char*, std::uint32_t) {
    return builder_.Refuse("binary data is not allowed; send text");
  }
  bool visit_ext(const char*, std::uint32_t) {
    return builder_.Refuse("extension types are not allowed");
  }
  bool start_array(std::uint32_t count) {
    return Fits(count) && Place([&] { return builder_.Begin(Document::array()); });
  }
  bool end_array() { return builder_.End(); }
  bool start_map(std::uint32_t count) {
    return Fits(count) && Place([&] { return builder_.Begin(Document::object()); });
  }
  bool end_map() { return builder_.End(); }
  bool start_map_key() {
    in_key_ = true;
    return true;
  }
  bool end_map_key() {
    in_key_ = false;
    return true;
  }

 private:
  template <typename Step>
  bool Place(Step step) {
    if (in_key_) return builder_.Refuse("a member has a name that is not text");
    return step();
  }
  // Every element takes at least one byte.
  bool Fits(std::uint32_t count) {
    return count <= body_size_ || builder_.Refuse("a length goes beyond the end");
  }

  DocumentBuilder& builder_;
  std::size_t body_size_;
  bool in_key_ = false;
};

using Packer = msgpack::packer<msgpack::sbuffer>;

void PackText(Packer& packer, std::string_view text) {
  const std::string clean = ToUtf8(text);
  packer.pack_str(static_cast<std::uint32_t>(clean.size()));
  packer.pack_str_body(clean.data(), static_cast<std::uint32_t>(clean.size()));
}

// Recursion ends where the document does; ours are a few levels deep, and read ones are limited.
void Pack(Packer& packer, const Document& value) {
  switch (value.type()) {
    case Document::value_t::boolean:
      packer.pack(value.get<bool>());
      return;
    case Document::value_t::number_integer:
      packer.pack(value.get<std::int64_t>());
      return;
    case Document::value_t::number_unsigned:
      packer.pack(value.get<std::uint64_t>());
      return;
    case Document::value_t::number_float:
      packer.pack(value.get<double>());
      return;
    case Document::value_t::string:
      PackText(packer, value.get_ref<const std::string&>());
      return;
    case Document::value_t::array:
      packer.pack_array(static_cast<std::uint32_t>(value.size()));
      for (const Document& element : value) Pack(packer, element);
      return;
    case Document::value_t::object:
      packer.pack_map(static_cast<std::uint32_t>(value.size()));
      for (const auto& [key, member] : value.items()) {
        PackText(packer, key);
        Pack(packer, member);
      }
      return;
    case Document::value_t::null:
    case Document::value_t::binary:
    case Document::value_t::discarded:
      packer.pack_nil();
      return;
  }
}

}  // namespace

Result<Document> DecodeMsgpack(std::string_view body, const BodyLimits& limits) {
  DocumentBuilder builder(limits);
  std::size_t offset = 0;
  bool whole = false;
  try {
    MsgpackVisitor visitor(builder, body.size());
    whole = msgpack::parse(body.data(), body.size(), offset, visitor);
  } catch (const std::exception& error) {
    builder.Refuse(error.what());
  }
  if (builder.refusal()) return Fail(Errc::kInvalidRequest, "the body: " + *builder.refusal());
  if (!whole) {
    return Fail(Errc::kInvalidRequest,
                "the body is not valid MessagePack at byte " + std::to_string(offset),
                "Send one MessagePack map, a JSON object or an empty body.");
  }
  if (offset != body.size()) {
    return Fail(Errc::kInvalidRequest,
                "the body continues after its MessagePack map, at byte " + std::to_string(offset));
  }
  return builder.Take();
}

std::string EncodeMsgpack(const Document& document) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  Pack(packer, document);
  return {buffer.data(), buffer.size()};
}

}  // namespace jetkeep

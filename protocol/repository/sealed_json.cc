#include "protocol/repository/sealed_json.h"

#include "protocol/codec/digest.h"

namespace jetkeep {
namespace {

std::string SealOf(std::string_view front) {
  return "  \"digest\": \"" + ToHex(Blake2b(front)) + "\"\n}\n";
}

}  // namespace

std::string SealJson(std::string_view members) {
  const std::string front = "{\n" + std::string(members);
  return front + SealOf(front);
}

Status SealedLines::Add(std::string_view key, const Json& value) {
  JETKEEP_ASSIGN(const std::string text, DumpJson(value));
  lines_.append("  \"").append(key).append("\": ").append(text).append(",\n");
  return {};
}

Result<std::string_view> CheckSeal(std::string_view document) {
  const std::size_t seal = SealOf({}).size();
  if (document.size() < seal) return Fail(Errc::kRepositoryCorrupt, "the document is cut short");
  const std::string_view front = document.substr(0, document.size() - seal);
  if (document.substr(front.size()) != SealOf(front)) {
    return Fail(Errc::kRepositoryCorrupt, "the document's digest is wrong");
  }
  return document;
}

}  // namespace jetkeep

// DocumentBuilder: makes a Document out of what a parser finds, and refuses what no body may hold.
// Shared by both encodings, so that they accept the same things. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "protocol/control/body.h"

namespace jetkeep {

// Every member returns false once something was refused; error() then says what.
class DocumentBuilder {
 public:
  explicit DocumentBuilder(const BodyLimits& limits) : limits_(limits) {}

  bool Value(Document value);
  bool Number(double value);  // refuses NaN and infinity
  bool Text(std::string_view text);
  bool Key(std::string_view key);
  bool Begin(Document empty_container);
  bool End();
  bool Refuse(std::string reason);

  // The whole document. REQUIRES: the parser reached the end and nothing was refused.
  Document Take() { return std::move(root_); }
  const std::optional<std::string>& refusal() const { return refusal_; }

 private:
  Document* Place(Document value);

  BodyLimits limits_;
  Document root_;
  std::vector<Document*> open_;
  std::optional<std::string> key_;
  std::optional<std::string> refusal_;
};

}  // namespace jetkeep

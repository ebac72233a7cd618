// FieldReader: takes the fields out of a request one by one and says precisely what is wrong with
// them. A client's fields may be left out, and unknown ones are refused; of our own documents at
// rest the opposite holds, so those have a reader of their own (repository/json_fields.h). The
// document must outlive it. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jetkeep/error.h"
#include "protocol/control/document.h"

namespace jetkeep {

// Every request may name the account that it is about; whoever takes requests in reads it.
inline constexpr std::string_view kAccountField = "account";

class FieldReader {
 public:
  explicit FieldReader(const Document& document) : document_(document) {}

  // Each puts the field into `value` if it is there; else `value` stays as it is. kWrongType if it
  // holds something else than what it should.
  void Read(std::string_view field, std::string& value);
  void Read(std::string_view field, bool& value);
  void Read(std::string_view field, std::uint64_t& value);
  void Read(std::string_view field, std::vector<std::string>& texts);
  void Read(std::string_view field, std::vector<std::uint64_t>& numbers);
  // The members of an object of texts, in its order.
  void Read(std::string_view field, std::vector<std::pair<std::string, std::string>>& texts);

  // The object itself, as long as the document lives; null if the field is not there.
  void Read(std::string_view field, const Document*& object);
  // The elements of an array of objects.
  void Read(std::string_view field, std::vector<Document>& objects);

  // True if the field was there, whatever it held.
  bool Has(std::string_view field) const { return document_.contains(field); }

  // The first thing that was wrong; kUnknownField if the document has a field that was never read.
  Status Finish() const;

 private:
  const Document* Find(std::string_view field);
  void WrongType(std::string_view field, std::string_view expected, const Document& given);

  const Document& document_;
  std::vector<std::string> known_;
  Status status_;
};

}  // namespace jetkeep

// What parsers of requests share: checks of fields that several requests have, and how fields that
// are at their defaults are left out. Thread-safety: pure functions; a SelectionFields by one
// thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/job.h"
#include "jetkeep/message_selection.h"
#include "protocol/control/document.h"
#include "protocol/control/field_reader.h"
#include "protocol/control/requests.h"

namespace jetkeep {

Status Missing(std::string_view field);

// Names that are there must be good ones; an empty text is a bad name, not an absent one.
Status CheckNames(const FieldReader& fields, const std::string& stream, const std::string& backup,
                  const std::string& job);

// For requests that are about one backup.
Status FinishWithBackup(FieldReader& fields, const std::string& backup);

// For requests that are about one backup or one set.
Status FinishWithBackupOrSet(FieldReader& fields, const std::string& backup,
                             const std::string& set);

// Of backup, stream and set, at most one may be given.
Status RefuseBoth(const FieldReader& fields);

// What is given of the fields that go with `with` only.
Status GoOnlyWith(const FieldReader& fields, const char* with,
                  std::initializer_list<const char*> only);

Status CheckParallel(std::uint64_t parallel, const FieldReader& fields);

Status CheckLimit(std::uint64_t limit);

// The fields of a selection of messages.
class SelectionFields {
 public:
  void Read(FieldReader& fields);
  Result<MessageSelection> Finish();

 private:
  MessageSelection selection_;
  std::string since_;
  std::string until_;
  bool has_since_ = false;
  bool has_until_ = false;
};

Status ReadPart(const Document* messages, RestorePart& part);

Status AnyOf(const char* field, const std::vector<std::string>& patterns);

void Put(Document& document, const char* field, const std::vector<std::string>& texts);

void Put(Document& document, const char* field, std::uint64_t value);

void Put(Document& document, const char* field, const std::string& value);

void Put(Document& document, const char* field, bool value);

void Put(Document& document, const MessageSelection& selection);

void Read(FieldReader& fields, JobOptions& options);

void Put(Document& document, const JobOptions& options);

}  // namespace jetkeep

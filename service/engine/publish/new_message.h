// What a message of a backup becomes when it is published again. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "jetkeep/error.h"
#include "jetkeep/publisher.h"
#include "jetkeep/record.h"
#include "service/engine/publish/new_subject.h"

namespace jetkeep {

struct NewMessageOptions {
  std::string backup = {};  // id
  SubjectChange subjects = {};
  bool keep_message_id = false;  // Nats-Msg-Id stays where there is one
  // Any other stream shall refuse the message; empty: none shall.
  std::string into = {};
};

struct NewMessage {
  std::string subject;
  MessageHeaders headers;
  // Headers of the old one that were left out: they would be instructions to the server that the
  // message is not meant to give again.
  bool left_out = false;
};

// The old sequence and time, the backup and the old Nats-Msg-Id go into headers of their own. The
// new Nats-Msg-Id is made of backup and sequence: the old one would make the target take a message
// that it has lost for one that it has. kInvalidRequest: its headers are no lines, so that they
// cannot be sent again; and those of NewSubject.
Result<NewMessage> MakeNew(const RecordView& record, const NewMessageOptions& options);

// Bytes of its headers as they are sent.
std::uint64_t SizeOfHeaders(const NewMessage& message);

}  // namespace jetkeep

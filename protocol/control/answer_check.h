// Who answered: recognizes an answer of Jetkeep among whatever else comes to a request's inbox, and
// an event of Jetkeep from whatever else is published on its subject.
//
// A stream that captures a control subject acknowledges requests, and any program may listen
// there: what is not proved to be Jetkeep's answer is none. Proof is the header Jetkeep-Type, where
// the service sends it (since 0.2), and in any case the shape, and that the answer is about what
// was asked for. Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "jetkeep/error.h"
#include "protocol/control/document.h"
#include "protocol/control/subjects.h"

namespace jetkeep {

// One message that came in answer to a request.
struct ReceivedAnswer {
  std::optional<std::string_view> type;        // header Jetkeep-Type
  std::optional<std::string_view> error_code;  // header Nats-Service-Error-Code
  std::string_view body;
};

// An answer that is not Jetkeep's.
struct ForeignAnswer {
  std::string stream;  // the stream that acknowledged the request; empty: not an acknowledgement
  std::string domain;  // the JetStream domain of that stream; empty: not known
  std::string reason;  // why it is none of Jetkeep's
};

// The body of the answer, Jetkeep's error, or why it is neither. `request` is the body that was
// sent.
using JudgedAnswer = std::variant<Document, Error, ForeignAnswer>;
JudgedAnswer JudgeAnswer(EndpointId endpoint, const Document& request,
                         const ReceivedAnswer& answer);

// The event in a message on <prefix>.<work>.<kind>.<stream>.<job>; an error says why it is none of
// Jetkeep's. An event of a kind that is not known here needs only what every event has.
Result<Document> ReadEvent(std::string_view subject, std::string_view body);

}  // namespace jetkeep

#include "protocol/control/diff_document.h"

#include <string>

#include "protocol/base/time.h"
#include "protocol/control/drift_document.h"
#include "protocol/control/lists.h"
#include "protocol/control/message_document.h"

namespace jetkeep {
namespace {

Document ToDocument(const DiffSide& side) {
  Document document = Document::object();
  if (!side.backup.empty()) document["backup"] = side.backup;
  document["live"] = side.backup.empty();
  document["stream"] = side.stream;
  document["messages"] = side.state.messages;
  document["first_sequence"] = side.state.first_sequence;
  document["last_sequence"] = side.state.last_sequence;
  if (side.time_ns != 0) document["time"] = FormatTime(side.time_ns);
  return document;
}

const char* NameOf(MessageChange change) {
  switch (change) {
    case MessageChange::kOnlyInA:
      return "only_in_a";
    case MessageChange::kOnlyInB:
      return "only_in_b";
    case MessageChange::kDifferent:
      break;
  }
  return "different";
}

Document ToDocument(const MessageDifference& difference) {
  Document document = {{"change", NameOf(difference.change)}, {"sequence", difference.sequence}};
  PutBytes(document, "subject", difference.subject);
  if (difference.change != MessageChange::kDifferent) return document;
  Document fields = Document::array();
  if (difference.subject_differs) fields.push_back("subject");
  if (difference.headers_differ) fields.push_back("headers");
  if (difference.payload_differs) fields.push_back("payload");
  if (difference.time_differs) fields.push_back("time");
  document["fields"] = std::move(fields);
  return document;
}

Document ToDocument(const SequencePair& pair) {
  return {{"consumer", pair.consumer}, {"stream", pair.stream}};
}

Document ToDocument(const ConsumerPosition& position) {
  return {{"delivered", ToDocument(position.delivered)},
          {"ack_floor", ToDocument(position.ack_floor)},
          {"pending", position.pending}};
}

// A list of which some elements may not be in the report any more.
void CountMore(Document& document, const char* field, std::uint64_t more) {
  if (more == 0) return;
  const std::uint64_t before =
      document.contains("truncated") ? document["truncated"].value(field, std::uint64_t{0}) : 0;
  document["truncated"][field] = before + more;
}

}  // namespace

Document ToDocument(const DiffReport& report, std::size_t most) {
  Document document = {{"a", ToDocument(report.a)},       {"b", ToDocument(report.b)},
                       {"other_life", report.other_life}, {"total", report.Differences()},
                       {"equal", report.equal},           {"only_in_a", report.only_in_a},
                       {"before_b", report.before_b},     {"only_in_b", report.only_in_b},
                       {"different", report.different},   {"unknown", report.unknown}};
  if (report.b.backup.empty()) {
    document["newer"] = report.newer;
    document["left_meanwhile"] = report.left_meanwhile;
  }
  PutList(document, "messages", report.messages, most,
          [](const MessageDifference& one) { return ToDocument(one); });
  CountMore(document, "messages", report.MessageDifferences() - report.messages.size());
  PutList(document, "configs", report.configs, most,
          [](const Drift& drift) { return jetkeep::ToDocument(drift); });
  CountMore(document, "configs", report.more_configs);
  PutList(document, "positions", report.positions, most, [](const PositionDifference& one) {
    return Document{{"consumer", one.consumer}, {"a", ToDocument(one.a)}, {"b", ToDocument(one.b)}};
  });
  CountMore(document, "positions", report.more_positions);
  PutLines(document, "warnings", report.warnings, report.warnings.size());
  return document;
}

}  // namespace jetkeep

#include "service/cli/render/salvage_text.h"

#include <algorithm>

#include "protocol/base/join.h"
#include "protocol/control/answers.h"
#include "protocol/control/backup_document.h"
#include "protocol/sequences/sequences_text.h"
#include "service/cli/render/human.h"
#include "service/cli/render/table.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMostRanges = 1000;
constexpr std::size_t kMostRemarks = 20;

Document Ranges(const SequenceSet& set) {
  Document ranges = Document::array();
  for (SequenceSet::Cursor range(set); range.Valid() && ranges.size() < kMostRanges; range.Next()) {
    ranges.push_back({{"first", range.first()}, {"last", range.last()}});
  }
  return {{"count", set.Count()}, {"ranges", std::move(ranges)}};
}

Document NamesOf(const SalvagedStream& stream, const std::vector<std::size_t>& holders) {
  Document names = Document::array();
  for (const std::size_t holder : holders) names.push_back(stream.directories.at(holder));
  return names;
}

Document Variants(const SalvagedStream& stream) {
  Document disputes = Document::array();
  for (const Dispute& dispute : stream.disputes) {
    Document others = Document::array();
    for (std::size_t i = 1; i < dispute.holders.size(); ++i) {
      others.push_back(NamesOf(stream, dispute.holders[i]));
    }
    disputes.push_back({{"sequence", dispute.sequence},
                        {"kept", NamesOf(stream, dispute.holders.front())},
                        {"others", std::move(others)}});
  }
  Document backups = Document::array();
  for (const BackupSummary& backup : stream.variants) backups.push_back(backup.id);
  return {{"sequences", Ranges(stream.disputed)},
          {"by_sequence", std::move(disputes)},
          {"backups", std::move(backups)}};
}

Document ToDocument(const SalvagedStream& stream) {
  Document document = {{"account", stream.account},
                       {"stream", stream.stream},
                       {"directories", stream.directories},
                       {"whole", stream.whole()}};
  if (stream.error) {
    document["error"] = jetkeep::ToDocument(*stream.error);
  } else {
    document["backup"] = jetkeep::ToDocument(*stream.backup);
  }
  document["lost"] = Ranges(stream.lost);
  document["unknown"] = Ranges(stream.unknown);
  document["deleted_in_some"] = Ranges(stream.deleted_in_some);
  document["compacted_in_some"] = Ranges(stream.compacted_in_some);
  document["variants"] = Variants(stream);
  document["over_limits"] = stream.over_limits;
  document["end_is_damaged"] = stream.end_is_damaged;
  document["may_have_been_emptied"] = stream.may_have_been_emptied;
  Document damage = Document::array();
  for (const SalvageDamage& item : stream.damage) {
    damage.push_back({{"where", item.where}, {"what", item.what}});
  }
  document["damage"] = {{"count", stream.damage_count}, {"first", std::move(damage)}};
  Document not_read = Document::array();
  for (const ConsumerNotRead& item : stream.consumers_not_read) {
    not_read.push_back({{"name", item.name}, {"reason", item.reason}});
  }
  document["consumers"] = {{"read", stream.consumers}, {"not_read", std::move(not_read)}};
  document["warnings"] = stream.warnings;
  return document;
}

std::string Holders(const SalvagedStream& stream, const std::vector<std::size_t>& holders) {
  std::vector<std::string> names;
  names.reserve(holders.size());
  for (const std::size_t holder : holders) names.push_back(stream.directories.at(holder));
  return JoinFirst(names, kMostRemarks);
}

}  // namespace

Document ToDocument(const SalvageReport& report) {
  Document streams = Document::array();
  for (const SalvagedStream& stream : report.streams) streams.push_back(ToDocument(stream));
  return {
      {"streams", std::move(streams)}, {"warnings", report.warnings}, {"missed", report.missed}};
}

Document ToDocument(const StoreListing& listing) {
  Document streams = Document::array();
  for (const StoredStreamSummary& stream : listing.streams) {
    Document item = {{"account", stream.account},         {"stream", stream.stream},
                     {"directories", stream.directories}, {"blocks", stream.blocks},
                     {"block_bytes", stream.block_bytes}, {"consumers", stream.consumers},
                     {"encrypted", stream.encrypted}};
    if (stream.unreadable) item["error"] = ToDocument(*stream.unreadable);
    streams.push_back(std::move(item));
  }
  return {
      {"streams", std::move(streams)}, {"warnings", listing.warnings}, {"missed", listing.missed}};
}

std::string SalvageTable(const SalvageReport& report) {
  Table table({{"ACCOUNT"},
               {"STREAM"},
               {"BACKUP"},
               {"MESSAGES", Table::Align::kRight},
               {"LOST", Table::Align::kRight},
               {"UNKNOWN", Table::Align::kRight},
               {"VARIANTS", Table::Align::kRight},
               {"CONSUMERS", Table::Align::kRight},
               {"RESULT"}});
  for (const SalvagedStream& stream : report.streams) {
    const std::size_t consumers = stream.consumers.size() + stream.consumers_not_read.size();
    table.AddRow({stream.account, stream.stream, stream.backup ? stream.backup->id : "-",
                  stream.backup ? HumanCount(stream.backup->messages) : "-",
                  HumanCount(stream.lost.Count()), HumanCount(stream.unknown.Count()),
                  HumanCount(stream.disputed.Count()),
                  stream.consumers_not_read.empty()
                      ? HumanCount(consumers)
                      : HumanCount(stream.consumers.size()) + " of " + HumanCount(consumers),
                  stream.error ? "failed" : (stream.whole() ? "whole" : "partly")});
  }
  return table.Render();
}

std::string StoreTable(const StoreListing& listing) {
  Table table({{"ACCOUNT"},
               {"STREAM"},
               {"DIRECTORIES", Table::Align::kRight},
               {"BLOCKS", Table::Align::kRight},
               {"SIZE", Table::Align::kRight},
               {"CONSUMERS", Table::Align::kRight},
               {"ENCRYPTED"},
               {"CONFIGURATION"}});
  for (const StoredStreamSummary& stream : listing.streams) {
    table.AddRow({stream.account, stream.stream, HumanCount(stream.directories.size()),
                  HumanCount(stream.blocks), HumanSize(stream.block_bytes),
                  HumanCount(stream.consumers), stream.encrypted ? "yes" : "no",
                  stream.unreadable ? stream.unreadable->message : "readable"});
  }
  return table.Render();
}

std::vector<std::string> SalvageRemarks(const SalvagedStream& stream) {
  std::vector<std::string> remarks = stream.warnings;
  if (stream.error) {
    remarks.push_back(stream.error->message +
                      (stream.error->hint.empty() ? "" : ". " + stream.error->hint));
  }
  for (std::size_t i = 0; i < std::min(stream.damage.size(), kMostRemarks); ++i) {
    remarks.push_back(stream.damage[i].where + ": " + stream.damage[i].what);
  }
  if (stream.damage_count > kMostRemarks) {
    remarks.push_back(HumanPlural(stream.damage_count, "place") +
                      " are damaged; --json names more");
  }
  if (!stream.lost.empty()) {
    remarks.push_back("lost: sequences " + SequencesText(stream.lost));
  }
  if (stream.end_is_damaged) {
    remarks.emplace_back(
        "the last block ends in damage: how many messages came behind is not known");
  }
  if (!stream.unknown.empty()) {
    remarks.push_back("deleted or lost, which is not known: sequences " +
                      SequencesText(stream.unknown));
  }
  if (!stream.deleted_in_some.empty()) {
    remarks.push_back("deleted in one directory and a message in another, taken for deleted: " +
                      SequencesText(stream.deleted_in_some));
  }
  if (!stream.compacted_in_some.empty()) {
    remarks.push_back(
        "a message in one directory, and compacted away in another, which may mean deleted; "
        "kept: " +
        SequencesText(stream.compacted_in_some));
  }
  if (stream.over_limits > 0) {
    remarks.push_back(HumanPlural(stream.over_limits, "message") +
                      " left out that the stream's own limits remove");
  }
  for (std::size_t i = 0; i < std::min(stream.disputes.size(), kMostRemarks); ++i) {
    const Dispute& dispute = stream.disputes[i];
    std::string text = "sequence " + std::to_string(dispute.sequence) + " differs: kept as in " +
                       Holders(stream, dispute.holders.front());
    for (std::size_t k = 1; k < dispute.holders.size(); ++k) {
      text += "; variant " + std::to_string(k + 1) + " in " + Holders(stream, dispute.holders[k]);
    }
    remarks.push_back(std::move(text));
  }
  for (std::size_t k = 0; k < stream.variants.size(); ++k) {
    remarks.push_back("variant " + std::to_string(k + 2) + " of such messages is in backup " +
                      stream.variants[k].id);
  }
  for (const ConsumerNotRead& item : stream.consumers_not_read) {
    remarks.push_back("consumer " + item.name + " not read: " + item.reason);
  }
  return remarks;
}

}  // namespace jetkeep

#include "protocol/archive/v2_archive_reader.h"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/archive/consumer_json.h"
#include "protocol/base/names.h"
#include "protocol/json/raw_json.h"
#include "protocol/v2/archive_parser.h"

namespace jetkeep {
namespace {

class Translator : public v2::ArchiveHandler {
 public:
  explicit Translator(SnapshotHandler& handler) : handler_(handler) {}

  Status OnState(std::string_view json) override {
    const auto take = [this](std::string_view key, std::string_view value) -> Status {
      if (key == "consumer_count") {
        JETKEEP_ASSIGN(promised_consumers_, RawUnsigned(value));
      }
      return {};
    };
    return FaultAs(ForEachMember(json, take), Errc::kArchiveCorrupt, "state.json");
  }

  Status OnConsumerEntry(std::string_view name, std::string_view json) override {
    if (!CheckConsumerName(name)) {
      return Fail(Errc::kArchiveCorrupt, "a consumer entry has a name that no consumer can have");
    }
    const std::string where = "consumer " + std::string(name);
    auto consumer = ConsumerEntryFromJson(name, json);
    if (!consumer) return handler_.OnDamage({where, std::move(consumer).error().message, 0});
    if (!names_.insert(consumer->name).second) {
      return handler_.OnDamage({where, "it is in the archive twice", 0});
    }
    return handler_.OnConsumer(*std::move(consumer));
  }

  Status OnRecord(const RecordView& record) override { return handler_.OnRecord(record); }

  // Servers rely on the count when they restore.
  Status Finish(std::uint64_t entries) {
    if (entries == promised_consumers_) return {};
    return handler_.OnDamage({"state.json",
                              "it promises " + std::to_string(promised_consumers_) +
                                  " consumers, but the archive holds " + std::to_string(entries),
                              0});
  }

  std::uint64_t consumers() const { return names_.size(); }

 private:
  SnapshotHandler& handler_;
  std::uint64_t promised_consumers_ = 0;
  std::set<std::string> names_;
};

}  // namespace

Result<ArchiveSummary> ReadV2Archive(ByteSource& archive, SnapshotHandler& handler) {
  Translator translator(handler);
  v2::ArchiveParser parser(translator);
  JETKEEP_TRY(parser.Drive(archive));
  JETKEEP_TRY(translator.Finish(parser.consumers()));
  ArchiveSummary summary;
  summary.format = ArchiveFormat::kV2Natsarc;
  summary.records = parser.records();
  summary.consumers = translator.consumers();
  return summary;
}

}  // namespace jetkeep

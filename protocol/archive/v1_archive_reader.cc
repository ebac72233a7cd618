#include "protocol/archive/v1_archive_reader.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "protocol/base/names.h"
#include "protocol/tar/reader.h"
#include "protocol/v1/block_number.h"
#include "protocol/v1/block_parser.h"
#include "protocol/v1/consumer_state.h"
#include "protocol/v1/delete_map.h"
#include "protocol/v1/meta.h"

namespace jetkeep {
namespace {

// Of files that are read whole. Servers hold configurations and consumer states in memory, too.
constexpr std::uint64_t kMaxFileBytes = std::uint64_t{16} << 20;
constexpr std::size_t kMaxErrorText = 4096;

tl::unexpected<Error> Corrupt(std::string what) {
  return Fail(Errc::kArchiveCorrupt, std::move(what));
}

// "…/../…", absolute names and the like come from no server.
bool IsPlainPath(std::string_view path) {
  if (path.find_first_of(std::string_view("\\\0", 2)) != std::string_view::npos) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

class V1Reader {
 public:
  V1Reader(ByteSource& archive, const std::string& stream_name, SnapshotHandler& handler)
      : tar_(archive), stream_name_(stream_name), handler_(handler) {}

  Result<ArchiveSummary> Run();

 private:
  Status OnEntry(const std::string& name, std::uint64_t size);
  Status OnStreamMeta(std::uint64_t size);
  Status OnStreamMetaSum(std::uint64_t size);
  Status TellStreamMeta();
  Status OnMessageFile(std::string_view file, std::uint64_t size);
  Status OnBlock(std::uint32_t number);
  Status OnIndexDb();
  Status OnConsumerFile(const std::string& name, std::uint64_t size);
  Status OnConsumerState(std::uint64_t size);
  Status EndConsumer();
  Status OnErrors();
  Status Damage(std::string where, std::string what) {
    return handler_.OnDamage({std::move(where), std::move(what), 0});
  }
  // The whole content of the entry at hand.
  Result<std::string> ReadWhole(std::string_view what, std::uint64_t size);

  tar::Reader tar_;
  const std::string& stream_name_;
  SnapshotHandler& handler_;
  ArchiveSummary summary_;

  bool has_meta_ = false;
  bool meta_told_ = false;
  std::string meta_;

  std::uint32_t last_block_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::uint32_t index_block_ = 0;
  std::optional<v1::BlockIndex> index_;

  std::string consumer_;  // whose files are being read; empty: none
  std::optional<std::string> consumer_meta_;
  std::optional<std::string> consumer_sum_;
};

Result<ArchiveSummary> V1Reader::Run() {
  for (;;) {
    JETKEEP_ASSIGN(const std::optional<tar::Entry> entry, tar_.NextEntry());
    if (!entry) break;
    JETKEEP_TRY(OnEntry(entry->name, entry->size));
  }
  JETKEEP_TRY(EndConsumer());
  if (!has_meta_) return Corrupt("the archive holds no meta.inf");
  if (!meta_told_) JETKEEP_TRY(TellStreamMeta());
  return summary_;
}

Status V1Reader::OnEntry(const std::string& name, std::uint64_t size) {
  if (!IsPlainPath(name)) return Corrupt("an entry has a name that no server writes");
  if (name == kErrorsFile) return OnErrors();
  if (name == "meta.inf") return OnStreamMeta(size);
  if (!has_meta_) return Corrupt("the archive does not begin with meta.inf");
  if (name == "meta.sum") return OnStreamMetaSum(size);
  if (!meta_told_) JETKEEP_TRY(TellStreamMeta());
  const std::string_view view = name;
  if (view.starts_with("msgs/")) return OnMessageFile(view.substr(5), size);
  if (view.starts_with("obs/")) return OnConsumerFile(name, size);
  return Damage("entry " + name, "unknown kind of entry");
}

Result<std::string> V1Reader::ReadWhole(std::string_view what, std::uint64_t size) {
  if (size > kMaxFileBytes) return Corrupt(std::string(what) + " is too large");
  std::string content;
  for (;;) {
    JETKEEP_ASSIGN(const std::string_view bytes, tar_.ReadData());
    if (bytes.empty()) return content;
    content += bytes;
  }
}

Status V1Reader::OnStreamMeta(std::uint64_t size) {
  if (has_meta_) return Corrupt("the archive holds meta.inf twice");
  JETKEEP_ASSIGN(meta_, ReadWhole("meta.inf", size));
  auto meta = v1::ParseStreamMeta(meta_);
  if (!meta) return Fail(std::move(meta).error().Within("meta.inf"));
  if (meta->name != stream_name_) {
    return Corrupt("the archive is of stream \"" + meta->name + "\", not of " + stream_name_);
  }
  has_meta_ = true;
  return {};
}

Status V1Reader::OnStreamMetaSum(std::uint64_t size) {
  if (meta_told_) return Corrupt("meta.sum is not where it belongs");
  JETKEEP_ASSIGN(const std::string sum, ReadWhole("meta.sum", size));
  if (sum != v1::StreamMetaSum(stream_name_, meta_)) {
    JETKEEP_TRY(Damage("meta.inf", "its checksum in meta.sum is wrong"));
  }
  meta_told_ = true;
  JETKEEP_TRY(handler_.OnStreamMeta(meta_));
  meta_.clear();
  return {};
}

// There was no meta.sum.
Status V1Reader::TellStreamMeta() {
  JETKEEP_TRY(Damage("meta.inf", "its checksum meta.sum is missing"));
  meta_told_ = true;
  return handler_.OnStreamMeta(meta_);
}

Status V1Reader::OnMessageFile(std::string_view file, std::uint64_t size) {
  if (const auto number = v1::BlockNumber(file, ".blk")) return OnBlock(*number);
  if (file == "index.db") return OnIndexDb();
  if (const auto number = v1::BlockNumber(file, ".idx")) {
    index_.reset();
    if (size > kMaxFileBytes) return {};
    JETKEEP_ASSIGN(const std::string content, ReadWhole("a block index", size));
    index_block_ = *number;
    index_.emplace(content);
  }
  // What else servers keep beside the blocks (subjects, keys, timers) follows from the messages.
  return {};
}

Status V1Reader::OnBlock(std::uint32_t number) {
  if (number <= last_block_) {
    return Corrupt("block " + std::to_string(number) + " comes after block " +
                   std::to_string(last_block_));
  }
  last_block_ = number;
  v1::BlockParser parser(stream_name_, number, handler_, last_sequence_);
  std::uint64_t block_bytes = 0;
  for (;;) {
    JETKEEP_ASSIGN(const std::string_view bytes, tar_.ReadData());
    if (bytes.empty()) break;
    block_bytes += bytes.size();
    JETKEEP_TRY(parser.Feed(bytes));
  }
  JETKEEP_TRY(parser.Finish());
  summary_.records += parser.records();
  std::uint64_t last = parser.last_sequence();
  if (index_ && index_block_ == number) {
    JETKEEP_ASSIGN(const v1::DeleteMapReport report,
                   index_->Finish(block_bytes, parser.last_checksum(), last_sequence_, handler_));
    if (report.usable) last = std::max(last, report.last_sequence);
  }
  index_.reset();
  last_sequence_ = last;
  return {};
}

Status V1Reader::OnIndexDb() {
  v1::IndexDbParser parser(stream_name_);
  for (;;) {
    JETKEEP_ASSIGN(const std::string_view bytes, tar_.ReadData());
    if (bytes.empty()) break;
    parser.Feed(bytes);
  }
  // An unusable one says nothing; whatever it would have explained stays unexplained.
  JETKEEP_TRY(parser.Finish(handler_));
  return {};
}

// obs/<consumer>/<file>
Status V1Reader::OnConsumerFile(const std::string& name, std::uint64_t size) {
  const std::string_view path = std::string_view(name).substr(4);
  const std::size_t slash = path.find('/');
  const std::string_view consumer = path.substr(0, slash);
  const std::string_view file = slash == std::string_view::npos ? "" : path.substr(slash + 1);
  if (!CheckConsumerName(consumer)) {
    return Corrupt("a consumer entry has a name that no consumer can have");
  }
  if (consumer != consumer_) {
    JETKEEP_TRY(EndConsumer());
    consumer_ = consumer;
  }
  if (file == "meta.inf") {
    JETKEEP_ASSIGN(consumer_meta_, ReadWhole("consumer " + consumer_ + ": meta.inf", size));
  } else if (file == "meta.sum") {
    JETKEEP_ASSIGN(consumer_sum_, ReadWhole("consumer " + consumer_ + ": meta.sum", size));
  } else if (file == "o.dat") {
    return OnConsumerState(size);
  } else {
    return Damage("entry " + name, "unknown kind of entry");
  }
  return {};
}

Status V1Reader::OnConsumerState(std::uint64_t size) {
  const std::string where = "consumer " + consumer_;
  JETKEEP_ASSIGN(const std::string content, ReadWhole(where + ": o.dat", size));
  const std::string name = std::exchange(consumer_, {});
  const auto meta_json = std::exchange(consumer_meta_, {});
  const auto sum = std::exchange(consumer_sum_, {});
  if (!meta_json) return Damage(where, "its meta.inf is missing");
  if (!sum || *sum != v1::ConsumerMetaSum(stream_name_, name, *meta_json)) {
    JETKEEP_TRY(Damage(where + ": meta.inf",
                       sum ? "its checksum in meta.sum is wrong" : "its meta.sum is missing"));
  }
  auto meta = v1::ParseConsumerMeta(*meta_json);
  if (!meta) return Damage(where + ": meta.inf", meta.error().message);
  // Servers before 2.15 leave the name out when they write down a restored consumer without a
  // durable name; the checksum is that of the folder's name.
  if (!meta->name.empty() && meta->name != name) {
    return Damage(where + ": meta.inf", "it names another consumer");
  }
  auto state = v1::DecodeConsumerState(content);
  if (!state) return Damage(where + ": o.dat", state.error().message);
  ++summary_.consumers;
  ConsumerBackup consumer;
  consumer.name = name;
  consumer.config_json = std::move(meta->config_json);
  consumer.created = std::move(meta->created);
  consumer.state = *std::move(state);
  return handler_.OnConsumer(std::move(consumer));
}

// The next entry is another consumer's, or none.
Status V1Reader::EndConsumer() {
  if (consumer_.empty()) return {};
  consumer_meta_.reset();
  consumer_sum_.reset();
  return Damage("consumer " + std::exchange(consumer_, {}), "its o.dat is missing");
}

Status V1Reader::OnErrors() {
  std::string text;
  for (;;) {
    JETKEEP_ASSIGN(const std::string_view bytes, tar_.ReadData());
    if (bytes.empty()) break;
    text += bytes.substr(0, kMaxErrorText - std::min(kMaxErrorText, text.size()));
  }
  return Damage(std::string(kErrorsFile), "the server could not read all of the stream: " + text);
}

}  // namespace

Result<ArchiveSummary> ReadV1Archive(ByteSource& archive, const std::string& stream_name,
                                     SnapshotHandler& handler) {
  return V1Reader(archive, stream_name, handler).Run();
}

}  // namespace jetkeep

// Imports of the layouts of 2021 and 2022: configurations as JSON, archives as .tgz.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "protocol/codec/digest.h"
#include "tests/support/jetstream_client.h"
#include "tests/unit/service/engine/transfer/transfer_fixture.h"

namespace jetkeep {
namespace {

// "{"name": "GOLD", …}" without messages, as in 2021; after the description of that layout.
TEST_F(TransferTest, ConfigurationsOfOldAreImportedWithTheirArchives) {
  // {"name":"GOLD","subjects":["gold.>"],"retention":"limits","storage":"file","num_replicas":1}
  WriteTo(Place("old/stream_GOLD.json"),
          R"({"type":"stream","time":"2021-03-04T05:06:07Z","configuration":")"
          "eyJuYW1lIjoiR09MRCIsInN1YmplY3RzIjpbImdvbGQuPiJdLCJyZXRlbnRpb24iOiJsaW1pdHMiLCJzdG9yYWdl"
          "IjoiZmlsZSIsIm51bV9yZXBsaWNhcyI6MX0="
          R"(","checksum":")"
          "830b4f45868ced7c1c39f926ca176ccc8c00942c68c4acb9cae2cf7b16880c41"
          R"("})");
  WriteTo(Place("old/stream_GOLD_consumer_w.json"),
          R"({"type":"consumer","time":"2021-03-04T05:06:07Z","configuration":")"
          "eyJuYW1lIjoidyIsInN0cmVhbSI6IkdPTEQiLCJjb25maWciOnsiZHVyYWJsZV9uYW1lIjoidyIsImFja19wb2xp"
          "Y3kiOiJleHBsaWNpdCJ9fQ=="
          R"(","checksum":")"
          "efaafe813478ad46b04e94b89dcdfc6f3e994bfe928a8d451f84ff03e8aacdd5"
          R"("})");
  const ImportedBackup alone = One("old");
  EXPECT_EQ(alone.backup.messages, 0u);
  EXPECT_EQ(alone.backup.consumers, 1u);
  EXPECT_FALSE(alone.backup.exact_cut);
  EXPECT_EQ(alone.backup.condition, BackupCondition::kConfigOnly);
  EXPECT_EQ(repository_->Load(alone.backup.id)->archive_format, ArchiveFormat::kNone);
  EXPECT_TRUE(alone.backup.id.starts_with("20210304T050607Z")) << alone.backup.id;

  WriteTo(Place("old/GOLD.tgz"), Golden("gold_2.10.27.tar.s2"));
  const ImportedBackup with_data = One("old");
  EXPECT_EQ(with_data.backup.messages, 26u);
  EXPECT_EQ(with_data.backup.condition, BackupCondition::kComplete);
  EXPECT_FALSE(with_data.backup.exact_cut) << "no state says how many there were";

  WriteTo(Place("archive/stream_KV_cfg.tgz"), Golden("kv_cfg_2.10.27.tar.s2"));
  const ImportedBackup archive = One("archive");
  EXPECT_EQ(archive.backup.stream, "KV_cfg");
  EXPECT_EQ(archive.backup.messages, 5u);
}

std::string Legacy(const std::string& type, const std::string& json) {
  return R"({"type":")" + type + R"(","time":"2022-03-04T05:06:07Z","configuration":")" +
         testing::EncodeBase64(json) + R"(","checksum":")" + ToHex(Sha256(json)) + R"("})";
}

TEST_F(TransferTest, ConfigurationsOfOldThatAreDamagedOrEphemeralAreNamed) {
  const auto consumer = [](const std::string& config) {
    return Legacy("consumer", R"({"name":"w","stream":"GOLD","config":)" + config + "}");
  };
  WriteTo(Place("old/stream_GOLD.json"), Legacy("stream", R"({"name":"GOLD","storage":"file"})"));
  WriteTo(Place("old/stream_GOLD_consumer_w.json"), consumer(R"({"ack_policy":"explicit"})"));
  std::string damaged = Legacy("stream", R"({"name":"OTHER","storage":"file"})");
  damaged.replace(damaged.find("checksum\":\"") + 11, 4, "0000");
  WriteTo(Place("old/stream_OTHER.json"), damaged);
  WriteTo(Place("old/stream_LOST_consumer_x.json"),
          Legacy("consumer", R"({"name":"x","stream":"LOST","config":{"durable_name":"x"}})"));
  const auto report = Import("old");
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->warnings.size(), 1u);
  EXPECT_NE(report->warnings.front().find("consumer w is ephemeral"), std::string::npos);
  ASSERT_EQ(report->streams.size(), 3u);
  for (const StreamImport& item : report->streams) {
    if (item.stream == "GOLD") {
      ASSERT_TRUE(item.imported);
      EXPECT_EQ(item.imported->backup.consumers, 0u);
    } else if (item.stream == "LOST") {
      EXPECT_NE(item.error->message.find("file of its stream"), std::string::npos);
    } else {
      EXPECT_EQ(item.where, "stream_OTHER.json");
      EXPECT_NE(item.error->message.find("checksum"), std::string::npos) << item.error->message;
    }
  }
}

std::uint32_t Crc32(const std::string& bytes) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
  }
  return ~crc;
}

void AppendLittleEndian(std::string& to, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) to += static_cast<char>(value >> 8 * i & 0xff);
}

// Not compressed, so that nothing but the checksum knows of a flipped bit.
std::string Gzip(const std::string& bytes) {
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  for (std::size_t at = 0; at < bytes.size() || at == 0; at += 60000) {
    const std::string block = bytes.substr(at, 60000);
    out += static_cast<char>(at + 60000 >= bytes.size());
    AppendLittleEndian(out, block.size(), 2);
    AppendLittleEndian(out, ~block.size(), 2);
    out += block;
  }
  AppendLittleEndian(out, Crc32(bytes), 4);
  AppendLittleEndian(out, bytes.size(), 4);
  return out;
}

// An archive alone: where the stream began and ended is told by what is inside.
TEST_F(TransferTest, AnArchiveWithoutAStateIsWhatAServerWouldRestore) {
  for (const std::string version : {"2.9.10", "2.10.27"}) {
    for (const Stream& stream : kStreams) {
      const std::string name = std::string(stream.file) + "_" + version;
      Again();
      fs::remove_all(Place("old"));
      WriteTo(Place("old/" + std::string(stream.file) + ".tgz"),
              Gzip(Decompressed(Golden(name + ".tar.s2"))));
      const BackupSummary backup = One("old").backup;
      EXPECT_EQ(backup.messages, stream.messages) << name;
      EXPECT_EQ(backup.last_sequence, stream.last) << name;
      EXPECT_EQ(backup.first_sequence, stream.first) << name;
      EXPECT_FALSE(backup.exact_cut) << name;
    }
  }
}

TEST_F(TransferTest, AFlippedBitInGzipIsFound) {
  const std::string good = Gzip(Decompressed(Golden("gold_2.10.27.tar.s2")));
  for (std::size_t turn = 0; turn < 300; ++turn) {
    std::string flipped = good;
    // Behind the header, of which the time and the like mean nothing.
    const std::size_t bit = 80 + turn * 7919 % ((good.size() - 10) * 8);
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    WriteTo(Place("old/GOLD.tgz"), flipped);
    Refused("old");
  }
  WriteTo(Place("old/GOLD.tgz"), good + "x");
  Refused("old");
  EXPECT_TRUE(Ids(*repository_).empty());
}

TEST_F(TransferTest, AConsumerInTheArchiveAndBesideItIsOne) {
  const std::size_t inside = [&] {
    WriteTo(Place("alone/GOLD.tgz"), Golden("gold_2.10.27.tar.s2"));
    return One("alone").backup.consumers;
  }();
  ASSERT_GT(inside, 0u);
  const auto manifest = repository_->Load(Ids(*repository_).front());
  ASSERT_TRUE(manifest);
  const std::string name = manifest->consumers.front().name;
  WriteTo(Place("old/stream_GOLD.json"), Legacy("stream", manifest->config_json));
  const std::string consumer = R"({"name":")" + name +
                               R"(","stream":"GOLD","config":{"durable_name":")" + name +
                               R"(","ack_policy":"explicit"}})";
  WriteTo(Place("old/stream_GOLD_consumer_x.json"), Legacy("consumer", consumer));
  WriteTo(Place("old/GOLD.tgz"), Golden("gold_2.10.27.tar.s2"));
  EXPECT_EQ(One("old").backup.consumers, inside);
}

}  // namespace
}  // namespace jetkeep

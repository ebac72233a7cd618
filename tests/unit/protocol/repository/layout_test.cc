#include "protocol/repository/layout.h"

#include <gtest/gtest.h>

#include <string>

#include "protocol/repository/backup_id.h"

namespace jetkeep {
namespace {

TEST(Layout, NamesStayReadable) {
  EXPECT_EQ(EncodeName("ORDERS"), "@orders");
  EXPECT_EQ(EncodeName("orders"), "orders");
  EXPECT_EQ(EncodeName("KV_my-Bucket"), "@kv_@my-@b@ucket");
  EXPECT_EQ(EncodeName("$G"), "%24@g");
  EXPECT_EQ(EncodeName("\xc3\xa9"), "%c3%a9");
}

TEST(Layout, EveryByteGoesThereAndBack) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string name = std::string("aB") + static_cast<char>(byte) + "c";
    const std::string part = EncodeName(name);
    EXPECT_TRUE(IsEncodedName(part)) << part;
    EXPECT_EQ(DecodeName(part), name);
    EXPECT_EQ(part.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_@%~"),
              std::string::npos);
  }
}

TEST(Layout, LongNamesAreCutAndToldApartByDigest) {
  const std::string a = EncodeName(std::string(255, 'x') + "1");
  const std::string b = EncodeName(std::string(255, 'x') + "2");
  EXPECT_LE(a.size(), 200u);
  EXPECT_NE(a, b);
  EXPECT_TRUE(IsEncodedName(a));
  EXPECT_FALSE(DecodeName(a));
  EXPECT_TRUE(IsEncodedName(EncodeName(std::string(255, '\xff'))));
  EXPECT_TRUE(IsEncodedName(EncodeName(std::string(255, 'X'))));
}

TEST(Layout, PartsThatNobodyBuildsAreRefused) {
  for (const std::string& part : std::initializer_list<std::string>{
           "", ".", "..", "A", "a/b", "%41", "%2E", "%2", "@", "a@", "@@a", "a.b", "~",
           "a~0123456789012345678901234567890123456789"}) {
    EXPECT_FALSE(IsEncodedName(part)) << part;
  }
  EXPECT_FALSE(LineagePath::Make("$G", "ORDERS", "../../etc"));
  EXPECT_FALSE(LineagePath::Make("$G", "", "20261121T012410Z-7k2m9qdx"));
}

TEST(Layout, FileNamesParseOnlyAsBuilt) {
  const std::string id = NewBackupId(1'795'224'250'999'999'999, 77);
  EXPECT_TRUE(IsBackupId(id)) << id;
  EXPECT_EQ(id.substr(0, 17), "20261121T012410Z-");
  const auto place = LineagePath::Make("$G", "ORDERS", id);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->Manifest(id), "%24@g/@orders/" + id + "/backups/" + id + ".manifest");
  const auto name_of = [](const std::string& path) { return path.substr(path.rfind('/') + 1); };
  EXPECT_EQ(ParseBackupFile(name_of(place->Manifest(id)))->kind, BackupFileKind::kManifest);
  EXPECT_EQ(ParseBackupFile(name_of(place->Pending(id)))->kind, BackupFileKind::kPending);
  EXPECT_EQ(ParseBackupFile(name_of(place->Verified(id, 42)))->time_ns, 42);
  EXPECT_EQ(ParseSegmentName(SegmentName(id, 7))->number, 7u);
  for (const std::string& bad : {id + "-000000", id + "-00001", id + "-0000001", id + "_000001",
                                 id.substr(1) + "-000001", id + "-000001.tmp"}) {
    EXPECT_FALSE(ParseSegmentName(bad)) << bad;
  }
  for (const std::string& bad : {id, id + ".manifesto", id + ".pending.tmp", id + ".manifest.tmp",
                                 id + ".1.verified", std::string(".manifest")}) {
    EXPECT_FALSE(ParseBackupFile(bad)) << bad;
  }
}

}  // namespace
}  // namespace jetkeep

#include "service/engine/restore/mapped_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/engine/restore/record_rewrite.h"

namespace jetkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class MappedConfigTest : public ::testing::Test {
 protected:
  std::string Stream(const std::string& json) {
    auto mapped = MappedStreamConfig(json, map_, warnings_);
    return mapped ? *mapped : mapped.error().message;
  }
  std::string Consumer(const std::string& json) const {
    auto mapped = MappedConsumerConfig(json, map_);
    return mapped ? *mapped : mapped.error().message;
  }

  SubjectMap map_ =
      SubjectMap::Make({{"orders.eu.>", "eu.>"}, {"orders.*.new", "new.$1"}, {"in.>", "on.>"}})
          .value();
  std::vector<std::string> warnings_;
};

TEST_F(MappedConfigTest, WhatIsTheStreamsOwnIsMapped) {
  EXPECT_EQ(Stream(R"({"name":"S","subjects":["orders.eu.a","x"],"x":1.50})"),
            R"({"name":"S","subjects":["eu.a","x"],"x":1.50})");
  EXPECT_EQ(Stream(R"({"subject_transform":{"src":"in.*.b","dest":"orders.eu.{{wildcard(1)}}"}})"),
            R"({"subject_transform":{"src":"on.*.b","dest":"eu.{{wildcard(1)}}"}})");
  EXPECT_THAT(warnings_, IsEmpty());
  EXPECT_EQ(Stream(R"({"republish":{"src":"orders.eu.>","dest":"seen.>","headers_only":true}})"),
            R"({"republish":{"src":"eu.>","dest":"seen.>","headers_only":true}})");
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("seen.>")));
}

TEST_F(MappedConfigTest, WhatIsAnothersStays) {
  EXPECT_EQ(
      Stream(
          R"({"sources":[{"name":"O","subject_transforms":[{"src":"orders.eu.>","dest":"in.>"}]}]})"),
      R"({"sources":[{"name":"O","subject_transforms":[{"src":"orders.eu.>","dest":"on.>"}]}]})");
  EXPECT_THAT(warnings_, IsEmpty());
  const std::string mirror = R"({"mirror":{"name":"O","filter_subject":"orders.eu.>"}})";
  EXPECT_EQ(Stream(mirror), mirror);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("keep their subjects")));
}

TEST_F(MappedConfigTest, ARuleForAPartOfATransformIsRefused) {
  EXPECT_THAT(Stream(R"({"republish":{"src":"orders.>","dest":"seen.>"}})"),
              HasSubstr("a part only"));
  EXPECT_THAT(Stream(R"({"subject_transform":{"src":"in.>","dest":"orders.>"}})"),
              HasSubstr("a part only"));
  map_ = SubjectMap::Make({{"a.*.*", "b.$2.$1"}}).value();
  EXPECT_THAT(Stream(R"({"subject_transform":{"src":"a.*.*","dest":"c.$1.$2"}})"),
              HasSubstr("wildcards"));
}

TEST_F(MappedConfigTest, Consumers) {
  EXPECT_EQ(Consumer(R"({"filter_subject":"orders.eu.*","x":1})"),
            R"({"filter_subject":"eu.*","x":1})");
  EXPECT_EQ(Consumer(R"({"filter_subject":"orders.*.new"})"),
            R"({"filter_subjects":["eu.new","new.*"]})");
  EXPECT_EQ(Consumer(R"({"filter_subjects":["orders.eu.a","orders.eu.b","y"]})"),
            R"({"filter_subjects":["eu.a","eu.b","y"]})");
  EXPECT_EQ(Consumer(R"({"deliver_subject":"in.box"})"), R"({"deliver_subject":"on.box"})");
  EXPECT_EQ(Consumer(R"({"filter_subject":""})"), R"({"filter_subject":""})");
}

TEST_F(MappedConfigTest, Buckets) {
  EXPECT_THAT(BucketRules("KV_a", "KV_b"), ElementsAre(SubjectRule{"$KV.a.>", "$KV.b.>"}));
  EXPECT_EQ(BucketRules("OBJ_a", "OBJ_b").size(), 2U);
  EXPECT_THAT(BucketRules("KV_a", "OBJ_b"), IsEmpty());
  EXPECT_THAT(BucketRules("KV_a", "COPY"), IsEmpty());
}

TEST(RecordRewriteTest, SubjectsBucketsAndSchedules) {
  RecordRewrite rewrite;
  rewrite.subjects = SubjectMap::Make(BucketRules("OBJ_a", "OBJ_bc")).value();
  rewrite.from_bucket = "a";
  rewrite.to_bucket = "bc";
  RecordRewriter rewriter(rewrite);
  RecordView record;
  record.subject = "$O.a.M.bmFtZQ==";
  record.headers = "NATS/1.0\r\nNats-Rollup: sub\r\n\r\n";
  record.payload =
      R"({"name":"n","options":{"link":{"bucket":"a","name":"m"},"max_chunk_size":1},"bucket":"a","digest":"SHA-256=x"})";
  record.encoded = "something";
  const RecordView& mapped = rewriter.Rewrite(record);
  EXPECT_EQ(mapped.subject, "$O.bc.M.bmFtZQ==");
  EXPECT_EQ(
      mapped.payload,
      R"({"name":"n","options":{"link":{"bucket":"bc","name":"m"},"max_chunk_size":1},"bucket":"bc","digest":"SHA-256=x"})");
  EXPECT_EQ(mapped.headers, record.headers);
  EXPECT_EQ(mapped.encoded, "");
  // A link to another bucket, a chunk that looks like a description, and no JSON.
  record.payload = R"({"options":{"link":{"bucket":"z"}},"bucket":"a"})";
  EXPECT_EQ(rewriter.Rewrite(record).payload,
            R"({"options":{"link":{"bucket":"z"}},"bucket":"bc"})");
  record.payload = "{";
  EXPECT_EQ(rewriter.Rewrite(record).payload, "{");
  record.subject = "$O.a.C.x";
  record.payload = R"({"bucket":"a"})";
  EXPECT_EQ(rewriter.Rewrite(record).payload, record.payload);
  EXPECT_EQ(rewriter.Rewrite(record).subject, "$O.bc.C.x");
}

TEST(RecordRewriteTest, TheTargetOfAScheduleIsMappedAndOtherHeadersStay) {
  RecordRewrite rewrite;
  rewrite.subjects = SubjectMap::Make({{"a.>", "bb.>"}}).value();
  rewrite.schedules = true;
  RecordRewriter rewriter(rewrite);
  RecordView record;
  record.subject = "a.at";
  record.headers =
      "NATS/1.0\r\nNats-Schedule: @at 2030-01-01T00:00:00Z\r\nNats-Msg-Id: a.x\r\n"
      "Nats-Schedule-Target: a.x\r\nNats-Schedule-Source:a.y\r\nOther: a.x\r\n\r\n";
  EXPECT_EQ(rewriter.Rewrite(record).headers,
            "NATS/1.0\r\nNats-Schedule: @at 2030-01-01T00:00:00Z\r\nNats-Msg-Id: a.x\r\n"
            "Nats-Schedule-Target: bb.x\r\nNats-Schedule-Source:bb.y\r\nOther: a.x\r\n\r\n");
  rewrite.schedules = false;
  EXPECT_EQ(rewriter.Rewrite(record).headers, record.headers);
}

TEST(RecordRewriteTest, ObfuscatedTokensOfSubjectsAreNotReadableInHeaders) {
  RecordRewrite rewrite;
  rewrite.obfuscator = Obfuscator({false, {}, {2}, false, "k"});
  const Obfuscator& obfuscator = rewrite.obfuscator;
  rewrite.subjects.ThenEdit([&obfuscator](std::string& subject, bool literal) {
    subject = obfuscator.Subject(subject, literal);
  });
  RecordRewriter rewriter(rewrite);
  RecordView record;
  record.subject = "orders.alice";
  record.headers =
      "NATS/1.0\r\nNats-Stream-Source: O:x 7 > > orders.alice\r\nNats-Scheduler: orders.alice\r\n"
      "Nats-Expected-Last-Subject-Sequence-Subject:orders.alice\r\nNats-Subject: orders.alice\r\n"
      "Nats-Schedule-Target: orders.alice\r\nOther: x.y\r\n\r\n";
  const std::string hidden = obfuscator.Subject("orders.alice", true);
  const RecordView& rewritten = rewriter.Rewrite(record);
  EXPECT_EQ(rewritten.subject, hidden);
  EXPECT_EQ(rewritten.headers, "NATS/1.0\r\nNats-Stream-Source: O:x 7 > > " + hidden +
                                   "\r\nNats-Scheduler: " + hidden +
                                   "\r\nNats-Expected-Last-Subject-Sequence-Subject:" + hidden +
                                   "\r\nNats-Subject: " + hidden + "\r\nNats-Schedule-Target: " +
                                   hidden + "\r\nOther: x.y\r\n\r\n");
  // Servers before 2.10 name no subject there.
  record.headers = "NATS/1.0\r\nNats-Stream-Source: O:x 7\r\n\r\n";
  EXPECT_EQ(rewriter.Rewrite(record).headers, record.headers);
}

TEST(ObfuscatorTest, ReplacesWhatIsNamed) {
  const Obfuscator noise({true, {"customer"}, {2}, false, "k"});
  const Obfuscator digests({true, {"Customer"}, {2}, true, "k"});
  std::string out;
  std::string again;
  for (const std::size_t size : {0U, 1U, 16U, 17U, 1000U}) {
    const std::string text(size, 'x');
    noise.Payload(7, text, out);
    EXPECT_EQ(out.size(), size);
    noise.Payload(7, text, again);
    EXPECT_EQ(out, again);
    digests.Payload(7, text, out);
    EXPECT_EQ(out.size(), size == 0 ? 0U : 16U);
  }
  const std::string headers = "NATS/1.0\r\nCustomer: alice\r\nOther:b\r\nCUSTOMER:  \r\n\r\n";
  noise.Headers(1, headers, out);
  EXPECT_EQ(out.size(), headers.size());
  EXPECT_EQ(out.find("alice"), std::string::npos);
  EXPECT_NE(out.find("Other:b\r\nCUSTOMER:  \r\n\r\n"), std::string::npos);
  EXPECT_EQ(noise.Subject("a.*.>", false), "a.*.>");
  EXPECT_EQ(noise.Subject("a.$1.c", false), "a.$1.c");
  EXPECT_NE(noise.Subject("a.$1.c", true), "a.$1.c");
  EXPECT_EQ(noise.Subject("a", true), "a");
  EXPECT_EQ(noise.Subject("a.b", true), digests.Subject("a.b", false));
  EXPECT_NE(noise.Subject("a.b", true),
            Obfuscator({false, {}, {2}, false, ""}).Subject("a.b", true));
}

TEST(ObfuscatorTest, WhatServersActOnIsRefused) {
  EXPECT_TRUE(CheckObfuscation({false, {"Nats-Msg-Id", "X"}, {1, 64}, false, ""}));
  EXPECT_TRUE(CheckObfuscation({}));
  EXPECT_FALSE(CheckObfuscation({false, {"Nats-TTL"}, {}, false, ""}));
  for (const char* name : {"nats-ttl", "NATS-Rollup", "KV-Operation", "kv-operation"}) {
    EXPECT_FALSE(CheckObfuscation({false, {name}, {}, false, ""})) << name;
  }
  EXPECT_TRUE(CheckObfuscation({false, {"nats-msg-id"}, {}, false, ""}));
  EXPECT_FALSE(CheckObfuscation({false, {"a:b"}, {}, false, ""}));
  EXPECT_FALSE(CheckObfuscation({false, {}, {0}, false, ""}));
  EXPECT_FALSE(CheckObfuscation({false, {}, {}, false, "k"}));
}

}  // namespace
}  // namespace jetkeep

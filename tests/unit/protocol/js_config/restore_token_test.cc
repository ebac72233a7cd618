#include "protocol/js_config/restore_token.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace jetkeep {
namespace {

using Json = nlohmann::json;

const std::string kToken = MakeRestoreToken(0x0123456789abcdefULL, 0xfedcba9876543210ULL);

Json Marked(const std::string& config, TokenPlaces places) {
  const auto marked = WithRestoreToken(config, kToken, places);
  EXPECT_TRUE(marked) << config;
  return marked ? Json::parse(*marked) : Json();
}

TEST(RestoreToken, GoesInAndComesOutOfEveryKindOfConfiguration) {
  const std::vector<std::string> configs{
      R"({"name":"A","subjects":["a.>"]})",
      R"({"name":"A","subjects":["a.>"],"metadata":{"x":"y","_nats.ver":"2.11.0"}})",
      R"({"name":"A","subjects":["a.>"],"description":"of somebody <&> é"})",
      R"({"name":"A","description":"ends in a space "})",
      R"({"name":"A","description":"[jetkeep.restore of a book]"})",
      R"({"name":"A","mirror":{"name":"B"}})",
      R"({"name":"A","sources":[{"name":"B"}],"future":{"a":[1,2]}})",
      R"({"name":"A","subjects":[">"]})",
      R"({"name":"A"})",
      R"({})"};
  for (const std::string& config : configs) {
    EXPECT_EQ(RestoreTokenOf(config), "") << config;
    EXPECT_EQ(WithoutRestoreToken(config), config);
    for (const bool metadata : {true, false}) {
      for (const bool subject : {true, false}) {
        const auto marked = WithRestoreToken(config, kToken, {metadata, subject});
        ASSERT_TRUE(marked) << config;
        EXPECT_EQ(RestoreTokenOf(*marked), kToken) << *marked;
        EXPECT_EQ(Json::parse(WithoutRestoreToken(*marked)), Json::parse(config)) << *marked;
      }
    }
  }
}

TEST(RestoreToken, StandsWhereItIsWanted) {
  const std::string config = R"({"name":"A","subjects":["a.>"],"description":"d"})";
  const Json in_metadata = Marked(config, {true, false});
  EXPECT_EQ(in_metadata["metadata"]["jetkeep.restore"], kToken);
  EXPECT_EQ(in_metadata["description"], "d");
  const Json in_description = Marked(config, {false, false});
  EXPECT_FALSE(in_description.contains("metadata"));
  EXPECT_EQ(in_description["description"], "d [jetkeep.restore " + kToken + "]");
  const Json with_subject = Marked(config, {true, true});
  EXPECT_EQ(with_subject["subjects"], Json::array({"a.>", RestoreSubject(kToken)}));
  EXPECT_TRUE(HasRestoreSubject(with_subject.dump(), kToken));
  EXPECT_FALSE(HasRestoreSubject(in_metadata.dump(), kToken));
}

TEST(RestoreToken, TheSubjectIsLeftOutWhereItWouldChangeOrProveNothing) {
  for (const std::string config :
       {R"({"name":"A","mirror":{"name":"B"}})", R"({"name":"A"})", R"({"subjects":[">"]})",
        R"({"subjects":["a","*.>"]})", R"({"subjects":["_jetkeep.>"]})"}) {
    const Json marked = Marked(config, {true, true});
    EXPECT_FALSE(HasRestoreSubject(marked.dump(), kToken)) << config;
    EXPECT_EQ(marked.value("subjects", Json()), Json::parse(config).value("subjects", Json()));
  }
  // A stream that only has sources may have subjects, too, and has none afterwards.
  const Json marked = Marked(R"({"sources":[{"name":"B"}]})", {true, true});
  EXPECT_TRUE(HasRestoreSubject(marked.dump(), kToken));
  EXPECT_FALSE(Json::parse(WithoutRestoreToken(marked.dump())).contains("subjects"));
}

TEST(RestoreToken, UpdatesCountWhatServersAddToTheMetadata) {
  constexpr std::size_t kMost = 128 * 1024 - 16;
  const auto allowed = [](const Json& metadata) {
    return MetadataAllowsUpdates(Json{{"name", "A"}, {"metadata", metadata}}.dump());
  };
  EXPECT_TRUE(allowed({{"k", std::string(kMost - 1, 'x')}}));
  EXPECT_FALSE(allowed({{"k", std::string(kMost, 'x')}}));
  EXPECT_TRUE(allowed({{"k", std::string(kMost - 1, '"')}}))
      << "bytes count, not how they are written";
  EXPECT_TRUE(allowed({{"k", std::string(kMost - 1, 'x')}, {"_nats.ver", "2.11.0"}}));
  EXPECT_FALSE(allowed({{"k", std::string(kMost - 3, 'x')}, {"l", "yz"}}));
  EXPECT_TRUE(MetadataAllowsUpdates(R"({"name":"A"})"));
  EXPECT_TRUE(MetadataAllowsUpdates(R"({"name":"A","metadata":null})"));
}

TEST(RestoreToken, OnlyATokenIsTakenForOne) {
  for (const std::string config :
       {R"({"metadata":{"jetkeep.restore":"mine"}})", R"({"metadata":{"jetkeep.restore":7}})",
        R"({"metadata":[1]})", R"({"metadata":null,"description":null,"subjects":null})",
        R"({"description":"[jetkeep.restore 0123]"})",
        R"({"subjects":["_jetkeep.restore.x"],"description":5})", R"([1])", "", "nul"}) {
    EXPECT_EQ(RestoreTokenOf(config), "") << config;
    EXPECT_EQ(WithoutRestoreToken(config), config);
  }
}

TEST(RestoreToken, NoRoomIsAnError) {
  const std::string text(4090, 'x');
  EXPECT_FALSE(WithRestoreToken(R"({"description":")" + text + R"("})", kToken, {false, false}));
  EXPECT_TRUE(WithRestoreToken(R"({"description":")" + text + R"("})", kToken, {true, false}));
  const std::string much(128 * 1024, 'x');
  EXPECT_FALSE(WithRestoreToken(R"({"metadata":{"a":")" + much + R"("}})", kToken, {true, false}));
  EXPECT_FALSE(WithRestoreToken("[]", kToken, {true, false}));
}

TEST(RestoreToken, AKeyOfItsNameInTheMetadataIsNotOverwritten) {
  const std::string config = R"({"name":"S","metadata":{"jetkeep.restore":"mine"}})";
  EXPECT_FALSE(WithRestoreToken(config, MakeRestoreToken(1, 2), {}));
  const auto described = WithRestoreToken(config, MakeRestoreToken(1, 2), {.metadata = false});
  ASSERT_TRUE(described);
  EXPECT_EQ(RestoreTokenOf(*described), MakeRestoreToken(1, 2));
  EXPECT_EQ(WithoutRestoreToken(*described), config);
}

TEST(RestoreToken, IsAsLongAsPromised) {
  EXPECT_EQ(MakeRestoreToken(0, 1), std::string(31, '0') + "1");
  EXPECT_EQ(kToken, "0123456789abcdeffedcba9876543210");
}

TEST(RestoreToken, ServersOwnMetadataIsTakenOut) {
  EXPECT_EQ(WithoutServersMetadata(
                R"({"name":"S","metadata":{"_nats.ver":"2","a":"\u003e","_nats.req.level":"0"}})"),
            R"({"name":"S","metadata":{"a":"\u003e"}})");
  EXPECT_EQ(WithoutServersMetadata(R"({"metadata":{"_nats.ver":"2"},"name":"S"})"),
            R"({"name":"S"})");
  for (const char* unchanged : {R"({"name" : "S"})", R"({"metadata":[1]})", "nonsense"}) {
    EXPECT_EQ(WithoutServersMetadata(unchanged), unchanged);
  }
}

}  // namespace
}  // namespace jetkeep

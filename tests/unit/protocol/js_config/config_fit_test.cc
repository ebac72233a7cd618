#include "protocol/js_config/config_fit.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace jetkeep {
namespace {

using Json = nlohmann::json;

constexpr ServerVersion k2_9{2, 9, 10};
constexpr ServerVersion k2_10{2, 10, 27};
constexpr ServerVersion k2_12{2, 12, 15};
constexpr ServerVersion k2_15{2, 15, 3};
constexpr std::int64_t kNow = 1'700'000'000'000'000'000;

ConfigFit Fit(ConfigOf kind, const Json& config, const ServerVersion& server) {
  auto fit = FitConfig(kind, config.dump(), server, kNow);
  EXPECT_TRUE(fit) << fit.error().message;
  return fit.value_or(ConfigFit{});
}

std::vector<std::string> Paths(const ConfigFit& fit) {
  std::vector<std::string> paths;
  for (const auto& field : fit.unsupported) paths.push_back(field.path);
  return paths;
}

using Names = std::vector<std::string>;

TEST(FitConfig, NamesWhatTheServerDoesNotKnowAndLeavesItOut) {
  const Json config{{"name", "S"},
                    {"allow_msg_counter", true},
                    {"subject_transform", {{"src", "a.>"}, {"dest", "b.>"}}},
                    {"compression", "s2"}};
  const ConfigFit fit = Fit(ConfigOf::kStream, config, k2_9);
  EXPECT_EQ(Paths(fit), (Names{"allow_msg_counter", "compression", "subject_transform"}));
  EXPECT_EQ(Json::parse(fit.config_json), (Json{{"name", "S"}}));
  EXPECT_EQ(fit.unsupported[0].Text(), "allow_msg_counter true (known from 2.12)");
  EXPECT_EQ(Paths(Fit(ConfigOf::kStream, config, k2_10)), (Names{"allow_msg_counter"}));
  EXPECT_EQ(Paths(Fit(ConfigOf::kStream, config, k2_12)), Names{});
}

// The functions in the destination of a mapping are younger than the mapping.
TEST(FitConfig, NamesMappingsWhoseFunctionsTheServerDoesNotKnow) {
  constexpr ServerVersion k2_11{2, 11, 17};
  constexpr ServerVersion k2_14{2, 14, 10};
  const auto maps = [](const char* source, const char* destination) {
    return Json{{"src", source}, {"dest", destination}};
  };
  const auto on_stream = [&](const Json& mapping, const ServerVersion& server) {
    const ConfigFit fit =
        Fit(ConfigOf::kStream, {{"name", "S"}, {"subject_transform", mapping}}, server);
    EXPECT_EQ(Json::parse(fit.config_json).contains("subject_transform"), Paths(fit).empty());
    return !Paths(fit).empty();
  };
  for (const char* late : {"y.{{random(5)}}", "y.{{ Random ( 5 ) }}", "y.{{partition(5)}}.z"}) {
    EXPECT_TRUE(on_stream(maps("x.*", late), k2_10)) << late;
    EXPECT_TRUE(on_stream(maps("x.*", late), k2_11)) << late;
    EXPECT_FALSE(on_stream(maps("x.*", late), k2_12)) << late;
  }
  EXPECT_TRUE(on_stream(maps("x.a", "y.{{partition(5,1)}}"), k2_11));
  EXPECT_FALSE(on_stream(maps("x.*", "y.{{partition(5,1)}}"), k2_10));
  EXPECT_FALSE(on_stream(maps("x.*", "y.{{wildcard(1)}}"), k2_10));
  EXPECT_FALSE(on_stream(maps("x.*", "y.x{{random(5)}}"), k2_10)) << "no function";
  // Refused for a while.
  EXPECT_FALSE(on_stream(maps("x.*", "y.{{left(1,1)}}"), k2_10));
  EXPECT_TRUE(on_stream(maps("x.*", "y.{{left(1,1)}}"), k2_12));
  EXPECT_FALSE(on_stream(maps("x.*", "y.{{left(1,1)}}"), k2_14));

  const Json republishes{{"name", "S"}, {"republish", maps("x.*", "y.{{random(5)}}")}};
  EXPECT_EQ(Paths(Fit(ConfigOf::kStream, republishes, k2_9)), (Names{"republish"}));
  const Json fed{{"name", "S"},
                 {"sources",
                  {{{"name", "A"},
                    {"subject_transforms", {maps("a", "b"), maps("x.*", "y.{{random(5)}}")}}}}}};
  const ConfigFit fit = Fit(ConfigOf::kStream, fed, k2_11);
  ASSERT_EQ(Paths(fit), (Names{"sources[].subject_transforms"}));
  EXPECT_EQ(fit.unsupported[0].why, "{{random}} is known from 2.12");
}

TEST(FitConfig, LeavesOutWhatSaysNothingWithoutAWord) {
  const Json config{{"name", "S"},
                    {"allow_batched", false},
                    {"compression", "none"},
                    {"persist_mode", "default"},
                    {"first_seq", 0},
                    {"consumer_limits", Json::object()},
                    {"metadata", {{"_nats.ver", "2.15.3"}, {"_nats.req.level", "0"}}}};
  const ConfigFit fit = Fit(ConfigOf::kStream, config, k2_9);
  EXPECT_EQ(Paths(fit), Names{});
  EXPECT_EQ(Json::parse(fit.config_json), (Json{{"name", "S"}}));
}

TEST(FitConfig, LooksIntoNestedObjects) {
  const Json config{{"name", "S"},
                    {"sources",
                     {{{"name", "A"}},
                      {{"name", "B"}, {"consumer", {{"name", "c"}, {"deliver_subject", "d"}}}},
                      {{"name", "C"}, {"subject_transforms", {{{"src", "x"}, {"dest", "y"}}}}}}}};
  const ConfigFit fit = Fit(ConfigOf::kStream, config, k2_10);
  EXPECT_EQ(Paths(fit), (Names{"sources[].consumer"}));
  EXPECT_EQ(Json::parse(fit.config_json)["sources"][1], (Json{{"name", "B"}}));
  EXPECT_EQ(Paths(Fit(ConfigOf::kStream, config, k2_9)),
            (Names{"sources[].consumer", "sources[].subject_transforms"}));
}

// A server would say so of a consumer only after the whole archive was sent.
TEST(FitConfig, AWordInNoTableIsKeptForServersNewerThanTheTableOnly) {
  const Json stream{{"name", "S"}, {"retention", "forever"}, {"storage", "tape"}};
  EXPECT_EQ(Paths(Fit(ConfigOf::kStream, stream, k2_15)), (Names{"retention", "storage"}));
  EXPECT_EQ(Paths(Fit(ConfigOf::kStream, stream, {2, 16, 0})), Names{});
  const Json consumer{{"ack_policy", "perhaps"},
                      {"deliver_policy", "some"},
                      {"priority_policy", "first"},
                      {"replay_policy", "slow"}};
  EXPECT_EQ(Paths(Fit(ConfigOf::kConsumer, consumer, k2_15)),
            (Names{"ack_policy", "deliver_policy", "priority_policy", "replay_policy"}));
  for (const ConfigOf kind : {ConfigOf::kStream, ConfigOf::kConsumer}) {
    for (const ConfigField& field : FieldsOf(kind)) {
      for (const std::string_view word : WordsOf(kind, field.path)) {
        const Json config{{field.path, Json::parse(word)}};
        EXPECT_EQ(Paths(Fit(kind, config, k2_15)), Names{}) << field.path << " " << word;
      }
    }
  }
  EXPECT_EQ(WordsOf(ConfigOf::kConsumer, "ack_policy").size(), 4U);
}

TEST(FitConfig, AFieldInNoTableIsKeptForServersNewerThanTheTableOnly) {
  const Json config{{"name", "S"}, {"allow_magic", true}, {"allow_more", false}};
  const ConfigFit fit = Fit(ConfigOf::kStream, config, k2_15);
  EXPECT_EQ(Paths(fit), (Names{"allow_magic"}));
  EXPECT_EQ(Json::parse(fit.config_json), (Json{{"name", "S"}}));
  const ConfigFit newer = Fit(ConfigOf::kStream, config, {2, 16, 0});
  EXPECT_EQ(Paths(newer), Names{});
  EXPECT_EQ(Json::parse(newer.config_json), config);
}

TEST(FitConfig, AFieldThatLaterServersDroppedIsUnsupportedThere) {
  const Json config{{"name", "S"}, {"template_owner", "t"}};
  EXPECT_EQ(Paths(Fit(ConfigOf::kStream, config, k2_12)), Names{});
  EXPECT_EQ(Paths(Fit(ConfigOf::kStream, config, k2_15)), (Names{"template_owner"}));
}

TEST(FitConfig, ValuesCanBeNewerThanTheirField) {
  const Json config{{"durable_name", "c"}, {"ack_policy", "flow_control"}};
  const ConfigFit fit = Fit(ConfigOf::kConsumer, config, k2_12);
  ASSERT_EQ(Paths(fit), (Names{"ack_policy"}));
  EXPECT_EQ(fit.unsupported[0].why, "this value is known from 2.14");
  EXPECT_EQ(Paths(Fit(ConfigOf::kConsumer, config, k2_15)), Names{});
}

TEST(FitConfig, APauseThatIsOverSaysNothing) {
  EXPECT_EQ(Paths(Fit(ConfigOf::kConsumer, {{"pause_until", "2020-01-01T00:00:00Z"}}, k2_10)),
            Names{});
  EXPECT_EQ(Paths(Fit(ConfigOf::kConsumer, {{"pause_until", "2099-01-01T00:00:00Z"}}, k2_10)),
            (Names{"pause_until"}));
}

TEST(FitConfig, AListOfOneFilterIsASingleFilterWhereListsAreUnknown) {
  const ConfigFit fit = Fit(ConfigOf::kConsumer, {{"filter_subjects", {"a.>"}}}, k2_9);
  EXPECT_EQ(Paths(fit), Names{});
  EXPECT_EQ(Json::parse(fit.config_json), (Json{{"filter_subject", "a.>"}}));
  EXPECT_EQ(Paths(Fit(ConfigOf::kConsumer, {{"filter_subjects", {"a", "b"}}}, k2_9)),
            (Names{"filter_subjects"}));
}

TEST(FitConfig, TheRequiredLevelStaysWhereTheServerHasIt) {
  const Json config{{"metadata", {{"_nats.req.level", "2"}, {"_nats.level", "5"}, {"mine", "1"}}}};
  EXPECT_EQ(Json::parse(Fit(ConfigOf::kStream, config, k2_15).config_json)["metadata"],
            (Json{{"_nats.req.level", "2"}, {"mine", "1"}}));
  EXPECT_EQ(Json::parse(Fit(ConfigOf::kStream, config, {2, 11, 17}).config_json)["metadata"],
            (Json{{"mine", "1"}}));
  const ConfigFit old = Fit(ConfigOf::kStream, config, k2_9);
  ASSERT_EQ(Paths(old), (Names{"metadata"}));
  EXPECT_EQ(old.unsupported[0].value, R"({"mine":"1"})");
}

TEST(FitConfig, KeepsTheBytesOfWhatItKeeps) {
  const std::string config =
      R"({"name":"S","description":"\u003ca\u003e","max_msgs":18446744073709551615})";
  EXPECT_EQ(FitConfig(ConfigOf::kStream, config, k2_15, kNow)->config_json, config);
  EXPECT_FALSE(FitConfig(ConfigOf::kStream, "[]", k2_15, kNow));
}

}  // namespace
}  // namespace jetkeep

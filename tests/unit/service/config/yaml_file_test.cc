#include "service/config/yaml_file.h"

#include <gmock/gmock.h>

namespace jetkeep {
namespace {

using testing::HasSubstr;

std::string MessageOf(std::string_view yaml) {
  const auto values = ParseConfigFile(yaml, "f.yaml");
  EXPECT_FALSE(values.has_value()) << yaml;
  if (values) return "";
  EXPECT_EQ(values.error().code, Errc::kConfigInvalid);
  return values.error().message;
}

TEST(YamlFile, SetsNothingWhenEmpty) {
  for (const char* yaml : {"", "# only a comment\n", "---\n", "nats:\n"}) {
    const auto values = ParseConfigFile(yaml, "f.yaml");
    ASSERT_TRUE(values) << values.error().message;
    EXPECT_TRUE(values->values.empty());
  }
}

TEST(YamlFile, ReadsNestedKeysWithTheirLines) {
  const auto values = ParseConfigFile(
      "nats:\n  servers:\n    - nats://a:1\n    - nats://b:2\n  tls:\n    ca: /ca.pem\n"
      "scratch: {limit: 2GiB}\nretry:\n  attempts: 3\nshutdown_grace: 1m30s\n",
      "f.yaml");
  ASSERT_TRUE(values) << values.error().message;
  ASSERT_EQ(values->values.size(), 5U);
  EXPECT_EQ(values->values[0].setting->key, "nats.servers");
  EXPECT_THAT(values->values[0].texts, testing::ElementsAre("nats://a:1", "nats://b:2"));
  EXPECT_EQ(values->values[1].line, 6);
  EXPECT_EQ(values->values[4].setting->key, "shutdown_grace");
}

TEST(YamlFile, AnUnknownKeyIsNamedWithItsLineAndASuggestion) {
  EXPECT_THAT(MessageOf("nats:\n  servrs: x\n"), HasSubstr("f.yaml:2: nats.servrs: unknown key"));
  EXPECT_THAT(ParseConfigFile("nats:\n  servrs: x\n", "f").error().hint, HasSubstr("nats.servers"));
  EXPECT_THAT(ParseConfigFile("servers: x\n", "f").error().hint, HasSubstr("nats.servers"));
  EXPECT_THAT(MessageOf("colour: red\n"), HasSubstr("f.yaml:1: colour: unknown key"));
  EXPECT_THAT(MessageOf("\"a\\nb\": red\n"), HasSubstr("a?b: unknown key"));
}

TEST(YamlFile, WrongTypesAreNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"nats: nats://h\n", "f.yaml:1: nats: expected a section"},
      {"nats: [a]\n", "f.yaml:1: nats: expected a section"},
      {"nats:\n  user: {a: b}\n", "f.yaml:2: nats.user: wrong type: expected a text"},
      {"nats:\n  user: [a]\n", "f.yaml:2: nats.user: wrong type: expected a text"},
      {"nats:\n  password: 12345\n", "f.yaml:2: nats.password: wrong type: expected a text"},
      {"nats:\n  user: yes\n", "f.yaml:2: nats.user: wrong type: expected a text"},
      {"nats:\n  user:\n", "f.yaml:2: nats.user: has no value"},
      {"nats:\n  user: ~\n", "f.yaml:2: nats.user: has no value"},
      {"nats:\n  servers: []\n", "f.yaml:2: nats.servers: the list is empty"},
      {"nats:\n  servers: {a: b}\n", "f.yaml:2: nats.servers: wrong type"},
      {"nats:\n  servers: [[a]]\n", "f.yaml:2: nats.servers: wrong type"},
      {"control:\n  max_jobs: \"3\"\n",
       "f.yaml:2: control.max_jobs: wrong type: expected a number"},
      {"control:\n  max_jobs: [3]\n", "f.yaml:2: control.max_jobs: wrong type: expected a number"},
      {"control:\n  max_jobs: many\n", "f.yaml:2: control.max_jobs: \"many\" is not a whole"},
      {"control:\n  max_jobs: 1.5\n", "f.yaml:2: control.max_jobs: \"1.5\" is not a whole"},
      {"scratch:\n  limit: [1]\n", "f.yaml:2: scratch.limit: wrong type: expected a size"},
      {"shutdown_grace: 10\n", "f.yaml:1: shutdown_grace: \"10\" is not a duration"},
      {"[a, b]\n", "f.yaml:1: expected keys and values"},
      {"just text\n", "f.yaml:1: expected keys and values"},
      {"? [a]\n: b\n", "a key is not a plain word"},
      {"nats: {user: a, user: b}\n", "f.yaml:1: nats.user: given twice"},
      {"nats: {user: a}\nnats: {creds: b}\n", "f.yaml:2: nats: given twice"},
      {"nats: {user: a\n", "not valid YAML"},
      {"nats:\n\tuser: a\n", "f.yaml:2: not valid YAML"},
      {"a: 1\n---\nb: 2\n", "more than one document"},
      {"nats: *nowhere\n", "not valid YAML"}};
  for (const auto& [yaml, text] : cases) EXPECT_THAT(MessageOf(yaml), HasSubstr(text)) << yaml;
}

TEST(YamlFile, AnUnknownKeyGetsTheNameThatWasMeant) {
  const std::pair<std::string, std::string> cases[] = {
      {"natz: {servers: a}\n", "Did you mean nats?"},
      {"stors: []\n", "Did you mean stores?"},
      {"nats: {url: a}\n", "Did you mean nats.servers?"},
      {"nats: {server: a}\n", "Did you mean nats.servers?"},
      {"url: a\n", "Did you mean nats.servers?"},
      {"accounts: [{url: a}]\n", "Did you mean servers?"},
      {"max_jobs: 1\n", "Did you mean control.max_jobs?"},
      {"nats: {usr: a}\n", "Did you mean nats.user?"}};
  for (const auto& [yaml, hint] : cases) {
    const auto values = ParseConfigFile(yaml, "f.yaml");
    ASSERT_FALSE(values) << yaml;
    EXPECT_EQ(values.error().hint, hint) << yaml;
  }
}

TEST(YamlFile, WhatIsNoYamlGetsAHint) {
  const auto values = ParseConfigFile("nats: {user: a\n", "f.yaml");
  ASSERT_FALSE(values);
  EXPECT_NE(values.error().hint, "");
}

TEST(YamlFile, AFileThatCannotBeReadGetsAHint) {
  const auto bytes = ReadSmallFile("/nowhere/jetkeep.yaml");
  ASSERT_FALSE(bytes);
  EXPECT_NE(bytes.error().hint, "");
}

TEST(YamlFile, AQuotedNumberIsAText) {
  const auto values = ParseConfigFile("nats: {user: \"1\", password: '12345'}", "f.yaml");
  ASSERT_TRUE(values) << values.error().message;
  EXPECT_THAT(values->values[1].texts, testing::ElementsAre("12345"));
}

TEST(YamlFile, ACommaOutsideOfAnyListIsAnErrorAndNotAnEndlessFile) {
  EXPECT_NE(MessageOf("a: b\n, c\nscratch:\n"), "");
  EXPECT_NE(MessageOf(","), "");
}

TEST(YamlFile, SeveralDocumentsAreRefused) {
  EXPECT_THAT(MessageOf("---\nnats:\n---\nnats:\n"), HasSubstr("more than one document"));
}

TEST(YamlFile, DeepNestingAndHugeFilesAreErrorsAndNotCrashes) {
  EXPECT_THAT(MessageOf(std::string(100'000, '[')), HasSubstr("f.yaml"));
  EXPECT_THAT(MessageOf(std::string(100'000, '{')), HasSubstr("f.yaml"));
  EXPECT_THAT(MessageOf(std::string((1 << 20) + 1, '#')), HasSubstr("larger than 1 MiB"));
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "{nats: ";
  EXPECT_THAT(MessageOf(deep + std::string(300, '}')), HasSubstr("f.yaml"));
}

}  // namespace
}  // namespace jetkeep

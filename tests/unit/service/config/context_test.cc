#include <gmock/gmock.h>

#include "service/config/nats_context.h"
#include "tests/unit/service/config/sources.h"

namespace jetkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Context : public ConfigFiles {
 protected:
  Variables Home() const { return {{"HOME", directory()}}; }
  void WriteContext(const std::string& name, std::string_view json) const {
    Write(".config/nats/context/" + name + ".json", json);
  }
  Result<LoadedConfig> Load(Variables variables, FlagValues flags = {}) const {
    variables["HOME"] = directory();
    return LoadConfig(flags, EnvironmentOf(variables));
  }
};

constexpr std::string_view kProd = R"({
  "description": "production",
  "url": "nats://prod-1:4222,nats://prod-2:4222",
  "token": "",
  "user": "",
  "password": "",
  "creds": "~/keys/$NAME.creds",
  "nkey": "",
  "cert": "",
  "key": "",
  "ca": "${HOME}/ca.pem",
  "nsc": "",
  "jetstream_domain": "hub",
  "jetstream_api_prefix": "",
  "jetstream_event_prefix": "",
  "inbox_prefix": "_INBOX_b\u0061ckup",
  "user_jwt": "",
  "color_scheme": "",
  "tls_first": false,
  "windows_ca_certs_match": null
})";

TEST_F(Context, GivesTheConnection) {
  WriteContext("prod", kProd);
  const auto loaded = Load({{"NATS_CONTEXT", "prod"}, {"NAME", "backup"}});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(loaded->config.account().servers,
              ElementsAre("nats://prod-1:4222", "nats://prod-2:4222"));
  EXPECT_EQ(loaded->config.account().creds, directory() + "/keys/backup.creds");
  EXPECT_EQ(loaded->config.account().tls_ca, directory() + "/ca.pem");
  EXPECT_EQ(loaded->config.account().js_domain, "hub");
  EXPECT_EQ(loaded->config.account().inbox_prefix, "_INBOX_backup");
  EXPECT_EQ(OriginOf(*loaded, "nats.servers"), "context prod");
}

TEST_F(Context, MayBeGivenByPathAndUnderXdgConfigHome) {
  const std::string path = Write("elsewhere/my.json", R"({"url": "nats://mine:4222"})");
  EXPECT_THAT(Load({{"NATS_CONTEXT", path}})->config.account().servers,
              ElementsAre("nats://mine:4222"));
  Write("xdg/nats/context/x.json", R"({"url": "nats://x:4222"})");
  EXPECT_THAT(Load({{"NATS_CONTEXT", "x"}, {"XDG_CONFIG_HOME", directory() + "/xdg"}})
                  ->config.account()
                  .servers,
              ElementsAre("nats://x:4222"));
}

TEST_F(Context, TheFileWinsOverTheContext) {
  WriteContext("prod", kProd);
  FlagValues flags;
  flags.config_file = Write("jetkeep.yaml", "nats: {servers: ['nats://file:1'], context: prod}");
  const auto loaded = Load({}, flags);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(loaded->config.account().servers, ElementsAre("nats://file:1"));
  EXPECT_EQ(loaded->config.account().js_domain, "hub");
}

TEST_F(Context, TheEnvironmentAndFlagsWinOverTheContext) {
  WriteContext("prod", kProd);
  EXPECT_THAT(
      Load({{"NATS_CONTEXT", "prod"}, {"NATS_URL", "nats://env:1"}})->config.account().servers,
      ElementsAre("nats://env:1"));
  FlagValues flags;
  flags.settings["nats.context"] = {"prod"};
  flags.settings["nats.servers"] = {"nats://flag:1"};
  EXPECT_THAT(Load({}, flags)->config.account().servers, ElementsAre("nats://flag:1"));
}

TEST_F(Context, TheSelectedOneAppliesOnlyWhereNothingNamesAServer) {
  WriteContext("prod", kProd);
  Write(".config/nats/context.txt", "prod\n");
  EXPECT_EQ(Load({})->config.account().servers.front(), "nats://prod-1:4222");
  const auto named = Load({{"NATS_URL", "nats://other:4222"}});
  EXPECT_EQ(named->config.account().servers.front(), "nats://other:4222");
  EXPECT_EQ(named->config.account().creds, "")
      << "credentials of prod must not go to another server";
  FlagValues flags;
  flags.no_context = true;
  EXPECT_EQ(Load({}, flags)->config.account().servers.front(), "nats://127.0.0.1:4222");
}

TEST_F(Context, WhatCannotBeHonouredIsAnError) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"tls_first": true})", "tls_first"},
      {R"({"socks_proxy": "socks5://h:1"})", "socks_proxy"},
      {R"({"nsc": "nsc://o/a/u"})", "nsc"},
      {R"({"creds": "op://vault/item"})", "creds"},
      {R"({"some_new_thing": "x"})", "some_new_thing"},
      {R"({"windows_ca_certs_match": ["a"]})", "windows_ca_certs_match"},
      {R"({"url": "http://h"})", "url"},
      {R"([1])", "expected a JSON object"},
      {R"({"url": )", "not valid YAML"},
      {"", "expected a JSON object"}};
  for (const auto& [json, text] : cases) {
    WriteContext("bad", json);
    const auto loaded = Load({{"NATS_CONTEXT", "bad"}});
    ASSERT_FALSE(loaded.has_value()) << json;
    EXPECT_EQ(loaded.error().code, Errc::kConfigInvalid);
    EXPECT_THAT(loaded.error().message, HasSubstr(text));
    EXPECT_THAT(loaded.error().message, HasSubstr("bad.json"));
  }
}

TEST_F(Context, GivesJwtAndSeed) {
  WriteContext("jwt", R"({"url": "nats://h:1", "user_jwt": "eyJ", "user_seed": "env://SEED"})");
  const auto loaded = Load({{"NATS_CONTEXT", "jwt"}, {"SEED", "SUA"}});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.account().jwt, "eyJ");
  EXPECT_EQ(loaded->config.account().seed, "SUA");
}

TEST_F(Context, NamesCannotLeaveTheirDirectory) {
  for (const char* name : {"../evil", "a/b", "a\\b", ".."}) {
    const auto loaded = Load({{"NATS_CONTEXT", name}});
    ASSERT_FALSE(loaded.has_value()) << name;
    EXPECT_THAT(loaded.error().message, HasSubstr("not the name of a context"));
  }
}

TEST_F(Context, AnUnknownOneIsAnErrorThatNamesTheFile) {
  const auto loaded = Load({{"NATS_CONTEXT", "nowhere"}});
  ASSERT_FALSE(loaded.has_value());
  EXPECT_THAT(loaded.error().message, HasSubstr("context/nowhere.json: No such file"));
}

}  // namespace
}  // namespace jetkeep

#include "service/config/settings.h"

#include <gmock/gmock.h>

#include <set>

namespace jetkeep {
namespace {

using testing::HasSubstr;
using testing::Not;

Status Apply(std::string_view key, const std::string& text, Config& config) {
  return ApplySetting(*FindSetting(key), {text}, config);
}

TEST(Settings, NoNameIsUsedTwice) {
  std::set<std::string_view> keys;
  std::set<std::string_view> flags;
  std::set<std::string_view> variables;
  for (const Setting& setting : Settings()) {
    EXPECT_TRUE(keys.insert(setting.key).second) << setting.key;
    EXPECT_TRUE(flags.insert(setting.flag).second) << setting.flag;
    EXPECT_TRUE(variables.insert(setting.env).second) << setting.env;
    EXPECT_FALSE(setting.help.empty()) << setting.key;
  }
}

TEST(Settings, EveryDefaultIsAcceptedAsAValue) {
  for (const Setting& setting : Settings()) {
    Config config;
    const std::string shown = ShowSetting(setting, Config{});
    EXPECT_TRUE(ApplySetting(setting, {shown}, config)) << setting.key << " = " << shown;
    EXPECT_EQ(ShowSetting(setting, config), shown) << setting.key;
  }
}

TEST(Settings, NamesAreThoseOfTheNatsCommandLine) {
  EXPECT_EQ(FindSetting("nats.servers")->env, "NATS_URL");
  EXPECT_EQ(FindSetting("nats.tls.cert")->env, "NATS_CERT");
  EXPECT_EQ(FindSetting("nats.tls.key")->env, "NATS_KEY");
  EXPECT_EQ(FindSetting("nats.tls.ca")->env, "NATS_CA");
}

TEST(Settings, ServersMayBeAListOrOneTextWithCommas) {
  Config config;
  ASSERT_TRUE(Apply("nats.servers", "nats://a:1, tls://b:2,c", config));
  EXPECT_THAT(config.account().servers, testing::ElementsAre("nats://a:1", "tls://b:2", "c"));
  ASSERT_TRUE(ApplySetting(*FindSetting("nats.servers"), {"nats://[::1]:4222", "d"}, config));
  EXPECT_THAT(config.account().servers, testing::ElementsAre("nats://[::1]:4222", "d"));
}

TEST(Settings, ABadServerUrlIsRefusedWithoutRepeatingIt) {
  for (const char* url :
       {"", "nats://", "http://u:sesame@h", "nats://u:sesame@h:0", "nats://u:sesame@h:65536",
        "nats://u:sesame@h:port", "nats://u:sesame@", "nats://u:sesame@h with space", "a,,b",
        "nats://u:sesame,x@h", "nats://:4222"}) {
    Config config;
    const Status status = Apply("nats.servers", url, config);
    ASSERT_FALSE(status.has_value()) << url;
    EXPECT_EQ(status.error().code, Errc::kConfigInvalid);
    EXPECT_THAT(status.error().message + status.error().hint, Not(HasSubstr("sesame")));
  }
}

TEST(Settings, AUrlWithAnotherSchemeNamesTheScheme) {
  Config config;
  const Status status = Apply("nats.servers", "ws://h:1", config);
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(status.error().message, HasSubstr("ws://"));
  const Status login = Apply("nats.servers", "u:sesame@://h", config);
  ASSERT_FALSE(login.has_value());
  EXPECT_THAT(login.error().message, Not(HasSubstr("sesame"))) << "it may be a login by mistake";
}

TEST(Settings, RangesAreChecked) {
  const std::pair<const char*, const char*> wrong[] = {{"control.max_jobs", "0"},
                                                       {"control.max_jobs", "65"},
                                                       {"control.max_jobs", "many"},
                                                       {"backup.chunk_size", "2MiB"},
                                                       {"backup.window_size", "33MiB"},
                                                       {"backup.idle_timeout", "999ms"},
                                                       {"restore.chunks_in_flight", "0"},
                                                       {"restore.chunk_size", "10"},
                                                       {"retry.attempts", "0"},
                                                       {"retry.first_delay", "25h"},
                                                       {"backup.compression", "0"},
                                                       {"backup.compression", "20"},
                                                       {"backup.compression", "strong"},
                                                       {"log.level", "loud"},
                                                       {"log.format", "xml"},
                                                       {"repository.account", "../up"},
                                                       {"repository.account", ""},
                                                       {"control.subject_prefix", "a.*"},
                                                       {"control.subject_prefix", "a..b"},
                                                       {"control.subject_prefix", "a b"},
                                                       {"nats.timeout", "1ms"},
                                                       {"scratch.memory", "1KiB"},
                                                       {"nats.user", "a\nb"},
                                                       {"shutdown_grace", "2h"}};
  for (const auto& [key, text] : wrong) {
    Config config;
    const Status status = Apply(key, text, config);
    ASSERT_FALSE(status.has_value()) << key << " = " << text;
    EXPECT_EQ(status.error().code, Errc::kConfigInvalid);
  }
}

TEST(Settings, CompressionIsAPresetOrALevel) {
  Config config;
  ASSERT_TRUE(Apply("backup.compression", "fastest", config));
  EXPECT_EQ(config.compression, (Compression{Compression::Preset::kFastest, 0}));
  ASSERT_TRUE(Apply("backup.compression", "19", config));
  EXPECT_EQ(config.compression, (Compression{Compression::Preset::kLevel, 19}));
}

TEST(Settings, ASeedInPlaceOfItsFileIsRefusedWithoutRepeatingIt) {
  Config config;
  const std::string seed = "SUAB" + std::string(54, 'C');
  const Status status = Apply("nats.nkey", seed, config);
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(status.error().message, Not(HasSubstr(seed)));
}

}  // namespace
}  // namespace jetkeep

#include "service/setup/connection_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace jetkeep {
namespace {

using ::testing::StartsWith;

// Each error of a file begins with the setting that names the file.
TEST(ConnectionSettings, NameTheSettingOfAFileThatCannotBeRead) {
  const std::string missing = "/nonexistent/file";
  const auto message = [&missing](std::string AccountConfig::*setting) {
    AccountConfig account;
    account.*setting = missing;
    const auto options = ConnectionOptionsFrom(account);
    return options ? std::string("accepted") : options.error().message;
  };
  EXPECT_THAT(message(&AccountConfig::creds), StartsWith("nats.creds: cannot read " + missing));
  EXPECT_THAT(message(&AccountConfig::nkey), StartsWith("nats.nkey: cannot read " + missing));
  EXPECT_THAT(message(&AccountConfig::tls_ca), StartsWith("nats.tls.ca: cannot read " + missing));
  EXPECT_THAT(message(&AccountConfig::tls_cert),
              StartsWith("nats.tls.cert: cannot read " + missing));
  EXPECT_THAT(message(&AccountConfig::tls_key), StartsWith("nats.tls.key: cannot read " + missing));
}

}  // namespace
}  // namespace jetkeep

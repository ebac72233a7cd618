// Configuration in sections: accounts and stores, beside the flat keys of version 0.1.
#include <gmock/gmock.h>

#include "service/config/print.h"
#include "service/config/settings.h"
#include "tests/unit/service/config/sources.h"

namespace jetkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kTwoAccounts = R"(
accounts:
  - name: orders
    servers: [nats://o-1:4222, nats://o-2:4222]
    creds: /etc/o.creds
    tls:
      ca: /etc/ca.pem
    js_domain: hub
    timeout: 9s
    store: disk
  - name: bills
    servers: nats://b:4222
    user: bob
    password: secret
    store: other
stores:
  - name: disk
    kind: posix
    path: /srv/disk
  - name: other
    path: /srv/other
    attempts: 5
    bytes_per_second: 20MiB
control:
  max_jobs: 7
)";

// Every key that version 0.1 knew.
constexpr std::string_view kVersion01 = R"(
nats:
  servers:
    - nats://a:1
    - tls://b:2
  creds: /etc/j.creds
  tls:
    ca: /etc/ca.pem
    cert: /etc/c.pem
    key: /etc/k.pem
  context: ""
  inbox_prefix: _INBOX_j
  js_domain: hub
  connection_name: other
  timeout: 7s
repository:
  directory: /srv/backups
  account: prod
control:
  subject_prefix: ops
  max_jobs: 3
backup:
  compression: fastest
  chunk_size: 64KiB
  window_size: 1MiB
  idle_timeout: 40s
restore:
  chunks_in_flight: 8
  chunk_size: 256KiB
scratch:
  directory: /var/tmp
  memory: 9MiB
  limit: 1GiB
retry:
  attempts: 6
  first_delay: 2s
  max_delay: 31s
log:
  level: debug
  format: json
shutdown_grace: 11s
)";

class Sections : public ConfigFiles {
 protected:
  Result<LoadedConfig> Load(std::string_view yaml, Variables variables = {},
                            FlagValues flags = {}) const {
    flags.config_file = Write("jetkeep.yaml", yaml);
    variables.emplace("HOME", directory());
    return LoadConfig(flags, EnvironmentOf(variables));
  }
  Error ErrorOf(std::string_view yaml, Variables variables = {}, FlagValues flags = {}) const {
    const auto loaded = Load(yaml, std::move(variables), std::move(flags));
    EXPECT_FALSE(loaded.has_value()) << yaml;
    return loaded ? Error{} : loaded.error();
  }
};

TEST_F(Sections, AConfigurationOfVersion01IsOneAccountAndOneStore) {
  const auto loaded = Load(kVersion01);
  ASSERT_TRUE(loaded) << loaded.error().message;
  const Config& config = loaded->config;
  ASSERT_EQ(config.accounts.size(), 1U);
  ASSERT_EQ(config.stores.size(), 1U);
  const AccountConfig& account = config.account();
  EXPECT_EQ(account.name, "prod");
  EXPECT_THAT(account.servers, ElementsAre("nats://a:1", "tls://b:2"));
  EXPECT_EQ(account.creds, "/etc/j.creds");
  EXPECT_EQ(account.tls_ca, "/etc/ca.pem");
  EXPECT_EQ(account.tls_cert, "/etc/c.pem");
  EXPECT_EQ(account.tls_key, "/etc/k.pem");
  EXPECT_EQ(account.inbox_prefix, "_INBOX_j");
  EXPECT_EQ(account.js_domain, "hub");
  EXPECT_EQ(account.connection_name, "other");
  EXPECT_EQ(account.timeout, std::chrono::seconds(7));
  EXPECT_EQ(config.StoreOf(account).path, "/srv/backups");
  EXPECT_EQ(config.subject_prefix, "ops");
  EXPECT_EQ(config.max_jobs, 3U);
  EXPECT_EQ(config.compression.preset, Compression::Preset::kFastest);
  EXPECT_EQ(config.snapshot_chunk, 64U * 1024);
  EXPECT_EQ(config.snapshot_window, 1U << 20);
  EXPECT_EQ(config.idle_timeout, std::chrono::seconds(40));
  EXPECT_EQ(config.restore_in_flight, 8U);
  EXPECT_EQ(config.restore_chunk, 256U * 1024);
  EXPECT_EQ(config.scratch_dir, "/var/tmp");
  EXPECT_EQ(config.scratch_memory, 9U << 20);
  EXPECT_EQ(config.scratch_limit, 1U << 30);
  EXPECT_EQ(config.retry_attempts, 6U);
  EXPECT_EQ(config.retry_first_delay, std::chrono::seconds(2));
  EXPECT_EQ(config.retry_max_delay, std::chrono::seconds(31));
  EXPECT_EQ(config.log_level, "debug");
  EXPECT_EQ(config.log_format, "json");
  EXPECT_EQ(config.shutdown_grace, std::chrono::seconds(11));
}

TEST_F(Sections, AccountsAndStoresHaveEntries) {
  const auto loaded = Load(kTwoAccounts);
  ASSERT_TRUE(loaded) << loaded.error().message;
  const Config& config = loaded->config;
  ASSERT_EQ(config.accounts.size(), 2U);
  EXPECT_THAT(config.accounts[0].servers, ElementsAre("nats://o-1:4222", "nats://o-2:4222"));
  EXPECT_EQ(config.accounts[0].tls_ca, "/etc/ca.pem");
  EXPECT_EQ(config.accounts[0].timeout, std::chrono::seconds(9));
  EXPECT_EQ(config.accounts[1].user, "bob");
  EXPECT_EQ(config.accounts[1].js_domain, "");
  EXPECT_EQ(config.StoreOf(config.accounts[0]).path, "/srv/disk");
  EXPECT_EQ(config.StoreOf(config.accounts[1]).path, "/srv/other");
  EXPECT_EQ(config.max_jobs, 7U);
  EXPECT_THAT(DescribeOrigin(loaded->origins.at("accounts[1].user")),
              testing::EndsWith("jetkeep.yaml:13"));
}

TEST_F(Sections, AFlagOrAVariableChoosesAnAccount) {
  FlagValues flags;
  flags.settings["repository.account"] = {"bills"};
  flags.settings["nats.servers"] = {"nats://flag:1"};
  for (const auto& loaded :
       {Load(kTwoAccounts, {}, flags),
        Load(kTwoAccounts, {{"JETKEEP_ACCOUNT", "bills"}, {"NATS_URL", "nats://flag:1"}})}) {
    ASSERT_TRUE(loaded) << loaded.error().message;
    ASSERT_EQ(loaded->config.accounts.size(), 1U);
    EXPECT_EQ(loaded->config.account().name, "bills");
    EXPECT_EQ(loaded->config.account().user, "bob");
    EXPECT_EQ(loaded->config.account().creds, "");
    EXPECT_THAT(loaded->config.account().servers, ElementsAre("nats://flag:1"));
    EXPECT_EQ(loaded->config.StoreOf(loaded->config.account()).path, "/srv/other");
  }
  flags.settings["repository.account"] = {"bill"};
  EXPECT_THAT(ErrorOf(kTwoAccounts, {}, flags).hint, HasSubstr("orders, bills"));
}

TEST_F(Sections, WhatIsMeantForOneAccountOrStoreIsRefusedWhereThereAreSeveral) {
  EXPECT_THAT(ErrorOf(kTwoAccounts, {{"NATS_URL", "nats://h:1"}}).message,
              HasSubstr("environment NATS_URL"));
  FlagValues flags;
  flags.settings["repository.directory"] = {"/srv"};
  EXPECT_THAT(ErrorOf(kTwoAccounts, {}, flags).message, HasSubstr("several stores"));
}

TEST_F(Sections, WrongEntriesAreNamedWithTheirLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"accounts: {name: a}\n", ":1: accounts: expected a list"},
      {"accounts: []\n", ":1: accounts: the list is empty"},
      {"accounts:\n  - a\n", ":2: accounts[0]: expected keys and values"},
      {"accounts:\n  - name: a\n    servrs: x\n", ":3: accounts[0].servrs: unknown key"},
      {"accounts:\n  - name: a\n    tls:\n      caa: x\n", ":4: accounts[0].tls.caa: unknown key"},
      {"accounts:\n  - name: a\n    timeout: 1\n", ":3: accounts[0].timeout: \"1\" is not"},
      {"accounts:\n  - name: a\n  - servers: b\n", "accounts[1]: has no name"},
      {"accounts:\n  - name: a\n  - name: a\n", ":3: accounts[1].name: another entry"},
      {"accounts:\n  - name: a/b\n", ":2: accounts[0].name: "},
      {"nats: {user: u}\naccounts:\n  - name: a\n", ":1: nats.user: cannot stand beside accounts"},
      {"repository: {directory: d}\nstores:\n  - path: p\n",
       ":1: repository.directory: cannot stand beside stores"},
      {"stores:\n  - attempts: 0\n", ":2: stores[0].attempts: 0 is out of range"},
      {"stores:\n  - attempts: many\n", ":2: stores[0].attempts: "},
      {"stores:\n  - bytes_per_second: 1KiB\n", "stores[0].bytes_per_second is below 4MiB"},
      {"stores:\n  - kind: s3\n", ":2: stores[0].kind: \"s3\" is not an allowed value"},
      {"accounts:\n  - store: x\nstores:\n  - name: z\n",
       "accounts[0].store: no store is called x"},
      {"accounts:\n  - name: a\nstores:\n  - name: x\n  - name: z\n",
       "accounts[0].store: has no value, and there are several stores"},
      {"accounts:\n  - {user: u, password: p, token: t}\n",
       "accounts[0].user and accounts[0].token are both set"},
      {"accounts:\n  - {tls: {cert: c}}\n", "accounts[0].tls.cert and accounts[0].tls.key"},
      {"policies:\n  - daily\n", ":1: policies: schedules and retention are not supported yet"},
      {"account:\n  - name: a\n", ":1: account: unknown key"}};
  for (const auto& [yaml, text] : cases)
    EXPECT_THAT(ErrorOf(yaml).message, HasSubstr(text)) << yaml;
  EXPECT_THAT(ErrorOf("accounts:\n  - name: a\n    servrs: x\n").hint, HasSubstr("servers?"));
  EXPECT_THAT(ErrorOf("acounts:\n  - name: a\n").hint, HasSubstr("accounts?"));
  EXPECT_THAT(ErrorOf("accounts:\n  - {store: dsk}\nstores:\n  - {name: disk}\n").hint,
              HasSubstr("disk?"));
  std::string many = "accounts:\n";
  for (int i = 0; i < 65; ++i) many += "  - name: a" + std::to_string(i) + "\n";
  EXPECT_THAT(ErrorOf(many).message, HasSubstr("more than 64 entries"));
}

TEST_F(Sections, AStoreIsAskedOnceAndWithoutABoundUnlessItsEntrySaysMore) {
  const auto loaded = Load(
      "stores:\n  - {name: a, path: /a, attempts: 5, bytes_per_second: 20MiB}\n  - {name: b, path: "
      "/b}\n"
      "accounts:\n  - {name: x, store: b}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.stores[0].attempts, 5U);
  EXPECT_EQ(loaded->config.stores[0].bytes_per_second, 20U << 20);
  EXPECT_EQ(loaded->config.stores[1].attempts, 1U);
  EXPECT_EQ(loaded->config.stores[1].bytes_per_second, 0U);
}

TEST_F(Sections, EmptyPoliciesAndStoresWithoutAccountsAreFine) {
  const auto loaded =
      Load("policies: []\nstores:\n  - path: /srv/x\nnats: {user: u, password: p}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.StoreOf(loaded->config.account()).path, "/srv/x");
  EXPECT_EQ(loaded->config.account().name, "default");
}

TEST_F(Sections, EachAccountMayHaveAContextAndNoneGetsTheSelectedOne) {
  Write(".config/nats/context/prod.json", R"({"url": "nats://prod:1", "creds": "/prod.creds"})");
  Write(".config/nats/context.txt", "prod\n");
  const auto loaded = Load("accounts:\n  - {name: a, context: prod}\n  - {name: b}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.accounts[0].creds, "/prod.creds");
  EXPECT_EQ(loaded->config.accounts[1].creds, "");
  EXPECT_THAT(loaded->config.accounts[1].servers, ElementsAre("nats://127.0.0.1:4222"));
}

TEST_F(Sections, TheHomeDirectoryStandsForATildeInPaths) {
  const auto loaded = Load("nats: {creds: ~/j.creds}\nrepository: {directory: ~/backups}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.account().creds, directory() + "/j.creds");
  EXPECT_EQ(loaded->config.stores.front().path, directory() + "/backups");
  EXPECT_EQ(Load("accounts:\n  - {nkey: ~/k.nk}\n")->config.account().nkey, directory() + "/k.nk");
  EXPECT_EQ(Load("nats: {tls: {ca: /a/~/b}}\n")->config.account().tls_ca, "/a/~/b");
  EXPECT_EQ(Load("nats: {creds: file:///etc/c}\n")->config.account().creds, "/etc/c");
}

TEST_F(Sections, AnAccountSaysWhatItsClientsMayAskForAndTheServiceWhatIsSwitchedOff) {
  const auto loaded = Load(
      "accounts:\n  - {name: a, control: all}\n  - {name: b}\n  - {name: c, control: none}\n"
      "control: {refuse: [restore, delete]}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.accounts[0].control, "all");
  EXPECT_EQ(loaded->config.accounts[1].control, "own");
  EXPECT_EQ(loaded->config.accounts[2].control, "none");
  EXPECT_THAT(loaded->config.refuse, ElementsAre("restore", "delete"));
  EXPECT_THAT(Load("control: {refuse: \"prune,republish\"}")->config.refuse,
              ElementsAre("prune", "republish"));
  EXPECT_TRUE(Load("control: {refuse: \"\"}")->config.refuse.empty());
  EXPECT_THAT(ErrorOf("accounts:\n  - {name: a, control: every}\n").hint,
              HasSubstr("own all none"));
  const Error unknown = ErrorOf("control: {refuse: [backup]}\n");
  EXPECT_THAT(unknown.message, HasSubstr("control.refuse: \"backup\""));
  EXPECT_THAT(unknown.hint, HasSubstr("restore delete prune republish"));
  EXPECT_THAT(ErrorOf("nats: {control: all}\n").message, HasSubstr("unknown key"));
}

TEST_F(Sections, WhereASecretCameFromIsRemembered) {
  const std::string path = Write("password", "one\n");
  const auto loaded = Load("nats: {user: u, password: \"file://" + path + "\"}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.account().password, "one");
  ASSERT_EQ(loaded->config.account().secret_files.size(), 1U);
  EXPECT_EQ(loaded->config.account().secret_files[0].path, path);
  EXPECT_TRUE(Load("nats: {user: u, password: p}\n")->config.account().secret_files.empty());
}

TEST_F(Sections, WhatIsPrintedIsAFileThatSetsTheSame) {
  std::string yaml(kTwoAccounts);
  yaml.replace(yaml.find("    user: bob\n    password: secret\n"), 35, "    nkey: /k.nk\n");
  const auto first = Load(yaml);
  ASSERT_TRUE(first) << first.error().message;
  const std::string printed = PrintConfig(*first);
  const auto second = Load(printed);
  ASSERT_TRUE(second) << second.error().message << "\n" << printed;
  ASSERT_EQ(second->config.accounts.size(), 2U);
  ASSERT_EQ(second->config.stores.size(), 2U);
  for (std::size_t entry = 0; entry < 2; ++entry) {
    for (const Section section : {Section::kAccount, Section::kStore}) {
      for (const Setting* setting : SettingsOfEntry(section)) {
        EXPECT_EQ(ShowSetting(*setting, second->config, entry),
                  ShowSetting(*setting, first->config, entry))
            << EntryPath(*setting, entry);
      }
    }
  }
  EXPECT_THAT(printed, HasSubstr("  - name: \"bills\""));
  EXPECT_THAT(printed, HasSubstr("jetkeep.yaml:4"));
  EXPECT_EQ(printed.find("nats:\n"), std::string::npos);
}

}  // namespace
}  // namespace jetkeep

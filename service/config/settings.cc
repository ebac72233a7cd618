#include "service/config/settings.h"

#include <type_traits>

namespace jetkeep {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::uint64_t kSecond = 1000;
constexpr std::uint64_t kDay = 86'400 * kSecond;

// Flags and variables of the connection are those of the `nats` command line: what works there
// works here.
const Setting kSettings[] = {
    {.key = "nats.servers",
     .entry_key = "servers",
     .flag = "-s,--server",
     .env = "NATS_URL",
     .placeholder = "URL",
     .help = "NATS server; may be given several times or with commas",
     .group = SettingGroup::kConnection,
     .field = &AccountConfig::servers,
     .rule = SettingRule::kServerUrl},
    {.key = "nats.context",
     .entry_key = "context",
     .flag = "--context",
     .env = "NATS_CONTEXT",
     .placeholder = "NAME",
     .help = "context of the nats command line to take connection settings from, or a .json file",
     .group = SettingGroup::kConnection,
     .field = &AccountConfig::context,
     .rule = SettingRule::kFile},
    {.key = "nats.user",
     .entry_key = "user",
     .flag = "--user",
     .env = "NATS_USER",
     .placeholder = "NAME",
     .help = "user name; without a password it is used as a token",
     .group = SettingGroup::kConnection,
     .field = &AccountConfig::user},
    {.key = "nats.password",
     .entry_key = "password",
     .flag = "--password",
     .env = "NATS_PASSWORD",
     .placeholder = "TEXT",
     .help = "password",
     .group = SettingGroup::kConnection,
     .field = &AccountConfig::password,
     .secret = true},
    {.key = "nats.token",
     .entry_key = "token",
     .flag = "--token",
     .env = "NATS_TOKEN",
     .placeholder = "TEXT",
     .help = "token",
     .group = SettingGroup::kConnection,
     .field = &AccountConfig::token,
     .secret = true},
    {.key = "nats.creds",
     .entry_key = "creds",
     .flag = "--creds",
     .env = "NATS_CREDS",
     .placeholder = "FILE",
     .help = "credentials file (JWT and seed)",
     .group = SettingGroup::kConnection,
     .field = &AccountConfig::creds,
     .rule = SettingRule::kFile},
    {.key = "nats.nkey",
     .entry_key = "nkey",
     .flag = "--nkey",
     .env = "NATS_NKEY",
     .placeholder = "FILE",
     .help = "file that holds an nkey seed",
     .group = SettingGroup::kConnection,
     .field = &AccountConfig::nkey,
     .rule = SettingRule::kSeedFile},
    {.key = "nats.jwt",
     .entry_key = "jwt",
     .flag = "--jwt",
     .env = "NATS_JWT",
     .placeholder = "TEXT",
     .help = "a user's JWT, with --seed in place of a credentials file",
     .group = SettingGroup::kConnection,
     .field = &AccountConfig::jwt,
     .secret = true},
    {.key = "nats.seed",
     .entry_key = "seed",
     .flag = "--seed",
     .env = "NATS_SEED",
     .placeholder = "TEXT",
     .help = "the seed that belongs to --jwt",
     .group = SettingGroup::kConnection,
     .field = &AccountConfig::seed,
     .secret = true},
    {.key = "nats.tls.ca",
     .entry_key = "tls.ca",
     .flag = "--tlsca",
     .env = "NATS_CA",
     .placeholder = "FILE",
     .help = "certificates of the authorities to trust",
     .group = SettingGroup::kConnection,
     .field = &AccountConfig::tls_ca,
     .rule = SettingRule::kFile},
    {.key = "nats.tls.cert",
     .entry_key = "tls.cert",
     .flag = "--tlscert",
     .env = "NATS_CERT",
     .placeholder = "FILE",
     .help = "client certificate",
     .group = SettingGroup::kConnection,
     .field = &AccountConfig::tls_cert,
     .rule = SettingRule::kFile},
    {.key = "nats.tls.key",
     .entry_key = "tls.key",
     .flag = "--tlskey",
     .env = "NATS_KEY",
     .placeholder = "FILE",
     .help = "key of the client certificate",
     .group = SettingGroup::kConnection,
     .field = &AccountConfig::tls_key,
     .rule = SettingRule::kFile},
    {.key = "nats.inbox_prefix",
     .entry_key = "inbox_prefix",
     .flag = "--inbox-prefix",
     .env = "JETKEEP_INBOX_PREFIX",
     .placeholder = "PREFIX",
     .help = "prefix of reply subjects (default _INBOX)",
     .group = SettingGroup::kConnection,
     .field = &AccountConfig::inbox_prefix,
     .rule = SettingRule::kToken},
    {.key = "nats.js_domain",
     .entry_key = "js_domain",
     .flag = "--js-domain",
     .env = "JETKEEP_JS_DOMAIN",
     .placeholder = "DOMAIN",
     .help = "JetStream domain",
     .group = SettingGroup::kConnection,
     .field = &AccountConfig::js_domain,
     .rule = SettingRule::kToken},
    {.key = "nats.js_api_prefix",
     .entry_key = "js_api_prefix",
     .flag = "--js-api-prefix",
     .env = "JETKEEP_JS_API_PREFIX",
     .placeholder = "PREFIX",
     .help = "prefix of the JetStream API (default $JS.API)",
     .group = SettingGroup::kConnection,
     .field = &AccountConfig::js_api_prefix,
     .rule = SettingRule::kToken},
    {.key = "nats.connection_name",
     .entry_key = "connection_name",
     .flag = "--connection-name",
     .env = "JETKEEP_CONNECTION_NAME",
     .placeholder = "NAME",
     .help = "name under which the server lists the connection",
     .group = SettingGroup::kConnection,
     .field = &AccountConfig::connection_name},
    {.key = "nats.timeout",
     .entry_key = "timeout",
     .flag = "--timeout",
     .env = "NATS_TIMEOUT",
     .placeholder = "TIME",
     .help = "how long to wait for one answer",
     .group = SettingGroup::kConnection,
     .field = &AccountConfig::timeout,
     .min = 100,
     .max = 10 * 60 * kSecond},
    {.key = "control.subject_prefix",
     .flag = "--prefix",
     .env = "JETKEEP_SUBJECT_PREFIX",
     .placeholder = "PREFIX",
     .help = "prefix of all of Jetkeep's subjects: ops makes ops.backup.request",
     .group = SettingGroup::kConnection,
     .field = &Config::subject_prefix,
     .rule = SettingRule::kToken},
    {.key = "repository.directory",
     .entry_key = "path",
     .flag = "-r,--repository",
     .env = "JETKEEP_REPOSITORY",
     .placeholder = "DIR",
     .help = "directory that holds the backups",
     .group = SettingGroup::kRepository,
     .field = &StoreConfig::path,
     .rule = SettingRule::kFile},
    {.key = "repository.account",
     .entry_key = "name",
     .flag = "--account",
     .env = "JETKEEP_ACCOUNT",
     .placeholder = "NAME",
     .help = "label of the NATS account inside the repository",
     .group = SettingGroup::kRepository,
     .field = &AccountConfig::name,
     .rule = SettingRule::kName},
    {.key = "scratch.directory",
     .flag = "--scratch-dir",
     .env = "JETKEEP_SCRATCH_DIR",
     .placeholder = "DIR",
     .help = "directory for data that waits while the repository is slow",
     .field = &Config::scratch_dir,
     .rule = SettingRule::kFile},
    {.key = "scratch.memory",
     .flag = "--scratch-memory",
     .env = "JETKEEP_SCRATCH_MEMORY",
     .placeholder = "SIZE",
     .help = "memory for waiting data of one job; more goes to a scratch file",
     .field = &Config::scratch_memory,
     .min = kMiB,
     .max = 16384 * kMiB},
    {.key = "scratch.limit",
     .flag = "--scratch-limit",
     .env = "JETKEEP_SCRATCH_LIMIT",
     .placeholder = "SIZE",
     .help = "disk space for waiting data of one job; 0: none",
     .field = &Config::scratch_limit,
     .max = 1ULL << 50},
    {.key = "control.max_jobs",
     .flag = "--max-jobs",
     .env = "JETKEEP_MAX_JOBS",
     .placeholder = "N",
     .help = "jobs that run at once; the rest queue",
     .field = &Config::max_jobs,
     .min = 1,
     .max = 64},
    {.key = "backup.compression",
     .flag = "--compression",
     .env = "JETKEEP_COMPRESSION",
     .placeholder = "LEVEL",
     .help = "fastest, default, best or a zstd level from 1 to 19",
     .field = &Config::compression},
    {.key = "backup.chunk_size",
     .flag = "--chunk-size",
     .env = "JETKEEP_CHUNK_SIZE",
     .placeholder = "SIZE",
     .help = "size of snapshot chunks, 1KiB to 1MiB; 0: chosen to suit the link",
     .field = &Config::snapshot_chunk,
     .max = kMiB},
    {.key = "backup.window_size",
     .flag = "--window-size",
     .env = "JETKEEP_WINDOW_SIZE",
     .placeholder = "SIZE",
     .help = "unacknowledged snapshot bytes, up to 32MiB; 0: the server's choice",
     .field = &Config::snapshot_window,
     .max = 32 * kMiB},
    {.key = "backup.idle_timeout",
     .flag = "--idle-timeout",
     .env = "JETKEEP_IDLE_TIMEOUT",
     .placeholder = "TIME",
     .help = "abort a backup's transfer when nothing arrives for this long",
     .field = &Config::idle_timeout,
     .min = kSecond,
     .max = kDay},
    {.key = "restore.chunks_in_flight",
     .flag = "--chunks-in-flight",
     .env = "JETKEEP_CHUNKS_IN_FLIGHT",
     .placeholder = "N",
     .help = "restore chunks in flight, at most",
     .field = &Config::restore_in_flight,
     .min = 1,
     .max = 256},
    {.key = "restore.chunk_size",
     .flag = "--restore-chunk-size",
     .env = "JETKEEP_RESTORE_CHUNK_SIZE",
     .placeholder = "SIZE",
     .help = "size of the chunks that a restore sends",
     .field = &Config::restore_chunk,
     .min = 1024,
     .max = kMiB},
    {.key = "retry.attempts",
     .flag = "--retry-attempts",
     .env = "JETKEEP_RETRY_ATTEMPTS",
     .placeholder = "N",
     .help = "attempts of a job, the first included; 1: no retries",
     .field = &Config::retry_attempts,
     .min = 1,
     .max = 1000},
    {.key = "retry.first_delay",
     .flag = "--retry-first-delay",
     .env = "JETKEEP_RETRY_FIRST_DELAY",
     .placeholder = "TIME",
     .help = "wait before the second attempt, doubled for each further one",
     .field = &Config::retry_first_delay,
     .max = kDay},
    {.key = "retry.max_delay",
     .flag = "--retry-max-delay",
     .env = "JETKEEP_RETRY_MAX_DELAY",
     .placeholder = "TIME",
     .help = "the longest wait between attempts",
     .field = &Config::retry_max_delay,
     .max = kDay},
    {.key = "log.level",
     .flag = "--log-level",
     .env = "JETKEEP_LOG_LEVEL",
     .placeholder = "LEVEL",
     .help = "debug, info, warn or error",
     .field = &Config::log_level,
     .choices = "debug|info|warn|error"},
    {.key = "log.format",
     .flag = "--log-format",
     .env = "JETKEEP_LOG_FORMAT",
     .placeholder = "FORMAT",
     .help = "text or json",
     .field = &Config::log_format,
     .choices = "text|json"},
    {.key = "shutdown_grace",
     .flag = "--shutdown-grace",
     .env = "JETKEEP_SHUTDOWN_GRACE",
     .placeholder = "TIME",
     .help = "how long running jobs may take to stop",
     .field = &Config::shutdown_grace,
     .max = 60 * 60 * kSecond},
};

const Setting kEntrySettings[] = {
    {.key = "",
     .entry_key = "store",
     .flag = "",
     .env = "",
     .placeholder = "NAME",
     .help = "the store that takes the backups of the account; may be left out if there is one",
     .field = &AccountConfig::store,
     .rule = SettingRule::kName},
    {.key = "",
     .entry_key = "name",
     .flag = "",
     .env = "",
     .placeholder = "NAME",
     .help = "the name by which accounts refer to the store",
     .field = &StoreConfig::name,
     .rule = SettingRule::kName},
    {.key = "",
     .entry_key = "kind",
     .flag = "",
     .env = "",
     .placeholder = "KIND",
     .help = "what the store is: posix (a directory)",
     .field = &StoreConfig::kind,
     .choices = "posix"},
    {.key = "",
     .entry_key = "attempts",
     .flag = "",
     .env = "",
     .placeholder = "N",
     .help = "how often the store is asked when something fails that may pass; 1: once",
     .field = &StoreConfig::attempts,
     .min = 1,
     .max = 8},
    {.key = "",
     .entry_key = "bytes_per_second",
     .flag = "",
     .env = "",
     .placeholder = "SIZE",
     .help = "how much is read and written in a second, together; 0: as much as goes",
     .field = &StoreConfig::bytes_per_second,
     .max = 1ULL << 40},
};

template <typename Structure, typename Value>
constexpr Section SectionOfMember(Value Structure::*) {
  if constexpr (std::is_same_v<Structure, AccountConfig>) return Section::kAccount;
  if constexpr (std::is_same_v<Structure, StoreConfig>) return Section::kStore;
  return Section::kService;
}

template <typename Wanted, typename Structure, typename Value>
constexpr bool HasType(Value Structure::*) {
  return std::is_same_v<Wanted, Value>;
}

template <typename Wanted>
bool Holds(const SettingField& field) {
  return std::visit([](auto member) { return HasType<Wanted>(member); }, field);
}

}  // namespace

Section Setting::section() const {
  return std::visit([](auto member) { return SectionOfMember(member); }, field);
}

bool Setting::is_list() const { return Holds<std::vector<std::string>>(field); }
bool Setting::is_text() const { return is_list() || Holds<std::string>(field); }
bool Setting::is_number() const { return Holds<std::uint32_t>(field); }

std::span<const Setting> Settings() { return kSettings; }

std::span<const Setting> EntrySettings() { return kEntrySettings; }

std::vector<const Setting*> SettingsOfEntry(Section section) {
  std::vector<const Setting*> all;
  for (const std::span<const Setting> table : {EntrySettings(), Settings()}) {
    for (const Setting& setting : table) {
      if (setting.section() == section && !setting.entry_key.empty()) all.push_back(&setting);
    }
  }
  return all;
}

const Setting* FindEntrySetting(Section section, std::string_view entry_key) {
  for (const Setting* setting : SettingsOfEntry(section)) {
    if (setting->entry_key == entry_key) return setting;
  }
  return nullptr;
}

std::string_view SectionName(Section section) {
  return section == Section::kAccount ? "accounts" : "stores";
}

std::string EntryPath(const Setting& setting, std::size_t entry) {
  return std::string(SectionName(setting.section())) + "[" + std::to_string(entry) + "]." +
         std::string(setting.entry_key);
}

const Setting* FindSetting(std::string_view key) {
  for (const Setting& setting : kSettings) {
    if (setting.key == key) return &setting;
  }
  return nullptr;
}

}  // namespace jetkeep

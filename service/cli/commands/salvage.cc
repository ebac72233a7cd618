// salvage: backups from the store directory of a server that will not start, by this process.
#include "service/engine/salvage/salvage.h"

#include <cstdlib>
#include <map>
#include <string_view>

#include "jetkeep/clock.h"
#include "protocol/base/stream_pattern.h"
#include "service/cli/backup_source.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/render/human.h"
#include "service/cli/render/salvage_text.h"
#include "service/config/yaml_file.h"
#include "service/setup/opened_repository.h"

namespace jetkeep {
namespace {

Result<std::string> SecretFrom(const std::string& file) {
  JETKEEP_ASSIGN(std::string secret, ReadSmallFile(file));
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) return Fail(Errc::kUsage, file + " is empty");
  if (secret.starts_with('{') && secret.find("\"private_key\"") != std::string::npos) {
    return Fail(Errc::kUsage, file + " is sealed by a TPM",
                "Only the TPM of that host opens it. Start a server there, or give the key itself "
                "if it is kept elsewhere.");
  }
  return secret;
}

// A secret out of a file or an environment variable; empty: neither is named.
Result<std::string> SecretOf(const std::string& file, const std::string& variable) {
  if (!file.empty()) return SecretFrom(file);
  if (variable.empty()) return std::string();
  const char* const value = std::getenv(variable.c_str());
  if (value == nullptr || *value == '\0') {
    return Fail(Errc::kUsage, "the environment variable " + variable + " is not set");
  }
  return std::string(value);
}

constexpr std::string_view kAccountOfServersWithout = "$G";

class Salvager : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.Arguments("DIR", spec_.directories,
                    "store_dir of a server, or a folder in it; of several replicas of a cluster "
                    "all that are left");
    flags.Options("--stream", spec_.selection.patterns, "STREAM|PATTERN",
                  "only these streams; may be given several times");
    flags.Option("--store-account", spec_.selection.account, "NAME",
                 "only this account's folder (default: all accounts, each under its own label, $G "
                 "under that of the configuration)");
    flags.Flag("--list", list_, "show what is there, and write nothing");
    flags.Option("--key-file", key_file_, "FILE",
                 "file with the server's encryption key (jetstream.key of its configuration)");
    flags.Option("--key-env", key_variable_, "NAME", "environment variable with that key");
    flags.Option("--previous-key-file", previous_key_file_, "FILE",
                 "file with the key before it (jetstream.prev_encryption_key)");
    flags.Option("--previous-key-env", previous_key_variable_, "NAME",
                 "environment variable with that key");
    flags.Options("--stream-config", config_files_, "FILE",
                  "configuration (JSON, or a backup.json) of a stream whose own cannot be read; "
                  "may be given several times");
    flags.Absent("--key",
                 "Give the key in a file (--key-file) or in an environment variable "
                 "(--key-env): the command line is seen by all processes.");
    flags.Settings(SettingGroup::kRepository, "Repository");
  }
  Status Check(const FlagValues&) const override {
    if (spec_.directories.empty()) {
      return Fail(Errc::kUsage, "no directory is given",
                  "Give the store_dir of the server, for example /data.");
    }
    for (const std::string& pattern : spec_.selection.patterns) {
      JETKEEP_TRY(CheckStreamPattern(pattern));
    }
    if ((!key_file_.empty() && !key_variable_.empty()) ||
        (!previous_key_file_.empty() && !previous_key_variable_.empty())) {
      return Fail(Errc::kUsage, "give a key in a file or in the environment, not both");
    }
    return {};
  }
  Result<int> Run(Context& context) override {
    JETKEEP_TRY(ReadFiles());
    return list_ ? RunList(context) : RunSalvage(context);
  }

 private:
  Status ReadFiles() {
    JETKEEP_ASSIGN(std::string key, SecretOf(key_file_, key_variable_));
    JETKEEP_ASSIGN(std::string previous, SecretOf(previous_key_file_, previous_key_variable_));
    for (std::string* secret : {&key, &previous}) {
      if (!secret->empty()) spec_.secrets.push_back(std::move(*secret));
    }
    for (const std::string& file : config_files_) {
      JETKEEP_ASSIGN(std::string text, ReadSmallFile(file));
      spec_.configs.push_back(std::move(text));
    }
    return {};
  }

  Result<int> RunList(Context& context) const {
    JETKEEP_ASSIGN(const StoreListing listing, ListStore(spec_));
    const int code = listing.missed.empty() ? kExitOk : kExitPartly;
    if (context.console.json()) {
      context.console.PrintJson(ToDocument(listing));
      return code;
    }
    for (const std::string& warning : listing.warnings) context.console.Warn(warning);
    for (const std::string& missed : listing.missed) context.console.Warn(missed);
    context.console.Print(StoreTable(listing));
    return code;
  }

  Result<int> RunSalvage(Context& context) const {
    const std::string label = AccountGiven(context);
    std::vector<std::unique_ptr<OpenedRepository>> opened;
    std::map<std::string, std::string> account_of;  // each label
    const auto repository_of = [&](const std::string& account) -> Result<Repository*> {
      AccountConfig config = context.config().account();
      // A server without accounts has this one, and a service on it the label of its configuration.
      if (!label.empty() || account != kAccountOfServersWithout) {
        config.name = label.empty() ? account : label;
      }
      const auto [other, is_new] = account_of.emplace(config.name, account);
      if (!is_new) {
        return Fail(Errc::kUsage,
                    "the label " + config.name + " is one, and the directories hold accounts " +
                        other->second + " and " + account + " for it",
                    "Choose one with --store-account, or give another label with --account.");
      }
      JETKEEP_ASSIGN(auto repository, OpenForAccount(context.config(), config));
      opened.push_back(std::move(repository));
      return opened.back()->repository.get();
    };
    JETKEEP_ASSIGN(const SalvageReport report,
                   Salvage(spec_, repository_of, SystemClock(), CancelToken()));
    Print(report, context.console);
    return ExitCode(report);
  }

  static int ExitCode(const SalvageReport& report) {
    std::vector<std::optional<Error>> outcomes;
    bool whole = report.missed.empty();
    for (const SalvagedStream& stream : report.streams) {
      outcomes.push_back(stream.error);
      whole = whole && stream.whole();
    }
    const int code = ExitCodeOf(outcomes);
    return code == kExitOk && !whole ? kExitPartly : code;
  }

  static void Print(const SalvageReport& report, Console& console) {
    if (console.json()) return console.PrintJson(ToDocument(report));
    for (const std::string& warning : report.warnings) console.Warn(warning);
    for (const std::string& missed : report.missed) console.Warn(missed);
    console.Print(SalvageTable(report));
    for (const SalvagedStream& stream : report.streams) {
      for (const std::string& remark : SalvageRemarks(stream)) {
        console.Warn(Printable(stream.stream + ": " + remark));
      }
    }
  }

  SalvageSpec spec_;
  bool list_ = false;
  std::string key_file_;
  std::string key_variable_;
  std::string previous_key_file_;
  std::string previous_key_variable_;
  std::vector<std::string> config_files_;
};

}  // namespace

std::unique_ptr<Verb> MakeSalvage() { return std::make_unique<Salvager>(); }

}  // namespace jetkeep

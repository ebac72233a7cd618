#include "service/cli/invocation.h"

#include <CLI/CLI.hpp>
#include <cctype>
#include <map>
#include <string_view>
#include <utility>

#include "protocol/base/names.h"
#include "protocol/control/requests.h"
#include "service/config/settings.h"

namespace jetkeep {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  jetkeep serve --server nats://127.0.0.1:4222 --repository /var/lib/jetkeep\n"
    "  jetkeep backup ORDERS\n"
    "  jetkeep restore ORDERS\n"
    "  jetkeep list --json\n"
    "  jetkeep list --repository /var/lib/jetkeep";

class Parser {
 public:
  Parser() : app_("Backup and restore of NATS JetStream", "jetkeep") {
    app_.require_subcommand(0, 1);
    app_.footer(kExamples);
    app_.get_formatter()->column_width(34);
    app_.add_flag("-j,--json", invocation_.json, "print JSON (see protocol/CLI.md)");
    app_.add_option("--config", config_file_, "YAML file with settings [JETKEEP_CONFIG]")
        ->type_name("FILE");
    app_.add_flag("--no-context", invocation_.flags.no_context,
                  "do not use the context that `nats context select` chose");
    app_.add_flag("--version", asks_version_, "print the version");
    AddSettings(app_, SettingGroup::kConnection, "Connection");
    AddServiceVerbs();
    AddJobVerbs();
    AddReadingVerbs();
    AddControlVerbs();
  }

  Result<Invocation> Parse(int argc, const char* const* argv) {
    try {
      app_.parse(argc, const_cast<char**>(argv));
    } catch (const CLI::Success&) {
      return Help();
    } catch (const CLI::ParseError& error) {
      return Wrong(error.what());
    }
    const auto chosen = app_.get_subcommands();
    if (asks_version_) {
      invocation_.verb = Verb::kVersion;
      return std::move(invocation_);
    }
    if (chosen.empty()) {
      return Fail(Errc::kUsage, "no command is given", "Run `jetkeep --help` for all of them.");
    }
    invocation_.verb = verbs_.at(chosen.front());
    verb_name_ = chosen.front()->get_name();
    JETKEEP_TRY(Check());
    for (auto& [key, texts] : settings_) {
      if (!texts.empty()) invocation_.flags.settings[key] = std::move(texts);
    }
    if (!config_file_.empty()) invocation_.flags.config_file = config_file_;
    return std::move(invocation_);
  }

 private:
  CLI::App& AddVerb(Verb verb, const std::string& name, const std::string& description) {
    CLI::App* app = app_.add_subcommand(name, description);
    app->fallthrough();  // connection flags may stand before or behind the verb
    app->get_formatter()->column_width(34);
    verbs_[app] = verb;
    return *app;
  }

  void AddSettings(CLI::App& app, SettingGroup group, const std::string& title) {
    for (const Setting& setting : Settings()) {
      if (setting.group != group) continue;
      app.add_option(std::string(setting.flag), settings_[std::string(setting.key)],
                     std::string(setting.help) + " [" + std::string(setting.env) + "]")
          ->type_name(std::string(setting.placeholder))
          ->expected(1)
          ->allow_extra_args(false)  // or it would swallow the positional arguments behind it
          ->multi_option_policy(setting.is_list() ? CLI::MultiOptionPolicy::TakeAll
                                                  : CLI::MultiOptionPolicy::Throw)
          ->group(title);
    }
  }

  void AddServiceVerbs() {
    CLI::App& serve = AddVerb(Verb::kServe, "serve", "run the service");
    serve.add_flag("--print-config", invocation_.print_config,
                   "print the effective configuration and end");
    AddSettings(serve, SettingGroup::kRepository, "Repository");
    AddSettings(serve, SettingGroup::kService, "Service");
    CLI::App& config = AddVerb(Verb::kConfig, "config",
                               "print the effective configuration, where each value comes from, "
                               "and no secrets");
    AddSettings(config, SettingGroup::kRepository, "Repository");
    AddSettings(config, SettingGroup::kService, "Service");
    AddVerb(Verb::kVersion, "version", "print the version");
  }

  void AddJobFlags(CLI::App& app) {
    app.add_flag("--no-wait", invocation_.no_wait, "print the job's id and leave it running");
    app.add_option("--job", invocation_.job, "own id for the job: the same id twice is one job")
        ->type_name("ID");
  }

  void AddJobVerbs() {
    CLI::App& backup = AddVerb(Verb::kBackup, "backup", "back up streams");
    backup.add_option("STREAM", invocation_.streams, "streams")->required()->type_name("");
    backup.add_flag("--accept-damaged", invocation_.accept_damaged,
                    "keep what is readable of a damaged stream and count that as a success");
    AddJobFlags(backup);

    CLI::App& restore = AddVerb(Verb::kRestore, "restore", "restore a stream");
    restore.add_option("STREAM", invocation_.stream, "take this stream's newest complete backup")
        ->type_name("");
    restore.add_option("--backup", invocation_.backup, "take this backup")->type_name("ID");
    restore.add_flag("--allow-older", invocation_.allow_older,
                     "take an older backup if the newest cannot be used");
    restore.add_flag("--drop-unknown", invocation_.drop_unknown,
                     "leave out what this server's version cannot honour");
    restore.add_flag("--skip-refused-consumers", invocation_.skip_refused_consumers,
                     "restore without the consumers that the server refuses");
    AddJobFlags(restore);

    CLI::App& verify = AddVerb(Verb::kVerify, "verify", "read every byte of backups");
    verify.add_option("ID", invocation_.backup, "this backup (default: all)")->type_name("");
    verify.add_option("--stream", invocation_.stream, "backups of this stream")
        ->type_name("STREAM");
    verify.add_flag("--drill", invocation_.drill,
                    "also restore into a scratch stream, compare and remove it");
    AddJobFlags(verify);
    AddSettings(verify, SettingGroup::kRepository, "Without a service");
  }

  void AddReadingVerbs() {
    CLI::App& list = AddVerb(Verb::kList, "list", "list backups, newest first");
    list.alias("ls");
    list.add_option("STREAM", invocation_.stream, "of this stream only")->type_name("");
    AddSettings(list, SettingGroup::kRepository, "Without a service");
    CLI::App& show = AddVerb(Verb::kShow, "show", "show a backup in detail");
    show.add_option("ID", invocation_.backup, "backup")->required()->type_name("");
    AddSettings(show, SettingGroup::kRepository, "Without a service");
  }

  void AddControlVerbs() {
    CLI::App& status = AddVerb(Verb::kStatus, "status", "show jobs, or one job");
    status.add_option("JOB", invocation_.job, "job")->type_name("");
    CLI::App& cancel = AddVerb(Verb::kCancel, "cancel", "cancel a job");
    cancel.add_option("JOB", invocation_.job, "job")->required()->type_name("");
    CLI::App& watch = AddVerb(Verb::kWatch, "watch", "follow events as they come");
    watch.add_option("JOB", invocation_.job, "of this job, until it ends")->type_name("");
    watch.add_option("--stream", invocation_.stream, "of this stream")->type_name("STREAM");
    CLI::App& remove = AddVerb(Verb::kDelete, "delete", "delete a backup");
    remove.alias("rm");
    remove.add_option("ID", invocation_.backup, "backup")->required()->type_name("");
    remove.add_flag("--last", invocation_.last,
                    "delete it even if it is the last good backup of its stream");
  }

  Status Check() const {
    for (const std::string& stream : invocation_.streams) JETKEEP_TRY(CheckStreamName(stream));
    if (!invocation_.stream.empty()) JETKEEP_TRY(CheckStreamName(invocation_.stream));
    if (!invocation_.job.empty()) JETKEEP_TRY(CheckJobId(invocation_.job));
    if (!invocation_.backup.empty()) JETKEEP_TRY(CheckBackupReference(invocation_.backup));
    const bool both = !invocation_.stream.empty() && !invocation_.backup.empty();
    switch (invocation_.verb) {
      case Verb::kBackup:
        if (!invocation_.job.empty() && invocation_.streams.size() > 1) {
          return Wrong("--job goes with one stream only");
        }
        break;
      case Verb::kRestore:
        if (both || (invocation_.stream.empty() && invocation_.backup.empty())) {
          return Wrong("give a stream or --backup, one of them");
        }
        if (invocation_.allow_older && !invocation_.backup.empty()) {
          return Wrong("--allow-older goes with a stream, not with --backup");
        }
        break;
      case Verb::kVerify:
        if (both) return Wrong("give a backup or --stream, not both");
        if (invocation_.drill && settings_.contains("repository.directory") &&
            !settings_.at("repository.directory").empty()) {
          return Wrong("--drill needs a service and cannot be used with --repository");
        }
        break;
      case Verb::kWatch:
        if (!invocation_.stream.empty() && !invocation_.job.empty()) {
          return Wrong("give a job or --stream, not both");
        }
        break;
      default:
        break;
    }
    return {};
  }

  Invocation Help() {
    Invocation help;
    const auto chosen = app_.get_subcommands();
    help.help = chosen.empty() ? app_.help() : chosen.front()->help("jetkeep");
    if (!chosen.empty()) help.help += "\nConnection flags: `jetkeep --help`\n";
    return help;
  }

  tl::unexpected<Error> Wrong(std::string message) const {
    const auto chosen = app_.get_subcommands();
    const std::string verb = chosen.empty() ? "" : chosen.front()->get_name() + " ";
    if (!message.empty() &&
        (message.size() < 2 || std::islower(static_cast<unsigned char>(message[1])) != 0)) {
      message[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(message[0])));
    }
    return Fail(Errc::kUsage, std::move(message), "Run `jetkeep " + verb + "--help`.");
  }

  CLI::App app_;
  Invocation invocation_;
  bool asks_version_ = false;
  std::string verb_name_;
  std::string config_file_;
  std::map<std::string, std::vector<std::string>> settings_;
  std::map<const CLI::App*, Verb> verbs_;
};

}  // namespace

Result<Invocation> ParseCommandLine(int argc, const char* const* argv) {
  try {
    return Parser().Parse(argc, argv);
  } catch (const CLI::Error& error) {
    return Fail(Errc::kInternal, std::string("command line: ") + error.what());
  }
}

bool AsksForJson(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--json" || argument == "-j") return true;
    if (argument == "--") return false;
  }
  return false;
}

}  // namespace jetkeep

// copy: a stream from one account or server straight into another one, by this process.
#include <atomic>
#include <chrono>
#include <thread>

#include "jetkeep/engine.h"
#include "protocol/base/names.h"
#include "protocol/control/answers.h"
#include "protocol/control/requests.h"
#include "service/cli/change_flags.h"
#include "service/cli/commands/commands.h"
#include "service/cli/copy_ends.h"
#include "service/cli/exit_code.h"
#include "service/cli/follow/interrupts.h"
#include "service/cli/render/human.h"
#include "service/setup/account.h"
#include "service/setup/copy_place.h"

namespace jetkeep {
namespace {

// Says what happens on stderr, with --verbose.
class Teller : public JobObserver {
 public:
  explicit Teller(Console& console) : console_(console) {}
  void OnStarted(const std::string&, const std::string&) override {}
  void OnProgress(const JobProgress&) override {}
  void OnRetry(int attempt, const Error& reason, std::int64_t) override {
    console_.Note("attempt " + std::to_string(attempt) + " failed (" + reason.message +
                  "), trying again");
  }

 private:
  Console& console_;
};

// Cancels at the first SIGINT or SIGTERM; what was made is removed then.
class CancelOnSignal {
 public:
  CancelOnSignal() : watcher_([this] { Watch(); }) {}
  ~CancelOnSignal() {
    done_ = true;
    watcher_.join();
  }
  CancelOnSignal(const CancelOnSignal&) = delete;
  CancelOnSignal& operator=(const CancelOnSignal&) = delete;
  const CancelToken& token() const { return cancel_; }

 private:
  void Watch() {
    while (!done_ && interrupts_.count() == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    if (!done_) cancel_.Cancel();
  }

  InterruptCounter interrupts_;
  CancelToken cancel_;
  std::atomic<bool> done_{false};
  std::thread watcher_;
};

class Copy : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.RequiredArgument("STREAM", stream_, "the stream to copy");
    flags.Option("--from", from_, "NAME",
                 "where it is: an account of the configuration file, or a context of the nats "
                 "command line");
    flags.Option("--to", to_, "NAME", "where it goes, likewise");
    flags.Option("--scratch-dir", scratch_, "DIR",
                 "directory for the copy on its way (default: scratch.directory, or the one for "
                 "temporary files)");
    flags.Flag("--drop-unknown", drop_unknown_,
               "leave out settings that the target's version cannot honour");
    flags.Flag("--skip-refused-consumers", skip_refused_consumers_,
               "copy without the consumers that the target refuses");
    flags.Flag("--no-consumers", no_consumers_, "copy no consumer");
    flags.Flag("--allow-removal", allow_removal_, "also where new limits leave messages out");
    changes_.Declare(flags);
  }
  Status Check(const FlagValues& given) const override {
    JETKEEP_TRY(CheckStreamName(stream_));
    for (const auto& [key, values] : given.settings) {
      const bool of_one_end = key == "repository.account" || key.starts_with("nats.");
      if (!of_one_end || key == "nats.timeout") continue;
      return Fail(Errc::kUsage, "copy does not take " + FlagOf(key),
                  "Both ends have names: accounts of the configuration file or contexts, given as "
                  "--from and --to.");
    }
    if (from_.empty() || to_.empty()) return Fail(Errc::kUsage, "give --from and --to");
    return changes_.Read().and_then(
        [](const RestoreChanges& changes) { return CheckChanges(changes); });
  }
  Result<int> Run(Context& context) override {
    const CancelOnSignal signals;
    Status copied = Execute(context, signals.token());
    if (copied) return kExitOk;
    if (copied.error().code != Errc::kCancelled) return Fail(std::move(copied).error());
    context.console.PrintError(copied.error());
    return kExitInterrupted;
  }

 private:
  static std::string FlagOf(const std::string& key) {
    const Setting* const setting = FindSetting(key);
    if (setting == nullptr) return key;
    const std::string flag(setting->flag);  // "-s,--server"
    return flag.substr(flag.find("--"));
  }

  struct Outcome {
    BackupReport backup = {};
    RestoreReport restored = {};
  };

  Status Execute(Context& context, const CancelToken& cancel) const {
    const auto begin = std::chrono::steady_clock::now();
    const Environment environment = ProcessEnvironment();
    JETKEEP_ASSIGN(const LoadedConfig loaded, LoadAllAccounts(context.loaded, environment));
    Config config = loaded.config;
    if (!scratch_.empty()) config.scratch_dir = scratch_;
    JETKEEP_ASSIGN(AccountConfig source, FindEnd(loaded, environment, from_));
    JETKEEP_ASSIGN(AccountConfig target, FindEnd(loaded, environment, to_));
    const CopyTarget end = CopyTargetOf(to_, target);
    source.name = kCopySource;
    target.name = kCopyTarget;
    JETKEEP_ASSIGN(const auto to, Connect(config, target, to_, cancel));
    for (const std::string& left : CleanUpCopies(config, end, *to, cancel)) {
      context.console.Warn(left);
    }
    RestoreSpec restore;
    JETKEEP_ASSIGN(restore.changes, changes_.Read());
    JETKEEP_TRY(CheckFree(*to, restore));
    JETKEEP_ASSIGN(const auto place, CopyPlace::Make(config, end));
    JETKEEP_ASSIGN(const auto from, Connect(config, source, from_, cancel));
    Result<Outcome> transferred =
        Transfer(config, *place, *from, *to, std::move(restore), cancel, context.console);
    const std::string kept = place->Close();
    if (!transferred) {
      Error error = std::move(transferred).error();
      if (kept.empty()) return Fail(std::move(error));
      error.message += "; what was sent is recorded in " + kept;
      error.hint += (error.hint.empty() ? "" : " ") + std::string("The next copy to ") + to_ +
                    " removes from there what is not whole.";
      return Fail(std::move(error));
    }
    const Outcome outcome = *std::move(transferred);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    Print(outcome, took.count(), context.console);
    return {};
  }

  static Result<std::unique_ptr<Account>> Connect(const Config& config,
                                                  const AccountConfig& account,
                                                  const std::string& name,
                                                  const CancelToken& cancel) {
    auto connected = ConnectAccount(config, account);
    if (!connected) return Fail(std::move(connected).error().Within(name));
    if (Status there = (*connected)->connection->WaitConnected(account.timeout, cancel); !there) {
      return Fail(Error(there.error()).Within("cannot connect to " + name));
    }
    return connected;
  }

  // Before all of it is read. The restore looks again.
  Status CheckFree(const Account& to, const RestoreSpec& restore) const {
    const std::string& made = restore.changes.as.empty() ? stream_ : restore.changes.as;
    const auto found = to.server->GetStream(made);
    if (!found && found.error().code == Errc::kStreamNotFound) return {};
    if (!found) return Fail(Error(found.error()).Within(to_));
    return Fail(Errc::kStreamExists, "stream " + made + " is there already in " + to_,
                "Nothing was copied. Choose another name with --as, or delete that stream.");
  }

  Result<Outcome> Transfer(const Config& config, CopyPlace& place, const Account& from,
                           const Account& to, RestoreSpec restore, const CancelToken& cancel,
                           Console& console) const {
    Teller teller(console);
    Outcome outcome;
    const auto reader = MakeOwnEngine(config, from, place.repository());
    BackupSpec backup;
    backup.stream = stream_;
    backup.account = kCopySource;
    auto copied = reader->Backup(backup, teller, cancel);
    if (!copied) return Fail(std::move(copied).error().Within(from_));
    outcome.backup = *std::move(copied);
    console.Note("read " + HumanPlural(outcome.backup.backup.messages, "message") + " from " +
                 from_);
    restore.backup = outcome.backup.backup.id;
    restore.account = kCopySource;
    restore.target = kCopyTarget;
    restore.drop_unknown = drop_unknown_;
    restore.skip_refused_consumers = skip_refused_consumers_;
    restore.allow_removal = allow_removal_;
    if (no_consumers_) restore.part.consumers.emplace();
    const auto writer = MakeEngineInto(config, to, place.repository());
    auto made = writer->Restore(restore, teller, cancel);
    if (!made) return Fail(std::move(made).error().Within(to_));
    outcome.restored = *std::move(made);
    return outcome;
  }

  void Print(const Outcome& outcome, double seconds, Console& console) const {
    const RestoreReport& made = outcome.restored;
    std::vector<std::string> warnings = outcome.backup.warnings;
    warnings.insert(warnings.end(), made.warnings.begin(), made.warnings.end());
    if (console.json()) {
      console.PrintJson({{"stream", stream_},
                         {"from", from_},
                         {"to", to_},
                         {"as", made.stream},
                         {"messages", made.messages},
                         {"bytes", made.bytes},
                         {"first_sequence", made.first_sequence},
                         {"last_sequence", made.last_sequence},
                         {"consumers", made.consumers},
                         {"sent_bytes", made.sent_bytes},
                         {"duration_seconds", seconds},
                         {"warnings", warnings},
                         {"unchecked", made.unchecked}});
      return;
    }
    console.PrintLine("copied " + stream_ + " from " + from_ + " to " + to_ +
                      (made.stream == stream_ ? "" : " as " + made.stream) + ": " +
                      HumanPlural(made.messages, "message") + " (" + HumanSize(made.bytes) + "), " +
                      HumanPlural(made.consumers, "consumer") + " in " + HumanSeconds(seconds));
    for (const std::string& warning : warnings) console.Warn(Printable(warning));
  }

  std::string stream_;
  std::string from_;
  std::string to_;
  std::string scratch_;
  bool drop_unknown_ = false;
  bool skip_refused_consumers_ = false;
  bool no_consumers_ = false;
  bool allow_removal_ = false;
  ChangeFlags changes_;
};

}  // namespace

std::unique_ptr<Verb> MakeCopy() { return std::make_unique<Copy>(); }

}  // namespace jetkeep

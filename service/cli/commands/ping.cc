// ping: whether a service answers, for probes. It ends with 0 or 1 and nothing else.
#include "service/cli/commands/commands.h"
#include "service/cli/control_client.h"
#include "service/cli/exit_code.h"

namespace jetkeep {
namespace {

// The configuration is read here, so that a wrong one ends with 1, too.
Result<std::vector<Answerer>> PingService(const Context& context) {
  JETKEEP_ASSIGN(const LoadedConfig loaded, LoadConfig(context.given, ProcessEnvironment()));
  JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                 ControlClient::Connect(loaded.config, context.addressee));
  return client->Ping();
}

class Ping : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.Flag("-q,--quiet", quiet_, "print nothing but errors");
  }
  Result<int> Run(Context& context) override {
    const auto instances = PingService(context);
    if (!instances) {
      context.console.PrintError(instances.error());
      return kExitFailed;
    }
    if (context.console.json()) {
      PrintJson(*instances, context.console);
    } else if (!quiet_) {
      for (const Answerer& one : *instances) {
        context.console.PrintLine("jetkeep " + (one.version.empty() ? "before 0.2" : one.version) +
                                  " answers" + Details(one));
      }
    }
    return kExitOk;
  }

 private:
  static std::string Details(const Answerer& one) {
    if (one.instance.empty()) return "";
    std::string text = " (instance " + one.instance;
    if (!one.repository.empty()) text += ", repository " + one.repository;
    if (!one.account.empty()) text += ", account " + one.account;
    return text + ")";
  }

  static void PrintJson(const std::vector<Answerer>& instances, Console& console) {
    Document list = Document::array();
    for (const Answerer& one : instances) {
      list.push_back({{"instance", one.instance},
                      {"version", one.version},
                      {"repository", one.repository},
                      {"account", one.account}});
    }
    console.PrintJson(Document{{"instances", std::move(list)}});
  }

  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Verb> MakePing() { return std::make_unique<Ping>(); }

}  // namespace jetkeep

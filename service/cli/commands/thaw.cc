// thaw: gives a stream that was restored frozen its max_age back.
#include "service/engine/restore/thaw.h"

#include "protocol/base/names.h"
#include "service/cli/commands/commands.h"
#include "service/cli/control_client.h"
#include "service/cli/exit_code.h"
#include "service/nats/jetstream_client.h"

namespace jetkeep {
namespace {

class Thaw : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.RequiredArgument("STREAM", stream_, "the stream that was restored with --frozen");
  }
  Status Check(const FlagValues&) const override { return CheckStreamName(stream_); }
  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.addressee));
    JetStreamOptions options;
    options.api_prefix = context.config().account().js_api_prefix;
    options.domain = context.config().account().js_domain;
    options.request_timeout = context.config().account().timeout;
    JETKEEP_ASSIGN(const auto server, JetStreamClient::Create(client->connection(), options));
    JETKEEP_ASSIGN(const ThawedStream thawed, ThawStream(*server, stream_));
    if (context.console.json()) {
      Document answer{{"stream", stream_}, {"max_age", thawed.max_age_ns}};
      if (thawed.shortened_window_ns != 0) answer["duplicate_window"] = thawed.max_age_ns;
      context.console.PrintJson(answer);
    } else {
      context.console.Print("stream " + stream_ + " has its max_age back: " +
                            std::to_string(thawed.max_age_ns) + " ns\n");
      if (thawed.shortened_window_ns != 0) {
        context.console.Print("its duplicate_window is shortened to that; it was " +
                              std::to_string(thawed.shortened_window_ns) + " ns\n");
      }
    }
    return kExitOk;
  }

 private:
  std::string stream_;
};

}  // namespace

std::unique_ptr<Verb> MakeThaw() { return std::make_unique<Thaw>(); }

}  // namespace jetkeep

// cancel: a job that is queued or running.
#include "jetkeep/job.h"
#include "protocol/base/names.h"
#include "service/cli/commands/commands.h"
#include "service/cli/control_client.h"
#include "service/cli/exit_code.h"
#include "service/cli/job_choice.h"
#include "service/cli/render/fields.h"
#include "service/cli/render/human.h"

namespace jetkeep {
namespace {

class Cancel : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.RequiredArgument("JOB", job_, "job: its id, or a beginning of it that no other id has");
  }
  Status Check(const FlagValues&) const override { return CheckJobId(job_); }
  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.addressee));
    JETKEEP_ASSIGN(const Document job, CallAboutJob(*client, EndpointId::kCancel, job_));
    client->NoteAnswerer(context.console);
    const bool cancelling = IsRunningOrQueued(job);
    if (context.console.json()) {
      context.console.PrintJson(job);
    } else {
      const std::string stream = TextOf(job, "stream");
      const std::string what = TextOf(job, "kind") + (stream == kAllStreams ? "" : " " + stream) +
                               " (job " + TextOf(job, "job") + ")";
      context.console.PrintLine(
          Printable(cancelling ? "cancelling " + what + ", which was " + TextOf(job, "state")
                               : what + " had ended already: " + TextOf(job, "state")));
    }
    return cancelling ? kExitOk : kExitFailed;
  }

 private:
  std::string job_;
};

}  // namespace

std::unique_ptr<Verb> MakeCancel() { return std::make_unique<Cancel>(); }

}  // namespace jetkeep

// status: all jobs, or one.
#include "protocol/base/names.h"
#include "service/cli/commands/commands.h"
#include "service/cli/control_client.h"
#include "service/cli/exit_code.h"
#include "service/cli/job_choice.h"
#include "service/cli/render/fields.h"
#include "service/cli/render/job_text.h"

namespace jetkeep {
namespace {

class ShowStatus : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.Argument("JOB", job_, "job: its id or the beginning (default: all jobs)");
  }
  Status Check(const FlagValues&) const override {
    return job_.empty() ? Status() : CheckJobId(job_);
  }
  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.addressee));
    return job_.empty() ? AllJobs(*client, context.console) : OneJob(*client, context.console);
  }

 private:
  static Result<int> AllJobs(ControlClient& client, Console& console) {
    JETKEEP_ASSIGN(const std::vector<Document> answers,
                   client.CallAll(EndpointId::kStatus, Document::object()));
    const Document answer = MergeStatus(answers);
    if (console.json()) {
      console.PrintJson(answer);
      return kExitOk;
    }
    console.Print(RenderJobs(MemberOf(answer, "jobs")));
    for (const Document& warning : MemberOf(answer, "warnings")) {
      if (warning.is_string()) console.Warn(warning.get<std::string>());
    }
    return kExitOk;
  }

  Result<int> OneJob(ControlClient& client, Console& console) const {
    JETKEEP_ASSIGN(const Document job, CallAboutJob(client, EndpointId::kStatus, job_));
    client.NoteAnswerer(console);
    if (console.json()) {
      console.PrintJson(job);
    } else {
      console.Print(RenderJob(job));
    }
    return kExitOk;
  }

  std::string job_;
};

}  // namespace

std::unique_ptr<Verb> MakeStatus() { return std::make_unique<ShowStatus>(); }

}  // namespace jetkeep

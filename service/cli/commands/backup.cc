// backup: streams, each as a job.
#include "protocol/base/names.h"
#include "protocol/control/requests.h"
#include "service/cli/commands/commands.h"
#include "service/cli/follow/run_jobs.h"

namespace jetkeep {
namespace {

constexpr const char* kAllStreamsHint =
    "Name the streams. All of them: nats stream ls --names | xargs jetkeep backup";

class Backup : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.Arguments("STREAM", streams_, "streams");
    flags.Flag("--accept-damaged", accept_damaged_,
               "keep what is readable of a damaged stream and count that as a success");
    jobs_.Declare(flags);
    flags.Absent("--all", kAllStreamsHint);
  }
  Status Check(const FlagValues&) const override {
    for (const std::string& stream : streams_) {
      if (stream.find_first_of("*>?") != std::string::npos) {
        return Fail(
            Errc::kInvalidName,
            "\"" + stream + "\" is a pattern, and patterns of streams are not supported yet",
            kAllStreamsHint);
      }
      JETKEEP_TRY(CheckStreamName(stream));
    }
    if (!jobs_.job.empty() && streams_.size() > 1) {
      return Fail(Errc::kUsage, "--job goes with one stream only");
    }
    return jobs_.Check();
  }
  Result<int> Run(Context& context) override {
    std::vector<JobOrder> orders;
    for (const std::string& stream : streams_) {
      BackupRequest request;
      request.stream = stream;
      request.accept_damaged = accept_damaged_;
      orders.push_back({EndpointId::kBackup, JobKind::kBackup, stream, ToDocument(request)});
    }
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.addressee));
    return RunJobs(*client, orders, jobs_, context);
  }

 private:
  std::vector<std::string> streams_;
  bool accept_damaged_ = false;
  JobFlags jobs_;
};

}  // namespace

std::unique_ptr<Verb> MakeBackup() { return std::make_unique<Backup>(); }

}  // namespace jetkeep

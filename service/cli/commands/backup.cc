// backup: streams, each as a job, or many as a set.
#include <algorithm>

#include "protocol/base/stream_pattern.h"
#include "protocol/control/requests.h"
#include "service/cli/commands/commands.h"
#include "service/cli/follow/run_jobs.h"
#include "service/cli/set_source.h"

namespace jetkeep {
namespace {

Result<SetMetadata> ReadMetadata(const std::vector<std::string>& words) {
  SetMetadata metadata;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Fail(Errc::kUsage, "--metadata \"" + word + "\" is not KEY=VALUE");
    }
    metadata.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  JETKEEP_TRY(CheckMetadata(metadata));
  return metadata;
}

class Backup : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.Arguments("STREAM", streams_,
                    "streams, or patterns of them (* any characters, ? one), which make a set");
    flags.Flag("--all", all_, "all streams of the account, as a set");
    flags.Flag("--set", set_, "make a set of the streams that are named");
    flags.Options("--exclude", exclude_, "PATTERN", "leave these streams out of the set");
    flags.Options("--order", order_, "PATTERNS",
                  "back up these streams of the set before those of later --order and all others");
    flags.Options("--metadata", metadata_, "KEY=VALUE", "kept with the set");
    flags.Option("--parallel", parallel_, "N", "streams of the set at once (default 8)");
    flags.Flag("--accept-damaged", accept_damaged_,
               "keep what is readable of a damaged stream and count that as a success");
    flags.Flag("--config-only", config_only_,
               "the configurations of streams and their durable consumers, without messages");
    jobs_.Declare(flags);
  }
  Status Check(const FlagValues&) const override {
    if (streams_.empty() && !all_) {
      return Fail(Errc::kUsage, "give a STREAM, a pattern of streams, or --all");
    }
    if (all_ && !streams_.empty()) {
      return Fail(Errc::kUsage, "--all means every stream: name none besides");
    }
    JETKEEP_TRY(CheckPatterns(streams_));
    if (MakesSet()) {
      JETKEEP_TRY(CheckPatterns(exclude_));
      JETKEEP_TRY(CheckOrder(order_));
      JETKEEP_TRY(ReadMetadata(metadata_).map([](const SetMetadata&) {}));
      JETKEEP_TRY(ReadParallel(parallel_).map([](std::uint64_t) {}));
      return jobs_.Check();
    }
    if (!jobs_.job.empty() && streams_.size() > 1) {
      return Fail(Errc::kUsage, "--job goes with one stream or one set only");
    }
    return jobs_.Check();
  }
  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(const std::vector<JobOrder> orders, Orders());
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.addressee));
    return RunJobs(*client, orders, jobs_, context);
  }

 private:
  bool MakesSet() const {
    return all_ || set_ || !exclude_.empty() || !order_.empty() || !metadata_.empty() ||
           !parallel_.empty() || std::any_of(streams_.begin(), streams_.end(), HasWildcard);
  }

  Result<std::vector<JobOrder>> Orders() const {
    std::vector<JobOrder> orders;
    BackupRequest request;
    request.accept_damaged = accept_damaged_;
    request.config_only = config_only_;
    if (!MakesSet()) {
      for (const std::string& stream : streams_) {
        request.stream = stream;
        orders.push_back({EndpointId::kBackup, JobKind::kBackup, stream, ToDocument(request)});
      }
      return orders;
    }
    request.selection = {all_ ? std::vector<std::string>{"*"} : streams_, exclude_, order_};
    JETKEEP_ASSIGN(request.metadata, ReadMetadata(metadata_));
    JETKEEP_ASSIGN(request.parallel, ReadParallel(parallel_));
    orders.push_back({EndpointId::kBackup, JobKind::kBackup, {}, ToDocument(request)});
    return orders;
  }

  std::vector<std::string> streams_;
  bool all_ = false;
  bool set_ = false;
  std::vector<std::string> exclude_;
  std::vector<std::string> order_;
  std::vector<std::string> metadata_;
  std::string parallel_;
  bool accept_damaged_ = false;
  bool config_only_ = false;
  JobFlags jobs_;
};

}  // namespace

std::unique_ptr<Verb> MakeBackup() { return std::make_unique<Backup>(); }

}  // namespace jetkeep

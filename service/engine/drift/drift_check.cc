#include "service/engine/drift/drift_check.h"

#include <algorithm>
#include <map>
#include <utility>

#include "protocol/base/stream_pattern.h"
#include "service/engine/sets/set_choice.h"
#include "service/engine/sets/set_plan.h"
#include "service/engine/verify/drill_plan.h"

namespace jetkeep {
namespace {

// More is counted only: no account is so different that its size may decide about memory.
constexpr std::size_t kMostBytes = std::size_t{2} * 1024 * 1024;
}  // namespace

Result<DriftReport> DriftCheck::Run(const DriftSpec& spec) {
  patterns_ = spec.streams;
  for (const std::string& pattern : patterns_) JETKEEP_TRY(CheckStreamPattern(pattern));
  alone_ = !spec.backup.empty();
  if (alone_) {
    JETKEEP_TRY(OfBackup(spec.backup));
    report_.backup = spec.backup;
  } else if (!spec.set.empty()) {
    JETKEEP_TRY(OfSet(spec.set));
  } else {
    JETKEEP_TRY(OfConfigs(spec.configs));
  }
  if (report_.streams == 0 && first_error_) return Fail(*std::move(first_error_));
  for (const std::string& pattern : patterns_) {
    if (matched_.contains(pattern)) continue;
    return Fail(Errc::kStreamNotFound,
                "neither what was kept nor the account has a stream \"" + pattern + "\"",
                "Name streams or patterns of them; without any, all are compared.");
  }
  std::stable_sort(report_.differences.begin(), report_.differences.end(),
                   [](const Drift& a, const Drift& b) { return a.stream < b.stream; });
  return std::move(report_);
}

Status DriftCheck::OfBackup(const std::string& backup_id) {
  JETKEEP_ASSIGN(const Manifest manifest, repository_.Load(backup_id));
  kept_.insert(manifest.stream);
  if (!Wanted(manifest.stream)) return {};
  return Compare(manifest.stream, ConfigsOf(manifest));
}

Status DriftCheck::OfSet(const std::string& set_id) {
  JETKEEP_ASSIGN(const SetDetails set, ChooseSet(repository_, set_id, SetsMeant::kAny));
  report_.set = set.summary.id;
  JETKEEP_TRY(ListAccount());
  for (const SetMember& member : set.members) {
    kept_.insert(member.stream);
    if (!Wanted(member.stream)) continue;
    if (member.backup.empty()) {
      Unknown(member.stream, "the set has no backup of it" +
                                 (member.error ? ": " + member.error->message : std::string()));
      continue;
    }
    // A backup that is gone or damaged leaves the other streams comparable.
    const Result<Manifest> manifest = repository_.Load(member.backup, member.stream);
    if (manifest) {
      JETKEEP_TRY(Compare(member.stream, ConfigsOf(*manifest)));
    } else {
      Unknown(member.stream, manifest.error().message);
    }
  }
  AddExtra(set.selection);
  return {};
}

Status DriftCheck::OfConfigs(const std::vector<KeptConfig>& configs) {
  std::map<std::string, StreamConfigs> streams;
  for (const KeptConfig& config : configs) {
    StreamConfigs& stream = streams[config.stream];
    stream.whole = false;
    if (config.consumer.empty()) {
      stream.config_json = config.config_json;
    } else {
      stream.consumers.push_back({config.consumer, config.config_json});
    }
  }
  JETKEEP_TRY(ListAccount());
  for (const auto& [stream, kept] : streams) {
    kept_.insert(stream);
    if (Wanted(stream)) JETKEEP_TRY(Compare(stream, kept));
  }
  AddExtra({{"*"}, {}, {}});
  return {};
}

Status DriftCheck::Compare(const std::string& stream, const StreamConfigs& kept) {
  JETKEEP_TRY(cancel_.Check());
  const std::vector<std::string>& offline = listing_.unavailable;
  if (std::find(offline.begin(), offline.end(), stream) != offline.end()) {
    Unknown(stream, "the server does not tell of it: it is offline, or nobody answered for it");
    return {};
  }
  const Result<StreamInfo> info = server_.GetStream(stream);
  const auto missing = [&](const Error& error) -> Status {
    if (error.code == Errc::kStreamNotFound) {
      Add({DriftKind::kStreamMissing, stream});
      return {};
    }
    // A stream that may not be looked at, or whose leader does not answer, leaves the others
    // comparable.
    const bool of_all = error.code == Errc::kNotConnected || error.code == Errc::kCancelled;
    if (of_all || alone_) return Fail(error);
    Unknown(stream, error.message);
    if (!first_error_) first_error_ = error;
    return {};
  };
  if (!info) return missing(info.error());
  const Result<std::vector<ConsumerInfo>> consumers = server_.Consumers(stream);
  if (!consumers) return missing(consumers.error());
  const StreamConfigs found = ConfigsOf(*info, *consumers);
  ++report_.streams;
  report_.consumers += kept.consumers.size();
  for (Drift& drift : CompareStream(stream, kept, found, info->answered_ns)) Add(std::move(drift));
  return {};
}

Status DriftCheck::ListAccount() {
  JETKEEP_ASSIGN(listing_, server_.ListStreams());
  return {};
}

void DriftCheck::AddExtra(const SetSelection& scope) {
  const auto look_at = [&](const std::string& stream) {
    if (kept_.contains(stream) || !Wanted(stream)) return;
    // The scratch streams of drills come and go.
    if (stream.starts_with(kDrillStreamFront)) return;
    if (!MatchesAny(scope.streams, stream) || MatchesAny(scope.exclude, stream)) return;
    Add({DriftKind::kStreamExtra, stream});
  };
  for (const ListedStream& stream : listing_.streams) look_at(stream.name);
  for (const std::string& stream : listing_.unavailable) look_at(stream);
}

bool DriftCheck::Wanted(const std::string& stream) {
  bool wanted = patterns_.empty();
  for (const std::string& pattern : patterns_) {
    if (!MatchesStreamPattern(pattern, stream)) continue;
    matched_.insert(pattern);
    wanted = true;
  }
  return wanted;
}

void DriftCheck::Unknown(const std::string& stream, std::string reason) {
  report_.unknown.push_back({stream, std::move(reason)});
}

void DriftCheck::Add(Drift drift) {
  const std::size_t bytes = BytesOf(drift);
  if (bytes_ + bytes > kMostBytes) {
    ++report_.more;
    return;
  }
  bytes_ += bytes;
  report_.differences.push_back(std::move(drift));
}

}  // namespace jetkeep

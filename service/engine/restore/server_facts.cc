#include "service/engine/restore/server_facts.h"

#include <map>
#include <utility>

namespace jetkeep {
namespace {

// Each costs a request.
constexpr std::size_t kMaxStreamsAsked = 2000;
constexpr std::size_t kMaxSubjectsAsked = 100;

// Reads the configurations of streams by their names, each once.
class OtherStreams {
 public:
  OtherStreams(JetStream& server, std::vector<LiveStream>& streams, const CancelToken& cancel)
      : server_(server), cancel_(cancel) {
    for (LiveStream& stream : streams) by_name_.emplace(stream.name, &stream);
  }

  void Want(const std::string& name) { wanted_.push_back(name); }
  void WantAll() {
    for (const auto& [name, stream] : by_name_) wanted_.push_back(name);
  }
  // What feeds them as well.
  Status Read() {
    for (std::size_t asked = 0; !wanted_.empty() && asked < kMaxStreamsAsked;) {
      const auto found = by_name_.find(wanted_.back());
      wanted_.pop_back();
      if (found == by_name_.end()) continue;
      LiveStream& stream = *found->second;
      by_name_.erase(found);
      JETKEEP_TRY(cancel_.Check());
      ++asked;
      // One that is removed since, or out of reach, is left to the server.
      const Result<StreamInfo> live = server_.GetStream(stream.name);
      if (!live) continue;
      auto read = ReadStreamConfig(live->config_json);
      if (!read) continue;
      stream.config = std::move(*read);
      for (const StreamOrigin& origin : stream.config->origins) Want(origin.name);
    }
    return {};
  }

 private:
  JetStream& server_;
  const CancelToken& cancel_;
  std::map<std::string, LiveStream*> by_name_;  // those that nobody has read yet
  std::vector<std::string> wanted_;
};

// Without the configurations of streams.
Result<ServerFacts> AskServer(JetStream& server, const WallClock& clock) {
  ServerFacts facts;
  facts.now_ns = clock.Now();
  JETKEEP_ASSIGN(const std::vector<std::string> names, server.StreamNames());
  JETKEEP_ASSIGN(facts.identity, server.Server());
  for (const std::string& name : names) facts.streams.push_back({name, std::nullopt});
  auto account = server.Account();
  if (account) {
    facts.account = std::move(*account);
  } else {
    facts.account_unknown = account.error().message;
  }
  return facts;
}

}  // namespace

Result<ServerFacts> GatherServerFacts(JetStream& server, std::string_view config_json,
                                      const WallClock& clock, const CancelToken& cancel) {
  JETKEEP_ASSIGN(const StreamConfigFacts config, ReadStreamConfig(config_json));
  JETKEEP_ASSIGN(ServerFacts facts, AskServer(server, clock));
  if (facts.streams.empty()) return facts;
  OtherStreams others(server, facts.streams, cancel);
  for (const StreamOrigin& origin : config.origins) others.Want(origin.name);
  if (config.subjects.size() > kMaxSubjectsAsked) {
    others.WantAll();
  } else {
    for (const std::string& subject : config.subjects) {
      JETKEEP_TRY(cancel.Check());
      JETKEEP_ASSIGN(const auto on_subject, server.StreamsOn(subject));
      for (const std::string& name : on_subject) others.Want(name);
    }
  }
  JETKEEP_TRY(others.Read());
  return facts;
}

Result<ServerFacts> GatherAllServerFacts(JetStream& server, const WallClock& clock,
                                         const CancelToken& cancel) {
  JETKEEP_ASSIGN(ServerFacts facts, AskServer(server, clock));
  OtherStreams others(server, facts.streams, cancel);
  others.WantAll();
  JETKEEP_TRY(others.Read());
  return facts;
}

}  // namespace jetkeep

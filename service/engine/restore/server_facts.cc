#include "service/engine/restore/server_facts.h"

namespace jetkeep {
namespace {

// Each costs a request.
constexpr std::size_t kMaxStreamsAsked = 2000;

}  // namespace

Result<ServerFacts> GatherServerFacts(JetStream& server, std::string_view config_json,
                                      const WallClock& clock, const CancelToken& cancel) {
  ServerFacts facts;
  facts.now_ns = clock.Now();
  JETKEEP_ASSIGN(const StreamConfigFacts config, ReadStreamConfig(config_json));
  JETKEEP_ASSIGN(const std::vector<std::string> names, server.StreamNames());
  JETKEEP_ASSIGN(facts.identity, server.Server());
  for (const std::string& name : names) facts.streams.push_back({name, std::nullopt});
  auto account = server.Account();
  if (account) {
    facts.account = std::move(*account);
  } else {
    facts.account_unknown = account.error().message;
  }
  const bool asks = !config.subjects.empty() || !config.origins.empty();
  if (!asks || names.size() > kMaxStreamsAsked) return facts;
  for (LiveStream& stream : facts.streams) {
    JETKEEP_TRY(cancel.Check());
    // One that is removed since, or out of reach, is left to the server.
    const Result<StreamInfo> live = server.GetStream(stream.name);
    if (!live) continue;
    auto read = ReadStreamConfig(live->config_json);
    if (read) stream.config = std::move(*read);
  }
  return facts;
}

}  // namespace jetkeep

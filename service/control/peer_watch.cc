#include "service/control/peer_watch.h"

#include <utility>

#include "protocol/control/body.h"

namespace jetkeep {
namespace {

constexpr std::chrono::milliseconds kTick{500};
constexpr int kTicksToAnswer = 2;
constexpr std::size_t kMaxPeers = 1'000;  // more are not looked at
constexpr std::string_view kPing = "$SRV.PING.jetkeep";

std::string TextOf(const Document& document, const char* member) {
  if (!document.is_object()) return {};
  const auto found = document.find(member);
  return found != document.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

PeerWatch::PeerWatch(EventLoop& loop, Connection& connection, ServiceIdentity self,
                     std::chrono::milliseconds interval)
    : loop_(loop), connection_(connection), self_(std::move(self)), interval_(interval) {}

void PeerWatch::Start() {
  ticks_ = Timer::Every(loop_, kTick, [this] { OnTick(); });
  OnTick();
}

void PeerWatch::OnTick() {
  ++ticks_since_;
  if (asking_) {
    if (ticks_since_ >= kTicksToAnswer) OnAnswers();
    return;
  }
  if (!connection_.KnownConnected()) return;
  const bool fresh_connection = connection_.KnownGeneration() != generation_;
  if (fresh_connection || (!denied_ && kTick * ticks_since_ >= interval_)) Ask();
}

void PeerWatch::Ask() {
  generation_ = connection_.KnownGeneration();
  ticks_since_ = 0;
  denied_ = false;
  answers_.clear();
  denial_mark_ = connection_.DenialMark();
  const std::string inbox = connection_.NewInbox();
  auto subscription = connection_.Subscribe(inbox, "", [this](const Message& message) {
    Result<Document> answer = DecodeBody(message.data());
    if (!answer) return;
    loop_.Post(alive_.Guard([this, answer = *std::move(answer)]() mutable {
      if (asking_ && answers_.size() < kMaxPeers) answers_.push_back(std::move(answer));
    }));
  });
  if (!subscription) return;  // asked again later
  inbox_ = *std::move(subscription);
  if (!connection_.PublishRequest(std::string(kPing), inbox, "")) return;
  asking_ = true;
}

void PeerWatch::OnAnswers() {
  asking_ = false;
  inbox_.reset();
  std::vector<std::string> found;
  if (connection_.DeniedSince(denial_mark_, kPing)) {
    denied_ = true;
    found.push_back(
        "cannot tell whether other instances use another repository: no permission to publish to " +
        std::string(kPing));
  }
  std::map<std::string, std::string> by_id;  // in an order that stays
  for (const Document& answer : answers_) {
    std::string warning = Judge(answer);
    if (!warning.empty()) by_id[TextOf(answer, "id")] = std::move(warning);
  }
  for (auto& [id, warning] : by_id) found.push_back(std::move(warning));
  answers_.clear();
  warnings_.Replace(std::move(found));
}

std::string PeerWatch::Judge(const Document& answer) const {
  const std::string id = TextOf(answer, "id");
  if (TextOf(answer, "name") != kServiceName || id.empty() || id == self_.id) return {};
  const std::string who = "instance " + id + " (version " + TextOf(answer, "version") + ")";
  const auto found = answer.find("metadata");
  const Document& metadata = found == answer.end() ? answer : *found;
  const auto ours = [this](const char* key) {
    const auto at = self_.metadata.find(key);
    return at == self_.metadata.end() ? std::string() : at->second;
  };
  const std::string repository = TextOf(metadata, kRepositoryKey);
  if (repository.empty()) {
    return who +
           " does not report its repository and may answer on the same subjects; stop it or "
           "replace it by a newer version";
  }
  if (TextOf(metadata, kPrefixKey) != ours(kPrefixKey)) return {};
  const std::string advice =
      ": a request reaches one of them by chance; give each a subject prefix, or address one "
      "(backup.instance.<instance>.backup.list)";
  if (repository != ours(kRepositoryKey)) {
    return who + " answers on the same subjects with repository " + repository +
           ", this one has repository " + ours(kRepositoryKey) + advice;
  }
  if (TextOf(metadata, kAccountKey) != ours(kAccountKey)) {
    return who + " answers on the same subjects for account " + TextOf(metadata, kAccountKey) +
           ", this one for account " + ours(kAccountKey) + advice;
  }
  return {};
}

}  // namespace jetkeep

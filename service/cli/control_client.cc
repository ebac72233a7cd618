#include "service/cli/control_client.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "protocol/control/answer_check.h"
#include "protocol/control/answers.h"
#include "protocol/control/body.h"
#include "protocol/control/service_api.h"
#include "service/cli/answer_window.h"
#include "service/cli/foreign_answers.h"
#include "service/cli/render/fields.h"
#include "service/config/redact.h"
#include "service/setup/connection_settings.h"

namespace jetkeep {
namespace {

using Clock = std::chrono::steady_clock;

// How much later than the first instance another one may answer.
constexpr std::chrono::milliseconds kOtherInstances{500};
// How long the instances have to say that they are there.
constexpr std::chrono::milliseconds kDiscoveryWait{150};
// An instance that works on an answer for longer is asked whether it is there.
constexpr std::chrono::seconds kWatchInterval{10};
constexpr std::chrono::seconds kAfterMiss{1};
constexpr int kMisses = 3;
// Of an answer that is watched.
constexpr std::chrono::hours kLongestAnswer{24};
// To look at an answer that has come already.
constexpr std::chrono::milliseconds kLook{1};

// One instance does not know the job, or does not work for the account; another one may.
bool IsForAnotherInstance(const Error& error) {
  return error.code == Errc::kJobNotFound || error.code == Errc::kAccountNotFound;
}

}  // namespace

struct ControlClient::Inquiry {
  EndpointId endpoint;
  Document request;
  std::chrono::milliseconds timeout;
  PendingAnswers pending;
  ForeignAnswers foreign;
  Clock::time_point asked = Clock::now();
};

ControlClient::ControlClient(std::unique_ptr<Connection> connection, const Config& config,
                             Addressee addressee)
    : connection_(std::move(connection)),
      subjects_(config.subject_prefix),
      prefix_(config.subject_prefix),
      addressee_(std::move(addressee)),
      timeout_(config.account().timeout),
      repeat_flags_("--server " + ShownServers(config.account().servers)) {
  if (!config.subject_prefix.empty()) repeat_flags_ += " --prefix " + config.subject_prefix;
}

std::string ControlClient::SubjectOf(EndpointId endpoint) const {
  return addressee_.instance.empty() ? subjects_.Request(endpoint)
                                     : subjects_.RequestTo(addressee_.instance, endpoint);
}

Result<std::unique_ptr<ControlClient>> ControlClient::Connect(const Config& config,
                                                              const Addressee& addressee) {
  JETKEEP_TRY(CheckPrefix(config.subject_prefix));
  JETKEEP_ASSIGN(const ConnectionOptions options, ConnectionOptionsFrom(config.account()));
  JETKEEP_ASSIGN(std::unique_ptr<Connection> connection, Connection::Open(options));
  if (Status connected = connection->WaitConnected(config.account().timeout); !connected) {
    if (connected.error().code == Errc::kPermissionDenied) return Fail(connected.error());
    return Fail(Error(connected.error())
                    .Within("cannot connect to " + ShownServers(config.account().servers)));
  }
  return std::unique_ptr<ControlClient>(
      new ControlClient(std::move(connection), config, addressee));
}

Result<std::unique_ptr<Subscription>> ControlClient::SubscribeEvents(JobKind work,
                                                                     const std::string& stream,
                                                                     const std::string& job,
                                                                     EventHandler handler) {
  const std::string subject = subjects_.EventsOf(work, stream, job);
  JETKEEP_ASSIGN(
      auto subscription,
      connection_->Subscribe(subject, "", [handler = std::move(handler)](const Message& message) {
        handler({std::string(message.subject()), std::string(message.data())});
      }));
  JETKEEP_TRY(connection_->Flush(timeout_));
  JETKEEP_TRY(CheckSubscribed(work, stream, job));
  return subscription;
}

Status ControlClient::CheckSubscribed(JobKind work, const std::string& stream,
                                      const std::string& job) const {
  const std::string subject = subjects_.EventsOf(work, stream, job);
  if (!connection_->LastRefused(subject) && !connection_->DeniedSince(0, subject)) return {};
  return Fail(Errc::kPermissionDenied, "permission denied to subscribe to " + subject,
              "Grant this user permission to subscribe to the events: " +
                  subjects_.EventsOf(work, "*", "*") + ".");
}

Result<Document> ControlClient::Call(EndpointId endpoint, const Document& request) {
  return Call(endpoint, request, timeout_);
}

Result<Document> ControlClient::Call(EndpointId endpoint, const Document& request,
                                     std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  JETKEEP_ASSIGN(Inquiry inquiry, Ask(endpoint, request, timeout));
  std::optional<Error> unknown_job;
  auto until = deadline;
  while (true) {
    Result<Document> answer = NextAnswer(inquiry, until);
    if (answer) return answer;
    if (!GoesToEveryInstance(endpoint) || !IsForAnotherInstance(answer.error())) {
      return Fail(unknown_job ? *unknown_job : std::move(answer).error());
    }
    if (!unknown_job) until = std::min(deadline, Clock::now() + kOtherInstances);
    unknown_job = std::move(answer).error();
  }
}

Result<Document> ControlClient::CallWatched(EndpointId endpoint, const Document& request) {
  const std::string chosen = addressee_.instance;
  if (chosen.empty()) {
    JETKEEP_TRY(CheckThere());
    addressee_.instance = answerer_.instance;
  }
  Result<Document> answer = AskWatched(endpoint, request);
  // Who may not address one instance asks whichever takes it.
  if (!answer && answer.error().code == Errc::kPermissionDenied && chosen.empty() &&
      answerer_.instance.empty()) {
    addressee_.instance.clear();
    answer = AskWatched(endpoint, request);
  }
  addressee_.instance = chosen;
  return answer;
}

Result<Document> ControlClient::AskWatched(EndpointId endpoint, const Document& request) {
  const auto deadline = Clock::now() + kLongestAnswer;
  JETKEEP_ASSIGN(Inquiry inquiry, Ask(endpoint, request, kLongestAnswer));
  answerer_ = {};
  std::chrono::seconds wait = kWatchInterval;
  int missed = 0;
  while (true) {
    if (auto answer = TryNextAnswer(inquiry, std::min(deadline, Clock::now() + wait))) {
      return *std::move(answer);
    }
    const Status there = CheckThere();
    if (there) {
      missed = 0;
      wait = kWatchInterval;
    } else if (++missed < kMisses && Clock::now() < deadline) {
      wait = kAfterMiss;
    } else {
      // It may have answered before it went.
      if (auto answer = TryNextAnswer(inquiry, Clock::now() + kLook)) return *std::move(answer);
      return Fail(Errc::kNoResponders,
                  (addressee_.instance.empty() ? std::string("the service")
                                               : "instance " + addressee_.instance) +
                      " took the request and no longer answers (" + there.error().message + ")",
                  "Check that it runs (`jetkeep ping` lists the instances), and ask again.");
    }
  }
}

Status ControlClient::CheckThere() {
  answerer_ = {};
  JETKEEP_ASSIGN(Inquiry inquiry, Ask(EndpointId::kStatus, Document{{"job", "ping"}}, timeout_));
  auto until = Clock::now() + timeout_;
  std::optional<Error> elsewhere;
  while (auto answer = TryNextAnswer(inquiry, until)) {
    // Most likely it says that there is no such job. Without the grant to ask, nobody can tell.
    if (*answer || answer->error().code == Errc::kJobNotFound) return {};
    if (answer->error().code == Errc::kPermissionDenied) return {};
    const bool other_account = answer->error().code == Errc::kAccountNotFound;
    if (!other_account && !answerer_.instance.empty()) return {};
    if (!other_account) return Fail(std::move(answer->error()));
    elsewhere = std::move(answer->error());
    answerer_ = {};
    until = std::min(until, Clock::now() + kOtherInstances);
  }
  return Fail(elsewhere ? *elsewhere : NoAnswer(inquiry));
}

Result<std::vector<Document>> ControlClient::CallAll(EndpointId endpoint, const Document& request) {
  const auto asked = Clock::now();
  AnswerWindow window(asked, asked + timeout_);
  JETKEEP_ASSIGN(Inquiry inquiry, Ask(endpoint, request, timeout_));
  std::vector<Document> answers;
  std::optional<Error> refused;
  while (true) {
    Result<Document> answer = NextAnswer(inquiry, window.until());
    if (answer) {
      answers.push_back(*std::move(answer));
    } else if (IsForAnotherInstance(answer.error())) {
      refused = std::move(answer).error();
    } else if (!answers.empty()) {
      return answers;
    } else {
      return Fail(refused ? *refused : std::move(answer).error());
    }
    window.Note(Clock::now(), kOtherInstances);
  }
}

Result<std::vector<Answerer>> ControlClient::Ping() {
  auto until = Clock::now() + timeout_;
  // Tells how many answers to wait for.
  if (!asks_one_instance()) BeginDiscovery();
  // Each instance answers, whatever it knows: most likely that there is no such job, which it says
  // after a wait.
  JETKEEP_ASSIGN(Inquiry inquiry, Ask(EndpointId::kStatus, Document{{"job", "ping"}}, timeout_));
  std::vector<Answerer> instances;
  std::set<std::string> awaited;
  while (true) {
    const Result<Document> answer = NextAnswer(inquiry, until);
    const bool known = answer || IsForAnotherInstance(answer.error());
    if (!known && instances.empty()) return Fail(answer.error());
    if (!known) return instances;
    if (instances.empty()) {
      until = std::min(until, Clock::now() + kOtherInstances);
      if (asks_one_instance()) {
        awaited.insert(answerer_.instance);
      } else {
        for (Answerer& one : Discover()) awaited.insert(std::move(one.instance));
      }
    }
    instances.push_back(answerer_);
    if (awaited.erase(answerer_.instance) > 0 && awaited.empty()) return instances;
  }
}

void ControlClient::BeginDiscovery() {
  discovery_.reset();
  const auto asked = Clock::now();
  auto pending = connection_->Ask(std::string("$SRV.PING.") + kServiceName, "");
  if (pending) discovery_.emplace(Discovery{std::move(*pending), asked});
}

std::vector<Answerer> ControlClient::Discover() {
  if (!discovery_) BeginDiscovery();
  std::vector<Answerer> instances;
  if (!discovery_) return instances;
  const auto began = Clock::now();
  AnswerWindow window(discovery_->asked, discovery_->asked + kDiscoveryWait);
  while (true) {
    // Answers that have come since the question are looked at, however long that is ago.
    const auto now = Clock::now();
    if (now >= began + kDiscoveryWait) break;
    const auto message = discovery_->pending.Next(std::max(window.until(), now + kLook));
    if (!message) break;
    const Result<Document> body = DecodeBody(message->data(), kAnswerLimits);
    if (!body || TextOf(*body, "name") != kServiceName) continue;
    const Document& about = MemberOf(*body, "metadata");
    if (TextOf(about, kPrefixKey) != prefix_) continue;
    instances.push_back({TextOf(*body, "id"), TextOf(*body, "version"),
                         TextOf(about, kRepositoryKey), TextOf(about, kAccountKey)});
    const auto came = Clock::now() - discovery_->asked;
    if (window.answered()) {
      window.Note(Clock::now(), kDiscoveryWait);
    } else {
      // It may have lain there while a request was answered.
      window.NoteEarlier(std::min(came, round_trip_.value_or(came)), kDiscoveryWait);
    }
  }
  discovery_.reset();
  return instances;
}

bool ControlClient::SeesFirstVersion(Clock::time_point until) {
  if (sees_first_version_) return *sees_first_version_;
  sees_first_version_ = false;
  auto pending = connection_->Ask(std::string("$SRV.PING.") + kServiceName, "");
  if (!pending) return false;
  until = std::min(until, Clock::now() + kOtherInstances);
  while (const auto message = pending->Next(until)) {
    const Result<Document> body = DecodeBody(message->data(), kAnswerLimits);
    if (!body || TextOf(*body, "name") != kServiceName) continue;
    if (!TextOf(*body, "version").starts_with("0.1.")) continue;
    sees_first_version_ = true;
    break;
  }
  return *sees_first_version_;
}

void ControlClient::NoteAnswerer(Console& console) const {
  if (answerer_.instance.empty()) return;
  console.Note("answered by instance " + answerer_.instance + " (jetkeep " + answerer_.version +
               (answerer_.repository.empty() ? "" : ", repository " + answerer_.repository) + ")");
}

Result<ControlClient::Inquiry> ControlClient::Ask(EndpointId endpoint, const Document& request,
                                                  std::chrono::milliseconds timeout) {
  Document body = request;
  if (!addressee_.account.empty() && !body.contains("account"))
    body["account"] = addressee_.account;
  JETKEEP_ASSIGN(PendingAnswers pending,
                 connection_->Ask(SubjectOf(endpoint), EncodeBody(body, Encoding::kJson)));
  return Inquiry{endpoint, std::move(body), timeout, std::move(pending), {}};
}

Result<Document> ControlClient::NextAnswer(Inquiry& inquiry, Clock::time_point until) {
  if (auto answer = TryNextAnswer(inquiry, until)) return *std::move(answer);
  return Fail(NoAnswer(inquiry));
}

Error ControlClient::NoAnswer(const Inquiry& inquiry) const {
  const std::string subject = SubjectOf(inquiry.endpoint);
  if (!inquiry.foreign.empty()) return inquiry.foreign.AsError(subject, inquiry.timeout);
  return {Errc::kTimeout,
          "no answer to " + subject + " within " + std::to_string(inquiry.timeout.count()) + " ms",
          "", 0};
}

std::optional<Result<Document>> ControlClient::TryNextAnswer(Inquiry& inquiry,
                                                             Clock::time_point until) {
  const std::string subject = SubjectOf(inquiry.endpoint);
  while (true) {
    const Result<Message> message = inquiry.pending.Next(until);
    if (!message) {
      if (message.error().code == Errc::kNoResponders && !addressee_.instance.empty()) {
        return Fail(Errc::kNoResponders, "the service has no instance " + addressee_.instance,
                    "Run `jetkeep ping` to list the instances.");
      }
      if (message.error().code == Errc::kNoResponders) {
        return Fail(Errc::kNoResponders, "no jetkeep service listens on " + subject,
                    "Start one: jetkeep serve " + repeat_flags_ + " --repository DIR");
      }
      if (message.error().code != Errc::kTimeout) return Fail(message.error());
      return std::nullopt;
    }
    JudgedAnswer judged = JudgeAnswer(
        inquiry.endpoint, inquiry.request,
        {message->header(kTypeHeader), message->header(kErrorCodeHeader), message->data()});
    const bool unsigned_answer = !message->header(kTypeHeader);
    if (unsigned_answer && !std::holds_alternative<ForeignAnswer>(judged) &&
        !SeesFirstVersion(until)) {
      judged = ForeignAnswer{{}, {}, "an answer without the header " + std::string(kTypeHeader)};
    }
    if (!std::holds_alternative<ForeignAnswer>(judged)) {
      const auto took = Clock::now() - inquiry.asked;
      round_trip_ = std::min(took, round_trip_.value_or(took));
      answerer_ = {std::string(message->header(kInstanceHeader).value_or("")),
                   std::string(message->header(kVersionHeader).value_or("")),
                   std::string(message->header(kRepositoryHeader).value_or("")),
                   std::string(message->header(kAccountHeader).value_or(""))};
    }
    if (auto* answer = std::get_if<Document>(&judged)) return std::move(*answer);
    if (auto* error = std::get_if<Error>(&judged)) return Fail(std::move(*error));
    inquiry.foreign.Add(std::get<ForeignAnswer>(std::move(judged)));
  }
}

}  // namespace jetkeep

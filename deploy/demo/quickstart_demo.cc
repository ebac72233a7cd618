// The quickstart's client: it knows nothing of Jetkeep but its NATS subjects, and is meant to be
// read as an example of them.
//
//   jetkeep_quickstart_demo nats://127.0.0.1:4222
//
// Fills a stream ORDERS, backs it up by a request, deletes it, restores it by a request and
// compares.
#include <nats/nats.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace {

using Json = nlohmann::json;
using Message = std::unique_ptr<natsMsg, decltype(&natsMsg_Destroy)>;
using Subscription = std::unique_ptr<natsSubscription, decltype(&natsSubscription_Destroy)>;

constexpr int kOrders = 100'000;
constexpr std::int64_t kAnswerMs = 10'000;
constexpr std::int64_t kEventMs = 60'000;

[[noreturn]] void Stop(const std::string& what) {
  std::cerr << "quickstart: " << what << '\n';
  std::exit(1);
}

void Check(natsStatus status, const std::string& what) {
  if (status != NATS_OK) Stop(what + ": " + natsStatus_GetText(status));
}

std::string Payload(const natsMsg* message) {
  return {natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))};
}

// One request and its JSON answer: all that a client of Jetkeep needs.
Json Ask(natsConnection* connection, const std::string& subject, const Json& body) {
  const std::string text = body.is_null() ? "" : body.dump();
  natsMsg* raw = nullptr;
  Check(natsConnection_RequestString(&raw, connection, subject.c_str(), text.c_str(), kAnswerMs),
        "request to " + subject);
  const Message answer(raw, natsMsg_Destroy);
  Json json = Json::parse(Payload(raw), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) Stop(subject + " answered no JSON");
  if (json.contains("error")) Stop(subject + ": " + json["error"].dump());
  return json;
}

std::string MiB(double bytes) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << bytes / (1024 * 1024) << " MiB";
  return text.str();
}

void PrintProgress(const Json& event) {
  const Json& messages = event["messages"];
  std::cout << "    " << std::setw(3) << static_cast<int>(event.value("percent", 0.0)) << " %  "
            << messages.value("done", 0) << " of " << messages.value("expected", 0) << " messages, "
            << MiB(event["bytes"].value("done", 0.0)) << std::endl;
}

// Asks for a job and follows its events until it has ended; the last event.
Json RunJob(natsConnection* connection, const std::string& request, const Json& body) {
  // Subscribed before the request, so that no event is missed.
  const std::string work = request.substr(0, request.find('.'));
  const std::string events = work + ".*.ORDERS.*";
  natsSubscription* raw = nullptr;
  Check(natsConnection_SubscribeSync(&raw, connection, events.c_str()), "subscribe to " + events);
  const Subscription subscription(raw, natsSubscription_Destroy);

  std::cout << "  request  " << request << "  " << body.dump() << std::endl;
  const Json job = Ask(connection, request, body);
  std::cout << "  answer   " << job.dump() << std::endl;
  while (true) {
    natsMsg* next = nullptr;
    Check(natsSubscription_NextMsg(&next, raw, kEventMs), "waiting for an event of " + work);
    const Message message(next, natsMsg_Destroy);
    const Json event = Json::parse(Payload(next), nullptr, /*allow_exceptions=*/false);
    if (event.is_discarded() || event.value("job", "") != job.value("job", "?")) continue;
    const std::string subject = natsMsg_GetSubject(next);
    const std::string kind =
        subject.substr(work.size() + 1, subject.find('.', work.size() + 1) - work.size() - 1);
    if (kind == "progress") PrintProgress(event);
    if (kind == "completed") return event;
    if (kind == "failed" || kind == "cancelled") Stop(work + " " + kind + ": " + event.dump());
  }
}

// What a client can see of the stream: a line for each message, and where the consumers stand.
struct Contents {
  std::map<std::uint64_t, std::string> messages;
  Json consumers;
};

Contents ReadAll(natsConnection* connection, jsCtx* js) {
  Contents contents;
  for (const char* name : {"billing", "shipping"}) {
    const Json info = Ask(connection, std::string("$JS.API.CONSUMER.INFO.ORDERS.") + name, {});
    for (const char* key : {"config", "num_ack_pending", "num_redelivered", "num_pending"}) {
      contents.consumers[name][key] = info[key];
    }
    for (const char* key : {"delivered", "ack_floor"}) {
      contents.consumers[name][key] = {info[key]["consumer_seq"], info[key]["stream_seq"]};
    }
  }
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Ordered = true;
  natsSubscription* raw = nullptr;
  Check(js_SubscribeSync(&raw, js, "orders.>", nullptr, &options, nullptr), "reading ORDERS");
  const Subscription subscription(raw, natsSubscription_Destroy);
  natsSubscription_SetPendingLimits(raw, -1, -1);
  for (std::uint64_t pending = 1; pending > 0;) {
    natsMsg* next = nullptr;
    Check(natsSubscription_NextMsg(&next, raw, kAnswerMs), "reading ORDERS");
    const Message message(next, natsMsg_Destroy);
    jsMsgMetaData* meta = nullptr;
    Check(natsMsg_GetMetaData(&meta, next), "reading ORDERS");
    std::string line = std::to_string(meta->Timestamp) + " " + natsMsg_GetSubject(next);
    for (const char* name : {"Nats-Msg-Id", "Customer", "Trace-Id"}) {
      const char* value = nullptr;
      if (natsMsgHeader_Get(next, name, &value) == NATS_OK) line += std::string(" ") + value;
    }
    contents.messages[meta->Sequence.Stream] = line + " " + Payload(next);
    pending = meta->NumPending;
    jsMsgMetaData_Destroy(meta);
  }
  // The consumer that read this is removed at once: it is no part of what is backed up.
  jsConsumerInfo* reader = nullptr;
  Check(natsSubscription_GetConsumerInfo(&reader, raw, nullptr, nullptr), "reading ORDERS");
  const std::string name = reader->Name;
  jsConsumerInfo_Destroy(reader);
  natsSubscription_Unsubscribe(raw);
  js_DeleteConsumer(js, "ORDERS", name.c_str(), nullptr, nullptr);
  return contents;
}

void AddConsumer(natsConnection* connection, const std::string& name, const std::string& filter) {
  const Json config{{"durable_name", name},
                    {"ack_policy", "explicit"},
                    {"ack_wait", 3'600'000'000'000},
                    {"filter_subject", filter}};
  Ask(connection, "$JS.API.CONSUMER.DURABLE.CREATE.ORDERS." + name,
      {{"stream_name", "ORDERS"}, {"config", config}});
}

// Takes messages of a consumer and acknowledges all but every fourth, as a worker does that is in
// the middle of things.
void Work(jsCtx* js, const char* name, const char* filter, int count) {
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Stream = "ORDERS";
  options.Consumer = name;
  natsSubscription* raw = nullptr;
  Check(js_PullSubscribe(&raw, js, filter, name, nullptr, &options, nullptr), "consumer");
  const Subscription subscription(raw, natsSubscription_Destroy);
  natsMsgList list{};
  Check(natsSubscription_Fetch(&list, raw, count, kAnswerMs, nullptr), "fetching messages");
  for (int i = 0; i < list.Count; ++i) {
    if (i % 4 != 3) Check(natsMsg_AckSync(list.Msgs[i], nullptr, nullptr), "acknowledging");
  }
  natsMsgList_Destroy(&list);
}

void PublishOrder(jsCtx* js, int number) {
  static const char* const kStages[] = {"created", "paid", "packed", "shipped"};
  static const char* const kCities[] = {"Lisboa", "Göteborg", "Kraków", "Nairobi", "Quito"};
  const std::string id = "order-" + std::to_string(number);
  const Json order{{"order", id},
                   {"total_cents", 499 + number * 37 % 90'000},
                   {"items", 1 + number % 7},
                   {"ship_to", {{"city", kCities[number % 5]}, {"express", number % 3 == 0}}},
                   {"note", "leave it with the neighbours"}};
  const std::string text = order.dump();
  const std::string subject = std::string("orders.") + kStages[number % 4];
  natsMsg* message = nullptr;
  Check(natsMsg_Create(&message, subject.c_str(), nullptr, text.data(),
                       static_cast<int>(text.size())),
        "message");
  natsMsgHeader_Set(message, "Nats-Msg-Id", id.c_str());
  natsMsgHeader_Set(message, "Customer", ("customer-" + std::to_string(number % 997)).c_str());
  natsMsgHeader_Set(message, "Trace-Id", ("trace-" + std::to_string(number * 31)).c_str());
  Check(js_PublishMsgAsync(js, &message, nullptr), "publishing");
}

void FillOrders(natsConnection* connection, jsCtx* js) {
  Ask(connection, "$JS.API.STREAM.CREATE.ORDERS",
      {{"name", "ORDERS"}, {"subjects", {"orders.>"}}, {"storage", "file"}});
  for (int number = 1; number <= kOrders; ++number) PublishOrder(js, number);
  Check(js_PublishAsyncComplete(js, nullptr), "publishing");
  AddConsumer(connection, "billing", "orders.created");
  AddConsumer(connection, "shipping", "orders.packed");
  Work(js, "billing", "orders.created", 200);
  Work(js, "shipping", "orders.packed", 80);
}

void PrintConsumers(const Json& consumers) {
  for (const auto& [name, facts] : consumers.items()) {
    std::cout << "  consumer " << name << ": delivered up to " << facts["delivered"][1]
              << ", acknowledged up to " << facts["ack_floor"][1] << ", "
              << facts["num_ack_pending"] << " waiting for an acknowledgement, "
              << facts["num_pending"] << " to come" << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) Stop("usage: jetkeep_quickstart_demo URL");
  natsConnection* connection = nullptr;
  jsCtx* js = nullptr;
  Check(natsConnection_ConnectTo(&connection, argv[1]), "connecting");
  jsOptions options;
  jsOptions_Init(&options);
  options.PublishAsync.StallWait = 30'000;  // a slow disk is no reason to give up
  options.PublishAsync.MaxPending = 4000;
  Check(natsConnection_JetStream(&js, connection, &options), "JetStream");

  std::cout << "A stream ORDERS is filled with " << kOrders
            << " messages, two consumers at work:" << std::endl;
  FillOrders(connection, js);
  const Contents before = ReadAll(connection, js);
  PrintConsumers(before.consumers);

  std::cout << "\nBackup, by a NATS request:" << std::endl;
  const Json backup = RunJob(connection, "backup.request", {{"stream", "ORDERS"}});
  const Json& result = backup["result"];
  std::cout << "  done     backup " << result.value("id", "?") << ": "
            << result.value("messages", 0) << " messages, " << result.value("consumers", 0)
            << " consumers, " << MiB(result.value("bytes", 0.0)) << ", stored in "
            << MiB(result.value("stored_bytes", 0.0)) << ", "
            << backup.value("duration_seconds", result.value("duration_seconds", 0.0)) << " s"
            << std::endl;

  std::cout << "\nThe stream is deleted, with its consumers:" << std::endl;
  Ask(connection, "$JS.API.STREAM.DELETE.ORDERS", {});
  std::cout << "  ORDERS is gone" << std::endl;

  std::cout << "\nRestore, by a NATS request:" << std::endl;
  const Json restore = RunJob(connection, "restore.request", {{"stream", "ORDERS"}});
  std::cout << "  done     " << restore.value("messages", 0) << " messages, "
            << restore.value("consumers", 0) << " consumers, "
            << restore.value("duration_seconds", 0.0) << " s" << std::endl;

  std::cout << "\nCompared with what was there before:" << std::endl;
  const Contents after = ReadAll(connection, js);
  PrintConsumers(after.consumers);
  if (after.messages != before.messages) Stop("the messages differ");
  if (after.consumers != before.consumers) Stop("the consumers differ");
  std::cout << "  all " << after.messages.size()
            << " messages are the same (sequence, time, subject, headers, payload), and so are "
               "both consumers"
            << std::endl;
  jsCtx_Destroy(js);
  natsConnection_Destroy(connection);
  nats_Close();
  return 0;
}

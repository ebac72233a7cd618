// The control service on a real server, driven by a client that is not ours, with an engine that
// does as told.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "jetkeep/defaults.h"
#include "protocol/control/body.h"
#include "service/control/control_service.h"
#include "service/jobs/job_history.h"
#include "service/jobs/job_manager.h"
#include "service/loop/event_loop.h"
#include "service/nats/connection.h"
#include "tests/support/nats_client.h"
#include "tests/support/nats_server.h"
#include "tests/unit/protocol/control/schema_check.h"
#include "tests/unit/service/control/fake_engine.h"

namespace jetkeep::testing {

struct InstanceOptions : ControlOptions {
  std::size_t max_jobs = kDefaultMaxJobs;
  JobLog* jobs = nullptr;  // where the ends of jobs are kept; null: nowhere
};

// A service of one account with its loop on a thread of its own, as `serve` has it on the main one.
class Instance {
 public:
  explicit Instance(const std::string& url, const InstanceOptions& options = {}) {
    ConnectionOptions connection_options;
    connection_options.servers = {url};
    connection_ = std::move(Connection::Open(connection_options).value());
    EXPECT_TRUE(connection_->WaitConnected(std::chrono::seconds(10)));
    if (options.jobs != nullptr) history_ = std::make_unique<JobHistory>(*options.jobs, "instance");
    accounts_ = std::make_unique<ServedAccounts>(
        std::vector<ServedAccount>{{options.account, &engine, history_.get(), options.repository}});
    manager_ =
        std::make_unique<JobManager>(loop_, *accounts_,
                                     JobManagerOptions{.limits = {.running = options.max_jobs},
                                                       .clock = options.clock,
                                                       .thread_hook = NatsThreadHook()});
    service_ = std::make_unique<ControlService>(loop_, *connection_,
                                                SharedJobs{*manager_, *accounts_, true}, options);
    if (history_) manager_->AddListener(*history_);
    const Status started = service_->Start();
    EXPECT_TRUE(started) << started.error().message;
    EXPECT_TRUE(connection_->Flush(std::chrono::seconds(5)));
    thread_ = std::thread([this] { loop_.Run(); });
  }
  ~Instance() { Stop(std::chrono::seconds(5)); }

  void Stop(std::chrono::milliseconds grace) {
    if (!thread_.joinable()) return;
    loop_.Post([this, grace] {
      service_->StopTaking();
      manager_->Stop(grace, [this](bool all) {
        all_ended = all;
        loop_.Stop();
      });
    });
    thread_.join();
    engine.Release();
    service_.reset();
    manager_.reset();
    history_.reset();
    static_cast<void>(connection_->Drain(std::chrono::seconds(5)));
  }
  const std::string& id() const { return service_->id(); }

  FakeEngine engine;
  bool all_ended = false;

 private:
  EventLoop loop_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<JobHistory> history_;
  std::unique_ptr<ServedAccounts> accounts_;
  std::unique_ptr<JobManager> manager_;
  std::unique_ptr<ControlService> service_;
  std::thread thread_;
};

inline Document Read(const NatsMessage& message) {
  Result<Document> body = DecodeBody(message.payload, kAnswerLimits);
  EXPECT_TRUE(body) << message.payload;
  return body ? *body : Document::object();
}

class ControlServiceTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new NatsServer({}); }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }
  ControlServiceTest() : client(server_->Url()) {}

  Document Ask(const std::string& subject, const Document& body,
               Encoding encoding = Encoding::kJson) {
    last = client.Request(subject, EncodeBody(body, encoding));
    EXPECT_EQ(DetectEncoding(last.payload), encoding) << subject;
    return Read(last);
  }
  // The events of a job until its last one, each held against its schema.
  std::vector<Document> EventsUntilEnd(std::uint64_t subscription) {
    std::vector<Document> events;
    while (true) {
      const std::optional<NatsMessage> message =
          client.Next(subscription, std::chrono::seconds(10));
      if (!message) {
        ADD_FAILURE() << "no last event";
        return events;
      }
      events.push_back(Read(*message));
      const std::string type = events.back()["type"].get<std::string>();
      EXPECT_EQ(SchemaErrors("event_" + type.substr(type.rfind('.') + 1), events.back()), "");
      for (const char* end : {"completed", "failed", "cancelled"}) {
        if (type.ends_with(end)) return events;
      }
    }
  }
  static std::string Kinds(const std::vector<Document>& events) {
    std::string kinds;
    for (const Document& event : events) {
      const std::string type = event["type"].get<std::string>();
      kinds += type.substr(type.rfind('_') + 1) + " ";
    }
    return kinds;
  }
  void ExpectError(const Document& answer, int err_code, int code) {
    EXPECT_EQ(SchemaErrors("error", answer), "");
    EXPECT_EQ(answer["error"]["err_code"], err_code) << answer.dump();
    EXPECT_EQ(last.Header("Nats-Service-Error-Code"), std::to_string(code));
    EXPECT_NE(last.Header("Nats-Service-Error"), "");
  }

  static inline NatsServer* server_ = nullptr;
  NatsClient client;
  NatsMessage last;
};

}  // namespace jetkeep::testing

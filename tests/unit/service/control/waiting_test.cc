// Thousands of requests that wait.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "tests/support/sanitized.h"
#include "tests/unit/service/control/control_fixture.h"

namespace jetkeep::testing {
namespace {

using namespace std::chrono_literals;

std::size_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST_F(ControlServiceTest, ThousandsOfWaitingRequestsTakeLittleMemoryAndAllGetTheirAnswer) {
  constexpr int kRequests = 3'000;
  InstanceOptions options;
  options.prefix = "many";
  options.max_jobs = 1;
  Instance instance(server_->Url(), options);
  Ask("many.backup.request", {{"stream", "SLOW"}, {"job", "first"}});
  Ask("many.backup.request", {{"stream", "SLOW"}, {"job", "queued"}});
  // 60 KiB each, most of it white space, which a body may hold.
  std::string body = R"({"stream":"SLOW","job":"queued","wait":true)";
  body += std::string(60 * 1024 - body.size() - 1, ' ') + "}";
  const std::string inbox = client.NewInbox();
  const auto answers = client.Subscribe(inbox);
  // What a first hundred leaves behind in allocators and buffers is none of what is kept.
  const auto send = [&](int count) {
    for (int i = 1; i <= count; ++i) {
      client.Publish("many.backup.request", body, {}, inbox);
      // Answered in turn, so all of the others have been taken in.
      if (i % 50 == 0) {
        EXPECT_EQ(Ask("many.backup.status", {{"job", "queued"}})["state"], "queued");
      }
    }
  };
  send(100);
  const std::size_t before = ResidentBytes();
  send(kRequests - 100);
  const std::size_t after = ResidentBytes();
  const std::size_t grown = after > before ? after - before : 0;
  RecordProperty("grown_kib", static_cast<int>(grown / 1024));
  constexpr std::size_t kMiB = std::size_t{1024} * 1024;
  EXPECT_LT(grown, kSanitized ? 512 * kMiB : 32 * kMiB);
  EXPECT_FALSE(client.Next(answers, 0ms)) << "somebody was refused";
  instance.engine.Release();
  for (int i = 0; i < kRequests; ++i) {
    const auto answer = client.Next(answers, 10s);
    ASSERT_TRUE(answer) << i;
    ASSERT_EQ(answer->Header("Jetkeep-Type"), "io.jetkeep.api.v1.backup_request_response");
  }
}

TEST_F(ControlServiceTest, WhoeverCannotWaitIsToldAtOnceAndOthersAreStillServed) {
  constexpr int kRequests = 12'000;
  InstanceOptions options;
  options.prefix = "crowd";
  Instance instance(server_->Url(), options);
  const std::string inbox = client.NewInbox();
  const auto answers = client.Subscribe(inbox);
  for (int i = 0; i < kRequests; ++i) {
    client.Publish("crowd.backup.request", R"({"stream":"SLOW","job":"one","wait":true})", {},
                   inbox);
    if (i % 500 == 499) Ask("crowd.backup.status", {{"job", "one"}});
  }
  EXPECT_EQ(Ask("crowd.backup.list", Document::object())["total"], 1) << "others are shut out";
  int refused = 0;
  while (const auto answer = client.Next(answers, refused == 0 ? 5s : 1s)) {
    const Document error = Read(*answer);
    ASSERT_EQ(error["error"]["err_code"], 70429) << error;
    ++refused;
  }
  EXPECT_GT(refused, 4'000);
  EXPECT_LT(refused, kRequests - 2'000);
  // A refusal is a promise that no job has begun.
  ExpectError(Ask("crowd.backup.request", {{"stream", "B"}, {"job", "two"}, {"wait", true}}), 70429,
              429);
  ExpectError(Ask("crowd.backup.status", {{"job", "two"}}), 70406, 404);
  instance.engine.Release();
  for (int i = refused; i < kRequests; ++i) ASSERT_TRUE(client.Next(answers, 10s)) << i;
}

}  // namespace
}  // namespace jetkeep::testing

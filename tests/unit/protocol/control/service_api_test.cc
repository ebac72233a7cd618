#include "protocol/control/service_api.h"

#include <gtest/gtest.h>

#include <array>

namespace jetkeep {
namespace {

ServiceIdentity Identity() { return {"i1", "1.2.3", {{"repository", "r1"}}}; }

std::array<ServiceEndpoint, 2> Endpoints() {
  return {ServiceEndpoint{"backup", "backup.request", "jetkeep", {{"k", "v"}}},
          ServiceEndpoint{"status", "backup.status", "", {}}};
}

TEST(ServiceApi, EveryAnswerNamesItsTypeAndTheService) {
  const auto endpoints = Endpoints();
  const std::array<EndpointStatistics, 2> statistics;
  const Document ping = ServicePing(Identity());
  const Document info = ServiceInfo(Identity(), endpoints);
  const Document stats = ServiceStats(Identity(), endpoints, statistics, 0);
  EXPECT_EQ(ping["type"], "io.nats.micro.v1.ping_response");
  EXPECT_EQ(info["type"], "io.nats.micro.v1.info_response");
  EXPECT_EQ(stats["type"], "io.nats.micro.v1.stats_response");
  for (const Document& answer : {ping, info, stats}) {
    EXPECT_EQ(answer["name"], "jetkeep");
    EXPECT_EQ(answer["id"], "i1");
    EXPECT_EQ(answer["version"], "1.2.3");
    EXPECT_EQ(answer["metadata"]["repository"], "r1");
  }
}

TEST(ServiceApi, EndpointsComeWithSubjectAndQueueGroup) {
  const auto endpoints = Endpoints();
  const Document info = ServiceInfo(Identity(), endpoints);
  ASSERT_EQ(info["endpoints"].size(), 2u);
  EXPECT_EQ(info["endpoints"][0]["name"], "backup");
  EXPECT_EQ(info["endpoints"][0]["subject"], "backup.request");
  EXPECT_EQ(info["endpoints"][0]["queue_group"], "jetkeep");
  EXPECT_EQ(info["endpoints"][0]["metadata"]["k"], "v");
  EXPECT_EQ(info["endpoints"][1]["subject"], "backup.status");
}

TEST(ServiceApi, StatisticsAreThoseOfTheirEndpoints) {
  const auto endpoints = Endpoints();
  std::array<EndpointStatistics, 2> statistics;
  statistics[1] = {4, 1, "InvalidName:bad", 1000};
  const Document stats = ServiceStats(Identity(), endpoints, statistics, 1'700'000'000'000'000'000);
  EXPECT_EQ(stats["started"], "2023-11-14T22:13:20Z");
  ASSERT_EQ(stats["endpoints"].size(), 2u);
  EXPECT_EQ(stats["endpoints"][0]["num_requests"], 0);
  // Nothing is divided by no requests.
  EXPECT_EQ(stats["endpoints"][0]["average_processing_time"], 0);
  EXPECT_EQ(stats["endpoints"][1]["num_requests"], 4);
  EXPECT_EQ(stats["endpoints"][1]["num_errors"], 1);
  EXPECT_EQ(stats["endpoints"][1]["last_error"], "InvalidName:bad");
  EXPECT_EQ(stats["endpoints"][1]["processing_time"], 1000);
  EXPECT_EQ(stats["endpoints"][1]["average_processing_time"], 250);
}

}  // namespace
}  // namespace jetkeep

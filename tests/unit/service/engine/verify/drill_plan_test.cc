#include "service/engine/verify/drill_plan.h"

#include <gtest/gtest.h>

#include "protocol/json/raw_json.h"

namespace jetkeep {
namespace {

Manifest Sample() {
  Manifest manifest;
  manifest.id = "20261121T012410Z-7k2m9qdx";
  manifest.stream = "ORDERS";
  manifest.config_json =
      R"({"name":"ORDERS","subjects":["orders.>"],"max_age":5,"max_msgs":3,"num_replicas":3,)"
      R"("mirror":{"name":"M"},"sources":[{"name":"X"}],"republish":{"src":">","dest":"r.>"},)"
      R"("placement":{"tags":["a"]},"storage":"memory","compression":"s2","metadata":{"k":"v"}})";
  ConsumerBackup consumer;
  consumer.name = "push";
  consumer.config_json =
      R"({"durable_name":"push","deliver_subject":"live","filter_subject":"orders.new","num_replicas":3})";
  manifest.consumers.push_back(consumer);
  return manifest;
}

TEST(PlanDrill, TouchesNothingLiveAndLosesNothing) {
  const auto plan = PlanDrill(Sample(), DrillFilters::kKept);
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->target.scratch);
  EXPECT_EQ(plan->target.stream, "JETKEEP_DRILL_20261121T012410Z-7k2m9qdx");
  const std::string& config = plan->target.config_json;
  EXPECT_EQ(*RawMember(config, "name"), "\"JETKEEP_DRILL_20261121T012410Z-7k2m9qdx\"");
  EXPECT_EQ(*RawMember(config, "subjects"), R"(["jetkeep_drill.20261121T012410Z-7k2m9qdx.>"])");
  EXPECT_EQ(*RawMember(config, "max_age"), "0");
  EXPECT_EQ(*RawMember(config, "max_msgs"), "-1");
  EXPECT_EQ(*RawMember(config, "num_replicas"), "1");
  for (const char* gone : {"mirror", "sources", "republish", "placement"}) {
    EXPECT_FALSE(*FindRawMember(config, gone)) << gone;
  }
  EXPECT_EQ(*RawMember(config, "storage"), "\"memory\"");
  EXPECT_EQ(*RawMember(config, "compression"), "\"s2\"");
  EXPECT_EQ(*RawMember(config, "metadata"), R"({"k":"v"})");
}

TEST(PlanDrill, MaxBytesStaysWhereThereWasOneAndLetsNothingGo) {
  Manifest manifest = Sample();
  EXPECT_EQ(*RawMember(PlanDrill(manifest, DrillFilters::kKept)->target.config_json, "max_bytes"),
            "-1");
  manifest.config_json = R"({"name":"ORDERS","max_bytes":1000})";
  manifest.state.bytes = 5000;
  const auto plan = PlanDrill(manifest, DrillFilters::kKept);
  ASSERT_TRUE(plan);
  EXPECT_GT(*RawUnsigned(*RawMember(plan->target.config_json, "max_bytes")), 5000U);
}

TEST(PlanDrill, ConsumersDeliverToNobody) {
  const auto plan = PlanDrill(Sample(), DrillFilters::kKept);
  ASSERT_TRUE(plan);
  const std::string& kept = plan->manifest.consumers.at(0).config_json;
  EXPECT_NE(*RawMember(kept, "deliver_subject"), "\"live\"");
  EXPECT_EQ(*RawMember(kept, "filter_subject"), "\"orders.new\"");
  EXPECT_EQ(*RawMember(kept, "num_replicas"), "1");
  const auto replaced = PlanDrill(Sample(), DrillFilters::kReplaced);
  ASSERT_TRUE(replaced);
  EXPECT_EQ(*RawMember(replaced->manifest.consumers.at(0).config_json, "filter_subject"),
            R"("jetkeep_drill.20261121T012410Z-7k2m9qdx.>")");
}

}  // namespace
}  // namespace jetkeep

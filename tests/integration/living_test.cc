// Streams that live: written, rewritten, deleted, purged and consumed all the time, alone and in
// clusters that lose leaders and nodes, while services that are killed back them up. Every backup
// that is reported complete is restored and compared with a model of what was live at one moment.
//
//   JETKEEP_LIVE_SECONDS    for all servers together; 180
//   JETKEEP_LIVE_SEED       as an earlier run printed it
//   JETKEEP_LIVE_SERVERS    "2.9,2.15"; all
//   JETKEEP_LIVE_STREAMS    "KV_hot,WORK"; otherwise some of them, others in each scene
//   JETKEEP_LIVE_CLUSTERS   "yes", "no"; otherwise both
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>
#include <sstream>

#include "tests/integration/living_scene.h"

namespace jetkeep::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

std::string Setting(const char* name, const std::string& otherwise = "") {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

std::vector<std::string> List(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

struct Place {
  std::string version;
  bool clustered;
};

// Every server alone, and every second one in a cluster, unless something else is asked for.
std::vector<Place> Places() {
  const std::string clusters = Setting("JETKEEP_LIVE_CLUSTERS");
  auto versions = List(Setting("JETKEEP_LIVE_SERVERS"));
  const bool all = versions.empty();
  if (all) versions = AllServerVersions();
  std::vector<Place> places;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (clusters != "yes") places.push_back({versions[i], false});
    if (clusters == "yes" || (clusters.empty() && (!all || i % 2 == 1))) {
      places.push_back({versions[i], true});
    }
  }
  return places;
}

// A hot bucket always, and four others.
std::vector<std::string> Streams(std::mt19937_64& random) {
  auto named = List(Setting("JETKEEP_LIVE_STREAMS"));
  if (!named.empty()) return named;
  constexpr std::size_t kStreams = 5;
  for (const auto& plan : LivingPlans()) named.push_back(plan.name);
  std::shuffle(named.begin() + 1, named.end(), random);
  named.resize(std::min(named.size(), kStreams));
  return named;
}

TEST(LivingTest, WhatIsReportedCompleteIsWhatWasLiveAtOneMoment) {
  for (const Place& place : Places()) JETKEEP_NEEDS_SERVER(place.version);
  const auto total = seconds(std::stoll(Setting("JETKEEP_LIVE_SECONDS", "180")));
  const std::uint64_t seed =
      std::stoull(Setting("JETKEEP_LIVE_SEED", std::to_string(std::random_device{}())));
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random(seed);
  LivingCounts counts;
  const auto places = Places();
  // Short scenes again and again: more of them than one long one begin and end.
  const auto scene = std::clamp<milliseconds>(total / places.size(), seconds(8), seconds(60));
  const auto end = Clock::now() + total;
  for (std::size_t i = 0; i < places.size() || Clock::now() + scene < end; ++i) {
    const Place& place = places[i % places.size()];
    LivingSceneOptions options{.version = place.version,
                               .clustered = place.clustered,
                               .seed = random(),
                               .duration = scene,
                               .streams = Streams(random)};
    std::cout << place.version << (place.clustered ? " cluster" : "") << ", scene seed "
              << options.seed << ":";
    for (const auto& name : options.streams) std::cout << " " << name;
    std::cout << std::endl;
    const std::uint64_t before = counts.complete;
    LivingScene living(options, counts);
    living.Play();
    EXPECT_GT(counts.complete, before) << "no backup on " << place.version;
    std::cout << "  so far: " << counts.Text() << std::endl;
  }
  std::cout << "seed " << seed << ": " << counts.Text() << "\n";
  EXPECT_EQ(counts.not_exact, 0U);
  EXPECT_EQ(counts.drills_failed, 0U);
}

}  // namespace
}  // namespace jetkeep::testing

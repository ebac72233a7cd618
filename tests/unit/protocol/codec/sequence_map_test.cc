#include "jetkeep/sequence_map.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "jetkeep/stream_state.h"

namespace jetkeep {
namespace {

using Pending = SequenceMap<PendingMessage>;
using Model = std::map<std::uint64_t, PendingMessage>;

constexpr std::uint64_t kMost = ~std::uint64_t{0};

// Differences of all sizes, also such that wrap around.
Model SomeModel(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Model model{{kMost, {kMost, -1}}};
  for (int i = 0; i < 300; ++i) {
    const auto some = [&] { return random() >> (random() % 64); };
    model[some()] = {some(), static_cast<std::int64_t>(some())};
  }
  return model;
}

Pending From(const Model& model) {
  Pending map;
  for (const auto& [sequence, message] : model) EXPECT_TRUE(map.Append(sequence, message));
  return map;
}

Model Read(const Pending& map) {
  Model model;
  for (const auto& [sequence, message] : map) model[sequence] = message;
  EXPECT_EQ(model.size(), map.size());
  return model;
}

TEST(SequenceMap, HoldsWhatAMapHolds) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Model model = SomeModel(seed);
    const Pending map = From(model);
    EXPECT_EQ(Read(map), model);
    std::string_view coded = map.coded();
    Pending again;
    EXPECT_TRUE(again.AppendCoded(coded, model.size()));
    EXPECT_TRUE(coded.empty());
    EXPECT_EQ(again, map);
  }
  EXPECT_EQ(Pending().begin(), Pending().end());
}

TEST(SequenceMap, TakesEntriesInRisingOrderOnly) {
  Pending map;
  EXPECT_TRUE(map.Append(0, {}));
  EXPECT_FALSE(map.Append(0, {1, 1}));
  EXPECT_TRUE(map.Append(5, {}));
  EXPECT_FALSE(map.Append(4, {}));
  EXPECT_EQ(map.size(), 2U);
  std::string_view again = map.coded();
  EXPECT_FALSE(map.AppendCoded(again, 1));
}

TEST(SequenceMap, SortsWhatComesInAnyOrder) {
  const Model model = SomeModel(1);
  std::vector<Pending::Entry> entries;
  for (const auto& [sequence, message] : model) entries.push_back({sequence, message});
  std::shuffle(entries.begin(), entries.end(), std::mt19937_64(2));
  const auto map = Pending::FromUnsorted(entries);
  ASSERT_TRUE(map);
  EXPECT_EQ(Read(*map), model);
  entries.push_back(entries.front());
  EXPECT_FALSE(Pending::FromUnsorted(entries));
}

TEST(SequenceMap, RemovesWhatLiesAbove) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Model model = SomeModel(seed);
    Pending map = From(model);
    for (const std::uint64_t above : {kMost, std::uint64_t{1} << 60, std::uint64_t{77777},
                                      std::uint64_t{200}, std::uint64_t{0}}) {
      model.erase(model.upper_bound(above), model.end());
      map.RemoveAbove(above);
      EXPECT_EQ(Read(map), model);
      EXPECT_EQ(map, From(model));
    }
    // It goes on where it ends now.
    EXPECT_TRUE(map.Append(9, {3, 4}));
    model[9] = {3, 4};
    EXPECT_EQ(Read(map), model);
  }
}

TEST(SequenceMap, NoCutOffRunPasses) {
  const Model model = SomeModel(3);
  const Pending map = From(model);
  for (std::size_t size = 0; size < map.coded().size(); ++size) {
    std::string_view cut = map.coded().substr(0, size);
    EXPECT_FALSE(Pending().AppendCoded(cut, model.size()));
  }
  std::string_view whole = map.coded();
  EXPECT_FALSE(Pending().AppendCoded(whole, kMost));
}

TEST(SequenceMap, ABusyConsumerTakesFewBytes) {
  Pending map;
  std::mt19937_64 random(4);
  std::int64_t time = 1'795'225'690'123'456'789;
  constexpr std::uint64_t kCount = 100'000;
  for (std::uint64_t i = 1; i <= kCount; ++i) {
    time += static_cast<std::int64_t>(random() % 20'000);
    map.Append(i * 3, {i, time});
  }
  EXPECT_LT(map.coded().size(), kCount * 6);
}

}  // namespace
}  // namespace jetkeep

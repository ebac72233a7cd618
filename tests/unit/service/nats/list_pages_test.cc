// Pages of a list that changes while it is read. The judge is the list itself.
#include "service/nats/list_pages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <set>

namespace jetkeep {
namespace {

using Names = std::set<std::string>;

std::string Numbered(const char* front, std::uint64_t number) {
  std::string digits = std::to_string(number);
  return front + std::string(4 - digits.size(), '0') + digits;
}

Page<std::string> PageOf(const Names& names, std::uint64_t offset, std::uint64_t most) {
  Page<std::string> page;
  page.total = names.size();
  auto at = names.begin();
  std::advance(at, std::min<std::uint64_t>(offset, names.size()));
  for (; at != names.end() && page.items.size() < most; ++at) page.items.push_back(*at);
  return page;
}

const std::string& ItsName(const std::string& name) { return name; }

TEST(AllPages, WhatStaysIsListedWhateverComesAndGoes) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    Names stays;
    for (std::uint64_t i = 0; i < 40 + seed % 50; ++i) stays.insert(Numbered("m", i * 7));
    Names names = stays;
    const std::uint64_t most = 5 + seed % 30;
    const auto get = [&](std::uint64_t offset) -> Result<Page<std::string>> {
      Page<std::string> page = PageOf(names, offset, most);
      // Many come or many go, in front of what was read and behind it.
      if (random() % 2 == 0) {
        names = stays;
      } else {
        for (auto i = random() % 60; i > 0; --i) {
          names.insert(Numbered(random() % 2 == 0 ? "a" : "m", random() % 700));
        }
      }
      return page;
    };
    const auto listed = AllPages<std::string>(get, ItsName);
    ASSERT_TRUE(listed) << listed.error().message;
    EXPECT_TRUE(std::is_sorted(listed->begin(), listed->end()));
    const Names found(listed->begin(), listed->end());
    EXPECT_EQ(found.size(), listed->size());
    EXPECT_TRUE(std::includes(found.begin(), found.end(), stays.begin(), stays.end()))
        << "seed " << seed;
  }
}

TEST(AllPages, AListThatRestsIsReadOnce) {
  Names names;
  for (std::uint64_t i = 0; i < 1'300; ++i) names.insert(Numbered("s", i));
  int requests = 0;
  const auto get = [&](std::uint64_t offset) -> Result<Page<std::string>> {
    ++requests;
    return PageOf(names, offset, 256);
  };
  const auto listed = AllPages<std::string>(get, ItsName);
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->size(), 1'300U);
  EXPECT_EQ(requests, 6);
}

TEST(AllPages, AListEnds) {
  const auto empty = [](std::uint64_t) -> Result<Page<std::string>> { return {{0, {}}}; };
  EXPECT_TRUE(AllPages<std::string>(empty, ItsName)->empty());
  // Servers that contradict themselves.
  const auto nothing = [](std::uint64_t) -> Result<Page<std::string>> { return {{7, {}}}; };
  EXPECT_EQ(AllPages<std::string>(nothing, ItsName).error().code, Errc::kServerBusy);
  const auto gone = [](std::uint64_t offset) -> Result<Page<std::string>> {
    if (offset != 0) return {{7, {}}};
    return {{7, {"a", "b"}}};
  };
  EXPECT_EQ(AllPages<std::string>(gone, ItsName).error().code, Errc::kServerBusy);
  const auto same = [](std::uint64_t) -> Result<Page<std::string>> {
    return {{~std::uint64_t{0}, {"a", "b"}}};
  };
  EXPECT_EQ(AllPages<std::string>(same, ItsName).error().code, Errc::kServerBusy);
}

}  // namespace
}  // namespace jetkeep

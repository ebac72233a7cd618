#include "protocol/v1/sequence_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "protocol/codec/little_endian.h"
#include "protocol/sequences/sequence_set.h"

namespace jetkeep::v1 {
namespace {

constexpr std::size_t kHeaderBytes = 10;
constexpr std::size_t kNodeBytes = 8 + 256 + 2;

// Reads a tree as servers do, and checks what they rely on: order and heights.
struct Reader {
  std::string_view nodes;
  SequenceSet members;

  // Takes nodes as long as they belong below `least`..`end`; the subtree's height.
  int ReadSubtree(std::uint64_t least, std::uint64_t end) {
    if (nodes.empty()) return 0;
    const std::uint64_t base = LoadU64(nodes.data());
    if (base < least || base >= end) return 0;
    EXPECT_EQ(base % SequenceTree::kNodeSequences, 0U);
    for (std::uint64_t bit = 0; bit < SequenceTree::kNodeSequences; ++bit) {
      const std::uint64_t word = LoadU64(nodes.data() + 8 + bit / 64 * 8);
      if ((word >> (bit % 64) & 1) != 0) members.Add(base + bit);
    }
    const int height = LoadU16(nodes.data() + kNodeBytes - 2);
    nodes.remove_prefix(kNodeBytes);
    const int left = ReadSubtree(least, base);
    const int right = ReadSubtree(base + 1, end);
    EXPECT_LE(std::abs(left - right), 1) << "at node " << base;
    EXPECT_EQ(height, 1 + std::max(left, right)) << "at node " << base;
    return height;
  }
};

SequenceSet ReadBack(const SequenceTree& tree) {
  std::string bytes;
  tree.AppendTo(bytes);
  EXPECT_EQ(bytes[0], 22);
  EXPECT_EQ(bytes[1], 2);
  const std::size_t nodes = LoadU32(bytes.data() + 2);
  EXPECT_EQ(LoadU32(bytes.data() + 6), tree.Count());
  EXPECT_EQ(bytes.size(), kHeaderBytes + nodes * kNodeBytes);
  Reader reader{std::string_view(bytes).substr(kHeaderBytes), {}};
  reader.ReadSubtree(0, ~std::uint64_t{0});
  EXPECT_TRUE(reader.nodes.empty()) << "nodes that no search finds";
  return reader.members;
}

TEST(SequenceTreeTest, HoldsRangesAcrossWordsAndNodes) {
  SequenceTree tree;
  SequenceSet expected;
  for (const auto& [first, last] :
       std::vector<std::pair<std::uint64_t, std::uint64_t>>{{1, 1},
                                                            {3, 63},
                                                            {64, 64},
                                                            {100, 200},
                                                            {2046, 2049},
                                                            {4095, 10'000},
                                                            {1'000'000, 1'000'063}}) {
    tree.AddRange(first, last);
    expected.AddRange(first, last);
  }
  EXPECT_EQ(tree.Count(), expected.Count());
  EXPECT_TRUE(ReadBack(tree) == expected);
}

TEST(SequenceTreeTest, IsBalancedWithAnyNumberOfNodes) {
  SequenceTree tree;
  SequenceSet expected;
  for (std::uint64_t node = 0; node < 130; ++node) {
    tree.AddRange(node * 5000 + 7, node * 5000 + 7);
    expected.Add(node * 5000 + 7);
    EXPECT_TRUE(ReadBack(tree) == expected) << node + 1 << " nodes";
  }
}

TEST(SequenceTreeTest, IsEmptyOnceCleared) {
  SequenceTree tree;
  tree.AddRange(5, 9);
  tree.Clear();
  EXPECT_TRUE(tree.empty());
  tree.AddRange(2, 3);
  EXPECT_EQ(ReadBack(tree).Count(), 2U);
}

}  // namespace
}  // namespace jetkeep::v1

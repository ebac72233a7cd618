// SequenceTree: the deleted sequences of one block as servers since 2.10 keep them in `index.db`:
//
//   magic 22 | version 2 | nodes u32 | members u32
//   | of each node: base u64, 32 x u64 of bits (base + 64 * word + bit), height u16
//
// A node holds 2,048 sequences from a multiple of that. The nodes form a balanced search tree by
// their bases and are written with each parent before its left, then its right subtree; servers
// take the order and the heights as they are. Source: behaviour and source of nats-server 2.10 to
// 2.15.
//
// Memory: 264 bytes for each 2,048 sequences of which one is a member. Thread-safety: one thread at
// a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace jetkeep::v1 {

class SequenceTree {
 public:
  static constexpr std::uint64_t kNodeSequences = 2048;

  // Above everything that was added before.
  void AddRange(std::uint64_t first, std::uint64_t last);
  std::uint64_t Count() const { return count_; }
  bool empty() const { return count_ == 0; }
  // Keeps the memory.
  void Clear();

  void AppendTo(std::string& out) const;

 private:
  struct Node {
    std::uint64_t base = 0;
    std::array<std::uint64_t, kNodeSequences / 64> bits{};
  };

  Node& NodeOf(std::uint64_t sequence);
  // The subtree of nodes from..to (exclusive).
  void AppendSubtree(std::size_t from, std::size_t to, std::string& out) const;

  std::vector<Node> nodes_;
  std::uint64_t count_ = 0;
};

}  // namespace jetkeep::v1

#include "protocol/v1/sequence_tree.h"

#include <algorithm>
#include <bit>

#include "protocol/codec/little_endian.h"

namespace jetkeep::v1 {
namespace {

constexpr char kMagic = 22;
constexpr char kVersion = 2;
constexpr std::uint64_t kWordBits = 64;

// bits first..last of a word.
std::uint64_t Mask(std::uint64_t first, std::uint64_t last) {
  const std::uint64_t up_to_last = ~std::uint64_t{0} >> (kWordBits - 1 - last);
  return up_to_last & (~std::uint64_t{0} << first);
}

void PutU16(std::string& out, std::uint16_t value) {
  char bytes[sizeof(value)];
  StoreU16(bytes, value);
  out.append(bytes, sizeof(bytes));
}

void PutU32(std::string& out, std::uint32_t value) {
  char bytes[sizeof(value)];
  StoreU32(bytes, value);
  out.append(bytes, sizeof(bytes));
}

void PutU64(std::string& out, std::uint64_t value) {
  char bytes[sizeof(value)];
  StoreU64(bytes, value);
  out.append(bytes, sizeof(bytes));
}

}  // namespace

SequenceTree::Node& SequenceTree::NodeOf(std::uint64_t sequence) {
  const std::uint64_t base = sequence - sequence % kNodeSequences;
  if (nodes_.empty() || nodes_.back().base != base) {
    nodes_.emplace_back();
    nodes_.back().base = base;
  }
  return nodes_.back();
}

void SequenceTree::AddRange(std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t at = first; at <= last;) {
    Node& node = NodeOf(at);
    const std::uint64_t offset = at - node.base;
    const std::uint64_t word_end = at - at % kWordBits + (kWordBits - 1);
    const std::uint64_t end = std::min(last, word_end);
    node.bits[offset / kWordBits] |= Mask(at % kWordBits, end % kWordBits);
    count_ += end - at + 1;
    at = end + 1;
  }
}

void SequenceTree::Clear() {
  nodes_.clear();
  count_ = 0;
}

void SequenceTree::AppendTo(std::string& out) const {
  out += kMagic;
  out += kVersion;
  PutU32(out, static_cast<std::uint32_t>(nodes_.size()));
  PutU32(out, static_cast<std::uint32_t>(count_));
  AppendSubtree(0, nodes_.size(), out);
}

void SequenceTree::AppendSubtree(std::size_t from, std::size_t to, std::string& out) const {
  if (from == to) return;
  const std::size_t middle = from + (to - from) / 2;
  const Node& node = nodes_[middle];
  PutU64(out, node.base);
  for (const std::uint64_t word : node.bits) PutU64(out, word);
  // A tree that is halved at each node is as high as its number of nodes has bits.
  PutU16(out, static_cast<std::uint16_t>(std::bit_width(to - from)));
  AppendSubtree(from, middle, out);
  AppendSubtree(middle + 1, to, out);
}

}  // namespace jetkeep::v1

#include "protocol/v1/delete_map.h"

#include <algorithm>
#include <bit>

#include "protocol/codec/little_endian.h"
#include "protocol/codec/varint.h"

namespace jetkeep::v1 {
namespace {

constexpr char kIndexDbMagic = 11;
constexpr char kIndexDbMaxVersion = 4;
constexpr char kMapMagic = 22;
constexpr std::size_t kMapHeaderBytes = 2 + 4 + 4;
constexpr std::size_t kMaxSubjectBytes = std::size_t{1} << 16;
// No single part of index.db that is read in one step is longer.
constexpr std::size_t kMaxPartBytes = kMaxSubjectBytes + 16 * kMaxVarintBytes;

constexpr char kBlockIndexMagic = 22;
constexpr char kBlockIndexVersion = 1;

// All numbers of a list, or none of them taken off `in`.
template <typename... T>
bool GetAll(std::string_view& in, T&... values) {
  std::string_view rest = in;
  const auto get = [&rest](auto& value) {
    if constexpr (std::is_signed_v<std::remove_reference_t<decltype(value)>>) {
      return GetVarint(rest, value);
    } else {
      return GetUvarint(rest, value);
    }
  };
  if (!(get(values) && ...)) return false;
  in = rest;
  return true;
}

Status Tell(const SequenceSet& deleted, SnapshotHandler& handler) {
  for (SequenceSet::Cursor range(deleted); range.Valid(); range.Next()) {
    JETKEEP_TRY(handler.OnDeleted(range.first(), range.last()));
  }
  return {};
}

}  // namespace

IndexDbParser::IndexDbParser(std::string_view stream_name) : hash_(NameKey(stream_name)) {}

bool IndexDbParser::Problem(const char* what) {
  report_.problem = what;
  part_ = Part::kFailed;
  deleted_.Clear();
  carry_.Release();
  return false;
}

void IndexDbParser::Feed(std::string_view bytes) {
  if (part_ == Part::kFailed) return;
  // The last 8 bytes of the file are the hash of all before them, so 8 bytes always wait.
  carry_.Append(bytes);
  if (carry_.size() <= kChecksumSize) return;
  const std::size_t available = carry_.size() - kChecksumSize;
  std::string_view in = carry_.view().substr(0, available);
  while (part_ != Part::kTail && part_ != Part::kFailed && Step(in)) {
  }
  if (part_ == Part::kFailed) return;
  if (in.size() > kMaxPartBytes + kChecksumSize) {
    Problem("a part of it is longer than any can be");
    return;
  }
  const std::size_t done = available - in.size();
  hash_.Append(carry_.view().substr(0, done));
  carry_.RemovePrefix(done);
}

// One part of the file, if it is all there; false if more bytes are needed or the file is wrong.
bool IndexDbParser::Step(std::string_view& in) {
  switch (part_) {
    case Part::kHeader:
      return ReadHeader(in);
    case Part::kSubjects:
      return ReadSubject(in);
    case Part::kBlocks:
      return ReadBlock(in);
    case Part::kMapHeader:
      return ReadMapHeader(in);
    case Part::kMapNodes:
      return ReadMapNode(in);
    default:
      return false;
  }
}

bool IndexDbParser::ReadHeader(std::string_view& in) {
  if (in.size() < 2) return false;
  if (in[0] != kIndexDbMagic) return Problem("it has a wrong beginning");
  version_ = static_cast<unsigned char>(in[1]);
  if (version_ < 1 || version_ > kIndexDbMaxVersion) return Problem("it has an unknown version");
  std::string_view rest = in.substr(2);
  std::uint64_t bytes = 0;
  std::int64_t base_time = 0;
  std::int64_t last_time = 0;
  if (!GetAll(rest, report_.messages, bytes, report_.first_sequence, base_time,
              report_.last_sequence, last_time, subjects_left_)) {
    return false;
  }
  in = rest;
  part_ = Part::kSubjects;
  return true;
}

bool IndexDbParser::ReadSubject(std::string_view& in) {
  if (subjects_left_ == 0) {
    if (!GetUvarint(in, blocks_left_)) return false;
    part_ = Part::kBlocks;
    return true;
  }
  std::string_view rest = in;
  std::uint64_t size = 0;
  if (!GetUvarint(rest, size)) return false;
  if (size > kMaxSubjectBytes) return Problem("a subject in it is too long");
  if (size > 0) {
    if (rest.size() < size) return false;
    rest.remove_prefix(size);
    std::uint64_t total = 0;
    std::uint64_t first_block = 0;
    std::uint64_t last_block = 0;
    if (!GetAll(rest, total, first_block)) return false;
    if ((total > 1 || version_ >= 4) && !GetUvarint(rest, last_block)) return false;
  }
  --subjects_left_;
  in = rest;
  return true;
}

bool IndexDbParser::ReadBlock(std::string_view& in) {
  if (blocks_left_ == 0) {
    part_ = Part::kTail;
    return true;
  }
  std::string_view rest = in;
  std::uint64_t index = 0;
  std::uint64_t bytes = 0;
  std::int64_t first_time = 0;
  std::int64_t last_time = 0;
  std::uint64_t ttls = 0;
  std::uint64_t schedules = 0;
  if (!GetAll(rest, index, bytes, block_first_, first_time, block_last_, last_time, map_size_)) {
    return false;
  }
  if (version_ >= 2 && !GetUvarint(rest, ttls)) return false;
  if (version_ >= 3 && !GetUvarint(rest, schedules)) return false;
  in = rest;
  if ((block_first_ | block_last_) >= kTombstoneBit) {
    return Problem("a block in it has a sequence beyond 2^62");
  }
  if (block_first_ > block_last_ + 1) return Problem("a block in it ends before it begins");
  if (block_first_ > covered_ + 1) deleted_.AddRange(covered_ + 1, block_first_ - 1);
  covered_ = std::max(covered_, block_last_);
  if (map_size_ > 0) {
    part_ = Part::kMapHeader;
  } else {
    EndBlock();
  }
  return true;
}

bool IndexDbParser::ReadMapHeader(std::string_view& in) {
  if (in.size() < kMapHeaderBytes) return false;
  if (in[0] != kMapMagic || (in[1] != 1 && in[1] != 2)) {
    return Problem("a delete map in it has an unknown version");
  }
  node_words_ = in[1] == 1 ? 64 : 32;
  nodes_left_ = LoadU32(in.data() + 2);
  map_members_ = 0;
  in.remove_prefix(kMapHeaderBytes);
  part_ = Part::kMapNodes;
  return true;
}

// A node: its base, a bitmap, and the height of its tree, which says nothing here.
bool IndexDbParser::ReadMapNode(std::string_view& in) {
  if (nodes_left_ == 0) {
    if (map_members_ != map_size_) return Problem("a delete map in it holds another number");
    EndBlock();
    return true;
  }
  const std::size_t words = static_cast<std::size_t>(node_words_);
  const std::size_t size = 8 + 8 * words + 2;
  if (in.size() < size) return false;
  const std::uint64_t base = LoadU64(in.data());
  if (base > ~std::uint64_t{0} - 64 * words) return Problem("a delete map in it begins too high");
  for (std::size_t i = 0; i < words; ++i) {
    const std::uint64_t word = LoadU64(in.data() + 8 + 8 * i);
    map_members_ += static_cast<std::uint64_t>(std::popcount(word));
    int bit = 0;
    while (bit < 64) {
      bit += std::countr_zero(word >> bit);
      if (bit >= 64) break;
      const int run = std::min(std::countr_one(word >> bit), 64 - bit);
      const std::uint64_t first = base + 64 * i + static_cast<std::uint64_t>(bit);
      // What lies outside of the block's own range was left behind by the server.
      deleted_.AddRange(std::max(first, block_first_),
                        std::min(first + static_cast<std::uint64_t>(run) - 1, block_last_));
      bit += run;
    }
  }
  in.remove_prefix(size);
  --nodes_left_;
  return true;
}

void IndexDbParser::EndBlock() {
  --blocks_left_;
  part_ = Part::kBlocks;
}

Result<DeleteMapReport> IndexDbParser::Finish(SnapshotHandler& handler) {
  if (part_ == Part::kFailed) return report_;
  Feed({});
  if (part_ == Part::kFailed) return report_;
  std::string_view rest = carry_.view();
  if (part_ != Part::kTail || rest.size() <= kChecksumSize) {
    Problem("it is cut off");
    return report_;
  }
  // The number of the last block and the checksum of its last record stand before the hash.
  std::string_view tail = rest.substr(0, rest.size() - kChecksumSize);
  hash_.Append(tail);
  const std::uint64_t stored = LoadU64(rest.data() + tail.size());
  std::uint64_t last_block = 0;
  if (!GetUvarint(tail, last_block) || tail.size() != kChecksumSize) {
    Problem("it has a wrong end");
    return report_;
  }
  if (hash_.Finish() != stored) {
    Problem("its checksum is wrong");
    return report_;
  }
  report_.usable = true;
  report_.last_block = last_block;
  report_.last_checksum = LoadU64(tail.data());
  JETKEEP_TRY(Tell(deleted_, handler));
  return report_;
}

BlockIndex::BlockIndex(std::string_view bytes) {
  if (!Parse(bytes)) deleted_.Clear();
}

bool BlockIndex::Problem(const char* what) {
  report_.problem = what;
  return false;
}

bool BlockIndex::Parse(std::string_view in) {
  if (in.size() < 2 || in[0] != kBlockIndexMagic || in[1] != kBlockIndexVersion) {
    return Problem("it has a wrong beginning");
  }
  in.remove_prefix(2);
  std::uint64_t bytes = 0;
  std::int64_t first_time = 0;
  std::int64_t last_time = 0;
  std::uint64_t map_size = 0;
  if (!GetAll(in, report_.messages, bytes, report_.first_sequence, first_time,
              report_.last_sequence, last_time, map_size) ||
      in.size() < kChecksumSize) {
    return Problem("it is cut off");
  }
  report_.first_sequence &= ~kErasedBit;
  report_.last_sequence &= ~kErasedBit;
  last_checksum_ = LoadU64(in.data());
  in.remove_prefix(kChecksumSize);
  if ((report_.first_sequence | report_.last_sequence) >= kTombstoneBit) {
    return Problem("it has a sequence beyond 2^62");
  }
  const std::uint64_t span = report_.last_sequence - report_.first_sequence + 1;
  if (report_.messages > span || (report_.messages != 0 && report_.first_sequence == 0)) {
    return Problem("it counts more messages than it has sequences");
  }
  std::uint64_t members = 0;
  for (; !in.empty(); ++members) {
    std::uint64_t offset = 0;
    if (!GetUvarint(in, offset)) return Problem("its delete map is cut off");
    offset &= ~kErasedBit;
    if (offset == 0 || offset >= span) return Problem("its delete map leaves its range");
    deleted_.Add(report_.first_sequence + offset);
  }
  // Servers count members below the first sequence too, and leave them out of the map itself.
  if (members > map_size || deleted_.Count() != members) {
    return Problem("its delete map holds another number");
  }
  if (report_.messages != span - members && report_.messages != span - map_size) {
    return Problem("its count of messages does not match its delete map");
  }
  report_.usable = true;
  return true;
}

Result<DeleteMapReport> BlockIndex::Finish(std::uint64_t block_bytes,
                                           std::uint64_t block_last_checksum,
                                           std::uint64_t previous_last, SnapshotHandler& handler) {
  if (!report_.usable) return report_;
  const bool both_empty = block_bytes == 0 && report_.messages == 0;
  if (!both_empty && last_checksum_ != block_last_checksum) {
    report_.usable = false;
    report_.problem = "it was written for another content of the block";
    report_.other_content = true;
    return report_;
  }
  if (report_.first_sequence > previous_last + 1) {
    JETKEEP_TRY(handler.OnDeleted(previous_last + 1, report_.first_sequence - 1));
  }
  JETKEEP_TRY(Tell(deleted_, handler));
  return report_;
}

std::string EncodeEmptyBlockIndex(std::uint64_t last_sequence, std::int64_t last_time_ns,
                                  std::uint64_t last_checksum) {
  std::string out = {kBlockIndexMagic, kBlockIndexVersion};
  PutUvarint(out, 0);  // messages
  PutUvarint(out, 0);  // bytes
  PutUvarint(out, last_sequence + 1);
  PutVarint(out, 0);
  PutUvarint(out, last_sequence);
  PutVarint(out, last_time_ns);
  PutUvarint(out, 0);  // size of the delete map
  char checksum[kChecksumSize];
  StoreU64(checksum, last_checksum);
  out.append(checksum, sizeof(checksum));
  return out;
}

}  // namespace jetkeep::v1

#include "protocol/filestore/block_image.h"

#include <utility>

#include "jetkeep/byte_stream.h"
#include "protocol/codec/varint.h"
#include "protocol/s2/block_decoder.h"
#include "protocol/s2/frame.h"
#include "protocol/s2/reader.h"
#include "protocol/v1/record.h"

namespace jetkeep::filestore {
namespace {

constexpr std::string_view kMark = "cmp";
constexpr std::size_t kAlgorithmOffset = 3;
constexpr char kS2Algorithm = 1;
constexpr std::size_t kShortestMark = 5;
constexpr std::string_view kIdentifier("\xff\x06\x00\x00S2sTwO", 10);
constexpr std::size_t kMostReserved = std::size_t{16} << 20;

// Pieces one after the other.
class Joined final : public ByteSource {
 public:
  Joined(std::string_view first, std::string_view second) : first_(first), second_(second) {}
  Result<std::string_view> Read() override {
    if (!first_.empty()) return std::exchange(first_, {});
    return std::exchange(second_, {});
  }

 private:
  std::string_view first_;
  std::string_view second_;
};

// Adds what the chunk decodes to. False if it is damaged: nothing of it is added.
bool DecodeChunk(std::string_view chunk, std::string& out) {
  const std::size_t before = out.size();
  Joined source(kIdentifier, chunk);
  s2::Reader reader(source);
  for (;;) {
    const auto bytes = reader.Read();
    if (!bytes || out.size() + bytes->size() > kMaxBlockBytes) {
      out.resize(before);
      return false;
    }
    if (bytes->empty()) return true;
    out += *bytes;
  }
}

// Adds what a damaged chunk decodes to as far as it does, and zeros for the rest: the checksums of
// the records in it tell which are right.
void DecodeDamagedChunk(std::string_view chunk, std::string& out) {
  if (chunk.size() < s2::kDataPrefixBytes) return;
  const auto type = static_cast<std::uint8_t>(chunk[0]);
  const std::string_view held = chunk.substr(s2::kDataPrefixBytes);
  if (type == s2::kStoredChunk && out.size() + held.size() <= kMaxBlockBytes) out += held;
  std::size_t size = 0;
  if (type != s2::kCompressedChunk || !s2::DecodedSize(held, size) || size > s2::kMaxBlockBytes ||
      out.size() + size > kMaxBlockBytes) {
    return;
  }
  const std::size_t before = out.size();
  out.resize(before + size);
  // Its failure is known.
  static_cast<void>(s2::DecodeBlock(held, out.data() + before, size, 0));
}

void DecodeStream(std::string_view in, BlockImage& image) {
  const auto note = [&](const char* what) {
    if (image.problem.empty()) image.problem = what;
  };
  while (!in.empty()) {
    if (in.size() < s2::kChunkHeaderBytes) return note("the compressed block is cut off");
    const std::size_t size = s2::kChunkHeaderBytes + s2::LoadChunkLength(in.data());
    const std::string_view chunk = in.substr(0, size);
    in.remove_prefix(chunk.size());
    if (chunk == kIdentifier) continue;
    if (chunk.size() < size)
      note("a chunk of the compressed block is cut off, or its length wrong");
    if (chunk.size() < size || !DecodeChunk(chunk, image.bytes)) {
      note(
          "a chunk of the compressed block is damaged; of it those messages are taken whose own "
          "checksum is right, which proves all but where subject and payload part");
      DecodeDamagedChunk(chunk, image.bytes);
    }
  }
}

}  // namespace

BlockImage UnpackBlock(std::string file) {
  BlockImage image;
  if (file.size() < kShortestMark || !file.starts_with(kMark)) {
    image.bytes = std::move(file);
    return image;
  }
  image.compressed = true;
  const char algorithm = file[kAlgorithmOffset];
  std::string_view rest = std::string_view(file).substr(kAlgorithmOffset + 1);
  std::uint64_t size = 0;
  if (algorithm != kS2Algorithm || !GetUvarint(rest, size) || rest.size() < v1::kChecksumSize) {
    image.problem = "the head of the compressed block is damaged, or of an unknown kind";
    return image;
  }
  // No more than a hint: 2.11 writes the size behind the compression there.
  if (size <= kMostReserved) image.bytes.reserve(size);
  DecodeStream(rest.substr(0, rest.size() - v1::kChecksumSize), image);
  image.bytes += rest.substr(rest.size() - v1::kChecksumSize);
  return image;
}

}  // namespace jetkeep::filestore

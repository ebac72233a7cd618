#include "protocol/filestore/block_image.h"

#include <utility>

#include "jetkeep/byte_stream.h"
#include "protocol/codec/varint.h"
#include "protocol/s2/reader.h"
#include "protocol/v1/record.h"

namespace jetkeep::filestore {
namespace {

constexpr std::string_view kMark = "cmp";
constexpr std::size_t kAlgorithmOffset = 3;
constexpr char kS2Algorithm = 1;
constexpr std::size_t kShortestMark = 5;
constexpr std::size_t kChunkHeaderSize = 4;
constexpr unsigned char kIdentifierType = 0xff;
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

void DecodeStream(std::string_view in, BlockImage& image) {
  const auto note = [&](const char* what) {
    if (image.problem.empty()) image.problem = what;
  };
  while (!in.empty()) {
    if (in.size() < kChunkHeaderSize) return note("the compressed block is cut off");
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(in[at]); };
    const std::size_t size = kChunkHeaderSize + (std::size_t{byte(1)} | std::size_t{byte(2)} << 8 |
                                                 std::size_t{byte(3)} << 16);
    if (size > in.size()) return note("a chunk of the compressed block is cut off or damaged");
    const std::string_view chunk = in.substr(0, size);
    in.remove_prefix(size);
    if (byte(0) == kIdentifierType && chunk == kIdentifier) continue;
    if (!DecodeChunk(chunk, image.bytes)) note("a chunk of the compressed block is damaged");
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
  if (size <= kMostReserved) image.bytes.reserve(size);
  DecodeStream(rest.substr(0, rest.size() - v1::kChecksumSize), image);
  image.bytes += rest.substr(rest.size() - v1::kChecksumSize);
  if (image.problem.empty() && image.bytes.size() != size) {
    image.problem = "the compressed block holds another number of bytes than its head says";
  }
  return image;
}

}  // namespace jetkeep::filestore

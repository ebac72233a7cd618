// Any bytes as an S2 stream, in pieces of a size that the first byte chooses.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "protocol/s2/block_decoder.h"
#include "protocol/s2/chunks.h"
#include "protocol/s2/piece_reader.h"
#include "protocol/s2/reader.h"
#include "tests/support/byte_streams.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // The block decoder on its own: no checksum stands in front of it.
  std::size_t decoded = 0;
  if (jetkeep::s2::DecodedSize(bytes, decoded) && decoded <= 1024 * 1024) {
    std::string out(decoded, '\0');
    static_cast<void>(jetkeep::s2::DecodeBlock(bytes, out.data(), decoded));
  }
  // The same for a run of chunks, whose size somebody else tells.
  for (const std::size_t told : {std::size_t{0}, std::size_t{100}, size, 4 * size}) {
    for (const std::size_t slack : {std::size_t{0}, jetkeep::s2::kDecodeSlack}) {
      std::string out(told + slack, '\0');
      static_cast<void>(jetkeep::s2::DecodeChunks(bytes, out.data(), told, slack));
    }
  }
  if (bytes.empty()) return 0;
  const std::size_t piece = 1 + static_cast<std::size_t>(data[0]) * 7;
  bytes.remove_prefix(1);
  jetkeep::PieceSource for_batches(bytes, piece);
  jetkeep::s2::Reader batches(for_batches);
  std::string decoded_whole;
  for (;;) {
    const auto view = batches.Read();
    if (!view || view->empty()) break;
    decoded_whole += *view;
  }
  jetkeep::PieceSource for_pieces(bytes, piece);
  jetkeep::s2::PieceReader pieces(for_pieces);
  std::string decoded_in_pieces;
  for (;;) {
    const auto view = pieces.Read();
    if (!view || view->empty()) break;
    decoded_in_pieces += *view;
    if (pieces.chunks() == nullptr) continue;
    // What was read with its checksums is what the chunks hold.
    std::string again(view->size(), '\0');
    if (!jetkeep::s2::DecodeChunks(pieces.chunks()->view(), again.data(), again.size()) ||
        again != *view) {
      std::abort();
    }
  }
  if (decoded_whole != decoded_in_pieces) std::abort();
  return 0;
}

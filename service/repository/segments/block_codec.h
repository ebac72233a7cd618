// Compressing and decompressing one block on whatever thread calls; each thread keeps its own
// contexts. Thread-safety: functions may be called from any thread.
#pragma once

#include <string_view>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/error.h"
#include "protocol/codec/zstd_codec.h"
#include "protocol/repository/archive_piece.h"
#include "protocol/repository/segment.h"

namespace jetkeep {

// A block to be written.
struct PackedBlock {
  ByteBuffer front;   // kBlockHeaderBytes of room, then the stored bytes
  ByteBuffer chunks;  // of a piece, whose head is in front: the rest of the stored bytes
};

// Puts the stored bytes into block.front: compressed if that is shorter, as they are otherwise.
// Sets info.codec, raw_bytes and stored_bytes.
Status PackBlock(std::string_view raw, const ZstdSettings& settings, BlockInfo& info,
                 PackedBlock& block);

// The same for a piece of an archive, whose chunks are moved away and stored as they came;
// block.chunks is left in their place.
void PackPiece(PieceBuilder& piece, BlockInfo& info, PackedBlock& block);

// stored: what CheckBlock returned.
Status UnpackBlock(std::string_view stored, const BlockInfo& info, ByteBuffer& raw);

}  // namespace jetkeep

// Compressing and decompressing one block on whatever thread calls; each thread keeps its own
// contexts. Thread-safety: functions may be called from any thread.
#pragma once

#include <string_view>

#include "jetkeep/error.h"
#include "protocol/codec/byte_buffer.h"
#include "protocol/codec/zstd_codec.h"
#include "protocol/repository/archive_piece.h"
#include "protocol/repository/segment.h"

namespace jetkeep {

// Leaves kBlockHeaderBytes free at the front of out, then puts the stored bytes there: compressed
// if that is shorter, as they are otherwise. Sets info.codec, raw_bytes and stored_bytes.
Status PackBlock(std::string_view raw, const ZstdSettings& settings, BlockInfo& info,
                 ByteBuffer& out);

// The same for a piece of an archive, which is stored as it came.
void PackPiece(const PieceBuilder& piece, BlockInfo& info, ByteBuffer& out);

// stored: what CheckBlock returned.
Status UnpackBlock(std::string_view stored, const BlockInfo& info, ByteBuffer& raw);

}  // namespace jetkeep

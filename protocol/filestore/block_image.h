// The bytes of a block file as records lie in it: decompressed where the server compressed it.
//
//   "cmp" | algorithm (1: S2) | uvarint size | S2 stream | the last 8 bytes, not compressed
//
// Servers from 2.10 compress blocks that they no longer write to; a block without these letters in
// front is plain. An encrypted block has to be decrypted first. Source: source of nats-server 2.10
// to 2.15, files of these servers. Thread-safety: a pure function.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jetkeep::filestore {

// Larger block files are not read: a block ends with the record that passes 8 MiB, and the largest
// record has little more than 64 MiB.
inline constexpr std::size_t kMaxBlockBytes = std::size_t{80} << 20;

struct BlockImage {
  std::string bytes;
  bool compressed = false;
  // Empty, or what is wrong: some bytes are missing or wrong then.
  std::string problem;
};

// Takes the file's bytes over. Of a damaged chunk of S2 what can be decoded is taken, whatever its
// checksum, and decoding goes on with the next one: records have checksums of their own.
BlockImage UnpackBlock(std::string file);

}  // namespace jetkeep::filestore

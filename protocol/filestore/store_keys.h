// The keys of an encrypted store.
//
// A server has one secret (`key` in its configuration, and `prev_encryption_key` while it is
// changed). For each stream, block and consumer it draws a seed, and keeps it in a key file,
// sealed:
//
//   key that seals = HMAC-SHA256(secret, account | context)
//   context        = "<stream>", "<stream>:<block>" or "<stream>.<consumer>"
//   key file       = nonce | seed (32 bytes) | tag, 72 bytes with ChaCha, 64 with AES
//
// meta.inf and o.dat are sealed with the seed as the key (nonce | ciphertext | tag). A block is
// XORed with the key stream of its seed and of the nonce of its key file, from the block's
// beginning. Source: source of nats-server 2.9 to 2.15, files of these servers.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/codec/store_cipher.h"

namespace jetkeep::filestore {

inline constexpr std::size_t kMaxKeyFileBytes = 128;

std::string StreamContext(std::string_view stream);
std::string BlockContext(std::string_view stream, std::uint32_t block);
std::string ConsumerContext(std::string_view stream, std::string_view consumer);

struct AssetKey {
  StoreCipher cipher = StoreCipher::kChaCha;
  Digest seed{};
  std::string nonce;  // of the key file
};

// Nothing if none of the secrets opens it. A server's secrets are tried in order.
std::optional<AssetKey> OpenKeyFile(const std::vector<std::string>& secrets,
                                    std::string_view account, std::string_view context,
                                    std::string_view key_file);

}  // namespace jetkeep::filestore

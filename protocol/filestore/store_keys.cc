#include "protocol/filestore/store_keys.h"

#include <algorithm>

namespace jetkeep::filestore {

std::string StreamContext(std::string_view stream) { return std::string(stream); }

std::string BlockContext(std::string_view stream, std::uint32_t block) {
  return std::string(stream) + ":" + std::to_string(block);
}

std::string ConsumerContext(std::string_view stream, std::string_view consumer) {
  return std::string(stream) + "." + std::string(consumer);
}

std::optional<AssetKey> OpenKeyFile(const std::vector<std::string>& secrets,
                                    std::string_view account, std::string_view context,
                                    std::string_view key_file) {
  for (const std::string& secret : secrets) {
    const Digest sealing = HmacSha256(secret, {account, context});
    for (const StoreCipher cipher : {StoreCipher::kChaCha, StoreCipher::kAes}) {
      const auto seed = OpenSealed(cipher, sealing, key_file);
      AssetKey key;
      if (!seed || seed->size() != key.seed.size()) continue;
      key.cipher = cipher;
      std::copy(seed->begin(), seed->end(), key.seed.begin());
      key.nonce = key_file.substr(0, NonceSize(cipher));
      return key;
    }
  }
  return std::nullopt;
}

}  // namespace jetkeep::filestore

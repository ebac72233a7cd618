// Hostile block files: whatever the bytes, scanning stays in bounds, ends, and hands out records
// whose sequences rise and whose views lie in the block. The first byte picks the stream.
// LIBS: jetkeep_filestore
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "protocol/filestore/block_image.h"
#include "protocol/filestore/block_scanner.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view file(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto image = jetkeep::filestore::UnpackBlock(std::string(file));
  const char stream = static_cast<char>(data[0]);
  jetkeep::filestore::BlockScanner scanner({&stream, 1}, 1, image.bytes);
  jetkeep::filestore::BlockItem item;
  std::uint64_t last = 0;
  std::size_t end = 0;
  while (scanner.Next(item)) {
    if (item.size == 0 || item.offset < end || item.offset + item.size > image.bytes.size()) {
      std::abort();
    }
    end = item.offset + item.size;
    if (item.kind != jetkeep::filestore::BlockItemKind::kRecord) continue;
    if (item.sequence <= last) std::abort();
    last = item.sequence;
    const char* const payload = item.record.payload.data();
    if (payload < image.bytes.data() ||
        payload + item.record.payload.size() > image.bytes.data() + image.bytes.size()) {
      std::abort();
    }
  }
  return 0;
}

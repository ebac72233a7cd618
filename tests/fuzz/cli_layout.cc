// Hostile files of the nats command line: the first byte decides which.
// LIBS: jetkeep_cli_layout jetkeep_archive
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/archive/archive_head.h"
#include "protocol/cli_layout/backup_json.h"
#include "protocol/cli_layout/legacy_json.h"
#include "protocol/json/json_layout.h"
#include "protocol/tar/gzip_reader.h"
#include "tests/support/byte_streams.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0: {
      const auto backup = jetkeep::ParseCliBackup(bytes);
      if (!backup) break;
      const std::string text = jetkeep::CliBackupText(backup->config_json, backup->state_json);
      const auto again = jetkeep::ParseCliBackup(text);
      if (!again || again->config_json != backup->config_json ||
          again->state_json != backup->state_json) {
        __builtin_trap();
      }
      break;
    }
    case 1:
      static_cast<void>(jetkeep::ParseLegacyConfig(bytes));
      break;
    case 2: {
      jetkeep::PieceSource source(bytes, 100);
      static_cast<void>(jetkeep::ReadArchiveHead(source));
      break;
    }
    default: {
      jetkeep::PieceSource source(bytes, 100);
      jetkeep::tar::GzipReader reader(source);
      for (std::size_t turn = 0; turn < 1000; ++turn) {
        const auto read = reader.Read();
        if (!read || read->empty()) break;
      }
    }
  }
  return 0;
}

// The head of a manifest: a detail of this folder, between manifest.cc and manifest_head.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/repository/manifest.h"

namespace jetkeep {

struct ManifestSection {
  std::string name;
  std::uint64_t bytes = 0;
  std::uint64_t raw_bytes = 0;
  Digest digest{};
};

struct ManifestHead {
  ManifestFacts facts;
  std::uint64_t segment_bytes = 0;
  std::uint64_t raw_bytes = 0;
  std::uint64_t consumers = 0;
  std::uint64_t lost_messages = 0;
  std::vector<ManifestSection> sections;  // in file order, one behind the other
  std::size_t head_end = 0;               // where the first section begins
};

// The line and the head.
Result<std::string> EncodeManifestHead(const ManifestHead& head);
Result<ManifestHead> ParseManifestHead(std::string_view front, std::uint64_t file_bytes);

BackupSummary SummaryOf(const ManifestHead& head, std::uint64_t file_bytes);

}  // namespace jetkeep

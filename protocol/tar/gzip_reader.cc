#include "protocol/tar/gzip_reader.h"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <utility>

namespace jetkeep::tar {
namespace {

// CRC-32 as RFC 1952 defines it.
constexpr std::array<std::uint32_t, 256> MakeTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit)
      value = (value & 1) != 0 ? value >> 1 ^ 0xedb88320u : value >> 1;
    table[byte] = value;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kTable = MakeTable();

std::uint32_t LittleEndian32(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

constexpr std::size_t kTrailerBytes = 8;  // checksum, length

struct Free {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

}  // namespace

struct GzipReader::Impl {
  explicit Impl(ByteSource& from) : source(from) {}

  ByteSource& source;
  std::optional<Error> source_error;
  std::unique_ptr<archive, Free> reader;
  bool opened = false;
  bool ended = false;
  std::string trailer;  // the last bytes that the source gave
  std::uint32_t checksum = ~std::uint32_t{0};
  std::uint32_t length = 0;  // modulo 2^32, as the trailer has it

  void TakeTrailer(std::string_view bytes) {
    if (bytes.size() >= kTrailerBytes) {
      trailer = bytes.substr(bytes.size() - kTrailerBytes);
      return;
    }
    trailer += bytes;
    if (trailer.size() > kTrailerBytes) trailer.erase(0, trailer.size() - kTrailerBytes);
  }

  void Count(std::string_view bytes) {
    length += static_cast<std::uint32_t>(bytes.size());
    for (const char byte : bytes) {
      checksum = kTable[(checksum ^ static_cast<std::uint8_t>(byte)) & 0xff] ^ checksum >> 8;
    }
  }

  Status CheckEnd() {
    for (;;) {
      JETKEEP_ASSIGN(const std::string_view bytes, source.Read());
      if (bytes.empty()) break;
      TakeTrailer(bytes);
    }
    if (trailer.size() == kTrailerBytes &&
        LittleEndian32(trailer) == (checksum ^ ~std::uint32_t{0}) &&
        LittleEndian32(std::string_view(trailer).substr(4)) == length) {
      return {};
    }
    return Fail(Errc::kArchiveCorrupt, "gzip: the checksum or the length at the end is wrong");
  }

  static la_ssize_t ReadCallback(archive* reader, void* self, const void** buffer) noexcept {
    Impl& impl = *static_cast<Impl*>(self);
    auto view = impl.source.Read();
    if (!view) {
      impl.source_error = std::move(view).error();
      archive_set_error(reader, EIO, "the source failed");
      return ARCHIVE_FATAL;
    }
    impl.TakeTrailer(*view);
    *buffer = view->data();
    return static_cast<la_ssize_t>(view->size());
  }

  tl::unexpected<Error> Failure() {
    if (source_error) return Fail(*source_error);
    const char* text = archive_error_string(reader.get());
    return Fail(Errc::kArchiveCorrupt,
                std::string("gzip: ") + (text != nullptr ? text : "cannot be read"));
  }

  Status Open() {
    if (opened) return {};
    opened = true;
    archive_read_support_format_raw(reader.get());
    archive_read_support_filter_gzip(reader.get());
    archive_entry* entry = nullptr;
    if (archive_read_open(reader.get(), this, nullptr, ReadCallback, nullptr) != ARCHIVE_OK ||
        archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK) {
      return Failure();
    }
    return {};
  }
};

GzipReader::GzipReader(ByteSource& source) : impl_(std::make_unique<Impl>(source)) {
  impl_->reader.reset(archive_read_new());
  if (!impl_->reader) throw std::bad_alloc();
}

GzipReader::~GzipReader() = default;

Result<std::string_view> GzipReader::Read() {
  Impl& impl = *impl_;
  if (impl.ended) return std::string_view();
  JETKEEP_TRY(impl.Open());
  for (;;) {
    const void* bytes = nullptr;
    std::size_t count = 0;
    la_int64_t at = 0;
    const int outcome = archive_read_data_block(impl.reader.get(), &bytes, &count, &at);
    if (outcome == ARCHIVE_EOF) {
      JETKEEP_TRY(impl.CheckEnd());
      impl.ended = true;
      return std::string_view();
    }
    if (outcome != ARCHIVE_OK) return impl.Failure();
    if (count == 0) continue;
    const std::string_view piece(static_cast<const char*>(bytes), count);
    impl.Count(piece);
    return piece;
  }
}

}  // namespace jetkeep::tar

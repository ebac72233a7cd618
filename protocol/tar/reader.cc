#include "protocol/tar/reader.h"

#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <new>

#include "protocol/tar/c_locale.h"

namespace jetkeep::tar {
namespace {

constexpr std::uint64_t kEndBytes = 1024;  // two zero blocks
// The library keeps what describes a file, and nothing else bounds how much that is. Far more than
// servers write. What comes is not cut, or the records behind a header would not lie whole in it:
// one view more than this is the most that a header takes.
constexpr std::uint64_t kMaxHeaderBytes = std::uint64_t{1} << 20;
// What the library's errno says when a name cannot be converted; other warnings use other numbers.
constexpr int kConversionError = EILSEQ;

// Times that a count of nanoseconds cannot hold are none.
std::int64_t TimeOf(archive_entry* header) {
  constexpr std::int64_t kNsInSecond = 1'000'000'000;
  constexpr std::int64_t kLatest = 9'000'000'000;
  if (archive_entry_mtime_is_set(header) == 0) return 0;
  const std::int64_t seconds = archive_entry_mtime(header);
  if (seconds < 0 || seconds > kLatest) return 0;
  return seconds * kNsInSecond + archive_entry_mtime_nsec(header);
}

struct Free {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

}  // namespace

struct Reader::Impl {
  explicit Impl(ByteSource& from) : source(from) {}

  ByteSource& source;
  std::optional<Error> source_error;
  std::uint64_t received = 0;
  std::uint64_t behind_last_nonzero = 0;  // offset behind the last byte that is not zero
  std::unique_ptr<archive, Free> reader;
  bool opened = false;
  std::uint64_t data_offset = 0;  // within the current file
  std::uint64_t size = 0;         // of the current file
  std::string name;
  bool in_header = false;
  std::uint64_t header_bytes = 0;

  static la_ssize_t ReadCallback(archive* reader, void* self, const void** buffer) noexcept;
  Result<std::string_view> Receive();
  Result<std::string_view> Give();
  Status PassOverRest();
  Status Open();
  tl::unexpected<Error> Failure(const std::string& where);
  Status CheckEnd();
  std::uint64_t HeaderOffset() const {
    return static_cast<std::uint64_t>(archive_read_header_position(reader.get()));
  }
};

Result<std::string_view> Reader::Impl::Receive() {
  JETKEEP_ASSIGN(const std::string_view view, source.Read());
  const std::size_t last = view.find_last_not_of('\0');
  if (last != std::string_view::npos) behind_last_nonzero = received + last + 1;
  received += view.size();
  return view;
}

la_ssize_t Reader::Impl::ReadCallback(archive* reader, void* self, const void** buffer) noexcept {
  Impl& impl = *static_cast<Impl*>(self);
  auto view = impl.Give();
  if (!view) {
    impl.source_error = std::move(view).error();
    archive_set_error(reader, EIO, "the source failed");
    return ARCHIVE_FATAL;
  }
  *buffer = view->data();
  return static_cast<la_ssize_t>(view->size());
}

Result<std::string_view> Reader::Impl::Give() {
  if (in_header && header_bytes > kMaxHeaderBytes) {
    return Fail(Errc::kArchiveCorrupt, "tar entry at offset " + std::to_string(HeaderOffset()) +
                                           ": its header is too long");
  }
  JETKEEP_ASSIGN(const std::string_view view, Receive());
  if (in_header) header_bytes += view.size();
  return view;
}

// What the caller did not read of the file would be read with the next header.
Status Reader::Impl::PassOverRest() {
  while (data_offset != size) {
    const void* bytes = nullptr;
    std::size_t count = 0;
    la_int64_t at = 0;
    const int outcome = archive_read_data_block(reader.get(), &bytes, &count, &at);
    if (outcome == ARCHIVE_EOF) break;
    if (outcome != ARCHIVE_OK) return Failure("file \"" + name + "\"");
    data_offset = static_cast<std::uint64_t>(at) + count;
  }
  return {};
}

Status Reader::Impl::Open() {
  if (opened) return {};
  opened = true;
  // No other format and no compression is ever tried: the bytes are not trusted.
  archive_read_support_format_tar(reader.get());
  archive_read_support_filter_none(reader.get());
  const int opening = archive_read_open(reader.get(), this, nullptr, ReadCallback, nullptr);
  if (opening != ARCHIVE_OK) return Failure("at its beginning");
  return {};
}

tl::unexpected<Error> Reader::Impl::Failure(const std::string& where) {
  if (source_error) return Fail(*source_error);
  const char* text = archive_error_string(reader.get());
  return Fail(Errc::kArchiveCorrupt,
              "tar " + where + ": " + (text != nullptr ? text : "cannot be read"));
}

// The library takes the end of the bytes for the end of the archive.
Status Reader::Impl::CheckEnd() {
  for (;;) {
    JETKEEP_ASSIGN(const std::string_view view, Receive());
    if (view.empty()) break;
  }
  const std::uint64_t end = HeaderOffset();
  if (received < end + kEndBytes) {
    return Fail(Errc::kArchiveCorrupt, "tar is cut short at offset " + std::to_string(received) +
                                           ", without its two end blocks");
  }
  if (behind_last_nonzero > end) {
    return Fail(Errc::kArchiveCorrupt,
                "tar has bytes after its end at offset " + std::to_string(end));
  }
  return {};
}

Reader::Reader(ByteSource& source) : impl_(std::make_unique<Impl>(source)) {
  impl_->reader.reset(archive_read_new());
  if (!impl_->reader) throw std::bad_alloc();
}

Reader::~Reader() = default;

std::uint64_t Reader::offset() const { return impl_->HeaderOffset(); }

Result<std::optional<Entry>> Reader::NextEntry() {
  const CLocale c_locale;
  Impl& impl = *impl_;
  JETKEEP_TRY(impl.PassOverRest());
  impl.in_header = true;
  impl.header_bytes = 0;
  JETKEEP_TRY(impl.Open());
  archive* const reader = impl.reader.get();
  archive_entry* header = nullptr;
  const int outcome = archive_read_next_header(reader, &header);
  impl.in_header = false;
  if (impl.source_error) return Fail(*impl.source_error);
  const std::string where = "entry at offset " + std::to_string(impl.HeaderOffset());
  if (outcome == ARCHIVE_EOF) {
    JETKEEP_TRY(impl.CheckEnd());
    return std::optional<Entry>();
  }
  // The one warning that is none: the name cannot be shown in the "C" locale; its bytes are there.
  const bool unconverted = outcome == ARCHIVE_WARN && archive_errno(reader) == kConversionError;
  if (outcome != ARCHIVE_OK && !unconverted) return impl.Failure(where);
  const char* name = archive_entry_pathname(header);
  if (name == nullptr || *name == '\0') {
    return Fail(Errc::kArchiveCorrupt, "tar " + where + ": no name");
  }
  if (archive_entry_filetype(header) != AE_IFREG || archive_entry_hardlink(header) != nullptr) {
    return Fail(Errc::kArchiveCorrupt, "tar " + where + ": not a regular file");
  }
  if (archive_entry_size_is_set(header) == 0 || archive_entry_size(header) < 0 ||
      archive_entry_sparse_count(header) != 0) {
    return Fail(Errc::kArchiveCorrupt, "tar " + where + ": its size cannot be read");
  }
  impl.name = name;
  impl.data_offset = 0;
  impl.size = static_cast<std::uint64_t>(archive_entry_size(header));
  return Entry{impl.name, impl.size, TimeOf(header)};
}

Result<std::string_view> Reader::ReadData() {
  Impl& impl = *impl_;
  const void* bytes = nullptr;
  std::size_t count = 0;
  la_int64_t at = 0;
  const int outcome = archive_read_data_block(impl.reader.get(), &bytes, &count, &at);
  if (outcome == ARCHIVE_OK && count != 0 && static_cast<std::uint64_t>(at) == impl.data_offset &&
      count <= impl.size - impl.data_offset) {
    impl.data_offset += count;
    return std::string_view(static_cast<const char*>(bytes), count);
  }
  const std::string where =
      "file \"" + impl.name + "\" at byte " + std::to_string(impl.data_offset);
  if (outcome != ARCHIVE_EOF && outcome != ARCHIVE_OK) return impl.Failure(where);
  if (impl.data_offset != impl.size) {
    return Fail(Errc::kArchiveCorrupt, "tar " + where + ": ends before its size of " +
                                           std::to_string(impl.size) + " bytes");
  }
  return std::string_view();
}

}  // namespace jetkeep::tar

#include "protocol/tar/writer.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <optional>
#include <string>

#include "protocol/tar/c_locale.h"

namespace jetkeep::tar {
namespace {

constexpr int kBufferBytes = 64 * 1024;
constexpr std::int64_t kSecond = 1'000'000'000;

struct FreeWriter {
  void operator()(archive* writer) const { archive_write_free(writer); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

}  // namespace

struct Writer::Impl {
  explicit Impl(ByteSink& to) : sink(to) {}

  ByteSink& sink;
  std::optional<Error> sink_error;
  std::unique_ptr<archive_entry, FreeEntry> entry;
  std::string name;
  std::uint64_t left = 0;
  bool opened = false;
  std::unique_ptr<archive, FreeWriter> writer;  // destroyed first: it may still write

  static la_ssize_t WriteCallback(archive* writer, void* self, const void* bytes,
                                  std::size_t count) noexcept;
  Status Open();
  Status CheckComplete() const;
  tl::unexpected<Error> Failure(const std::string& what);
};

la_ssize_t Writer::Impl::WriteCallback(archive* writer, void* self, const void* bytes,
                                       std::size_t count) noexcept {
  Impl& impl = *static_cast<Impl*>(self);
  // The library would write on after an error, when it closes.
  if (!impl.sink_error) {
    Status written = impl.sink.Write({static_cast<const char*>(bytes), count});
    if (written) return static_cast<la_ssize_t>(count);
    impl.sink_error = std::move(written).error();
  }
  archive_set_error(writer, EIO, "the sink failed");
  return -1;
}

tl::unexpected<Error> Writer::Impl::Failure(const std::string& what) {
  if (sink_error) return Fail(*sink_error);
  const char* text = archive_error_string(writer.get());
  return Fail(Errc::kInternal, "tar: cannot write " + what + ": " + (text != nullptr ? text : "?"));
}

Status Writer::Impl::Open() {
  if (opened) return {};
  opened = true;
  archive* const out = writer.get();
  archive_write_set_format_pax_restricted(out);
  archive_write_set_bytes_per_block(out, kBufferBytes);
  archive_write_set_bytes_in_last_block(out, 1);
  if (archive_write_open(out, this, nullptr, WriteCallback, nullptr) != ARCHIVE_OK) {
    return Failure("its beginning");
  }
  return {};
}

Status Writer::Impl::CheckComplete() const {
  if (left == 0) return {};
  return Fail(Errc::kInternal,
              "tar: " + name + " lacks " + std::to_string(left) + " bytes of its size");
}

Writer::Writer(ByteSink& sink) : impl_(std::make_unique<Impl>(sink)) {
  impl_->writer.reset(archive_write_new());
  impl_->entry.reset(archive_entry_new());
  if (!impl_->writer || !impl_->entry) throw std::bad_alloc();
}

Writer::~Writer() {
  // An unfinished tar gets no end blocks: whoever reads it must see that it is not whole.
  if (!impl_->sink_error) impl_->sink_error = Error{Errc::kInternal, "tar: not finished", {}};
}

Status Writer::BeginEntry(std::string_view name, std::uint64_t size, std::int64_t mtime_ns) {
  const CLocale c_locale;
  Impl& impl = *impl_;
  JETKEEP_TRY(impl.Open());
  JETKEEP_TRY(impl.CheckComplete());
  if (name.empty() || name.find('\0') != std::string_view::npos || size > INT64_MAX) {
    return Fail(Errc::kInternal, "tar: impossible name or size of an entry");
  }
  impl.name = name;
  archive_entry* const entry = archive_entry_clear(impl.entry.get());
  archive_entry_set_pathname(entry, impl.name.c_str());
  archive_entry_set_size(entry, static_cast<la_int64_t>(size));
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_perm(entry, 0600);
  std::int64_t seconds = mtime_ns / kSecond;
  std::int64_t nanoseconds = mtime_ns % kSecond;
  if (nanoseconds < 0) {
    --seconds;
    nanoseconds += kSecond;
  }
  archive_entry_set_mtime(entry, seconds, static_cast<long>(nanoseconds));
  // In the "C" locale the library writes other names than ASCII as they are, notes that in an
  // attribute, and warns. Readers that do not know the attribute ignore it.
  const bool ascii = std::all_of(name.begin(), name.end(), [](char c) { return (c & 0x80) == 0; });
  const int outcome = archive_write_header(impl.writer.get(), entry);
  const bool as_it_is =
      outcome == ARCHIVE_WARN && !ascii && archive_errno(impl.writer.get()) == EILSEQ;
  if ((outcome != ARCHIVE_OK && !as_it_is) || impl.sink_error) {
    return impl.Failure("the header of " + impl.name);
  }
  impl.left = size;
  return {};
}

Status Writer::Write(std::string_view bytes) {
  Impl& impl = *impl_;
  if (bytes.size() > impl.left) {
    return Fail(Errc::kInternal, "tar: more bytes than the size of " + impl.name);
  }
  impl.left -= bytes.size();
  while (!bytes.empty()) {
    const la_ssize_t count = archive_write_data(impl.writer.get(), bytes.data(), bytes.size());
    if (count <= 0) return impl.Failure(impl.name);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Status Writer::Finish() {
  Impl& impl = *impl_;
  const CLocale c_locale;
  JETKEEP_TRY(impl.Open());
  JETKEEP_TRY(impl.CheckComplete());
  if (archive_write_close(impl.writer.get()) != ARCHIVE_OK || impl.sink_error) {
    return impl.Failure("its end");
  }
  return {};
}

}  // namespace jetkeep::tar

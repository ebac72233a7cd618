#include "service/engine/capture.h"

#include <atomic>
#include <thread>
#include <utility>

#include "protocol/archive/snapshot_reader.h"

namespace jetkeep {
namespace {

// Chunks into the spool, and the reply to the handler before the first of them.
class SpoolSink : public SnapshotSink {
 public:
  SpoolSink(ChunkSpool& spool, CaptureHandler& handler, const std::atomic<bool>& decoder_ended)
      : spool_(spool), handler_(handler), decoder_ended_(decoder_ended) {}

  Status OnReply(const SnapshotReply& reply) override {
    reply_ = reply;
    handler_.SetCut(reply.state);
    return {};
  }

  Status OnChunk(Chunk chunk) override {
    if (decoder_ended_.load(std::memory_order_acquire)) {
      return Fail(Errc::kArchiveCorrupt, "the archive goes on after its end");
    }
    received_bytes_ += chunk.bytes().size();
    return spool_.Push(std::move(chunk));
  }

  SnapshotReply& reply() { return reply_; }
  std::uint64_t received_bytes() const { return received_bytes_; }

 private:
  ChunkSpool& spool_;
  CaptureHandler& handler_;
  const std::atomic<bool>& decoder_ended_;
  SnapshotReply reply_;
  std::uint64_t received_bytes_ = 0;
};

}  // namespace

Result<CaptureResult> Capture(JetStream& server, const std::string& stream,
                              const CaptureOptions& options, BackupWriter& writer,
                              JobObserver& observer, const CancelToken& cancel) {
  ChunkSpool spool(options.spool);
  CaptureHandler handler(writer, observer);
  std::atomic<bool> decoder_ended = false;
  Result<ArchiveSummary> decoded = Fail(Errc::kInternal, "the decoder did not run");
  std::thread decoder([&] {
    decoded = ReadSnapshot(spool, stream, handler);
    decoder_ended.store(true, std::memory_order_release);
  });

  SpoolSink sink(spool, handler, decoder_ended);
  const Status received = server.Snapshot(stream, options.snapshot, cancel, sink);
  if (received) {
    spool.Finish();
  } else {
    spool.Abort(received.error());
  }
  decoder.join();

  // The decoder's error is the cause when it came first; otherwise it is the receiver's, handed
  // through.
  if (!decoded) return Fail(std::move(decoded).error());
  if (!received) return Fail(received.error());
  return CaptureResult{std::move(sink.reply()), std::move(*decoded), std::move(handler.captured()),
                       sink.received_bytes()};
}

}  // namespace jetkeep

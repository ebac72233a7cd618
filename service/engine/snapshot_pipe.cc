#include "service/engine/snapshot_pipe.h"

#include <atomic>
#include <thread>
#include <utility>

#include "protocol/archive/snapshot_reader.h"

namespace jetkeep {
namespace {

// Chunks into the spool, and the reply to its taker before the first of them.
class SpoolSink : public SnapshotSink {
 public:
  SpoolSink(ChunkSpool& spool, const std::function<void(const SnapshotReply&)>& on_reply,
            const std::atomic<bool>& decoder_ended)
      : spool_(spool), on_reply_(on_reply), decoder_ended_(decoder_ended) {}

  Status OnReply(const SnapshotReply& reply) override {
    reply_ = reply;
    on_reply_(reply);
    return {};
  }

  Status OnChunk(Chunk chunk) override {
    if (decoder_ended_.load(std::memory_order_acquire)) {
      return Fail(Errc::kArchiveCorrupt, "the archive continues after its end");
    }
    received_bytes_ += chunk.bytes().size();
    return spool_.Push(std::move(chunk));
  }

  SnapshotReply& reply() { return reply_; }
  std::uint64_t received_bytes() const { return received_bytes_; }

 private:
  ChunkSpool& spool_;
  const std::function<void(const SnapshotReply&)>& on_reply_;
  const std::atomic<bool>& decoder_ended_;
  SnapshotReply reply_;
  std::uint64_t received_bytes_ = 0;
};

}  // namespace

Result<PipedSnapshot> PipeSnapshot(JetStream& server, const std::string& stream,
                                   const CaptureOptions& options, SnapshotHandler& handler,
                                   const std::function<void(const SnapshotReply&)>& on_reply,
                                   const CancelToken& cancel) {
  ChunkSpool spool(options.spool);
  std::atomic<bool> decoder_ended = false;
  Result<ArchiveSummary> decoded = Fail(Errc::kInternal, "the decoder did not run");
  std::thread decoder([&] {
    decoded = ReadSnapshot(spool, stream, handler);
    decoder_ended.store(true, std::memory_order_release);
  });

  SpoolSink sink(spool, on_reply, decoder_ended);
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
  return PipedSnapshot{std::move(sink.reply()), *decoded, sink.received_bytes()};
}

}  // namespace jetkeep

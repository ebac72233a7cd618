// ExactCut: brings a backup from the end of its snapshot to one exact state of the stream.
//
// Round after round the server is asked for its state, and what came since the round before is read
// and added, until a state is reached of which all is inside: the cut. Each round has less to read
// than the one before, so a stream that is written to is overtaken, up to a rate. Bounded in rounds
// and in time; kCutNotReached says how much was missing.
//
// Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/jetstream.h"
#include "jetkeep/job.h"
#include "service/engine/backup/capture.h"
#include "service/engine/backup/cut_limits.h"
#include "service/engine/backup/cut_verdict.h"
#include "service/repository/backup_writer.h"

namespace jetkeep {

struct Cut {
  StreamInfo info;     // the answer that is the cut
  CutVerdict verdict;  // kExact or kIncomplete
  CutFigures figures;
};

// Whether an answer may be the cut, asked once all of it is inside. False: a later one has to be.
using ConfirmCut = std::function<Result<bool>(bool last)>;

// reader: of the stream. created: of the stream when the snapshot began. The capture's `present`
// grows by the tail. Errors: kStreamChanged (another stream now, or one set back), kCutNotReached.
Result<Cut> ReachCut(StreamReader& reader, const std::string& stream, const std::string& created,
                     CaptureResult& capture, BackupWriter& writer, const CutLimits& limits,
                     const CancelToken& cancel, const ConfirmCut& confirm = {});

}  // namespace jetkeep

// The shapes of Jetkeep's answers and events, as protocol/schemas describes them.
//
// A member is required here if every version of the service sends it; what came later is optional,
// so that a client understands older services. A test holds the table against the schemas.
#pragma once

#include "jetkeep/job.h"
#include "protocol/control/shape.h"
#include "protocol/control/subjects.h"

namespace jetkeep {

const Shape& ErrorAnswerShape();
const Shape& JobShape();         // the answer to a request for a job, and to backup.cancel
const Shape& JobStatusShape();   // backup.status of one job
const Shape& JobListShape();     // backup.status of all jobs
const Shape& BackupListShape();  // backup.list
const Shape& BackupShape();      // backup.show
const Shape& RestorePlanShape();
const Shape& RestoreSetPlanShape();
const Shape& DeletedShape();     // backup.delete
const Shape& PinnedShape();      // backup.pin and backup.unpin
const Shape& MessageShape();     // backup.get
const Shape& MessagesShape();    // backup.messages
const Shape& StatsShape();       // backup.stats
const Shape& DiffShape();        // backup.diff
const Shape& SetsShape();        // backup.sets
const Shape& SetShape();         // backup.set
const Shape& DriftShape();       // backup.drift
const Shape& PruneShape();       // backup.prune
const Shape& EventFrameShape();  // what every event has
const Shape& EventShape(JobKind work, EventKind kind);

}  // namespace jetkeep

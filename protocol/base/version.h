// Which program this is. Any thread.
#pragma once

namespace jetkeep {

// "0.2.0".
const char* ProgramVersion();

// The commit that it was built from, 40 hex digits, with "-dirty" behind them if files had been
// changed since; "unknown" if the sources came without their history.
const char* ProgramCommit();

}  // namespace jetkeep

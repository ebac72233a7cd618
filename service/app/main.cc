// The program.
#include "service/app/libraries.h"
#include "service/app/memory.h"
#include "service/app/push_run.h"
#include "service/app/serve.h"
#include "service/cli/command_line.h"

int main(int argc, char** argv) {
  jetkeep::TuneAllocator();
  jetkeep::ExplainExhaustion();
  return jetkeep::RunCommandLine(argc, argv,
                                 {&jetkeep::Serve, &jetkeep::LibraryVersions, &jetkeep::PushRun});
}

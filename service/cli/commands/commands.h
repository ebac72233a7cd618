// The verbs, one file each.
#pragma once

#include <memory>

#include "service/cli/command.h"

namespace jetkeep {

std::unique_ptr<Verb> MakeServe();
std::unique_ptr<Verb> MakeBackup();
std::unique_ptr<Verb> MakeRestore();
std::unique_ptr<Verb> MakeVerify();
std::unique_ptr<Verb> MakeList();
std::unique_ptr<Verb> MakeShow();
std::unique_ptr<Verb> MakeCat();
std::unique_ptr<Verb> MakeGet();
std::unique_ptr<Verb> MakeStats();
std::unique_ptr<Verb> MakeDiff();
std::unique_ptr<Verb> MakeRepublish();
std::unique_ptr<Verb> MakeUndelete();
std::unique_ptr<Verb> MakeStatus();
std::unique_ptr<Verb> MakeCancel();
std::unique_ptr<Verb> MakeWatch();
std::unique_ptr<Verb> MakeDelete();
std::unique_ptr<Verb> MakePin();
std::unique_ptr<Verb> MakeUnpin();
std::unique_ptr<Verb> MakePrune();
std::unique_ptr<Verb> MakeDrift();
std::unique_ptr<Verb> MakeThaw();
std::unique_ptr<Verb> MakeCopy();
std::unique_ptr<Verb> MakeImport();
std::unique_ptr<Verb> MakeExport();
std::unique_ptr<Verb> MakeSalvage();
std::unique_ptr<Verb> MakeConfigExport();
std::unique_ptr<Verb> MakePing();
std::unique_ptr<Verb> MakeConfig();
std::unique_ptr<Verb> MakeVersion();
std::unique_ptr<Verb> MakeHelp();

}  // namespace jetkeep

// cat: messages of a backup, without restoring it.
#include "service/cli/backup_source.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/message_source.h"
#include "service/cli/render/message_text.h"
#include "service/cli/selection_flags.h"

namespace jetkeep {
namespace {

class Cat : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.RequiredArgument("ID", backup_,
                           "its id or the beginning, or a stream for its newest backup, or latest");
    selection_.Declare(flags);
    flags.Option("--limit", limit_, "COUNT", "no more messages than this (default: all)");
    flags.Flag("--raw", raw_, "print the payloads only, a line end after each");
    flags.Flag("--headers", headers_, "print no payloads");
    DeclareDirectReading(flags);
  }
  Status Check(const FlagValues&) const override {
    if (raw_ && headers_) return Fail(Errc::kUsage, "give --raw or --headers, not both");
    JETKEEP_TRY(CheckBackupWord(backup_, BackupWords::kIdsAndStreams));
    JETKEEP_TRY(ReadNumber("--limit", limit_).map([](std::uint64_t) {}));
    return selection_.Read().map([](const MessageSelection&) {});
  }
  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(MessageSelection selection, selection_.Read());
    JETKEEP_ASSIGN(const std::uint64_t limit, ReadNumber("--limit", limit_));
    Console& console = context.console;
    JETKEEP_TRY(ForEachSelected(context, backup_, std::move(selection), limit,
                                [&](const Document& message) { return Print(console, message); }));
    return kExitOk;
  }

 private:
  Status Print(Console& console, const Document& message) const {
    if (console.json()) {
      console.PrintJsonLine(message);
      return {};
    }
    const MessageForm form = raw_       ? MessageForm::kRaw
                             : headers_ ? MessageForm::kHeaders
                                        : MessageForm::kWhole;
    JETKEEP_ASSIGN(const std::string text, RenderMessage(message, form));
    console.Print(raw_ ? text + "\n" : text);
    return {};
  }

  std::string backup_;
  SelectionFlags selection_;
  std::string limit_;
  bool raw_ = false;
  bool headers_ = false;
};

}  // namespace

std::unique_ptr<Verb> MakeCat() { return std::make_unique<Cat>(); }

}  // namespace jetkeep

// get: one message of a backup, without restoring it.
#include "protocol/control/requests.h"
#include "service/cli/backup_source.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/message_source.h"
#include "service/cli/render/message_text.h"
#include "service/cli/selection_flags.h"

namespace jetkeep {
namespace {

class Get : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.RequiredArgument("ID", backup_,
                           "its id or the beginning, or a stream for its newest backup, or latest");
    flags.Argument("SEQUENCE", sequence_, "the message's sequence in the stream");
    flags.Option("--last", subject_, "SUBJECT",
                 "the last message with this subject; * stands for a token, > at the end for one "
                 "or more");
    flags.Option("--key", key_, "KEY", "of a key-value bucket: the key's last value");
    flags.Flag("--raw", raw_, "print the payload's bytes only");
    DeclareDirectReading(flags);
  }
  Status Check(const FlagValues&) const override {
    JETKEEP_TRY(CheckBackupWord(backup_, BackupWords::kIdsAndStreams));
    return Reference().map([](const MessageReference&) {});
  }
  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(MessageReference reference, Reference());
    JETKEEP_ASSIGN(const Document message, FindMessage(context, backup_, std::move(reference)));
    if (context.console.json()) {
      context.console.PrintJson(message);
      return kExitOk;
    }
    JETKEEP_ASSIGN(const std::string text,
                   RenderMessage(message, raw_ ? MessageForm::kRaw : MessageForm::kWhole));
    context.console.Print(text);
    return kExitOk;
  }

 private:
  Result<MessageReference> Reference() const {
    MessageReference reference;
    JETKEEP_ASSIGN(reference.sequence, ReadNumber("SEQUENCE", sequence_));
    reference.subject = subject_;
    reference.key = key_;
    JETKEEP_TRY(CheckReference(reference));
    return reference;
  }

  std::string backup_;
  std::string sequence_;
  std::string subject_;
  std::string key_;
  bool raw_ = false;
};

}  // namespace

std::unique_ptr<Verb> MakeGet() { return std::make_unique<Get>(); }

}  // namespace jetkeep

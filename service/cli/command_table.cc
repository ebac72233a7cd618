#include "service/cli/command_table.h"

#include "service/cli/commands/commands.h"

namespace jetkeep {

std::span<const Command> Commands() {
  static const std::vector<Command> commands = {
      {.name = "serve",
       .alias = {},
       .summary = "run the service",
       .make = &MakeServe,
       .examples = "jetkeep serve --server nats://127.0.0.1:4222 --repository /var/lib/jetkeep\n"
                   "jetkeep serve --config /etc/jetkeep.yaml --print-config",
       .errors = {Errc::kRepositoryMissing, Errc::kRepositoryUnsupported, Errc::kStorageError,
                  Errc::kTimeout},
       .asks_service = false},
      {.name = "backup",
       .alias = {},
       .summary = "back up streams",
       .make = &MakeBackup,
       .examples = "jetkeep backup ORDERS\n"
                   "jetkeep backup ORDERS BILLS --quiet\n"
                   "jetkeep backup --all --exclude 'TMP_*' --metadata backup=daily --quiet\n"
                   "jetkeep backup 'KV_*' LEDGER --order LEDGER\n"
                   "jetkeep backup --all --config-only",
       .errors = {Errc::kStreamNotFound, Errc::kStreamDamaged, Errc::kCutNotReached,
                  Errc::kStorageFull, Errc::kCancelled},
       .exits = {{3, "of several streams, or of a set, some failed"}, {130, "interrupted"}},
       .pushes_run = true},
      {.name = "restore",
       .alias = {},
       .summary = "restore a stream, or a set of streams",
       .make = &MakeRestore,
       .examples = "jetkeep restore ORDERS\n"
                   "jetkeep restore ORDERS --dry-run\n"
                   "jetkeep restore ORDERS --allow-older --verbose\n"
                   "jetkeep restore --backup 20261127T0314\n"
                   "jetkeep restore ORDERS --update-config --dry-run\n"
                   "jetkeep restore ORDERS --as COPY --map-subject 'orders.>=copy.>'\n"
                   "jetkeep restore KV_settings --as KV_staging\n"
                   "jetkeep restore ORDERS --replicas 3 --set-field max_msgs=1000 --allow-removal\n"
                   "jetkeep restore ORDERS --frozen\n"
                   "jetkeep restore --set latest\n"
                   "jetkeep restore --set set-20261127T0314 'KV_*' --keep-going",
       .errors = {Errc::kBackupNotFound, Errc::kSetNotFound, Errc::kStreamExists,
                  Errc::kRepositoryCorrupt, Errc::kNewerBackupUnusable, Errc::kConfigUnsupported,
                  Errc::kConsumerRefused, Errc::kLimitTooSmall, Errc::kConfigDiffers,
                  Errc::kConfigImmutable, Errc::kRemovesMessages, Errc::kCancelled},
       .exits = {{3, "with --keep-going: some streams of the set failed"}},
       .pushes_run = true},
      {.name = "verify",
       .alias = {},
       .summary = "read every byte of backups",
       .make = &MakeVerify,
       .examples = "jetkeep verify\n"
                   "jetkeep verify ORDERS --drill\n"
                   "jetkeep verify set-20261127T0314\n"
                   "jetkeep verify --repository /var/lib/jetkeep",
       .errors = {Errc::kBackupNotFound, Errc::kSetNotFound, Errc::kRepositoryCorrupt,
                  Errc::kStorageError, Errc::kCancelled},
       .pushes_run = true},
      {.name = "list",
       .alias = "ls",
       .summary = "list backups or sets, newest first",
       .make = &MakeList,
       .examples = "jetkeep list\n"
                   "jetkeep list ORDERS --json\n"
                   "jetkeep list --sets\n"
                   "jetkeep list --repository /var/lib/jetkeep",
       .errors = {Errc::kRepositoryMissing, Errc::kStorageError}},
      {.name = "show",
       .alias = {},
       .summary = "show a backup or a set in detail",
       .make = &MakeShow,
       .examples = "jetkeep show 20261127T0314\n"
                   "jetkeep show ORDERS\n"
                   "jetkeep show set-20261127T0314\n"
                   "jetkeep show latest --repository /var/lib/jetkeep",
       .errors = {Errc::kBackupNotFound, Errc::kSetNotFound, Errc::kRepositoryCorrupt}},
      {.name = "cat",
       .alias = {},
       .summary = "print messages of a backup, without restoring it",
       .make = &MakeCat,
       .examples = "jetkeep cat ORDERS --subject 'orders.eu.>' --limit 10\n"
                   "jetkeep cat 20261127T0314 --since 2026-11-26T00:00:00Z --json\n"
                   "jetkeep cat KV_settings --last-of-each --headers\n"
                   "jetkeep cat latest --raw --repository /var/lib/jetkeep",
       .errors = {Errc::kBackupNotFound, Errc::kRepositoryCorrupt, Errc::kLimitTooSmall,
                  Errc::kStorageError}},
      {.name = "get",
       .alias = {},
       .summary = "print one message of a backup, without restoring it",
       .make = &MakeGet,
       .examples = "jetkeep get ORDERS 1742\n"
                   "jetkeep get 20261127T0314 --last orders.eu.17\n"
                   "jetkeep get KV_settings --key theme --raw",
       .errors = {Errc::kBackupNotFound, Errc::kMessageNotFound, Errc::kRepositoryCorrupt,
                  Errc::kLimitTooSmall, Errc::kStorageError}},
      {.name = "stats",
       .alias = {},
       .summary = "count the messages of a backup, by subject and by hour",
       .make = &MakeStats,
       .examples = "jetkeep stats ORDERS\n"
                   "jetkeep stats ORDERS --subject 'orders.eu.>' --by messages --top 5\n"
                   "jetkeep stats latest --json --repository /var/lib/jetkeep",
       .errors = {Errc::kBackupNotFound, Errc::kRepositoryCorrupt, Errc::kLimitTooSmall,
                  Errc::kStorageError}},
      {.name = "diff",
       .alias = {},
       .summary = "compare a backup with another one, or with the living stream",
       .make = &MakeDiff,
       .examples = "jetkeep diff ORDERS --live\n"
                   "jetkeep diff 20261127T0314 ORDERS_COPY --live\n"
                   "jetkeep diff 20261126T0314 20261127T0314 --repository /var/lib/jetkeep",
       .errors = {Errc::kBackupNotFound, Errc::kStreamNotFound, Errc::kStreamChanged,
                  Errc::kRepositoryCorrupt, Errc::kStorageError},
       .exits = {{59, "the two differ"},
                 {3, "nothing that could be compared differs; a backup lacks messages"}}},
      {.name = "republish",
       .alias = {},
       .summary = "publish messages of a backup again, as new ones",
       .make = &MakeRepublish,
       .examples = "jetkeep republish ORDERS --subject 'orders.eu.>' --to staging --rate 500\n"
                   "jetkeep republish 20261127T0314 --from orders --to replay --paced\n"
                   "jetkeep republish ORDERS --to copy --into COPY --dry-run",
       .errors = {Errc::kBackupNotFound, Errc::kStreamNotFound, Errc::kStreamChanged,
                  Errc::kNoResponders, Errc::kPermissionDenied, Errc::kRepositoryCorrupt,
                  Errc::kServerError, Errc::kTimeout, Errc::kCancelled},
       .pushes_run = true},
      {.name = "undelete",
       .alias = {},
       .summary =
           "find the messages of a backup that the living stream lacks, and publish them again",
       .make = &MakeUndelete,
       .examples = "jetkeep undelete ORDERS --backup 20261127T0314 --dry-run\n"
                   "jetkeep undelete ORDERS --backup 20261127T0314 --republish\n"
                   "jetkeep undelete ORDERS --republish --subject 'orders.eu.>'",
       .errors = {Errc::kBackupNotFound, Errc::kStreamNotFound, Errc::kStreamChanged,
                  Errc::kNoResponders, Errc::kPermissionDenied, Errc::kRepositoryCorrupt,
                  Errc::kServerError, Errc::kTimeout, Errc::kCancelled},
       .pushes_run = true},
      {.name = "status",
       .alias = {},
       .summary = "show jobs, or one job",
       .make = &MakeStatus,
       .examples = "jetkeep status\n"
                   "jetkeep status nightly-42 --json",
       .errors = {Errc::kJobNotFound}},
      {.name = "cancel",
       .alias = {},
       .summary = "cancel a job",
       .make = &MakeCancel,
       .examples = "jetkeep cancel nightly-42",
       .errors = {Errc::kJobNotFound},
       .exits = {{1, "the job had ended already"}}},
      {.name = "watch",
       .alias = {},
       .summary = "follow events as they come",
       .make = &MakeWatch,
       .examples = "jetkeep watch\n"
                   "jetkeep watch --stream ORDERS\n"
                   "jetkeep watch nightly-42 --json",
       .errors = {Errc::kJobNotFound, Errc::kCancelled}},
      {.name = "delete",
       .alias = "rm",
       .summary = "delete a backup or a set",
       .make = &MakeDelete,
       .examples = "jetkeep delete 20261127T031455Z-4fq2xwba\n"
                   "jetkeep delete 20261127T031455Z-4fq2xwba --yes --last\n"
                   "jetkeep delete set-20261127T031455Z-4fq2xwba",
       .errors = {Errc::kBackupNotFound, Errc::kSetNotFound, Errc::kBackupInUse, Errc::kLastBackup,
                  Errc::kPinned, Errc::kInSet},
       .exits = {{1, "the answer was not yes"}}},
      {.name = "pin",
       .alias = {},
       .summary = "keep a backup or a set from being deleted",
       .make = &MakePin,
       .examples = "jetkeep pin 20261127T0314\n"
                   "jetkeep pin set-20261127T0314",
       .errors = {Errc::kBackupNotFound, Errc::kSetNotFound}},
      {.name = "unpin",
       .alias = {},
       .summary = "let a pinned backup or set be deleted again",
       .make = &MakeUnpin,
       .examples = "jetkeep unpin set-20261127T0314",
       .errors = {Errc::kBackupNotFound, Errc::kSetNotFound}},
      {.name = "prune",
       .alias = {},
       .summary = "remove the backups and sets that no rule keeps",
       .make = &MakePrune,
       .examples = "jetkeep prune --keep-last 3 --keep-daily 7 --keep-monthly 12 --dry-run\n"
                   "jetkeep prune --keep-within 30d --yes\n"
                   "jetkeep prune 'KV_*' --keep-last 2",
       .errors = {Errc::kBackupNotFound, Errc::kBackupInUse, Errc::kRepositoryCorrupt,
                  Errc::kStorageError},
       .exits = {{3, "something could not be removed; the rest was"}},
       .pushes_run = true},
      {.name = "thaw",
       .alias = {},
       .summary = "give a stream that was restored frozen its max_age back",
       .make = &MakeThaw,
       .examples = "jetkeep thaw ORDERS",
       .errors = {Errc::kInvalidRequest, Errc::kStreamNotFound, Errc::kRestoreMismatch,
                  Errc::kPermissionDenied}},
      {.name = "copy",
       .alias = {},
       .summary = "copy a stream into another account or server, without a service",
       .make = &MakeCopy,
       .examples = "jetkeep copy ORDERS --from prod --to staging\n"
                   "jetkeep copy ORDERS --from prod --to staging --as ORDERS_COPY\n"
                   "jetkeep copy ORDERS --config /etc/jetkeep.yaml --from orders --to archive",
       .errors = {Errc::kStreamNotFound, Errc::kStreamExists, Errc::kStreamDamaged,
                  Errc::kCutNotReached, Errc::kConfigUnsupported, Errc::kConsumerRefused,
                  Errc::kLimitTooSmall, Errc::kScratchFull, Errc::kNotConnected,
                  Errc::kPermissionDenied, Errc::kTimeout},
       .exits = {{130, "interrupted: what was copied is removed"}},
       .asks_service = false,
       .pushes_run = true},
      {.name = "drift",
       .alias = {},
       .summary = "compare the configurations of a backup, a set or files with the account",
       .make = &MakeDrift,
       .examples = "jetkeep drift\n"
                   "jetkeep drift ORDERS\n"
                   "jetkeep drift set-20261127T0314 'KV_*' --json\n"
                   "jetkeep drift --dir /etc/streams",
       .errors = {Errc::kDrift, Errc::kBackupNotFound, Errc::kSetNotFound, Errc::kStreamNotFound,
                  Errc::kRepositoryCorrupt, Errc::kRequestTooLarge},
       .exits = {{3, "nothing that could be compared differs; some streams could not be"}},
       .pushes_run = true},
      {.name = "import",
       .alias = {},
       .summary = "take backups of the nats command line into the repository, without a server",
       .make = &MakeImport,
       .examples =
           "jetkeep import /backup/ORDERS --repository /var/lib/jetkeep\n"
           "jetkeep import /backup/account --repository /var/lib/jetkeep --account BILLING\n"
           "jetkeep import /backup/account --stream ORDERS --json",
       .errors = {Errc::kBackupNotFound, Errc::kSnapshotIncomplete, Errc::kArchiveCorrupt,
                  Errc::kArchiveUnsupported, Errc::kStorageError, Errc::kStorageFull},
       .exits = {{3, "of several streams some failed"}},
       .asks_service = false,
       .pushes_run = true},
      {.name = "export",
       .alias = {},
       .summary =
           "write backups as files for the nats command line, or into a stopped server's data",
       .make = &MakeExport,
       .examples = "jetkeep export ORDERS /backup/ORDERS --repository /var/lib/jetkeep\n"
                   "jetkeep export 20261127T0314 /backup/ORDERS --format v1\n"
                   "jetkeep export --all /backup/account --server-version 2.10.27\n"
                   "jetkeep export set-20261127T0314 /backup/account\n"
                   "jetkeep export ORDERS --store-dir /data --server-version 2.10.27 "
                   "--server-stopped",
       .errors = {Errc::kBackupNotFound, Errc::kRepositoryCorrupt, Errc::kStreamExists,
                  Errc::kJobConflict, Errc::kRestoreRefused, Errc::kConfigUnsupported,
                  Errc::kConsumerRefused, Errc::kObjectExists, Errc::kStorageError,
                  Errc::kStorageFull},
       .exits = {{3, "of several streams some failed"}},
       .asks_service = false,
       .pushes_run = true},
      {.name = "salvage",
       .alias = {},
       .summary = "make backups of what the files of a server that will not start still hold",
       .make = &MakeSalvage,
       .examples =
           "jetkeep salvage /data --list\n"
           "jetkeep salvage /data --repository /var/lib/jetkeep\n"
           "jetkeep salvage /node1 /node2 /node3 --stream 'KV_*' --repository /var/lib/jetkeep\n"
           "jetkeep salvage /data --key-file /run/secrets/jetstream-key --json",
       .errors = {Errc::kBackupNotFound, Errc::kJobConflict, Errc::kArchiveCorrupt,
                  Errc::kArchiveUnsupported, Errc::kStreamDamaged, Errc::kStorageError,
                  Errc::kStorageFull},
       .exits = {{3, "something was lost, is in doubt, or could not be read"}},
       .asks_service = false},
      {.name = "config-export",
       .alias = {},
       .summary = "write the configurations in a backup as JSON, or as resources of NACK",
       .make = &MakeConfigExport,
       .examples = "jetkeep config-export ORDERS /tmp/orders --repository /var/lib/jetkeep\n"
                   "jetkeep config-export ORDERS /tmp/orders --nack --repository /var/lib/jetkeep",
       .errors = {Errc::kBackupNotFound, Errc::kRepositoryCorrupt, Errc::kObjectExists,
                  Errc::kStorageError, Errc::kStorageFull},
       .asks_service = false,
       .pushes_run = true},
      {.name = "ping",
       .alias = {},
       .summary = "ask whether a service is there: exit code 0 or 1",
       .make = &MakePing,
       .examples = "jetkeep ping\n"
                   "jetkeep ping --quiet --timeout 2s",
       .exits = {{1, "no service answers, whatever the reason"}},
       .asks_service = false,
       .needs_config = false},
      {.name = "config",
       .alias = {},
       .summary = "print the effective configuration, where each value comes from, and no secrets",
       .make = &MakeConfig,
       .examples = "jetkeep config\n"
                   "jetkeep config --config /etc/jetkeep.yaml --json\n"
                   "jetkeep config --check /etc/jetkeep.yaml",
       .asks_service = false,
       .needs_config = false},
      {.name = "version",
       .alias = {},
       .summary = "print the version, the commit and the libraries",
       .make = &MakeVersion,
       .examples = "jetkeep version --json",
       .asks_service = false,
       .needs_config = false},
      {.name = "help",
       .alias = {},
       .summary = "print the help of a command",
       .make = &MakeHelp,
       .examples = "jetkeep help restore",
       .asks_service = false,
       .needs_config = false},
  };
  return commands;
}

const Command* FindCommand(std::string_view name) {
  if (name.empty()) return nullptr;
  for (const Command& command : Commands()) {
    if (command.name == name || command.alias == name) return &command;
  }
  return nullptr;
}

}  // namespace jetkeep

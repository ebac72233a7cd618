# shellcheck shell=bash
# Sourced: what each part of a run costs, in wall and processor time.
#
#   part NAME     ends the part before and begins this one
#   parts_end     ends the last one; the outermost script prints all of them
#
# Processor time is that of the programs which the script, or its subshell, has waited for. Scripts
# that another one calls add to its notes, so a caller is in no part of its own while they run.
parts_began=$SECONDS
if [ -z "${JETKEEP_PARTS:-}" ]; then
  JETKEEP_PARTS=$(mktemp "${TMPDIR:-/tmp}/jetkeep-parts.XXXXXX")
  export JETKEEP_PARTS
  parts_outermost=$BASHPID
fi
part_name='' part_of=''

# Of this shell and what it waited for, in hundredths of a second, as $parts_processor.
parts_clock() {
  local file total
  file=$(mktemp "$JETKEEP_PARTS.XXXXXX")
  times > "$file"
  total=$(awk '{ for (i = 1; i <= 2; i++) { split($i, t, /[ms]/); sum += t[1] * 6000 + t[2] * 100 } } END { printf "%d", sum }' "$file")
  rm -f "$file"
  parts_processor=$total
}

part() {
  part_close
  part_name=$1 part_of=$BASHPID part_began=$SECONDS
  parts_clock
  part_processor=$parts_processor
}

part_close() {
  # A subshell inherits what its parent is in; that is the parent's.
  [ -n "$part_name" ] && [ "$part_of" = "$BASHPID" ] || return 0
  parts_clock
  printf '%s\t%d\t%d\n' "$part_name" $((SECONDS - part_began)) $((parts_processor - part_processor)) >> "$JETKEEP_PARTS"
  part_name=''
}

parts_end() {
  part_close
  [ "${parts_outermost:-}" = "$BASHPID" ] || return 0
  awk -F '\t' -v wall=$((SECONDS - parts_began)) '
    function row(name, wall, processor) { printf "%-28s %7d s %7.1f s\n", name, wall, processor / 100 }
    BEGIN { printf "%-28s %9s %9s\n", "part", "wall", "processor" }
    { row($1, $2, $3); all += $3 }
    END {
      row("all", wall, all)
      if (all > 80 * 60 * 100) print "WARNING: more than 80 minutes of processor time"
    }' "$JETKEEP_PARTS"
  rm -f "$JETKEEP_PARTS"
  unset JETKEEP_PARTS
}

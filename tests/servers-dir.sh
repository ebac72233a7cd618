# shellcheck shell=bash
# Sourced: where the servers for tests are. The default is outside of the checkout, so that each fresh one finds them.
export JETKEEP_SERVERS=${JETKEEP_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/jetkeep/servers}

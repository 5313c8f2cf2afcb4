#!/usr/bin/env bash
# fork_safe_statics.sh READELF FILE...: fails if an object or archive has a local static object that is made at run time
# under a guard. A child whose parent was making it in another thread at the fork waits for that thread for ever;
# chunkwise/core/made_once.hpp makes such objects. Guards of thread_local objects are the thread's own.
set -euo pipefail
readelf=$1
shift
symbols=$("$readelf" -sW "$@")
[[ $symbols == *chunkwise* ]] || { echo "no symbols are seen in: $*"; exit 1; }
guards=$(awk '$4 == "OBJECT" && $8 ~ /^_ZGV.*chunkwise/ { print $8 }' <<<"$symbols" | sort -u | c++filt)
[[ -z $guards ]] || { printf 'local static objects that a forked child may wait for:\n%s\n' "$guards"; exit 1; }

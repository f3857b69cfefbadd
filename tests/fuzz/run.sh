#!/usr/bin/env bash
# One target for some seconds: run.sh BUILD-FOLDER TARGET [SECONDS]. Code 1 if something was found.
set -euo pipefail
build=$1 target=$2 seconds=${3:-${LIVEDATA_FUZZ_SECONDS:-5}}
mkdir -p "$build/corpus/$target" "$build/findings"
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
[ -d /dev/shm ] && export TMPDIR=/dev/shm
log=$build/findings/$target.log
if ! "$build/tests/${target}_fuzz" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -max_len=65536 \
  -artifact_prefix="$build/findings/$target-" -print_final_stats=1 "$build/corpus/$target" "$build/seeds/$target" >"$log" 2>&1; then
  tail -n 60 "$log" >&2
  echo "fuzz: $target: a finding; its input is in $build/findings, the rest of what it said in $log" >&2
  exit 1
fi
printf 'fuzz: %-16s %10s inputs, no finding\n' "$target" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"

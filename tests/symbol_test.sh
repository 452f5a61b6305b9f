#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What others see of the library: the shared one exports exactly the functions of the header; whatever the static one
# has global starts with fovea_ or fv_, so that it clashes with nobody; neither has variables; nothing in it can open,
# print or exit.
. tests/tap.sh

gcc -E -P -Iinclude include/fovea.h | tr '\n' ' ' | grep -oE '\bfovea_[a-z_0-9]+ *\(' | tr -d '( ' | sort -u >"$scratch/declared"
nm -D --defined-only "$build/libfovea.so" | awk '{print $NF}' | sort -u >"$scratch/exported"
check 'the header declares functions' test -s "$scratch/declared"
check 'the shared library exports what the header declares' diff "$scratch/declared" "$scratch/exported"

nm -g --defined-only "$build/libfovea.a" 2>/dev/null | awk 'NF == 3 {print $3, $2}' >"$scratch/static"
check 'the static library has symbols' grep -q '^fovea_upscale T' "$scratch/static"
check 'static symbols are fovea_* or fv_*' awk '!/^(fovea|fv)_/ {print; bad = 1} END {exit bad}' "$scratch/static"
check 'no state' sh -c "size -A '$build/libfovea.a' | awk '
    \$1 ~ /^[.](data|bss|tdata|tbss|data[.]rel[.]local|data[.]rel)\$/ && \$2 > 0 {print; bad = 1} END {exit bad}'"

# The outside world, whole: memory, threads and what they block, processors to use.
nm -u --no-sort "$build/libfovea.so" | awk '{print $NF}' | sed 's/@.*//' | sort -u >"$scratch/needed"
cat >"$scratch/allowed" <<'LIST'
__cpu_model
__cxa_finalize
__gmon_start__
__sched_cpucount
__stack_chk_fail
_ITM_deregisterTMCloneTable
_ITM_registerTMCloneTable
free
getauxval
malloc
memcpy
memmove
memset
sched_getaffinity
sigdelset
sigfillset
LIST
check 'needs nothing but memory and threads' awk 'NR == FNR {ok[$1] = 1; next}
    !($1 in ok) && $1 !~ /^pthread_/ {print; bad = 1} END {exit bad}' "$scratch/allowed" "$scratch/needed"
tap_done symbol_test

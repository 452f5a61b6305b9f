#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Train a net on an accelerator in one go, or as much of it as the time allows; the same command again goes on.
#
#   train/best.sh PARTS WORK OUT MINUTES [train.py OPTIONS]
#
# PARTS holds the tar files of pack.py (or is the folder of crops itself); WORK is a folder on fast local storage that
# keeps crops, cache and checkpoint between calls; OUT gets what is to be brought home: master.safetensors and log.txt.
# Options given after MINUTES replace the defaults below, e.g. --device cpu:0 --batch 2 --iterations 100 for a trial.
set -euo pipefail
[ $# -ge 4 ] || { sed -n '3,11p' "$0" >&2; exit 2; }
parts=$1 work=$2 out=$3 minutes=$4
shift 4
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$work/run" "$out"

data=$parts
if compgen -G "$parts/crops-*.tar" >/dev/null; then
    data=$work/crops
    mkdir -p "$data"
    for part in "$parts"/crops-*.tar; do tar -xf "$part" -C "$data"; done
fi

status=0
(cd "$here" && python3 train.py "$(realpath "$data")" --work "$(realpath "$work")/run" --minutes "$minutes" \
    --effort best --scale 2 --device cuda --batch 64 --patch 64 --borders replicate --identity --expand 128 \
    --optimiser muon --rate 5e-4 --iterations 60000 --score-every 1000000 "$@") || status=$?
cp "$work/run/master.safetensors" "$work/run/log.txt" "$out"/
exit "$status"

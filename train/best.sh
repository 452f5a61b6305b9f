#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Train a net on an accelerator in one go: four fifths of the minutes in float, the rest in integers.
#
#   train/best.sh PARTS WORK OUT MINUTES [accelerate.py OPTIONS]
#
# PARTS holds the tar files of pack.py (or is the folder of crops itself); WORK is a folder on fast local storage; OUT gets what is to
# be brought home: master.safetensors, quantised.pt (for export.py) and log.txt. Options given after MINUTES replace the defaults
# below in both stages, e.g. --device cpu --batch 2 --patch 48 for a trial; --start ../models/photo-best-x2.safetensors --taught 0.8 --rate
# 3e-4 to go on from the shipped net, with lessons (README.md). Paths in them are seen from this folder.
set -euo pipefail
[ $# -ge 4 ] || { sed -n '3,12p' "$0" >&2; exit 2; }
parts=$1 work=$2 out=$3 minutes=$4
shift 4
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$work/run" "$out"
export OMP_NUM_THREADS=1  # data.py has threads of its own

data=$parts
if compgen -G "$parts/crops-*.tar" >/dev/null; then
    data=$work/crops
    mkdir -p "$data"
    for part in "$parts"/crops-*.tar; do tar -xf "$part" -C "$data"; done
fi

share() { awk "BEGIN { print $minutes * $1 }"; }
stage() { (cd "$here" && python3 accelerate.py "$(realpath "$data")" --work "$(realpath "$work")/run" "$@"); }
bring() { cp "$work/run/"* "$out"/; }

stage --effort best --minutes "$(share 0.8)" --rate 5e-4 --cooling 0.75 --luma 0.7 --passes 4 "$@"
bring
stage --minutes "$(share 0.2)" --batch 12 --rim 8 --rate 2e-4 --final-rate 1e-6 --luma 0.7 --passes 4 "$@" \
    --start "$(realpath "$work")/run/master.safetensors" --integers
bring

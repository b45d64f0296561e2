#!/usr/bin/env bash
# Times preprocessing of raw data sets as a whole command: processor and wall seconds and peak memory, one worker and two in turn, everything made afresh.
# Usage: bench/preprocessing.sh RUNS ID...   with nnUNet_raw and nnUNet_preprocessed set and the data sets planned. Needs GNU time.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
runs=$1
shift
"$here/actorseg" config show >/dev/null # builds where needed, so that no build is timed
for id in "$@"; do
  for ((run = 0; run < runs; run++)); do
    for workers in 1 2; do
      /usr/bin/time -f "$id, $workers workers: %e s wall, %U + %S s processor, %M KiB" \
        dotnet "$here/src/Host/bin/Release/net10.0/actorseg.dll" preprocess -d "$id" -c 3d_fullres -np "$workers" --fresh --no_pbar 2>&1 >/dev/null | tail -n 1
    done
  done
done

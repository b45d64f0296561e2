#!/usr/bin/env bash
# Processor time of augmented batches, one thread and two, of data sets that are preprocessed where they are not yet.
# Usage: bench/augmentation.sh BATCHES BATCH_SIZE ID...   with nnUNet_raw and nnUNet_preprocessed set.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
batches=$1
size=$2
shift 2
dotnet build "$here/bench/Augmentation" -c Release -v quiet -nologo -p:UseSharedCompilation=false
for id in "$@"; do
  "$here/actorseg" plan-and-preprocess -d "$id" -c 3d_fullres --no_pbar >/dev/null
  folder=$(find "$nnUNet_preprocessed" -maxdepth 1 -name "$(printf 'Dataset%03d_*' "$id")")
  dotnet "$here/bench/Augmentation/bin/Release/net10.0/ActorSeg.Bench.Augmentation.dll" "$folder" 3d_fullres "$batches" "$size"
done

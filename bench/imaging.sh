#!/usr/bin/env bash
# Reading .nii.gz against bare inflate, and writing label maps against the way nibabel writes them. Needs python3. Usage: bench/imaging.sh FILE.nii.gz...
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet build "$here/Imaging" -c Release -v quiet -nologo
bench() { dotnet "$here/Imaging/bin/Release/net10.0/ActorSeg.Bench.Imaging.dll" "$@"; }
bench make "$work"
for map in blobs classes; do
  for _ in 1 2 3; do
    printf '%s: ActorSeg %s; Python gzip level 1 %s\n' "$map" "$(bench write "$work/$map.raw" "$work/a.nii.gz")" "$(python3 "$here/Imaging/as_nibabel.py" "$work/$map.raw" "$work/b.nii.gz")"
  done
done
if [ $# -gt 0 ]; then bench read "$@"; fi

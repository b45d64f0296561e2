"""Writes a raw uint8 map as nibabel writes .nii.gz: a 352-byte header, then the array slice by slice, through Python's gzip at level 1.

nibabel itself does this and more (it copies and checks each slice), so this is the least it can take. usage: as_nibabel.py MAP.raw FILE.nii.gz
"""
import gzip
import os
import sys
import time

raw = open(sys.argv[1], "rb").read()
plane = 512 * 512
times = []
for _ in range(7):
    started = time.perf_counter()
    with gzip.open(sys.argv[2], "wb", compresslevel=1) as target:
        target.write(bytes(352))
        for at in range(0, len(raw), plane):
            target.write(raw[at:at + plane])
    times.append(time.perf_counter() - started)
print(f"{sorted(times)[3]:.3f} s, {os.path.getsize(sys.argv[2])} bytes")

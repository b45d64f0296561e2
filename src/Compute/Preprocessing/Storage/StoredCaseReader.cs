using ActorSeg.Compute.Files;
using Microsoft.Win32.SafeHandles;

namespace ActorSeg.Compute.Preprocessing.Storage;

/// <summary>
/// Opens the arrays of a case: stored members of an npz, .npy files and the unpacked copies of deflated members (nnU-Net's own npz) are read box by box; other
/// element types, and what cannot be unpacked because the folder is read-only or full, are read into memory.
/// </summary>
internal static class StoredCaseReader
{
    private const long MostInflated = 1L << 36; // a case is at most some gigabytes; the members' own ratio is bounded by the zip reader

    /// <summary>Opens <c>data.npy</c> and <c>seg.npy</c>.</summary>
    /// <param name="path">The npz.</param>
    /// <param name="expected">Checksums of the two members that the properties carry; null where they carry none.</param>
    /// <param name="copies">Where unpacked copies of compressed arrays may be, and the lock of who makes them.</param>
    /// <param name="verified">Files that need not be read through again.</param>
    public static (StoredCaseArray<float> Image, StoredCaseArray<short> Labels) OpenNpz(
        string path, (uint Data, uint Seg)? expected, (string Image, string Labels, string Lock) copies, VerifiedFiles verified)
    {
        using var zip = ZipReader.Open(path, MostInflated);
        var (data, seg) = (Member(zip, "data.npy"), Member(zip, "seg.npy"));
        if (expected is { } crc && crc != (data.Crc32, seg.Crc32)) throw new DataException(path, "belongs to other properties than those beside it", "");
        var stamp = zip.Stamp;
        if (!verified.Has(path, stamp))
        {
            foreach (var member in (ZipEntry[])[data, seg])
                if (!member.IsDeflated)
                    zip.Verify(member);
        }

        var image = OpenMember<float>(zip, data, "<f4", copies.Image, copies.Lock, verified);
        try
        {
            var labels = OpenMember<short>(zip, seg, "<i2", copies.Labels, copies.Lock, verified);
            verified.Add(path, stamp);
            return (image, labels);
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>Opens <c>seg.npy</c> of three axes, as the stage before leaves it.</summary>
    public static StoredCaseArray<short> OpenPreviousStage(string path, (string Labels, string Lock) copy, VerifiedFiles verified)
    {
        using var zip = ZipReader.Open(path, MostInflated);
        var (seg, stamp) = (Member(zip, "seg.npy"), zip.Stamp);
        if (!seg.IsDeflated && !verified.Has(path, stamp)) zip.Verify(seg);
        var labels = OpenMember<short>(zip, seg, "<i2", copy.Labels, copy.Lock, verified, axes: 3);
        verified.Add(path, stamp);
        return labels;
    }

    /// <summary>Opens an .npy file. The format has no checksum; its length is checked.</summary>
    public static StoredCaseArray<T> OpenNpy<T>(string path, string dtype, int axes = 4) where T : unmanaged
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var found = new StoredFile(path, RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file));
        var prefix = Bytes(file, NpyHeader.PrefixLength);
        var header = NpyHeader.Parse(Bytes(file, NpyHeader.LengthFrom(prefix, path)), path);
        var (channels, shape) = Extents<T>(header, path, found.Length, dtype, axes);
        if (header.Dtype != dtype || header.IsFortran) throw new DataException(path, $"holds {header.Dtype} where {dtype} in C order can be read", "");
        return new StoredCaseArray<T>(channels, shape, found, header.Length);
    }

    private static ZipEntry Member(ZipReader zip, string name) => zip.Find(name) ?? throw new DataException(zip.Path, $"has no array '{name}'", "");

    private static byte[] Bytes(SafeFileHandle file, int count)
    {
        var bytes = new byte[count];
        var got = RandomAccess.Read(file, bytes, 0);
        return bytes[..got];
    }

    private static StoredCaseArray<T> OpenMember<T>(ZipReader zip, ZipEntry entry, string dtype, string copy, string lockFile, VerifiedFiles verified, int axes = 4)
        where T : unmanaged
    {
        using var member = zip.Open(entry);
        if (entry.Length < NpyHeader.PrefixLength) throw new DataException(zip.Path, $"the array '{entry.Name}' is cut short", "");
        var prefix = member.ReadBytes(NpyHeader.PrefixLength);
        var length = NpyHeader.LengthFrom(prefix, zip.Path);
        if (length > entry.Length) throw new DataException(zip.Path, $"the array '{entry.Name}' is cut short", "");
        var header = NpyHeader.Parse([.. prefix, .. member.ReadBytes(length - prefix.Length)], zip.Path);
        var (channels, shape) = Extents<T>(header, zip.Path, entry.Length, dtype, axes);
        if (!entry.IsDeflated && header.Dtype == dtype)
            return new StoredCaseArray<T>(channels, shape, new StoredFile(zip.Path, zip.Stamp.Length, zip.Stamp.Modified), zip.DataOffset(entry) + header.Length);
        if (header.Dtype == dtype && UnpackedCopies.Ensure(zip, entry, copy, lockFile, verified)) return OpenNpy<T>(copy, dtype, axes);
        var values = LargeArray.Uninitialized<T>(checked(channels * shape.Voxels));
        // Labels fit 15 bits: uint16 is int16.
        if (header.Dtype == dtype || header.Dtype == "<u2") member.Read(values.AsSpan());
        else
            for (var i = 0; i < values.Length;)
            {
                // Labels that nnU-Net kept in one byte.
                var bytes = member.ReadBytes(Math.Min(values.Length - i, 1 << 16));
                foreach (var b in bytes) values[i++] = (T)(object)(short)(header.Dtype == "|i1" ? (sbyte)b : b);
            }

        member.End();
        return new StoredCaseArray<T>(channels, shape, values);
    }

    // (channels, axis 0, axis 1, axis 2) or the three axes alone, and as many bytes as that takes: checked before anything is allocated or read.
    private static (int Channels, VolumeShape Shape) Extents<T>(NpyHeader header, string path, long length, string dtype, int axes) where T : unmanaged
    {
        var size = header.Dtype == dtype ? (dtype == "<f4" ? 4 : 2) : dtype != "<i2" ? 0 : header.Dtype switch { "|i1" or "|u1" => 1, "<u2" => 2, _ => 0 };
        if (size == 0 || header.IsFortran || header.Shape.Count != axes)
            throw new DataException(path, $"holds an array of {header.Dtype} with {header.Shape.Count} axes where {dtype} with {axes} axes in C order is due", "");
        var values = header.Shape.Aggregate((Int128)1, (a, b) => a * b);
        if (values * size != length - header.Length || values == 0 || values > Array.MaxLength)
            throw new DataException(path, $"an array of shape ({string.Join(", ", header.Shape)}) has {length - header.Length} bytes", "");
        var shape = new VolumeShape((int)header.Shape[^3], (int)header.Shape[^2], (int)header.Shape[^1]);
        return (axes == 4 ? (int)header.Shape[0] : 1, shape);
    }
}

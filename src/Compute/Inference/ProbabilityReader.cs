using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Inference;

/// <summary>
/// Reads the probabilities of one case (nnU-Net's .npz with the key <c>probabilities</c>, spec 07 section 5), a stretch at a time from the first head's first
/// voxel to the last head's last, so that no case need be in memory as a whole. float16, float32 and float64 come out as float32.
/// </summary>
public sealed class ProbabilityReader : IDisposable
{
    private const string Member = "probabilities.npy", Advice = "predict this case again with --save_probabilities";
    private const int Block = 1 << 14;

    private readonly ZipReader _zip;
    private readonly ZipMember _member;
    private readonly NpyHeader _header;
    private readonly byte[] _raw = new byte[Block * sizeof(double)];
    private float[]? _reordered;
    private long _at;

    private ProbabilityReader(ZipReader zip, ZipMember member, NpyHeader header)
    {
        (_zip, _member, _header) = (zip, member, header);
        (Heads, Shape) = ((int)header.Shape[0], new VolumeShape((int)header.Shape[1], (int)header.Shape[2], (int)header.Shape[3]));
    }

    /// <summary>The file.</summary>
    public string File => _zip.Path;

    /// <summary>Network outputs.</summary>
    public int Heads { get; }

    /// <summary>The extent of each, in the image's own axes.</summary>
    public VolumeShape Shape { get; }

    /// <summary>Opens a file and reads what it says of itself.</summary>
    /// <exception cref="DataException">It is missing, damaged, or holds no such array.</exception>
    public static ProbabilityReader Open(string file)
    {
        // Some real ones, all zeros and ones, pack a hundredfold.
        var zip = ZipReader.Open(file, ZipReader.DefaultMostInflated, inflatedPerByte: 1040);
        ZipMember? member = null;
        try
        {
            member = zip.Open(zip.Find(Member) ?? throw new DataException(file, $"has no array 'probabilities'", Advice));
            var prefix = member.ReadBytes(NpyHeader.PrefixLength);
            byte[] text = [.. prefix, .. member.ReadBytes(NpyHeader.LengthFrom(prefix, file) - NpyHeader.PrefixLength)];
            var header = NpyHeader.Parse(text, file);
            var size = header.Dtype switch { "<f2" => 2, "<f4" => 4, "<f8" => 8, _ => throw Wrong(file, header) };
            if (header.Shape.Count != 4 || header.Shape.Contains(0)) throw Wrong(file, header);
            var bytes = header.Shape.Aggregate((long)size, (product, extent) => checked(product * extent));
            if (bytes != member.Left || bytes / size / header.Shape[0] > Array.MaxLength)
                throw new DataException(file, $"holds {member.Left} bytes for an array of ({string.Join(", ", header.Shape)})", Advice);
            return new ProbabilityReader(zip, member, header);
        }
        catch (Exception e)
        {
            member?.Dispose();
            zip.Dispose();
            if (e is OverflowException) throw new DataException(file, "announces an array larger than any memory", Advice, e);
            throw;
        }
    }

    /// <summary>The next values.</summary>
    /// <exception cref="DataException">The file is damaged, or holds a value that is no number.</exception>
    public void Read(Span<float> target)
    {
        if (IsReordered)
        {
            _reordered ??= ReadReordered();
            _reordered.AsSpan((int)_at, target.Length).CopyTo(target);
        }
        else
        {
            ReadStored(target);
        }

        _at += target.Length;
        if (_at == Heads * Shape.Voxels) _member.End();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _member.Dispose();
        _zip.Dispose();
    }

    // With one extent above 1, the first axis fastest and the last one fastest are the same order.
    private bool IsReordered => _header.IsFortran && _header.Shape.Count(extent => extent > 1) > 1;

    private void ReadStored(Span<float> target)
    {
        for (var at = 0; at < target.Length; at += Block)
        {
            var part = target.Slice(at, Math.Min(Block, target.Length - at));
            switch (_header.Dtype)
            {
                case "<f4":
                    _member.Read<float>(part);
                    break;
                case "<f2":
                    TensorPrimitives.ConvertToSingle(Raw<Half>(part.Length), part);
                    break;
                default:
                    TensorPrimitives.ConvertTruncating<double, float>(Raw<double>(part.Length), part);
                    break;
            }

            if (float.IsFinite(TensorPrimitives.Sum<float>(part))) continue;
            throw new DataException(File, "holds a probability that is no number", Advice);
        }
    }

    private ReadOnlySpan<T> Raw<T>(int count) where T : unmanaged
    {
        var values = MemoryMarshal.Cast<byte, T>(_raw.AsSpan())[..count];
        _member.Read<T>(values);
        return values;
    }

    // numpy writes this order only by accident: then the whole array is taken to memory.
    private float[] ReadReordered()
    {
        var (count, extents) = (Heads * Shape.Voxels, _header.Shape.Select(e => (int)e).ToArray());
        if (count > Array.MaxLength) throw new DataException(File, $"is in Fortran order and has {count} values, too many for that", "write it again in C order");
        var (stored, result) = (LargeArray.Uninitialized<float>(count), LargeArray.Uninitialized<float>(count));
        ReadStored(stored);
        var from = 0;
        for (var x = 0; x < extents[3]; x++)
            for (var y = 0; y < extents[2]; y++)
                for (var z = 0; z < extents[1]; z++)
                    for (var head = 0; head < extents[0]; head++)
                        result[(((((head * extents[1]) + z) * extents[2]) + y) * extents[3]) + x] = stored[from++];
        return result;
    }

    private static DataException Wrong(string file, NpyHeader header) => new(
        file, $"holds 'probabilities' as {header.Dtype} of ({string.Join(", ", header.Shape)}) where a float array of (heads, axis 0, axis 1, axis 2) is due", Advice);
}

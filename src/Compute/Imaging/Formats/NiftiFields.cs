using System.Buffers.Binary;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>The fields of a NIfTI-1 or NIfTI-2 header that matter here, as they are in the file; nothing in them has been believed yet.</summary>
internal sealed record NiftiFields
{
    /// <summary>Bytes of a NIfTI-1 header.</summary>
    public const int Bytes1 = 348;

    /// <summary>Bytes of a NIfTI-2 header.</summary>
    public const int Bytes2 = 540;

    /// <summary>1 or 2.</summary>
    public required int Version { get; init; }

    /// <summary>Byte order of header and voxels.</summary>
    public required bool BigEndian { get; init; }

    /// <summary>Whether the voxels are in an .img beside the header.</summary>
    public required bool Paired { get; init; }

    /// <summary>dim[0] (number of axes) to dim[7].</summary>
    public required long[] Dim { get; init; }

    /// <summary>pixdim[0] (handedness of the qform) to pixdim[7].</summary>
    public required double[] PixDim { get; init; }

    /// <summary>datatype: code of the voxel type.</summary>
    public required int DataType { get; init; }

    /// <summary>intent_code.</summary>
    public required int Intent { get; init; }

    /// <summary>vox_offset.</summary>
    public required double Offset { get; init; }

    /// <summary>scl_slope.</summary>
    public required double Slope { get; init; }

    /// <summary>scl_inter.</summary>
    public required double Intercept { get; init; }

    /// <summary>qform_code.</summary>
    public required int QFormCode { get; init; }

    /// <summary>sform_code.</summary>
    public required int SFormCode { get; init; }

    /// <summary>quatern_b, c, d, then qoffset_x, y, z.</summary>
    public required double[] Quaternion { get; init; }

    /// <summary>srow_x, srow_y, srow_z: 3 rows of 4.</summary>
    public required double[] SRows { get; init; }

    /// <summary>xyzt_units.</summary>
    public required int Units { get; init; }

    /// <summary>Bytes of the header proper.</summary>
    public int HeaderBytes => Version == 1 ? Bytes1 : Bytes2;

    /// <summary>Reads a header; the stream is left behind it.</summary>
    /// <exception cref="DataException">It is neither NIfTI-1 nor NIfTI-2.</exception>
    public static NiftiFields Read(Stream stream, string file)
    {
        var bytes = new byte[Bytes2];
        Fill(stream, bytes.AsSpan(0, Bytes1), file);
        // NIfTI-1 ends with its magic, NIfTI-2 begins with it: a file cannot be both.
        if (bytes.AsSpan(344, 4) is var magic && (magic.SequenceEqual("n+1\0"u8) || magic.SequenceEqual("ni1\0"u8))) return Version1(bytes, file);
        if (bytes.AsSpan(4, 3) is var second && (second.SequenceEqual("n+2"u8) || second.SequenceEqual("ni2"u8)))
        {
            Fill(stream, bytes.AsSpan(Bytes1), file);
            return Version2(bytes, file);
        }

        throw new DataException(
            file, "has no NIfTI magic ('n+1' or 'ni1' at byte 344, 'n+2' or 'ni2' at byte 4): it is Analyze, or no NIfTI image at all",
            "check what the file is, and export it as NIfTI");
    }

    private static NiftiFields Version1(ReadOnlySpan<byte> bytes, string file)
    {
        var big = BigEndianOf(BinaryPrimitives.ReadInt16LittleEndian(bytes[40..]), BinaryPrimitives.ReadInt16BigEndian(bytes[40..]), file);
        var reader = new NiftiReader(bytes, big);
        return new NiftiFields
        {
            Version = 1,
            BigEndian = big,
            Paired = bytes[345] == 'i',
            Dim = reader.Shorts(40, 8),
            DataType = reader.Short(70),
            Intent = reader.Short(68),
            PixDim = reader.Singles(76, 8),
            Offset = reader.Single(108),
            Slope = reader.Single(112),
            Intercept = reader.Single(116),
            Units = bytes[123],
            QFormCode = reader.Short(252),
            SFormCode = reader.Short(254),
            Quaternion = reader.Singles(256, 6),
            SRows = reader.Singles(280, 12),
        };
    }

    private static NiftiFields Version2(ReadOnlySpan<byte> bytes, string file)
    {
        var big = BigEndianOf(BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]), BinaryPrimitives.ReadInt64BigEndian(bytes[16..]), file);
        var reader = new NiftiReader(bytes, big);
        return new NiftiFields
        {
            Version = 2,
            BigEndian = big,
            Paired = bytes[5] == 'i',
            DataType = reader.Short(12),
            Dim = reader.Longs(16, 8),
            PixDim = reader.Doubles(104, 8),
            Offset = reader.Longs(168, 1)[0],
            Slope = reader.Doubles(176, 1)[0],
            Intercept = reader.Doubles(184, 1)[0],
            QFormCode = reader.Int(344),
            SFormCode = reader.Int(348),
            Quaternion = reader.Doubles(352, 6),
            SRows = reader.Doubles(400, 12),
            Units = reader.Int(500),
            Intent = reader.Int(504),
        };
    }

    // sizeof_hdr is wrong in files that are otherwise fine; dim[0] makes sense in one byte order only.
    private static bool BigEndianOf(long little, long big, string file) =>
        little is >= 1 and <= 7 ? false
        : big is >= 1 and <= 7 ? true
        : throw new DataException(file, $"says it has {little} axes (dim[0], wanted 1 to 7)", "its header is damaged; export the image again");

    private static void Fill(Stream stream, Span<byte> bytes, string file)
    {
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw new DataException(file, "is shorter than a NIfTI header (348 or 540 bytes)", "it is empty or truncated; copy or export it again");
    }

    /// <summary>Numbers of a header in its byte order.</summary>
    private readonly ref struct NiftiReader(ReadOnlySpan<byte> bytes, bool big)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        public int Short(int at) => big ? BinaryPrimitives.ReadInt16BigEndian(_bytes[at..]) : BinaryPrimitives.ReadInt16LittleEndian(_bytes[at..]);

        public int Int(int at) => big ? BinaryPrimitives.ReadInt32BigEndian(_bytes[at..]) : BinaryPrimitives.ReadInt32LittleEndian(_bytes[at..]);

        public double Single(int at) => big ? BinaryPrimitives.ReadSingleBigEndian(_bytes[at..]) : BinaryPrimitives.ReadSingleLittleEndian(_bytes[at..]);

        public long[] Shorts(int at, int count)
        {
            var numbers = new long[count];
            for (var i = 0; i < count; i++) numbers[i] = Short(at + (2 * i));
            return numbers;
        }

        public long[] Longs(int at, int count)
        {
            var numbers = new long[count];
            for (var i = 0; i < count; i++)
                numbers[i] = big ? BinaryPrimitives.ReadInt64BigEndian(_bytes[(at + (8 * i))..]) : BinaryPrimitives.ReadInt64LittleEndian(_bytes[(at + (8 * i))..]);
            return numbers;
        }

        public double[] Singles(int at, int count)
        {
            var numbers = new double[count];
            for (var i = 0; i < count; i++) numbers[i] = Single(at + (4 * i));
            return numbers;
        }

        public double[] Doubles(int at, int count) => Array.ConvertAll(Longs(at, count), BitConverter.Int64BitsToDouble);
    }
}

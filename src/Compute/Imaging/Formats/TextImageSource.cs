using System.Globalization;
using System.Numerics;
using System.Text;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Voxels written as decimal numbers between white space or commas. What a type cannot hold is refused.</summary>
/// <param name="file">Named in errors.</param>
/// <param name="header">What the file says of itself.</param>
/// <param name="stream">At the first number; disposed with the source.</param>
/// <param name="planar">Components lie apart (all of the first, then all of the second, ...) and are brought together here.</param>
internal sealed class TextImageSource(string file, ImageHeader header, Stream stream, bool planar = false) : ImageSource(file, header)
{
    private const int LongestNumber = 400;
    private readonly byte[] _text = new byte[ImageFile.BufferBytes];
    private readonly byte[] _word = new byte[LongestNumber];
    private int _at;
    private int _held;

    /// <summary>What some numbers take in a file: a digit and a space each, but for the last. -1 when it overflows, or for -1 numbers.</summary>
    public static long FewestBytes(long values) => ImagePlace.Product([values, 2]) is > 0 and var bytes ? bytes - 1 : -1;

    /// <inheritdoc/>
    protected override void ReadAll<T>(Span<T> values)
    {
        try
        {
            var (components, plane) = (Header.Components, values.Length / Header.Components);
            for (var i = 0; i < values.Length; i++)
            {
                var word = Word();
                if (word.Length == 0) throw new DataException(File, $"ends after {i} of {values.Length} values", "it is truncated; copy or export it again");
                values[planar ? (i % plane * components) + (i / plane) : i] = Parse<T>(word);
            }
        }
        catch (IOException e)
        {
            ImageFile.Guard<int>(File, () => throw e);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) stream.Dispose();
    }

    private T Parse<T>(ReadOnlySpan<byte> word) where T : unmanaged, INumber<T> => Header.Type switch
    {
        VoxelType.UInt8 => T.CreateTruncating(Whole<byte>(word)),
        VoxelType.Int8 => T.CreateTruncating(Whole<sbyte>(word)),
        VoxelType.Int16 => T.CreateTruncating(Whole<short>(word)),
        VoxelType.UInt16 => T.CreateTruncating(Whole<ushort>(word)),
        VoxelType.Int32 => T.CreateTruncating(Whole<int>(word)),
        VoxelType.UInt32 => T.CreateTruncating(Whole<uint>(word)),
        VoxelType.Int64 => T.CreateTruncating(Whole<long>(word)),
        VoxelType.UInt64 => T.CreateTruncating(Whole<ulong>(word)),
        VoxelType.Float32 => T.CreateTruncating((float)Float(word)),
        _ => T.CreateTruncating(Float(word)),
    };

    // Some writers give whole numbers a decimal point ("12.0").
    private TStored Whole<TStored>(ReadOnlySpan<byte> word) where TStored : unmanaged, INumber<TStored>, IMinMaxValue<TStored>
    {
        if (TStored.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)) return value;
        var number = Float(word);
        if (number != Math.Floor(number) || number < double.CreateTruncating(TStored.MinValue) || number > double.CreateTruncating(TStored.MaxValue)) throw Bad(word);
        return TStored.CreateSaturating(number);
    }

    private double Float(ReadOnlySpan<byte> word) =>
        TextHeader.TryNumber(Encoding.Latin1.GetString(word), out var value) ? value : throw Bad(word);

    private DataException Bad(ReadOnlySpan<byte> word) => new(
        File, $"has the voxel {TextHeader.Quote(Encoding.Latin1.GetString(word))}, which is no {Header.Type.NumpyName()}", "it is damaged; copy or export it again");

    private ReadOnlySpan<byte> Word()
    {
        var length = 0;
        while (true)
        {
            if (_at == _held) (_at, _held) = (0, stream.Read(_text));
            if (_held == 0) return _word.AsSpan(0, length);
            var c = _text[_at++];
            if (c is not ((byte)' ' or (byte)',' or (>= 9 and <= 13)))
            {
                if (length == LongestNumber) throw Bad(_word);
                _word[length++] = c;
            }
            else if (length > 0) return _word.AsSpan(0, length);
        }
    }
}

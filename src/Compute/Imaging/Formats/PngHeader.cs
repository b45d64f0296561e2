using System.Buffers.Binary;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>IHDR and palette of a PNG (PNG specification, third edition, sections 11.2 and 11.3).</summary>
internal sealed record PngHeader
{
    private const int Grey = 0, Rgb = 2, Indexed = 3, GreyAlpha = 4, RgbAlpha = 6;

    /// <summary>Pixels across.</summary>
    public required int Width { get; init; }

    /// <summary>Pixels down.</summary>
    public required int Height { get; init; }

    /// <summary>Bits a sample as stored: 1, 2, 4, 8 or 16.</summary>
    public required int Bits { get; init; }

    /// <summary>Whether the rows come in seven passes (Adam7).</summary>
    public required bool Interlaced { get; init; }

    /// <summary>Samples a pixel as stored: 1 where they are indices.</summary>
    public required int Samples { get; init; }

    /// <summary>Colours as RGB or RGBA, of indexed images; else empty.</summary>
    public byte[] Palette { get; init; } = [];

    /// <summary>Whether samples are indices into <see cref="Palette"/>.</summary>
    public bool IsIndexed { get; init; }

    /// <summary>Numbers a pixel once colours are looked up.</summary>
    public int Components => IsIndexed ? Palette.Length / PaletteColours : Samples;

    /// <summary>What the numbers of a pixel mean.</summary>
    public VoxelKind Kind => Components switch { 1 => VoxelKind.Scalar, 3 => VoxelKind.Rgb, 4 => VoxelKind.Rgba, _ => VoxelKind.Vector };

    /// <summary>uint16 for 16 bits, else uint8: fewer bits are stretched to 0..255, as other readers do.</summary>
    public VoxelType Type => Bits == 16 ? VoxelType.UInt16 : VoxelType.UInt8;

    /// <summary>Bits of a pixel as stored.</summary>
    public int PixelBits => Samples * Bits;

    private int PaletteColours { get; init; } = 1;

    /// <summary>Bytes of a row of some pixels, without its filter byte.</summary>
    public long RowBytes(int pixels) => (((long)pixels * PixelBits) + 7) / 8;

    /// <summary>Reads IHDR.</summary>
    /// <exception cref="DataException">A field cannot be.</exception>
    public static PngHeader Read(ReadOnlySpan<byte> ihdr, string file)
    {
        if (ihdr.Length != 13) throw new DataException(file, $"has an IHDR of {ihdr.Length} bytes, not 13", "it is damaged; export it again");
        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(ihdr), BinaryPrimitives.ReadUInt32BigEndian(ihdr[4..]));
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue)
            throw new DataException(file, $"measures {width} x {height} pixels", "it is damaged; export it again");
        var (bits, colour) = (ihdr[8], ihdr[9]);
        var samples = (colour, bits) switch
        {
            (Grey, 1 or 2 or 4 or 8 or 16) or (Indexed, 1 or 2 or 4 or 8) => 1,
            (GreyAlpha, 8 or 16) => 2,
            (Rgb, 8 or 16) => 3,
            (RgbAlpha, 8 or 16) => 4,
            _ => throw new DataException(file, $"has colour type {colour} with {bits} bits, which PNG has not", "it is damaged; export it again"),
        };
        if (ihdr[10] != 0 || ihdr[11] != 0 || ihdr[12] > 1)
            throw new DataException(file, $"has compression {ihdr[10]}, filter {ihdr[11]} and interlace {ihdr[12]}, which PNG has not", "it is damaged; export it again");
        return new PngHeader
        {
            Width = (int)width,
            Height = (int)height,
            Bits = bits,
            Samples = samples,
            Interlaced = ihdr[12] == 1,
            IsIndexed = colour == Indexed,
        };
    }

    /// <summary>With the colours of PLTE, and of tRNS where the file has one.</summary>
    /// <exception cref="DataException">They are no list of colours.</exception>
    public PngHeader WithPalette(ReadOnlySpan<byte> rgb, ReadOnlySpan<byte> opacity, string file)
    {
        if (!IsIndexed) return this;
        var colours = rgb.Length / 3;
        if (colours is 0 or > 256 || rgb.Length % 3 != 0 || opacity.Length > colours)
            throw new DataException(file, $"has a palette of {rgb.Length} bytes and {opacity.Length} opacities", "it is damaged; export it again");
        var samples = opacity.IsEmpty ? 3 : 4;
        var palette = new byte[colours * samples];
        for (var i = 0; i < colours; i++)
        {
            rgb.Slice(3 * i, 3).CopyTo(palette.AsSpan(samples * i));
            if (samples == 4) palette[(4 * i) + 3] = i < opacity.Length ? opacity[i] : byte.MaxValue;
        }

        return this with { Palette = palette, PaletteColours = colours };
    }
}

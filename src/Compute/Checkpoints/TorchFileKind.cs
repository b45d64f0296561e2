namespace ActorSeg.Compute.Checkpoints;

/// <summary>Tells files that are taken for checkpoints apart by their first bytes.</summary>
internal static class TorchFileKind
{
    public const int HeadLength = 512;

    public const string Zip = "a zip";
    public const string Legacy = "a file of torch.save without the zip";
    public const string Tar = "a tar archive, as torch before 0.2 wrote";
    public const string Pickle = "a plain pickle";
    public const string Safetensors = "a safetensors file";
    public const string WebPage = "a web page";
    public const string LfsPointer = "a pointer of git-lfs to a file that was not fetched";
    public const string Gzip = "packed with gzip";

    private const string SaveAgain = "load it where it was made and save it again with torch.save(torch.load('old.pth', map_location='cpu'), 'new.pth')";

    // torch's magic number 0x1950a86a20f9469cfc6c as a pickle of protocol 2, then its protocol number 1001 as another
    public static ReadOnlySpan<byte> LegacyMagic => [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    /// <summary>One of the constants above; null for what is none of them.</summary>
    public static string? Of(ReadOnlySpan<byte> head) =>
        head.StartsWith("PK\u0003\u0004"u8) ? Zip
        : head.StartsWith(LegacyMagic) ? Legacy
        // before those of two bytes: the length that it begins with may look like them
        : head.Length > 8 && head[8] == (byte)'{' && head[4..8].IndexOfAnyExcept((byte)0) < 0 ? Safetensors
        : head is [0x80, >= 2 and <= 5, ..] ? Pickle
        : head is [0x1F, 0x8B, ..] ? Gzip
        : head.Length > 262 && head[257..262].SequenceEqual("ustar"u8) ? Tar
        : head.StartsWith("version https://git-lfs"u8) ? LfsPointer
        : head.StartsWith("<!DOCTYPE"u8) || head.StartsWith("<!doctype"u8) || head.StartsWith("<html"u8) ? WebPage
        : null;

    /// <summary>What to do about it.</summary>
    public static string Advice(string kind) => kind switch
    {
        Tar or Pickle => SaveAgain,
        WebPage => "download the file itself; the address may need a login or another link",
        LfsPointer => "fetch the file itself with git lfs pull",
        Safetensors => "it has weights alone; name a checkpoint_*.pth where training or plans are needed",
        Gzip => "unpack it first",
        _ => "name a checkpoint_*.pth that nnU-Net or ActorSeg wrote",
    };
}

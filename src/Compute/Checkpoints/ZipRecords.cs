using System.Text;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>The records of the zip that torch writes since 1.6 (spec 10 section 1).</summary>
internal sealed class ZipRecords : TorchRecords
{
    private const int LongestPickle = 1 << 28;

    // torch stores; where another zip tool packed a checkpoint again, weights shrink by a tenth and untouched momentum by more.
    private const long InflatedFixed = 1 << 26, InflatedPerByte = 32;

    private readonly ZipReader _zip;
    private readonly string _prefix;

    public ZipRecords(string path) : base(path)
    {
        _zip = ZipReader.Open(path, InflatedFixed, InflatedPerByte);
        try
        {
            var pickles = _zip.Entries.Where(e => e.Name.EndsWith("/data.pkl", StringComparison.Ordinal) && e.Name.Count(c => c == '/') == 1).ToArray();
            if (pickles.Length > 1)
            {
                throw new DataException(path, $"has both '{pickles[0].Name}' and '{pickles[1].Name}' inside, so that readers could differ about its content",
                    CopyAgain);
            }

            var pickle = pickles.FirstOrDefault()
                ?? throw new DataException(path, "has no data.pkl inside, so it is no checkpoint of torch 1.6 or later",
                    "name a checkpoint_*.pth that nnU-Net or ActorSeg wrote");
            _prefix = pickle.Name[..^"data.pkl".Length];
            if (_zip.Find($"{_prefix}byteorder") is { } order && Encoding.ASCII.GetString(_zip.ReadAll(order, 16)).Trim() != "little")
                throw new DataException(path, "was written on a big-endian machine", "convert it there, or use another checkpoint");
            TotalBytes = _zip.Entries.Sum(e => e.Length);
            Root = Pickle.Read(_zip.ReadAll(pickle, LongestPickle), path);
        }
        catch
        {
            _zip.Dispose();
            throw;
        }
    }

    public override object? Root { get; }

    public override IReadOnlyList<ZipEntry> Entries => _zip.Entries;

    public override long TotalBytes { get; }

    public override long BytesRead => _zip.BytesOpened;

    public override float[] Read(string key, string storageType, long elements)
    {
        var entry = _zip.Find($"{_prefix}data/{key}")
            ?? throw new DataException(Path, $"has no record '{MessageText.Shown(key)}' that a tensor refers to", CopyAgain);
        var (size, dtype) = TorchDtypes.Of(storageType);
        if (elements > Array.MaxLength || entry.Length != elements * size)
            throw new DataException(Path, $"the record '{key}' has {entry.Length} bytes where {elements} values of {dtype} are declared", CopyAgain);
        using var member = _zip.Open(entry);
        var values = TorchDtypes.Read(storageType, member, (int)elements);
        member.End();
        return values;
    }

    public override void Dispose() => _zip.Dispose();
}

using System.Collections.Concurrent;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Preprocessing;

/// <summary>
/// Preprocessed cases in nnU-Net's npz layout (spec 03 section 7.2): <c>id.npz</c> with <c>data.npy</c> (float32, channels and three axes) and
/// <c>seg.npy</c> (int16, one channel), and <c>id.pkl</c> with the properties. ActorSeg stores the arrays without compression, so that a patch is
/// copied straight from a map of the file; nnU-Net's own compressed files are read as well, into memory. Thread-safe.
/// </summary>
public sealed class CaseStore(string folder) : ICaseStore
{
    private const string Advice = "run preprocess again for this case";
    private const int LongestPickle = 1 << 30;

    // A file is verified once, as long as its length and time stay the same.
    private readonly ConcurrentDictionary<CaseId, (long Length, DateTime Modified)> _verified = new();

    /// <inheritdoc/>
    public IReadOnlyList<CaseId> Cases =>
        Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*.pkl").Select(file => new CaseId(Path.GetFileNameWithoutExtension(file))).Where(IsComplete).Order()]
            : [];

    /// <summary>
    /// Writes a case. Its properties, which carry the checksums of the arrays, are written last: they mark it as complete. Overwriting begins with their
    /// removal, so that a kill at any instant leaves a whole case or none.
    /// </summary>
    /// <param name="folder">Made when missing.</param>
    /// <param name="id">The case.</param>
    /// <param name="preprocessed">Must have labels.</param>
    /// <exception cref="ArgumentException">It has no labels, or they have another shape.</exception>
    /// <exception cref="ResourceException">The disk is full or fails.</exception>
    public static void Save(string folder, CaseId id, PreprocessedCase preprocessed)
    {
        var data = preprocessed.Data;
        var labels = preprocessed.Labels
            ?? throw new ArgumentException($"the case {id} has no labels; only labelled cases are stored", nameof(preprocessed));
        if (labels.Channels != 1 || labels.Shape != data.Shape)
            throw new ArgumentException($"the labels of {id} are not one channel of {data.Shape}", nameof(preprocessed));
        try
        {
            Write(folder, id, data, labels, preprocessed.Properties);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            const string WriteAdvice = "free space or check the disk and its permissions";
            throw new ResourceException($"{folder}: the preprocessed case '{id}' cannot be written ({e.Message}); {WriteAdvice}", e);
        }
    }

    /// <summary>Whether all files of a case are there; their content is looked at when it is opened.</summary>
    public bool IsComplete(CaseId id) => File.Exists(PathOf(folder, id, ".pkl")) && (File.Exists(PathOf(folder, id, ".npz")) || HasPair(id));

    /// <inheritdoc/>
    public IStoredCase Open(CaseId id)
    {
        try
        {
            return OpenUnguarded(id);
        }
        catch (DataException e)
        {
            throw new DataException(e.File, $"the preprocessed case '{id}' cannot be used: it {e.Message[(e.File.Length + 2)..].TrimEnd(' ', ';')}", Advice, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(PathOf(folder, id, ".pkl"), $"the preprocessed case '{id}' cannot be read ({e.Message})", Advice, e);
        }
    }

    /// <summary>Reads a whole case into memory.</summary>
    /// <exception cref="DataException">The case is missing, truncated or damaged.</exception>
    public PreprocessedCase Load(CaseId id)
    {
        using var stored = Open(id);
        var (image, labels) = (new Volume<float>(stored.Channels, stored.Shape), new Volume<short>(1, stored.Shape));
        stored.ReadImage(Box.Whole(stored.Shape), image.Data);
        stored.ReadLabels(Box.Whole(stored.Shape), labels.Data);
        return new PreprocessedCase(image, labels, stored.Properties);
    }

    private static void Write(string folder, CaseId id, Volume<float> data, Volume<short> labels, CaseProperties properties)
    {
        Directory.CreateDirectory(folder);
        var pickle = PathOf(folder, id, ".pkl");
        File.Delete(pickle);

        // nnU-Net prefers unpacked copies where they are: those of an older content must go.
        File.Delete(PathOf(folder, id, ".npy"));
        File.Delete(PathOf(folder, id, "_seg.npy"));
        IReadOnlyList<ZipEntry> members = [];
        DurableFile.Write(PathOf(folder, id, ".npz"), stream =>
        {
            var zip = new ZipWriter(stream);
            zip.Add<float>("data.npy", NpyHeader.Make("<f4", data.Channels, data.Shape.Z, data.Shape.Y, data.Shape.X), data.Data);
            zip.Add<short>("seg.npy", NpyHeader.Make("<i2", 1, data.Shape.Z, data.Shape.Y, data.Shape.X), labels.Data);
            zip.Finish();
            members = zip.Entries;
        });
        var content = CaseStoreProperties.Write(properties, (members[0].Crc32, members[1].Crc32));
        DurableFile.Write(pickle, stream => stream.Write(content));
    }

    private StoredCase OpenUnguarded(CaseId id)
    {
        var pickle = PathOf(folder, id, ".pkl");
        if (new FileInfo(pickle) is not { Exists: true, Length: <= LongestPickle }) throw new DataException(pickle, "does not exist or is far too large", "");
        var (properties, checksums) = CaseStoreProperties.Read(File.ReadAllBytes(pickle), pickle);
        var path = PathOf(folder, id, ".npz");
        var (image, labels) = File.Exists(path) || !HasPair(id)
            ? StoredCaseReader.OpenNpz(path, stamp => _verified.TryGetValue(id, out var known) && known == stamp, checksums, stamp => _verified[id] = stamp)
            : (StoredCaseReader.OpenNpy<float>(PathOf(folder, id, ".npy"), "<f4"), StoredCaseReader.OpenNpy<short>(PathOf(folder, id, "_seg.npy"), "<i2"));
        var stored = new StoredCase(image, labels, properties);
        if (labels.Channels == 1 && labels.Shape == image.Shape && AreInside(properties.ClassLocations, image.Shape)) return stored;
        stored.Dispose();
        throw new DataException(path,
            $"has an image of {image.Shape}, labels of {labels.Shape} in {labels.Channels} channels, and class locations that do not fit", "");
    }

    // Patches are centred on these without a further look.
    private static bool AreInside(ClassLocations? locations, VolumeShape shape)
    {
        foreach (var entry in locations?.Entries ?? [])
            for (var i = 0; i < entry.Positions.Length; i += 3)
                if ((uint)entry.Positions[i] >= (uint)shape.Z || (uint)entry.Positions[i + 1] >= (uint)shape.Y || (uint)entry.Positions[i + 2] >= (uint)shape.X)
                    return false;
        return true;
    }

    private bool HasPair(CaseId id) => File.Exists(PathOf(folder, id, ".npy")) && File.Exists(PathOf(folder, id, "_seg.npy"));

    private static string PathOf(string folder, CaseId id, string ending) =>
        id.Value.Length > 0 && !id.Value.AsSpan().ContainsAny('/', '\\', '\0')
            ? Path.Combine(folder, id.Value + ending)
            : throw new ArgumentException($"'{id}' is not the name of a case", nameof(id));
}

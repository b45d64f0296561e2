using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Preprocessing.Storage;

/// <summary>
/// Preprocessed cases in nnU-Net's npz layout (spec 03 section 7.2): <c>id.npz</c> with <c>data.npy</c> (float32, channels and three axes) and
/// <c>seg.npy</c> (int16, one channel), and <c>id.pkl</c> with the properties. ActorSeg stores the arrays without compression, so that a patch is
/// read from the file; nnU-Net's own compressed files are used as they are, through unpacked copies beside them. Thread-safe.
/// </summary>
public sealed class CaseStore(string folder) : ICaseStore
{
    private const string Advice = "run preprocess again for this case";
    private const int LongestPickle = 1 << 30;

    private readonly VerifiedFiles _verified = new();

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
    /// <param name="stamp">Of what it was made from (<see cref="CaseRecipe.Stamp"/>); null where that is not known.</param>
    /// <exception cref="ArgumentException">It has no labels, or they have another shape.</exception>
    /// <exception cref="StorageException">The disk is full or fails.</exception>
    public static void Save(string folder, CaseId id, PreprocessedCase preprocessed, string? stamp = null)
    {
        var data = preprocessed.Data;
        var labels = preprocessed.Labels
            ?? throw new ArgumentException($"the case {id} has no labels; only labelled cases are stored", nameof(preprocessed));
        if (labels.Channels != 1 || labels.Shape != data.Shape)
            throw new ArgumentException($"the labels of {id} are not one channel of {data.Shape}", nameof(preprocessed));
        try
        {
            Write(folder, id, data, labels, preprocessed.Properties, stamp);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            const string WriteAdvice = "free space or check the disk and its permissions; the same command goes on from here";
            throw new StorageException($"{folder}: the preprocessed case '{id}' cannot be written ({e.Message}); {WriteAdvice}", e);
        }
    }

    /// <summary>The folder.</summary>
    public string Folder => folder;

    /// <summary>Whether the case is there, undamaged, and made from what <paramref name="stamp"/> stands for. Reads all of it the first time.</summary>
    public bool Holds(CaseId id, string stamp)
    {
        try
        {
            var pickle = PathOf(folder, id, ".pkl");
            if (!File.Exists(pickle) || CaseStoreProperties.Read(File.ReadAllBytes(pickle), pickle).Stamp != stamp) return false;
            OpenUnguarded(id).Dispose();
            return true;
        }
        catch (Exception e) when (e is DataException or IOException)
        {
            return false;
        }
    }

    /// <summary>The file whose lock makes one process at a time the writer of a case. It lies outside the folder, in which nnU-Net tolerates no other files.</summary>
    public static string LockOf(string folder, CaseId id)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return Path.Combine(Path.GetDirectoryName(path)!, ".locks", $"{Path.GetFileName(path)}__{id}.lock");
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

    private static void Write(string folder, CaseId id, Volume<float> data, Volume<short> labels, CaseProperties properties, string? stamp)
    {
        Directory.CreateDirectory(folder);
        var pickle = PathOf(folder, id, ".pkl");
        File.Delete(pickle);

        // nnU-Net prefers unpacked copies where they are: those of an older content must go.
        File.Delete(PathOf(folder, id, ".npy"));
        File.Delete(PathOf(folder, id, "_seg.npy"));
        // What a killed writer left. Nobody else writes this case now.
        foreach (var rest in Directory.EnumerateFiles(folder, id.Value + ".*.tmp-*")) File.Delete(rest);
        IReadOnlyList<ZipEntry> members = [];
        // Neither is flushed: a power cut that tears one of them is found by the checksums, and the case is made again.
        DurableFile.WriteUnflushed(PathOf(folder, id, ".npz"), stream =>
        {
            var zip = new ZipWriter(stream);
            zip.Add<float>("data.npy", NpyHeader.Make("<f4", data.Channels, data.Shape.Z, data.Shape.Y, data.Shape.X), data.Data);
            zip.Add<short>("seg.npy", NpyHeader.Make("<i2", 1, data.Shape.Z, data.Shape.Y, data.Shape.X), labels.Data);
            zip.Finish();
            members = zip.Entries;
        });
        var content = CaseStoreProperties.Write(properties, (members[0].Crc32, members[1].Crc32), stamp);
        DurableFile.WriteUnflushed(pickle, stream => stream.Write(content));
    }

    private StoredCase OpenUnguarded(CaseId id)
    {
        var pickle = PathOf(folder, id, ".pkl");
        if (new FileInfo(pickle) is not { Exists: true, Length: <= LongestPickle }) throw new DataException(pickle, "does not exist or is far too large", "");
        var (properties, checksums, _) = CaseStoreProperties.Read(File.ReadAllBytes(pickle), pickle);
        var path = PathOf(folder, id, ".npz");
        var (image, labels) = File.Exists(path) || !HasPair(id)
            ? StoredCaseReader.OpenNpz(path, checksums, (PathOf(folder, id, ".npy"), PathOf(folder, id, "_seg.npy"), LockOf(folder, id)), _verified)
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

    internal static string PathOf(string folder, CaseId id, string ending) =>
        id.Value.Length > 0 && !id.Value.AsSpan().ContainsAny('/', '\\', '\0')
            ? Path.Combine(folder, id.Value + ending)
            : throw new ArgumentException($"'{id}' is not the name of a case", nameof(id));
}

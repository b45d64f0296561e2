using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Datasets;

/// <summary>A raw data set: its dataset.json and the files of its training cases, which exist (spec 01 sections 3 and 7). No image is read.</summary>
public sealed class RawDataset
{
    private RawDataset(string folder, DatasetJson json, IReadOnlyList<RawCase> cases) => (Folder, Json, Cases) = (folder, json, cases);

    /// <summary>The folder, absolute.</summary>
    public string Folder { get; }

    /// <summary><c>DatasetXXX_Name</c>: the folder's own name.</summary>
    public string Name => Path.GetFileName(Folder);

    /// <summary>What the data set says of itself.</summary>
    public DatasetJson Json { get; }

    /// <summary>Training cases: sorted, or in the order of dataset.json where that lists them.</summary>
    public IReadOnlyList<RawCase> Cases { get; }

    /// <summary>Opens a data set and checks that it is whole.</summary>
    /// <param name="folder">Its folder in <c>nnUNet_raw</c>.</param>
    /// <param name="variable">Environment variables for the paths under <c>dataset</c>; null expands none (<see cref="PathVariables"/>).</param>
    /// <exception cref="DataException">
    /// The folder, dataset.json, <c>imagesTr</c>, <c>labelsTr</c> or a file is missing, a key is wrong, or <c>numTraining</c> is not the number of cases.
    /// </exception>
    public static RawDataset Open(string folder, Func<string, string?>? variable = null)
    {
        var dataset = Read(folder, variable, stray: null);
        CheckFiles(dataset.Cases);
        return dataset.WrongCount() is { } wrong ? throw wrong : dataset;
    }

    /// <summary>
    /// As <see cref="Open"/>, for looking at each case: missing image and label files are left to the one who reads them; a wrong
    /// <c>numTraining</c> and images without a channel number are told instead of thrown.
    /// </summary>
    /// <param name="folder">As in <see cref="Open"/>.</param>
    /// <param name="variable">As in <see cref="Open"/>.</param>
    /// <exception cref="DataException">There is no way to tell what the cases are: folders or dataset.json are missing or wrong.</exception>
    public static (RawDataset Dataset, IReadOnlyList<string> Problems) OpenForInspection(string folder, Func<string, string?>? variable = null)
    {
        var problems = new List<string>();
        var dataset = Read(folder, variable, found => problems.Add(found.Message));
        if (dataset.WrongCount() is { } wrong) problems.Add(wrong.Message);
        return (dataset, problems);
    }

    private static RawDataset Read(string folder, Func<string, string?>? variable, Action<DataException>? stray)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!Directory.Exists(folder)) throw new DataException(folder, "is not there", "check nnUNet_raw and the data set's name");
        var json = DatasetJson.Load(Path.Combine(folder, "dataset.json"));
        return new RawDataset(folder, json, json.Source["dataset"] is null ? FromFolders(folder, json, stray) : FromList(folder, json, variable));
    }

    private DataException? WrongCount() => Cases.Count == Json.NumTraining ? null : new DataException(
        Json.File, $"says numTraining is {Json.NumTraining}, but there are {Cases.Count} training cases", "correct the number, or add the missing files");

    private static IReadOnlyList<RawCase> FromFolders(string folder, DatasetJson json, Action<DataException>? stray)
    {
        var labels = Path.Combine(folder, "labelsTr");
        var images = Path.Combine(folder, "imagesTr");
        foreach (var needed in new[] { images, labels })
            if (!Directory.Exists(needed))
                throw new DataException(
                    needed, "is not there", "a raw data set has imagesTr and labelsTr, or lists its files under \"dataset\" in dataset.json");
        return [.. CaseDiscovery.InFolder(images, json.FileEnding, stray)
            .Select(c => c with { Label = Path.Combine(labels, c.Id.Value + json.FileEnding) })];
    }

    private static IReadOnlyList<RawCase> FromList(string folder, DatasetJson json, Func<string, string?>? variable)
    {
        var list = new JsonFields(json.Source, json.File).Object("dataset");
        var cases = new List<RawCase>();
        foreach (var id in list.Node.Select(entry => entry.Key))
        {
            // The name becomes file names of its own later on.
            if (id.Length == 0 || id is "." or ".." || id.AsSpan().ContainsAny('/', '\\', '\0'))
                throw new DataException(json.File, $"lists a case named '{id}'", "case names must be plain file names");
            var entry = list.Object(id);
            var images = entry.Texts("images").Select(Absolute).ToArray();
            if (images.Length == 0) throw entry.Wrong("images", "a list of at least one file");
            cases.Add(new RawCase(new CaseId(id), images, Absolute(entry.Text("label"))));
        }

        return cases;

        string Absolute(string path) => Path.GetFullPath(PathVariables.Expand(path, variable), folder);
    }

    private static void CheckFiles(IReadOnlyList<RawCase> cases)
    {
        var missing = cases.SelectMany(c => c.Images.Append(c.Label!)).Where(file => !File.Exists(file)).ToArray();
        if (missing.Length == 0) return;
        var others = missing.Length == 1 ? ""
            : $" (and {missing.Length - 1} more: {string.Join(", ", missing.Skip(1).Take(5).Select(Path.GetFileName))}{(missing.Length > 6 ? ", ..." : "")})";
        throw new DataException(missing[0], $"is not there{others}",
            "every training case needs its label file and every listed image; add it or remove the case");
    }
}

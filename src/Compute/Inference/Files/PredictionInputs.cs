using System.Text.Json;
using System.Text.RegularExpressions;
using ActorSeg.Compute.Datasets;

namespace ActorSeg.Compute.Inference.Files;

/// <summary>
/// What is to be predicted and where to (spec 07 sections 2.1 to 2.3): a folder of images, or a JSON file that lists the files of each case; an output folder, or a
/// JSON file with a path without ending for each case. No image is read.
/// </summary>
public sealed partial record PredictionInputs
{
    private const string ListEnding = ".json";

    /// <summary>All cases of this part, in order.</summary>
    public required IReadOnlyList<PredictionCase> Cases { get; init; }

    /// <summary>Where side files go.</summary>
    public required string Folder { get; init; }

    /// <summary>Ending of images and label maps, with its dot.</summary>
    public required string Ending { get; init; }

    /// <summary>Finds the cases.</summary>
    /// <param name="input">A folder, or a .json file with a list of lists of files; paths in it are relative to its folder.</param>
    /// <param name="output">A folder, which need not be there, or a .json file with a list of paths without ending, one a case.</param>
    /// <param name="ending">Of images, with its dot.</param>
    /// <param name="previousStage">Folder of the label maps of the stage before; null for none.</param>
    /// <exception cref="DataException">Input is missing, holds no image, or is no such list.</exception>
    /// <exception cref="UsageException">Outputs would lie where inputs lie, or twice in the same place.</exception>
    public static PredictionInputs Find(string input, string output, string ending, string? previousStage)
    {
        if (!Path.Exists(input)) throw new DataException(input, "is not there", "give a folder of images, or a .json file that lists them, with -i");
        var isList = IsList(input);
        IReadOnlyList<RawCase> found = isList ? Listed(input, ending) : CaseDiscovery.InFolder(input, ending);
        var targets = IsList(output) ? Targets(output, found, isList) : [.. found.Select(c => Path.Combine(output, c.Id.Value))];
        if (!isList && Same(input, output)) throw new UsageException($"-o {output} is the folder of the images; give another, so that no image is written over");
        var cases = found.Zip(targets, (raw, target) => new PredictionCase(raw.Id, raw.Images, target)
        {
            PreviousStage = previousStage is null ? null : Path.Combine(previousStage, raw.Id.Value + ending),
        }).ToArray();
        Check(cases, ending);
        return new PredictionInputs { Cases = cases, Folder = IsList(output) ? Path.GetDirectoryName(targets[0])! : output, Ending = ending };
    }

    /// <summary>Every <paramref name="parts"/>th case from <paramref name="part"/> on: what one of several commands over the same input does.</summary>
    public PredictionInputs Part(int part, int parts) => this with { Cases = [.. Cases.Where((_, i) => i % parts == part)] };

    /// <summary>The cases whose outputs are not there yet. The label map is written last, so where it is the rest is whole.</summary>
    /// <param name="probabilities">Whether they are wanted as well.</param>
    public PredictionInputs Missing(bool probabilities) => this with
    {
        Cases = [.. Cases.Where(c => !File.Exists(c.LabelFile(Ending)) || (probabilities && !File.Exists(c.ProbabilityFile)))],
    };

    /// <summary>The cases whose outputs are not there yet, or are older than what they are made from.</summary>
    /// <param name="probabilities">Whether they are wanted as well.</param>
    /// <param name="model">Files of the model; images and labels of the stage before count too.</param>
    public PredictionInputs Outdated(bool probabilities, IReadOnlyList<string> model)
    {
        var missing = Missing(probabilities).Cases.ToHashSet();
        var trained = model.Max(File.GetLastWriteTimeUtc);
        return this with { Cases = [.. Cases.Where(c => missing.Contains(c) || File.GetLastWriteTimeUtc(c.LabelFile(Ending)) < Newest(c))] };

        DateTime Newest(PredictionCase c) => c.Images.Concat(c.PreviousStage is { } stage ? [stage] : []).Select(File.GetLastWriteTimeUtc).Append(trained).Max();
    }

    private static bool IsList(string path) => path.EndsWith(ListEnding, StringComparison.OrdinalIgnoreCase) && File.Exists(path);

    private static RawCase[] Listed(string file, string ending)
    {
        const string Wanted = "[[\"a_0000.nii.gz\", \"a_0001.nii.gz\"], [\"b_0000.nii.gz\", ...]]";
        var lists = Read<string[][]>(file, Wanted);
        if (lists.Length == 0 || lists.Any(l => l is not { Length: > 0 } || l.Any(string.IsNullOrEmpty)))
            throw new DataException(file, "lists no files, or a case without any", $"give a list of files for each case: {Wanted}");
        var (folder, channel) = (Path.GetDirectoryName(Path.GetFullPath(file))!, ChannelSuffix());
        return [.. lists.Select(files => new RawCase(new CaseId(Name(files[0])), [.. files.Select(f => Path.GetFullPath(f, folder))], null))];

        string Name(string first)
        {
            var name = Path.GetFileName(first);
            if (!name.EndsWith(ending, StringComparison.Ordinal)) throw new DataException(file, $"lists {first}, which does not end in {ending}", "give files as the model was trained on");
            return channel.Replace(name[..^ending.Length], "");
        }
    }

    private static string[] Targets(string file, IReadOnlyList<RawCase> cases, bool isList)
    {
        const string Wanted = "[\"results/a\", \"results/b\"]";
        if (!isList) throw new UsageException($"-o {file} lists outputs, and -i is a folder; give a list of files with -i as well");
        var targets = Read<string[]>(file, Wanted);
        if (targets.Length != cases.Count || targets.Any(string.IsNullOrEmpty))
            throw new DataException(file, $"lists {targets.Length} outputs for {cases.Count} cases", $"give one path without ending for each case: {Wanted}");
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        return [.. targets.Select(t => Path.GetFullPath(t, folder))];
    }

    private static T Read<T>(string file, string wanted)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(file)) ?? throw new JsonException("it is null");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new DataException(file, $"is no such list ({e.Message})", $"write it as {wanted}", e);
        }
    }

    private static void Check(IReadOnlyList<PredictionCase> cases, string ending)
    {
        var images = cases.SelectMany(c => c.Images).Select(Path.GetFullPath).ToHashSet(StringComparer.Ordinal);
        var targets = new HashSet<string>(StringComparer.Ordinal);
        foreach (var one in cases)
        {
            var target = Path.GetFullPath(one.LabelFile(ending));
            if (images.Contains(target)) throw new UsageException($"the label map of {one.Id} would be written over an image, {target}; give another output with -o");
            if (!targets.Add(target)) throw new UsageException($"two cases would be written to {target}; give them different names");
        }

        if (cases.Select(c => c.Id).Distinct().Count() < cases.Count)
            throw new UsageException($"two cases are called {cases.GroupBy(c => c.Id).First(g => g.Count() > 1).Key}; give them different names");
    }

    // Also when one of them is reached by a link.
    private static bool Same(string a, string b) => Directory.Exists(b) && Resolved(a) == Resolved(b);

    private static string Resolved(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return new DirectoryInfo(full).ResolveLinkTarget(returnFinalTarget: true) is { } target ? Path.TrimEndingDirectorySeparator(target.FullName) : full;
    }

    [GeneratedRegex(@"_[0-9]{4}\z")]
    private static partial Regex ChannelSuffix();
}

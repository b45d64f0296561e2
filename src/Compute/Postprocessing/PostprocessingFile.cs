using System.Text.Json.Nodes;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Postprocessing;

/// <summary>
/// nnU-Net's postprocessing.pkl and postprocessing.json (spec 08 sections 5.3 and 5.4). The pickle names a function by its place in Python; the restricted
/// machine takes that one name as text, and nothing is run.
/// </summary>
public static class PostprocessingFile
{
    /// <summary>The name of the one function there is.</summary>
    public const string Function = "remove_all_but_largest_component_from_segmentation";

    private const string Module = "nnunetv2.postprocessing.remove_connected_components", Argument = "labels_or_regions";
    private const string Advice = "give the postprocessing.pkl or postprocessing.json that determine-postprocessing or nnU-Net wrote";
    private const int LongestFile = 1 << 24;

    private static readonly PickleFunction KeepLargest = new(Module, Function);

    /// <summary>Reads the steps of a .pkl or .json file.</summary>
    /// <exception cref="DataException">The file is missing, damaged, or asks for another function than nnU-Net's.</exception>
    public static IReadOnlyList<PostprocessingStep> Read(string path)
    {
        if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) return FromJson(path);
        var file = new FileInfo(path);
        if (!file.Exists) throw new DataException(path, "is not there", Advice);
        if (file.Length > LongestFile) throw new DataException(path, $"holds {file.Length} bytes, far more than any such file", Advice);
        return FromPickle(Pickle.Read(File.ReadAllBytes(path), path, [KeepLargest]), path);
    }

    /// <summary>Writes postprocessing.pkl, which nnU-Net reads, and postprocessing.json beside it, both durably.</summary>
    /// <param name="folder">Exists.</param>
    /// <param name="steps">In order.</param>
    /// <param name="input">Scores of the predictions as they were.</param>
    /// <param name="postprocessed">Scores after the steps.</param>
    public static void Write(string folder, IReadOnlyList<PostprocessingStep> steps, EvaluationSummary input, EvaluationSummary postprocessed)
    {
        var json = new JsonObject
        {
            ["input_folder"] = input.MeansToJson(),
            ["postprocessed"] = postprocessed.MeansToJson(),
            ["postprocessing_fns"] = new JsonArray([.. steps.Select(_ => JsonValue.Create(Function))]),
            ["postprocessing_kwargs"] = new JsonArray([.. steps.Select(step => new JsonObject
            {
                [Argument] = step.Form == StepForm.Label ? step.Labels[0] : new JsonArray([.. step.Labels.Select(label => JsonValue.Create(label))]),
            })]),
        };
        DurableFile.WriteText(Path.Combine(folder, "postprocessing.json"), NnUnetJson.Write(json, sortKeys: true));
        DurableFile.Write(Path.Combine(folder, "postprocessing.pkl"), stream => stream.Write(Pickle.Write(ToPickle(steps))));
    }

    private static PickleTuple ToPickle(IReadOnlyList<PostprocessingStep> steps) => new(
    [
        new List<object?>(steps.Select(_ => KeepLargest)),
        new List<object?>(steps.Select(step =>
        {
            var arguments = new PickleDict();
            var labels = step.Labels.Select(label => (object?)(long)label);
            arguments.Add(Argument, step.Form switch { StepForm.List => labels.ToList(), StepForm.Label => labels.Single(), _ => new PickleTuple([.. labels]) });
            return arguments;
        })),
    ]);

    private static IReadOnlyList<PostprocessingStep> FromPickle(object? root, string path)
    {
        if (root is not PickleTuple { Items: [List<object?> functions, List<object?> arguments] } || functions.Count != arguments.Count)
            throw new DataException(path, "does not hold a list of functions and one of their arguments", Advice);
        if (functions.FirstOrDefault(f => !KeepLargest.Equals(f)) is { } other)
            throw new DataException(path, $"asks for {PickleFields.Shown(other)} where {Function} is due", Advice);
        return [.. arguments.Select(argument => argument is PickleDict { Entries: [{ Key: Argument, Value: var labels }] }
            ? Step(labels, path)
            : throw new DataException(path, $"has a step whose arguments are not '{Argument}' alone", Advice))];
    }

    private static PostprocessingStep Step(object? labels, string path) => labels switch
    {
        List<object?> { Count: > 0 } list => new PostprocessingStep([.. list.SelectMany(item => PickleFields.Items(item) ?? [item]).Select(item => Label(item, path))], StepForm.List),
        PickleTuple { Items.Count: > 0 } region => new PostprocessingStep([.. region.Items.Select(item => Label(item, path))], StepForm.Region),
        _ => new PostprocessingStep([Label(labels, path)], StepForm.Label),
    };

    private static int Label(object? value, string path) => PickleFields.Number(value) is { } number && number == Math.Floor(number) && number is >= 0 and <= ushort.MaxValue
        ? (int)number
        : throw new DataException(path, $"names {PickleFields.Shown(value)} as a label", Advice);

    private static IReadOnlyList<PostprocessingStep> FromJson(string path)
    {
        var fields = new JsonFields(NnUnetJson.ReadObject(path), path);
        var (functions, arguments) = (fields.Texts("postprocessing_fns"), fields.List("postprocessing_kwargs"));
        if (functions.FirstOrDefault(name => name != Function) is { } other) throw fields.Wrong("postprocessing_fns", $"only {Function}, not {MessageText.Shown(other)}");
        if (functions.Count != arguments.Count) throw fields.Wrong("postprocessing_kwargs", $"{functions.Count} entries, one a function");
        return [.. arguments.Select(argument => Labels(argument as JsonObject ?? throw fields.Wrong("postprocessing_kwargs", "a list of objects")))];

        // A list of all foreground and a region look alike here, and do the same.
        PostprocessingStep Labels(JsonObject argument)
        {
            var step = new JsonFields(argument, path, "postprocessing_kwargs.");
            if (step.Has(Argument) && argument[Argument] is not JsonArray) return new PostprocessingStep([step.Int(Argument, 0, ushort.MaxValue)], StepForm.Label);
            var items = step.List(Argument).SelectMany(item => item is JsonArray inner ? inner.ToArray() : [item]).Select(item => item?.DeepClone());
            var labels = new JsonFields(new JsonObject { [Argument] = new JsonArray([.. items]) }, path, "postprocessing_kwargs.").Ints(Argument, 0, ushort.MaxValue);
            return labels.Count > 0 ? new PostprocessingStep(labels, StepForm.List) : throw step.Wrong(Argument, "a label or a list of at least one");
        }
    }
}

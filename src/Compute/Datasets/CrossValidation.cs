using System.Globalization;
using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Datasets;

/// <summary>The cases a fold trains on and those it is judged by, each sorted.</summary>
public sealed record Split(IReadOnlyList<CaseId> Train, IReadOnlyList<CaseId> Validation);

/// <summary>nnU-Net's data splits and their file <c>splits_final.json</c> (spec 05 section 5).</summary>
public static class CrossValidation
{
    private const int Folds = 5;
    private const uint Seed = 12345;

    /// <summary>The five folds nnU-Net makes for these cases.</summary>
    /// <exception cref="DataException">There are fewer than five cases.</exception>
    public static IReadOnlyList<Split> Create(IReadOnlyList<CaseId> cases)
    {
        var sorted = cases.Order().ToArray();
        if (sorted.Length < Folds)
            throw new DataException(
                "splits_final.json", $"cannot be made: five folds need at least 5 cases, there are {sorted.Length}",
                "add cases, train with fold 'all', or write splits_final.json yourself");
        var order = new MersenneTwister(Seed).Permutation(sorted.Length);
        var splits = new Split[Folds];
        for (int fold = 0, at = 0; fold < Folds; fold++)
        {
            var size = (sorted.Length / Folds) + (fold < sorted.Length % Folds ? 1 : 0);
            splits[fold] = Divide(sorted, order.AsSpan(at, size));
            at += size;
        }

        return splits;
    }

    /// <summary>
    /// The split of a fold. Reads <c>splits_final.json</c>, or makes it from all cases where it is missing; a fold beyond the file's is a random
    /// 80:20 division; fold <c>all</c> trains and validates on every case and needs no file.
    /// </summary>
    /// <param name="preprocessedDatasetFolder">Where the file is or goes.</param>
    /// <param name="cases">The cases that are preprocessed.</param>
    /// <param name="fold">Which.</param>
    /// <exception cref="DataException">There are too few cases, or the file is wrong or names a case that is not there.</exception>
    public static Split LoadOrCreate(string preprocessedDatasetFolder, IReadOnlyList<CaseId> cases, Fold fold)
    {
        var sorted = cases.Order().ToArray();
        if (fold.Number is not { } number) return new Split(sorted, sorted);
        var file = Path.Combine(preprocessedDatasetFolder, "splits_final.json");
        if (!File.Exists(file)) Save(file, Create(sorted));
        var splits = Load(file);
        if (number >= splits.Count) return Random(sorted, number);
        var split = splits[number];
        var unknown = split.Train.Concat(split.Validation).Except(sorted).ToArray();
        if (unknown.Length > 0)
            throw new DataException(
                file, $"names {unknown.Length} case(s) in fold {number} that are not preprocessed, such as {string.Join(", ", unknown.Take(5))}",
                "preprocess them, or take them out of the file");
        return split;
    }

    private static Split Random(CaseId[] sorted, int fold)
    {
        var order = new MersenneTwister(Seed + (uint)fold).Permutation(sorted.Length);
        // The reference truncates 0.8 n computed in binary floating point.
        return Divide(sorted, order.AsSpan((int)(sorted.Length * 0.8)));
    }

    private static Split Divide(CaseId[] sorted, ReadOnlySpan<int> validation)
    {
        var isValidation = new bool[sorted.Length];
        foreach (var index in validation) isValidation[index] = true;
        return new Split([.. sorted.Where((_, i) => !isValidation[i])], [.. sorted.Where((_, i) => isValidation[i])]);
    }

    private static void Save(string file, IReadOnlyList<Split> splits)
    {
        var list = new JsonArray([.. splits.Select(split => new JsonObject { ["train"] = Names(split.Train), ["val"] = Names(split.Validation) })]);
        DurableFile.WriteText(file, NnUnetJson.Write(list, sortKeys: true));

        static JsonArray Names(IReadOnlyList<CaseId> ids) => new([.. ids.Select(id => JsonValue.Create(id.Value))]);
    }

    private static List<Split> Load(string file)
    {
        const string Advice = "it must be a list of {\"train\": [...], \"val\": [...]}; correct it, or delete it to have it made anew";
        if (NnUnetJson.Read(file) is not JsonArray list || list.Count == 0) throw new DataException(file, "does not hold a list of folds", Advice);
        return [.. list.Select((item, index) =>
        {
            var where = index.ToString(CultureInfo.InvariantCulture);
            var fields = new JsonFields(item as JsonObject ?? throw new DataException(file, $"holds no object for fold {where}", Advice), file, $"[{where}].");
            var train = fields.Texts("train");
            if (train.Count == 0) throw fields.Wrong("train", "a list of at least one case");
            return new Split(Sorted(train), Sorted(fields.Texts("val")));
        })];

        static IReadOnlyList<CaseId> Sorted(IReadOnlyList<string> ids) => [.. ids.Select(id => new CaseId(id)).Order()];
    }
}

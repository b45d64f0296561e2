namespace ActorSeg.Compute.Datasets;

/// <summary>What one network output stands for: a label, or (region training) a union of labels.</summary>
/// <param name="Labels">The labels it covers, in the order the data set lists them.</param>
/// <param name="IsTuple">Whether it was written as a list (nnU-Net's key is then a tuple, also for one label).</param>
public sealed record LabelClass(IReadOnlyList<int> Labels, bool IsTuple)
{
    /// <summary>nnU-Net's key in summary.json: <c>1</c>, <c>(1, 2)</c>, <c>(2,)</c>.</summary>
    public string Key => !IsTuple ? Labels[0].ToString(System.Globalization.CultureInfo.InvariantCulture)
        : Labels.Count == 1 ? $"({Labels[0]},)" : $"({string.Join(", ", Labels)})";
}

/// <summary>The labels of a data set: nnU-Net's LabelManager (spec 01 section 6) as data.</summary>
public sealed partial record LabelSet
{
    /// <summary>Label names as dataset.json lists them, with the values each covers (<c>background</c> and <c>ignore</c> included).</summary>
    public required IReadOnlyList<KeyValuePair<string, IReadOnlyList<int>>> Named { get; init; }

    /// <summary>All label values without the ignore label, ascending; holds 0.</summary>
    public required IReadOnlyList<int> All { get; init; }

    /// <summary>The value excluded from loss and metrics; null when the data set has none.</summary>
    public required int? Ignore { get; init; }

    /// <summary>Whether the outputs are regions (sigmoid) rather than labels (softmax).</summary>
    public required bool HasRegions { get; init; }

    /// <summary>Foreground labels, ascending, or in region mode the foreground regions in the order of dataset.json.</summary>
    public required IReadOnlyList<LabelClass> ForegroundClasses { get; init; }

    /// <summary>In region mode: the label written for each region; later ones overwrite. Else empty.</summary>
    public required IReadOnlyList<int> RegionsClassOrder { get; init; }

    /// <summary>All label values but 0.</summary>
    public IEnumerable<int> Foreground => All.Where(label => label != 0);

    /// <summary>Network outputs: labels with background, or foreground regions.</summary>
    public int Heads => HasRegions ? ForegroundClasses.Count : All.Count;

    /// <summary>The name dataset.json gives a class, or its key where it gives none.</summary>
    public string NameOf(LabelClass wanted) => Named.FirstOrDefault(n => n.Value.SequenceEqual(wanted.Labels)).Key ?? wanted.Key;

    /// <summary>Labels of which no dataset.json tells, to be scored as they are given.</summary>
    /// <param name="values">Label values, each once.</param>
    /// <param name="ignore">The value excluded from metrics; null when there is none.</param>
    public static LabelSet OfValues(IReadOnlyList<int> values, int? ignore)
    {
        LabelClass[] classes = [.. values.Select(value => new LabelClass([value], false))];
        return new LabelSet
        {
            Named = [.. classes.Select(c => KeyValuePair.Create(c.Key, c.Labels))],
            All = [.. values.Prepend(0).Distinct().Order()],
            Ignore = ignore,
            HasRegions = false,
            ForegroundClasses = classes,
            RegionsClassOrder = [],
        };
    }

    /// <summary>Number of entries of <c>labels</c> in dataset.json, background and ignore included (the planner's memory estimate counts these).</summary>
    public int NamedCount => Named.Count;
}

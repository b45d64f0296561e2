using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Fingerprinting;

namespace ActorSeg.Compute.Planning;

/// <summary>What a user may change about planning (spec 02 section 9).</summary>
/// <param name="GpuMemoryTargetGb">Memory to plan for; null takes the planner's own.</param>
/// <param name="PlansName">Name of the plans; null takes the planner's own.</param>
/// <param name="SmallNetwork">A narrow network of at most three stages for demonstrations; everything else as planned.</param>
public sealed record PlannerOptions(double? GpuMemoryTargetGb, string? PlansName, bool SmallNetwork)
{
    /// <summary>Target spacing in mm in the reader's axis order, instead of the one found from the data; null leaves that.</summary>
    public Spacing? OverwriteTargetSpacing { get; init; }

    /// <summary>Class name every configuration records as its preprocessor.</summary>
    public string PreprocessorName { get; init; } = "DefaultPreprocessor";

    /// <summary>Batch size of every configuration, instead of the planned one; null leaves that.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Where the planner notes why each value came out; null notes nothing.</summary>
    public PlanReasons? Reasons { get; init; }

    /// <summary>Keeps the reader's axis order.</summary>
    public bool SuppressTranspose { get; init; }
}

/// <summary>nnU-Net's experiment planning: from a data set's fingerprint to configurations, patch sizes and networks (spec 02 sections 2 to 6).</summary>
public static class ExperimentPlanner
{
    private const double AnisotropyThreshold = 3, LowresThreshold = 0.25, LowresStep = 1.03;

    /// <summary>Plans a data set.</summary>
    /// <param name="datasetName"><c>DatasetXXX_Name</c>.</param>
    /// <param name="json">Its dataset.json.</param>
    /// <param name="fingerprint">Its fingerprint.</param>
    /// <param name="readerName">The reader its images are read with.</param>
    /// <param name="planner"><c>ExperimentPlanner</c>, <c>nnUNetPlannerResEncL</c>, ...</param>
    /// <param name="options">What the user changes.</param>
    /// <exception cref="UsageException">There is no such planner, or an option is out of range.</exception>
    public static Plans Plan(
        string datasetName, DatasetJson json, DatasetFingerprint fingerprint, string readerName, string planner, PlannerOptions options)
    {
        var preset = PlannerPreset.ByName(planner);
        var target = options.GpuMemoryTargetGb ?? preset.ReferenceGb;
        if (!double.IsFinite(target) || target <= 0) throw new UsageException($"a GPU memory target of {target} GB is not possible; give a number above 0");
        if (options.OverwriteTargetSpacing is { } wanted && !wanted.ToArray().All(s => double.IsFinite(s) && s > 0))
            throw new UsageException("the target spacing must be three numbers above 0, in millimetres");
        var name = options.PlansName ?? preset.PlansName;
        if (name.Length == 0 || name.AsSpan().ContainsAny('/', '\\', '\0'))
            throw new UsageException($"'{name}' cannot be a plans name: it becomes a file name");

        Check(json, fingerprint);
        var why = options.OverwriteTargetSpacing is null ? "" : "given, in place of the data set's";
        var spacing = options.OverwriteTargetSpacing?.ToArray() ?? TargetSpacing(fingerprint, out why);
        int[] forward = options.SuppressTranspose ? [0, 1, 2] : Transposition(spacing);
        var fullres = Transposed(spacing, forward);
        var median = Transposed(MedianShape(fingerprint, spacing), forward);
        var voxels = Product(median) * json.NumTraining;

        var builder = new ConfigurationBuilder(preset, options, name, target, json, fingerprint);
        var configurations = new JsonObject();
        var flat = builder.Build("2d", fullres[1..], median[1..], median[1..], voxels);
        flat.Json["batch_dice"] = true;
        configurations.Add("2d", flat.Json);
        if (options.Reasons is { } reasons)
        {
            PlanRules.Transposition(reasons, spacing, forward, options.SuppressTranspose);
            foreach (var configuration in (string[])["2d", "3d_fullres"]) reasons.Add(configuration, "spacing", why);
            PlanRules.BatchDice(reasons, "2d", true);
            if (median[0] == 1) reasons.Add("", "configurations", "the images are single slices: 2d alone");
        }

        if (median[0] != 1) Add3D(configurations, builder, fullres, median, voxels, json.NumTraining, options.Reasons);

        var source = new JsonObject
        {
            ["dataset_name"] = datasetName,
            ["plans_name"] = name,
            ["original_median_spacing_after_transp"] = List(Transposed(Statistics.MedianOfAxes(fingerprint.Spacings, s => s.ToArray()), forward)),
            ["original_median_shape_after_transp"] =
                List(Transposed(Statistics.MedianOfAxes(fingerprint.ShapesAfterCrop, s => [s.Z, s.Y, s.X]), forward).Select(n => (int)Math.Round(n))),
            ["image_reader_writer"] = readerName,
            ["transpose_forward"] = List(forward),
            ["transpose_backward"] = List([.. Enumerable.Range(0, 3).Select(axis => Array.IndexOf(forward, axis))]),
            ["configurations"] = configurations,
            ["experiment_planner_used"] = preset.Name,
            ["label_manager"] = "LabelManager",
            ["foreground_intensity_properties_per_channel"] = fingerprint.IntensitiesToJson(),
        };
        return Plans.Parse(source, $"{name}.json");
    }

    private static void Add3D(JsonObject configurations, ConfigurationBuilder builder, double[] fullres, double[] median, double voxels, int numTraining, PlanReasons? reasons)
    {
        var full = builder.Build("3d_fullres", fullres, median, median, voxels);
        PlannedConfiguration? low = null;
        var spacing = fullres.ToArray();
        var lowVoxels = Product(median);
        var (covers, steps) = (Product(full.Patch) / lowVoxels, 0);
        for (var ratio = covers; ratio < LowresThreshold; ratio = Product(low.Patch) / lowVoxels, steps++)
        {
            // Coarsen the finest axes first, until all are within a factor of two.
            var coarsest = spacing.Max();
            var fine = Array.ConvertAll(spacing, s => coarsest / s > 2);
            var any = fine.Contains(true);
            for (var axis = 0; axis < spacing.Length; axis++)
                if (!any || fine[axis])
                    spacing[axis] *= LowresStep;
            var shape = fullres.Select((s, axis) => s / spacing[axis] * median[axis]).ToArray();
            lowVoxels = Product(shape);
            low = builder.Build("3d_lowres", spacing, [.. shape.Select(n => Math.Round(n))], null, lowVoxels * numTraining);
        }

        var keeps = low is not null && Product(median) / lowVoxels >= 2;
        Explain(reasons, covers, steps, spacing, Product(median) / lowVoxels, keeps);
        if (low is not null && keeps)
        {
            low.Json["batch_dice"] = false;
            low.Json["next_stage"] = "3d_cascade_fullres";
            full.Json["batch_dice"] = true;
            configurations.Add("3d_lowres", low.Json);
            configurations.Add("3d_fullres", full.Json);
            configurations.Add("3d_cascade_fullres", new JsonObject { ["inherits_from"] = "3d_fullres", ["previous_stage"] = "3d_lowres" });
            return;
        }

        full.Json["batch_dice"] = false;
        configurations.Add("3d_fullres", full.Json);
    }

    private static void Explain(PlanReasons? reasons, double covers, int steps, double[] spacing, double voxelRatio, bool keeps)
    {
        if (reasons is null) return;
        PlanRules.Lowres(reasons, covers, steps, spacing, voxelRatio, keeps);
        PlanRules.BatchDice(reasons, "3d_fullres", keeps);
        if (keeps) PlanRules.BatchDice(reasons, "3d_lowres", false);
        else reasons.Drop("3d_lowres");
    }

    private static void Check(DatasetJson json, DatasetFingerprint fingerprint)
    {
        const string Advice = "extract the fingerprint again (--clean), or correct dataset.json";
        if (json.ChannelNames.Count != fingerprint.Intensities.Count)
            throw new DataException(json.File, $"names {json.ChannelNames.Count} channels, but the fingerprint has {fingerprint.Intensities.Count}", Advice);
        if (json.NumTraining != fingerprint.ShapesAfterCrop.Count)
            throw new DataException(json.File, $"says numTraining {json.NumTraining}, but the fingerprint was made of {fingerprint.ShapesAfterCrop.Count} cases", Advice);
    }

    // Median of the spacings; where slices are far apart and few, the 10th percentile across them, but not finer than in plane.
    private static double[] TargetSpacing(DatasetFingerprint fingerprint, out string why)
    {
        var spacings = fingerprint.Spacings.Select(s => s.ToArray()).ToArray();
        var target = Statistics.PercentileOfAxes(spacings, 0.5);
        var shape = Statistics.PercentileOfAxes([.. fingerprint.ShapesAfterCrop.Select(s => new double[] { s.Z, s.Y, s.X })], 0.5);
        var worst = Array.IndexOf(target, target.Max());
        var others = Enumerable.Range(0, 3).Where(axis => axis != worst).ToArray();
        var (inPlane, median) = (others.Max(axis => target[axis]), target.ToArray());
        if (target[worst] > AnisotropyThreshold * inPlane && shape[worst] * AnisotropyThreshold < others.Min(axis => shape[axis]))
        {
            var across = Statistics.Percentile([.. spacings.Select(s => s[worst])], 0.1);
            target[worst] = across < inPlane ? Math.Max(across, inPlane) + 1e-5 : across;
        }

        why = PlanRules.Spacing(median, shape, worst, inPlane, target, spacings.Length);
        return target;
    }

    // The coarsest axis comes first.
    private static int[] Transposition(double[] spacing)
    {
        var first = Array.IndexOf(spacing, spacing.Max());
        return [first, .. Enumerable.Range(0, 3).Where(axis => axis != first)];
    }

    private static double[] MedianShape(DatasetFingerprint fingerprint, double[] target) => Statistics.MedianOfAxes(
        [.. fingerprint.ShapesAfterCrop.Zip(fingerprint.Spacings)],
        c => [.. Enumerable.Range(0, 3).Select(axis => Math.Round(c.Second[axis] / target[axis] * c.First[axis]))]);

    private static double[] Transposed(double[] values, int[] forward) => Array.ConvertAll(forward, axis => values[axis]);

    private static double Product(IEnumerable<double> values) => values.Aggregate(1.0, (product, n) => product * n);

    private static double Product(IEnumerable<int> values) => Product(values.Select(n => (double)n));

    private static JsonArray List(IEnumerable<double> values) => new([.. values.Select(n => JsonValue.Create(n))]);

    private static JsonArray List(IEnumerable<int> values) => new([.. values.Select(n => JsonValue.Create(n))]);
}

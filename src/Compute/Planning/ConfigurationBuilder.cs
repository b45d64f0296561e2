using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Fingerprinting;

namespace ActorSeg.Compute.Planning;

/// <summary>A configuration as it goes into the plans, and its patch.</summary>
internal sealed record PlannedConfiguration(JsonObject Json, int[] Patch);

/// <summary>Plans one configuration: patch, network and batch that fill the memory target (spec 02 sections 4 and 6).</summary>
internal sealed class ConfigurationBuilder(
    PlannerPreset preset, PlannerOptions options, string plansName, double targetGb, DatasetJson dataset, DatasetFingerprint fingerprint)
{
    private const double IsotropicEdge2D = 2048, IsotropicEdge3D = 256;
    private const int ReferenceBatch2D = 12, ReferenceBatch3D = 2, MinimalBatch = 2;

    /// <summary>Plans a configuration.</summary>
    /// <param name="name">2d, 3d_lowres or 3d_fullres.</param>
    /// <param name="spacing">Target, transposed order, as many axes as the network has.</param>
    /// <param name="median">Median image in voxels at that spacing.</param>
    /// <param name="writtenMedian">The same as it goes into the plans, with a decimal point; null writes whole numbers.</param>
    /// <param name="voxels">Of the whole data set.</param>
    public PlannedConfiguration Build(string name, double[] spacing, double[] median, double[]? writtenMedian, double voxels)
    {
        if (median.Contains(0))
            throw new DataException(
                "dataset_fingerprint.json", $"gives a median image of {PlanReasons.Text(median)} voxels for {name} at {PlanReasons.Text(spacing)} mm",
                "give a finer -overwrite_target_spacing, or take out the cases that are so thin");
        var axes = spacing.Length;
        var (reference, referenceBatch) = axes == 2 ? (preset.Reference2D, ReferenceBatch2D) : (preset.Reference3D, ReferenceBatch3D);
        reference *= targetGb / preset.ReferenceGb;
        // The default planner lets 2D patches grow six times beyond what the ResEnc planners allow.
        var tolerance = preset.Residual ? 1 : 2.0 / referenceBatch;

        var initial = InitialPatch(spacing, median);
        var topology = Topology.Of(spacing, initial);
        var (padded, reductions) = (topology.Patch, 0);
        var estimate = topology.FeatureMapSize(preset, dataset.Labels.NamedCount);
        for (; estimate * tolerance > reference; reductions++)
        {
            topology = Reduced(topology, spacing, median);
            estimate = topology.FeatureMapSize(preset, dataset.Labels.NamedCount);
        }

        var patchVoxels = topology.Patch.Aggregate(1.0, (product, n) => product * n);
        var fitting = Math.Round(reference / estimate * referenceBatch);
        var covering = Math.Round(voxels * preset.MaximalDatasetCovered / patchVoxels);
        var batch = options.BatchSize ?? (int)Math.Max(Math.Min(fitting, covering), MinimalBatch);
        if (options.Reasons is { } reasons)
            PlanRules.Configuration(reasons, name, new Sizing(spacing, median, initial, topology)
            {
                Padded = Array.ConvertAll(padded, n => (double)n),
                Reductions = reductions,
                Estimate = estimate,
                Budget = reference,
                ReferenceBudget = axes == 2 ? preset.Reference2D : preset.Reference3D,
                ReferenceGb = preset.ReferenceGb,
                TargetGb = targetGb,
                Tolerance = tolerance,
                ReferenceBatch = referenceBatch,
                Fitting = fitting,
                Covering = covering,
                Covered = preset.MaximalDatasetCovered,
                MinimalBatch = MinimalBatch,
                GivenBatch = options.BatchSize,
                Features = (preset.BaseFeatures, axes == 2 ? preset.MaximalFeatures.In2D : preset.MaximalFeatures.In3D),
            });
        return new PlannedConfiguration(Describe(name, spacing, median, writtenMedian, topology, batch), topology.Patch);
    }

    // As many voxels as an isotropic cube or square of the reference edge, in the proportions of the spacing, no larger than the image.
    private static double[] InitialPatch(double[] spacing, double[] median)
    {
        var axes = spacing.Length;
        var inverse = Array.ConvertAll(spacing, s => 1 / s);
        var volume = inverse.Aggregate(1.0, (product, n) => product * n);
        var edge = axes == 2 ? IsotropicEdge2D : IsotropicEdge3D;
        var scale = Math.Pow(Math.Pow(edge, axes) / volume, 1.0 / axes);
        return [.. inverse.Select((n, axis) => Math.Min(Math.Round(n * scale), median[axis]))];
    }

    // The axis that is largest in proportion to the image (the last one on ties) loses one pooling divisor: that of the patch after the loss.
    private Topology Reduced(Topology topology, double[] spacing, double[] median)
    {
        var patch = Array.ConvertAll(topology.Patch, n => (double)n);
        var axis = 0;
        for (var i = 1; i < patch.Length; i++)
            if (patch[i] / median[i] >= patch[axis] / median[axis])
                axis = i;
        var tried = patch.ToArray();
        tried[axis] -= topology.Divisors[axis];
        if (tried[axis] > 0) patch[axis] -= Topology.Of(spacing, tried).Divisors[axis];
        if (tried[axis] <= 0 || patch[axis] <= 0)
            throw new UsageException(
                $"no patch fits into {PlanReasons.Text(targetGb)} GB: even {PlanReasons.Text(topology.Patch.Select(n => (double)n))} voxels need more; give a larger -gpu_memory_target");
        return Topology.Of(spacing, patch);
    }

    private JsonObject Describe(string name, double[] spacing, double[] median, double[]? writtenMedian, Topology topology, int batch)
    {
        var schemes = dataset.ChannelNames.Select(Normalization.SchemeOf).ToArray();
        var masks = fingerprint.MedianRelativeSizeAfterCropping < Normalization.MaskThreshold;
        if (options.Reasons is { } reasons)
            PlanRules.Normalisation(reasons, name, dataset.ChannelNames, [.. schemes.Select(scheme => scheme.Name)], fingerprint.MedianRelativeSizeAfterCropping);
        var json = new JsonObject
        {
            ["data_identifier"] = preset.SharesDefaultData && name != "3d_lowres" ? $"nnUNetPlans_{name}" : $"{plansName}_{name}",
            ["preprocessor_name"] = options.PreprocessorName,
            ["batch_size"] = batch,
            ["patch_size"] = Ints(topology.Patch),
            ["median_image_size_in_voxels"] = writtenMedian is null ? Ints(median.Select(n => (int)n)) : Doubles(writtenMedian),
            ["spacing"] = Doubles(spacing),
            ["normalization_schemes"] = new JsonArray([.. schemes.Select(scheme => JsonValue.Create(scheme.Name))]),
            ["use_mask_for_norm"] = new JsonArray([.. schemes.Select(scheme => JsonValue.Create(masks && scheme.LeavesOutsideAtZero))]),
        };
        foreach (var (key, value) in ResamplingJson.Describe(preset.Resampling)) json.Add(key, value);
        json.Add("architecture", ArchitectureJson.Describe(options.SmallNetwork ? preset.Small() : preset, topology));
        return json;
    }

    private static JsonArray Ints(IEnumerable<int> values) => new([.. values.Select(n => JsonValue.Create(n))]);

    private static JsonArray Doubles(IEnumerable<double> values) => new([.. values.Select(n => JsonValue.Create(n))]);
}

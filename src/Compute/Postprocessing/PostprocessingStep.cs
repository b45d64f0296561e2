namespace ActorSeg.Compute.Postprocessing;

/// <summary>How a step names what it works on, which its files keep apart.</summary>
public enum StepForm
{
    /// <summary>A list of labels, such as all foreground.</summary>
    List,

    /// <summary>One label.</summary>
    Label,

    /// <summary>A region (a tuple in Python).</summary>
    Region,
}

/// <summary>Keeps the largest component of these labels taken together: the one kind of step nnU-Net has.</summary>
/// <param name="Labels">At least one.</param>
/// <param name="Form">How they are written.</param>
public sealed record PostprocessingStep(IReadOnlyList<int> Labels, StepForm Form)
{
    /// <summary>Does steps in their order.</summary>
    /// <param name="steps">Those that follow one another and have no label in common are done in one pass: none sees what another changes.</param>
    /// <param name="labels">Changed in place; C order.</param>
    /// <param name="shape">Their extent.</param>
    /// <returns>Voxels that were set to 0.</returns>
    public static long Apply(IEnumerable<PostprocessingStep> steps, Span<ushort> labels, VolumeShape shape)
    {
        var (together, seen, removed) = (new List<IReadOnlyList<int>>(), new HashSet<int>(), 0L);
        foreach (var step in steps)
        {
            if (step.Labels.Any(seen.Contains))
            {
                removed += LargestComponents.Keep(labels, shape, together);
                together.Clear();
                seen.Clear();
            }

            together.Add(step.Labels);
            seen.UnionWith(step.Labels);
        }

        return together.Count == 0 ? removed : removed + LargestComponents.Keep(labels, shape, together);
    }

    /// <summary>What it keeps the largest component of: <c>1, 2</c>.</summary>
    public override string ToString() => string.Join(", ", Labels);

    /// <inheritdoc/>
    public bool Equals(PostprocessingStep? other) => other is not null && other.Form == Form && other.Labels.SequenceEqual(Labels);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Form, Labels.Count, Labels[0]);
}

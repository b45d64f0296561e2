namespace ActorSeg.Compute.Inference.Window;

/// <summary>Tries a case with less at once whenever memory runs out, down to the least; then that case alone fails.</summary>
internal static class EffortFallback
{
    /// <summary>The logits.</summary>
    /// <param name="effort">What to begin with; what came to an end at last.</param>
    /// <param name="predict">Predicts with an effort.</param>
    /// <param name="what">Named when the least is too much: "an image of 512x512x512 voxels ...".</param>
    /// <param name="told">Told in a sentence of each step.</param>
    /// <exception cref="ResourceException">There is not enough memory even for the least.</exception>
    public static Logits Predict(ref WindowEffort effort, Func<WindowEffort, Logits> predict, string what, Action<string> told)
    {
        while (true)
        {
            try
            {
                return predict(effort);
            }
            catch (Exception e) when (OutOfMemory.Is(e))
            {
                var before = effort;
                effort = before.Less ?? throw new ResourceException($"there is not enough memory to predict {what}, even with {before}; use a machine with more memory", e);
                told($"memory ran out with {before}: trying again with {effort}");
            }
        }
    }
}

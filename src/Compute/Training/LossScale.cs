using System.Globalization;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Training;

/// <summary>
/// What the gradients of an fp16 training are multiplied by on their way back, lest small ones become zero (spec 05 section 3.2): halved by a step whose
/// gradients are not finite, which is left out, and doubled after 2000 that are.
/// </summary>
/// <param name="Factor">A power of two.</param>
/// <param name="FiniteSteps">In a row since it last changed.</param>
public sealed record LossScale(double Factor, int FiniteSteps)
{
    private const double Growth = 2, Backoff = 0.5;
    private const int Interval = 2000;

    /// <summary>Of a new training.</summary>
    public static LossScale Initial { get; } = new(65536, 0);

    /// <summary>
    /// Whether scaling has nothing more to give. Gradients that are not finite although they are hardly scaled are so of themselves.
    /// </summary>
    public bool IsExhausted => Factor < 1;

    /// <summary>That of the next step.</summary>
    /// <param name="finite">Whether this step's gradients were.</param>
    public LossScale After(bool finite) => !finite ? new LossScale(Factor * Backoff, 0)
        : FiniteSteps + 1 < Interval ? this with { FiniteSteps = FiniteSteps + 1 }
        : new LossScale(Math.Min(Factor * Growth, float.MaxValue / Growth), 0);

    /// <summary>As torch's gradient scaler keeps it in <c>grad_scaler_state</c>.</summary>
    public PickleDict ToState()
    {
        var state = new PickleDict();
        state.Add("scale", Factor);
        state.Add("growth_factor", Growth);
        state.Add("backoff_factor", Backoff);
        state.Add("growth_interval", (long)Interval);
        state.Add("_growth_tracker", (long)FiniteSteps);
        return state;
    }

    /// <summary>From a checkpoint's <c>grad_scaler_state</c>; null where it has none, or that of a scaler that was off.</summary>
    public static LossScale? Of(PickleDict? state) =>
        state?["scale"] is double or long && Convert.ToDouble(state["scale"], CultureInfo.InvariantCulture) is > 0 and < double.PositiveInfinity and var factor
            ? new LossScale(factor, state["_growth_tracker"] is long and >= 0 and < Interval and var steps ? (int)steps : 0)
            : null;
}

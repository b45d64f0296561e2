using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;

namespace ActorSeg.Compute.Postprocessing;

/// <summary>
/// Which steps help (spec 08 section 5.2), decided from scores: first one component over all foreground, then one of each class. Pure: it says what to score
/// next, is given the scores, and is then a new search.
/// </summary>
public sealed record PostprocessingSearch
{
    private readonly LabelSet _labels;
    private readonly int _round;

    // Mean Dice of each class after the accepted steps, as the next ones find it.
    private IReadOnlyList<double> _source = [];

    private PostprocessingSearch(LabelSet labels) => _labels = labels;

    /// <summary>A search that knows nothing yet; its first trial is the predictions as they are.</summary>
    public static PostprocessingSearch Begin(LabelSet labels) => new(labels);

    /// <summary>Steps that help, in the order they are to be done.</summary>
    public IReadOnlyList<PostprocessingStep> Accepted { get; private init; } = [];

    /// <summary>Scores of the predictions as they are; null before the first trial.</summary>
    public EvaluationSummary? Baseline { get; private init; }

    /// <summary>What was decided so far, a sentence each.</summary>
    public IReadOnlyList<string> Decisions { get; private init; } = [];

    /// <summary>
    /// Steps to be done together after the accepted ones and then scored; null when all is decided. Classes that are labels have no voxel in common, so that
    /// all of them are tried at once; regions share voxels and are tried one by one, each on what the ones before left.
    /// </summary>
    public IReadOnlyList<PostprocessingStep>? Trial => _round switch
    {
        0 => [],
        1 => [AllForeground],
        _ when Classes.Count < 2 => null,
        2 when !_labels.HasRegions => Classes,
        _ when _labels.HasRegions && _round - 2 < Classes.Count => [Classes[_round - 2]],
        _ => null,
    };

    private PostprocessingStep AllForeground => new([.. _labels.Foreground], StepForm.List);

    private IReadOnlyList<PostprocessingStep> Classes =>
        [.. _labels.ForegroundClasses.Select(c => new PostprocessingStep(c.Labels, c.IsTuple ? StepForm.Region : StepForm.Label))];

    /// <summary>What is known after the trial was scored.</summary>
    /// <exception cref="InvalidOperationException">There is nothing to try any more.</exception>
    public PostprocessingSearch After(EvaluationSummary scored)
    {
        var trial = Trial ?? throw new InvalidOperationException("the search has ended");
        var next = this with { Round = _round + 1 };
        if (_round == 0) return next with { Baseline = scored, _source = scored.ClassDice };
        return _round == 1 ? next.Foreground(trial[0], scored) : next.Each(trial, scored);
    }

    private int Round { init => _round = value; }

    // Better on the whole and worse in no class. What is not a number is neither better nor worse.
    private PostprocessingSearch Foreground(PostprocessingStep step, EvaluationSummary scored)
    {
        var (before, after) = (Baseline!.ClassDice, scored.ClassDice);
        var helps = scored.MeanDice > Baseline.MeanDice && !before.Zip(after).Any(pair => pair.Second < pair.First);
        return Decided(helps ? [step] : [], scored, Told("all foreground", Baseline.MeanDice, scored.MeanDice, helps));
    }

    // Only the class itself counts.
    private PostprocessingSearch Each(IReadOnlyList<PostprocessingStep> steps, EvaluationSummary scored)
    {
        var first = _labels.HasRegions ? _round - 3 : 0;
        var (before, after) = (_source, scored.ClassDice);
        var helped = steps.Select((step, i) => (Step: step, Class: first + i)).ToLookup(s => after[s.Class] > before[s.Class]);
        var told = steps.Select((step, i) => Told($"label {step}", before[first + i], after[first + i], after[first + i] > before[first + i]));
        return Decided([.. helped[true].Select(s => s.Step)], scored, [.. told]);
    }

    private PostprocessingSearch Decided(IReadOnlyList<PostprocessingStep> steps, EvaluationSummary scored, params IReadOnlyList<string> told) => this with
    {
        Accepted = [.. Accepted, .. steps],
        _source = steps.Count > 0 ? scored.ClassDice : _source,
        Decisions = [.. Decisions, .. told],
    };

    private static string Told(string what, double before, double after, bool helps) => FormattableString.Invariant(
        $"largest component of {what}: Dice {before:0.00000} becomes {after:0.00000}, {(helps ? "kept" : "left out")}");
}

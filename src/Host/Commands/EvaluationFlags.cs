using System.CommandLine;
using ActorSeg.Compute;

namespace ActorSeg.Host.Commands;

/// <summary>Flags both evaluation verbs take (spec 09 section 5), each with its reading.</summary>
internal sealed class EvaluationFlags
{
    private const double DefaultTolerance = 1;

    private readonly Argument<string> _reference = new("gt_folder") { Description = "reference label maps" };
    private readonly Argument<string> _prediction = new("pred_folder") { Description = "predicted label maps" };
    private readonly Option<string?> _output =
        new("-o") { HelpName = "FILE", Description = "where the summary goes (default: summary.json beside the predictions)" };
    private readonly Option<int?> _workers = PlanningFlags.Workers("-np", "cases");
    private readonly Option<bool> _chill = new("--chill") { Description = "references without a prediction are left out" };
    private readonly Option<bool> _surface = new("--surface") { Description = "also HD, HD95, ASSD and surface Dice (docs/evaluation.md)" };
    private readonly Option<double?> _tolerance =
        new("--tolerance") { HelpName = "MM", Description = $"with --surface: tolerance of the surface Dice (default: {DefaultTolerance})" };

    /// <summary>The folders.</summary>
    public IReadOnlyList<Argument> Arguments => [_reference, _prediction];

    /// <summary>All flags.</summary>
    public IReadOnlyList<Option> Options => [_output, _chill, _surface, _tolerance, _workers];

    // As they were given: nnU-Net writes them so into the summary.
    public string Reference(ParseResult given) => given.GetRequiredValue(_reference);

    public string Prediction(ParseResult given) => given.GetRequiredValue(_prediction);

    /// <exception cref="UsageException">nnU-Net's rule: the name must end in .json.</exception>
    public string? Output(ParseResult given) => given.GetValue(_output) is not { } file ? null
        : file.EndsWith(".json", StringComparison.Ordinal) ? Path.GetFullPath(file) : throw new UsageException($"-o {file} is not the name of a summary; it must end in .json");

    public bool Chill(ParseResult given) => given.GetValue(_chill);

    public int Workers(ParseResult given) => PlanningFlags.WorkersFrom(given, _workers);

    /// <summary>null without --surface.</summary>
    /// <exception cref="UsageException">The tolerance is no length, or has nothing to do.</exception>
    public double? Tolerance(ParseResult given)
    {
        var tolerance = given.GetValue(_tolerance);
        if (tolerance is { } value && !(double.IsFinite(value) && value >= 0)) throw new UsageException(FormattableString.Invariant($"--tolerance {value} is not allowed; give 0 mm or more"));
        if (given.GetValue(_surface)) return tolerance ?? DefaultTolerance;
        return tolerance is null ? null : throw new UsageException("--tolerance is that of the surface Dice; give --surface as well");
    }
}

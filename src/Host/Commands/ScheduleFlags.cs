using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary>What shortens a training for trials, as <c>train</c> and <c>run</c> take it.</summary>
internal sealed class ScheduleFlags
{
    private readonly Option<int?> _epochs = new("--epochs") { HelpName = "N", Description = "epochs, for trials (nnU-Net: 1000)" };
    private readonly Option<int?> _iterations = new("--iterations") { HelpName = "N", Description = "training steps an epoch (nnU-Net: 250)" };
    private readonly Option<int?> _validationIterations = new("--val-iterations") { HelpName = "N", Description = "validation batches an epoch (nnU-Net: 50)" };
    private readonly Option<int?> _batchSize = new("--batch-size") { HelpName = "N", Description = "samples a batch (default: the plans')" };
    private readonly Option<double?> _learningRate = new("--learning-rate") { HelpName = "X", Description = "of the first epoch (nnU-Net: 0.01)" };
    private readonly Option<ulong?> _seed = new("--seed") { HelpName = "N", Description = "everything random follows from it" };

    /// <summary>The flags, in the order of the help text.</summary>
    public IEnumerable<Option> All => [_epochs, _iterations, _validationIterations, _batchSize, _learningRate, _seed];

    /// <summary>What they change, and what the user should know before it begins.</summary>
    /// <exception cref="UsageException">A number is not allowed.</exception>
    public (TrainingOverrides Options, IReadOnlyList<string> Notes) From(ParseResult given, HostServices host)
    {
        var (batchSize, byVariable) = (Positive(given, _batchSize), BatchSizeVariable.Of(host));
        var options = new TrainingOverrides(
            Positive(given, _epochs), Positive(given, _iterations), Positive(given, _validationIterations), batchSize ?? byVariable, given.GetValue(_seed))
        {
            LearningRate = given.GetValue(_learningRate),
        };
        return (options, batchSize is null && byVariable is { } size ? [$"{BatchSizeVariable.Name} is set: batches of {size}"] : []);
    }

    private static int? Positive(ParseResult given, Option<int?> flag) =>
        given.GetValue(flag) is < 1 and var n ? throw new UsageException($"{flag.Name} {n} is not allowed; give 1 or more") : given.GetValue(flag);
}

using System.CommandLine;
using ActorSeg.Compute;
using ActorSeg.Host.Hosting;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Host.Commands;

/// <summary><c>set</c>: changes epochs or learning rate.</summary>
internal sealed class SetVerb : ControlVerb
{
    private readonly Option<int?> _epochs = new("--epochs") { HelpName = "N", Description = "epochs altogether" };
    private readonly Option<double?> _learningRate = new("--learning-rate") { HelpName = "X", Description = "of the first epoch, from which it falls" };

    public SetVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "set", "Change epochs or learning rate of a run from its next iteration on. The same train command keeps the change.")
    {
        Add(_epochs);
        Add(_learningRate);
    }

    /// <inheritdoc/>
    protected override RunCommand Command(ParseResult given)
    {
        var (epochs, rate) = (given.GetValue(_epochs), given.GetValue(_learningRate));
        if (epochs is null && rate is null) throw new UsageException("give --epochs, --learning-rate or both");
        return epochs is < 1 ? throw new UsageException($"--epochs {epochs} is not allowed; give 1 or more") : new ChangeSchedule(epochs, rate);
    }
}

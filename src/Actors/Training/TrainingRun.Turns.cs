using Akka.Actor;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Training;

/// <content>
/// Trainer and validator on the same processors: side by side both were slower than in turn, as torch has each of them use all processors, and the process took the
/// activations of both. So an iteration and a validation batch take turns. The turn of one that dies or hangs ends with it.
/// </content>
public sealed partial class TrainingRun
{
    private DeviceTurns _turns = DeviceTurns.Free;

    private void Want(WantTurn m)
    {
        if (RoleOf(Sender) is { } role) Begin(_turns.Asked(role));
    }

    private void Over(TurnOver m)
    {
        if (RoleOf(Sender) is { } role) Begin(_turns.Ended(role));
    }

    private void Begin((DeviceTurns Next, string? Begins) turn)
    {
        _turns = turn.Next;
        if (turn.Begins is { } role) Child(role).Tell(YourTurn.Instance);
    }
}

using System.Globalization;
using Akka.Actor;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Training;

/// <content>
/// Stages that hang. A validator and a checkpoint writer are left behind with their thread and replaced; of the trainer there cannot be two, so that the process
/// ends. Loaders watch their workers themselves.
/// </content>
public sealed partial class TrainingRun
{
    private const string Opening = "opening";

    private readonly Dictionary<string, IActorRef> _children = [];
    private readonly long _begun;
    private Watchdog _watchdog;
    private int _leftBehind;

    private TimeSpan Now => _time.GetElapsedTime(_begun);

    // By what it is for: one that takes a hanging one's place has another name.
    private IActorRef Child(string role) => _children.TryGetValue(role, out var child) ? child : ActorRefs.Nobody;

    private string? RoleOf(IActorRef child) => _children.FirstOrDefault(c => c.Value.Equals(child)).Key;

    private bool IsFromTheOneInPlace(string role) => Child(role).Equals(Sender);

    private IActorRef Make(string role, Props props) =>
        _children[role] = Context.Watch(Context.ActorOf(props, Context.Child(role).IsNobody() ? role : $"{role}-{++_leftBehind}"));

    private void Begin(WorkBegun m)
    {
        if (RoleOf(Sender) is { } role) _watchdog = _watchdog.Begun(role, m.What, Now);
    }

    private void End(WorkEnded m)
    {
        if (RoleOf(Sender) is not { } role) return;
        _watchdog = _watchdog.Ended(role, Now);
        if (role == TrainerName) _watchdog = _watchdog.Ended(Opening, Now);
    }

    private void Look()
    {
        (_watchdog, var hanging) = _watchdog.Look(Now);
        foreach (var hang in hanging)
        {
            var text = Told(hang);
            if (hang.Stage is ValidatorName or Writer) LeaveBehind(hang.Stage, text);
            else
            {
                Fail(new StalledException($"{text}; its thread cannot be ended from outside, so that the process ends"));
                return;
            }
        }
    }

    private void LeaveBehind(string role, string text)
    {
        var child = Child(role);
        _children.Remove(role);
        _causes[role] = new TimeoutException(text);
        Context.Unwatch(child);
        // The writer's thread is free, it is the file that hangs; the validator's ends when it comes back, if ever.
        if (role == Writer) child.Tell(AbandonWrites.Instance);
        else Context.Stop(child);
        Begin(_turns.Gone(role));
        Replace(role);
    }

    private string Told(Hang hang)
    {
        var path = hang.Stage == Opening ? Self.Path.ToStringWithoutAddress() : Child(hang.Stage).Path.ToStringWithoutAddress();
        return string.Create(
            CultureInfo.InvariantCulture, $"{path} hangs: {hang.What} has taken {hang.Since.TotalSeconds:0.0} s, and {hang.Limit.TotalSeconds:0.0} s is the limit (actorseg.train.watchdog.{hang.Stage})");
    }

    private sealed record LookForHangs;
}

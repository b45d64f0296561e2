using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Shared;
using Akka.Actor;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Training;

/// <summary>Writes the run's log, on a thread of its own so that a slow disk holds nobody up. A line that cannot be written is lost; the first time that is said.</summary>
public sealed class LogWriter : ReceiveActor
{
    private bool _told;

    /// <summary>The writer of one run; runs on <see cref="Dispatchers.Worker"/>.</summary>
    public static Props Props(ITrainingEngines engines, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new LogWriter(engines, time)).WithDispatcher(Dispatchers.Worker);

    /// <param name="engines">Write the lines.</param>
    /// <param name="time">The clock.</param>
    public LogWriter(ITrainingEngines engines, TimeProvider time) => Receive<LogLine>(m =>
    {
        try
        {
            engines.Log(time.GetLocalNow(), m.Text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_told) Context.Parent.Tell(new JobWarning($"the training log cannot be written ({e.Message}); training goes on"));
            _told = true;
        }
    });
}

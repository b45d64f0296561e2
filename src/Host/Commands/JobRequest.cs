using ActorSeg.Actors.Experiments;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary>What a verb asks for.</summary>
/// <param name="Title">Shown at once, before anything is loaded.</param>
/// <param name="Jobs">In order.</param>
internal sealed record JobRequest(string Title, IReadOnlyList<Job> Jobs)
{
    /// <summary>Jobs that follow from the results of the first ones, such as the name a planner gave its plans; null where none do.</summary>
    public Func<IReadOnlyList<JobResult>, IReadOnlyList<Job>>? Then { get; init; }

    /// <summary>What the user is told of the results; null tells of each.</summary>
    public Func<IReadOnlyList<JobResult>, TimeSpan, Report>? Report { get; init; }

    /// <summary>Things the user should know before it begins.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Whether progress is shown.</summary>
    public bool ShowProgress { get; init; } = true;
}

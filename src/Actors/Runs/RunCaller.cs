using System.Net.Sockets;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Runs;

/// <summary>Commands to a run of another process on this machine. Takes no actors.</summary>
public static class RunCaller
{
    /// <summary>Has the process that owns a run follow a command, and waits for its answer: an iteration at most, or until a checkpoint is on disk.</summary>
    /// <param name="foldFolder"><c>.../fold_0</c>.</param>
    /// <param name="command">What to do.</param>
    /// <param name="stop">Ends the wait; the command may be followed nevertheless.</param>
    /// <exception cref="UsageException">The run does not follow it now; the message says why.</exception>
    /// <exception cref="ResourceException">Its process cannot be reached.</exception>
    public static async Task<RunPosition> Send(string foldFolder, RunCommand command, CancellationToken stop)
    {
        var folder = new RunFolder(foldFolder);
        var owner = RunOwner.Read(folder) ?? throw new ResourceException($"{foldFolder}: no process is named that is at this run");
        if (owner.Host != Environment.MachineName) throw new ResourceException($"{foldFolder}: {owner} is at this run; give the command on that machine");
        try
        {
            using var socket = ControlSocket.Connect(folder.Control(owner));
            await ControlSocket.SendLine(socket, ControlWire.Write(command), stop).ConfigureAwait(false);
            var line = await ControlSocket.ReadLine(socket, stop).ConfigureAwait(false);
            var answer = line is null ? null : ControlWire.ReadAnswer(line);
            return answer switch
            {
                { Refused: { } why } => throw new UsageException($"{foldFolder}: {why}"),
                { Position: { } position } => position,
                _ => throw new ResourceException($"{foldFolder}: {owner} has ended without an answer; 'actorseg status' tells where the run stands"),
            };
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            throw new ResourceException($"{foldFolder}: {owner} cannot be reached ({e.Message}); SIGTERM stops it in good order", e);
        }
    }
}

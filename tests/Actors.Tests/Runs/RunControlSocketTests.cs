using System.Net.Sockets;
using System.Text;
using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Tests.Runs;

/// <summary>Commands between processes: a socket in the run's folder, for one user, one line a command.</summary>
public sealed class RunControlSocketTests : TestKit
{
    private static readonly RunPosition Somewhere = new("paused", 3, 17, 100, 0.005, "ab");

    private readonly TemporaryFolder _folder = new();

    public RunControlSocketTests() : base(TestConfig.Hocon)
    {
    }

    public static TheoryData<RunCommand> Commands => [new PauseRun(), new ResumeRun(), new WriteCheckpointNow(), new ChangeSchedule(60, null), new ChangeSchedule(null, 0.005), new StopRun(), new TellPosition()];

    [Theory, MemberData(nameof(Commands))]
    public async Task a_command_reaches_the_run_and_its_answer_the_caller(RunCommand command)
    {
        using var claim = Claim("fold_0");
        Start(claim);
        var call = RunCaller.Send(claim.Folder.Path, command, CancellationToken.None);
        Assert.Equal(command, ExpectMsg<RunCommand>());
        Reply(new CommandDone(Somewhere));
        Assert.Equal(Somewhere, await call);
    }

    [Fact]
    public async Task a_refusal_is_the_callers_to_act_on()
    {
        using var claim = Claim("fold_0");
        Start(claim);
        var call = RunCaller.Send(claim.Folder.Path, new PauseRun(), CancellationToken.None);
        ExpectMsg<PauseRun>();
        Reply(new CommandRefused("the run is stopping"));
        Assert.Contains("the run is stopping", (await Assert.ThrowsAsync<UsageException>(() => call)).Message);
    }

    [Fact]
    public async Task a_path_longer_than_a_sockets_address_is_reached_too()
    {
        using var claim = Claim(new string('x', 120), new string('y', 120), "fold_0");
        Start(claim);
        var call = RunCaller.Send(claim.Folder.Path, new TellPosition(), CancellationToken.None);
        ExpectMsg<TellPosition>();
        Reply(new CommandDone(Somewhere));
        Assert.Equal("paused", (await call).State);
    }

    [Fact]
    public void the_socket_is_its_users_alone_and_gone_with_its_actor()
    {
        using var claim = Claim("fold_0");
        var control = Start(claim);
        var path = claim.Folder.Control(claim.Owner);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Watch(control);
        Sys.Stop(control);
        ExpectTerminated(control);
        Assert.Empty(claim.Folder.Controls);
    }

    [Fact]
    public async Task a_socket_that_a_killed_owner_left_is_refused_by_the_caller_and_removed_by_the_next_owner()
    {
        string path;
        using (var claim = Claim("fold_0"))
        {
            path = claim.Folder.Control(claim.Owner);
            // As connecting takes it: there is something, and nobody listens.
            File.WriteAllText(path, "");
            Assert.Contains("cannot be reached", (await Assert.ThrowsAsync<ResourceException>(() => RunCaller.Send(claim.Folder.Path, new PauseRun(), CancellationToken.None))).Message);
        }

        using var next = Claim("fold_0");
        Assert.Empty(next.Folder.Controls);
    }

    [Fact]
    public async Task a_run_of_another_machine_is_told_by_its_name()
    {
        using var claim = Claim("fold_0");
        (claim.Owner with { Host = "elsewhere" }).Write(claim.Folder);
        Assert.Contains("on elsewhere", (await Assert.ThrowsAsync<ResourceException>(() => RunCaller.Send(claim.Folder.Path, new PauseRun(), CancellationToken.None))).Message);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"command\":\"erase\"}")]
    [InlineData("pause")]
    [InlineData("{\"command\":\"set\",\"epochs\":\"many\"}")]
    public async Task what_is_no_command_is_answered_so_and_reaches_nobody(string line)
    {
        using var claim = Claim("fold_0");
        Start(claim);
        using var socket = ControlSocket.Connect(claim.Folder.Control(claim.Owner));
        await ControlSocket.SendLine(socket, Encoding.UTF8.GetBytes(line), CancellationToken.None);
        Assert.Contains("no command", ControlWire.ReadAnswer((await ControlSocket.ReadLine(socket, CancellationToken.None))!)!.Refused);
        ExpectNoMsg(0);
    }

    [Fact]
    public async Task a_line_without_end_is_cut_off_and_others_are_served()
    {
        using var claim = Claim("fold_0");
        Start(claim);
        using var endless = ControlSocket.Connect(claim.Folder.Control(claim.Owner));
        await ControlSocket.SendLine(endless, Encoding.UTF8.GetBytes(new string('x', 2 * ControlWire.MostBytes)), CancellationToken.None);
        // Closed without an answer; what it still had to say may reset the connection.
        try
        {
            Assert.Null(await ControlSocket.ReadLine(endless, CancellationToken.None));
        }
        catch (SocketException)
        {
        }

        var call = RunCaller.Send(claim.Folder.Path, new TellPosition(), CancellationToken.None);
        ExpectMsg<TellPosition>();
        Reply(new CommandDone(Somewhere));
        await call;
    }

    [Fact]
    public void where_there_can_be_no_socket_that_is_said_and_nothing_else_happens()
    {
        ActorOfAsTestActorRef<Parent>(Props.Create(() => new Parent(TestActor, RunControl.Props(_folder.File("missing", "control.sock")))));
        Assert.Contains("takes no commands of other processes", ExpectMsg<JobWarning>().Text);
    }

    /// <inheritdoc/>
    protected override void AfterAll()
    {
        base.AfterAll();
        _folder.Dispose();
    }

    private RunClaim Claim(params string[] parts) => RunClaim.Take(_folder.File(parts), "cpu", TimeProvider.System);

    // The run is this test.
    private IActorRef Start(RunClaim claim)
    {
        var control = ActorOfAsTestActorRef<Parent>(Props.Create(() => new Parent(TestActor, RunControl.Props(claim.Folder.Control(claim.Owner))))).UnderlyingActor.Child;
        // Once it answers, it listens.
        control.Tell(new Identify(1), TestActor);
        ExpectMsg<ActorIdentity>();
        return control;
    }

    private void Reply(object answer) => LastSender.Tell(answer);

    private sealed class Parent : ReceiveActor
    {
        public Parent(IActorRef test, Props child)
        {
            Child = Context.ActorOf(child);
            ReceiveAny(test.Forward);
        }

        public IActorRef Child { get; }
    }
}

using ActorSeg.Actors.Runs;
using ActorSeg.Compute;

namespace ActorSeg.Actors.Tests.Runs;

public sealed class RunClaimTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Fold => _folder.File("fold_0");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void the_second_who_takes_a_run_is_told_who_has_it()
    {
        using var first = Take();
        var error = Assert.Throws<ResourceException>(Take);
        Assert.Contains(Fold, error.Message);
        Assert.Contains($"process {Environment.ProcessId} on {Environment.MachineName} since", error.Message);
        first.Require();
    }

    [Fact]
    public void given_back_it_can_be_taken_again_and_each_owner_draws_a_higher_token()
    {
        using (var first = Take()) Assert.Equal(1, first.Owner.Token);
        using (var second = Take()) Assert.Equal((2, 1), (second.Owner.Token, second.Previous!.Token));
        using var third = Take();
        Assert.Equal(3, third.Owner.Token);
        Assert.True(third.Owner.Locked);
    }

    [Fact]
    public void what_was_given_back_may_not_be_written_to()
    {
        var claim = Take();
        claim.Dispose();
        Assert.Throws<RunTakenOverException>(claim.Require);
    }

    [Fact]
    public void an_owner_that_finds_another_named_may_not_commit()
    {
        using var claim = Take();
        (claim.Owner with { Token = 2, Id = "other", Host = "elsewhere", Pid = 7 }).Write(claim.Folder);
        Assert.Contains("process 7 on elsewhere", Assert.Throws<RunTakenOverException>(claim.Require).Message);
    }

    [Theory, InlineData(null), InlineData("garbage")]
    public void an_owners_name_that_is_lost_is_written_again(string? content)
    {
        using var claim = Take();
        if (content is null) File.Delete(claim.Folder.Owner);
        else File.WriteAllText(claim.Folder.Owner, content);
        claim.Require();
        Assert.Equal(claim.Owner, RunOwner.Read(claim.Folder));
    }

    [Fact]
    public void what_killed_owners_left_half_written_is_removed_and_nothing_else()
    {
        Directory.CreateDirectory(Path.Combine(Fold, "validation"));
        foreach (var name in (string[])["checkpoint_best.pth.tmp-1", "validation/a.nii.gz.tmp-2", "checkpoint_best.pth"]) File.WriteAllText(Path.Combine(Fold, name), "");
        using var claim = Take();
        Assert.Equal(["checkpoint_best.pth"], Directory.GetFiles(Fold).Select(Path.GetFileName));
        Assert.Empty(Directory.GetFiles(Path.Combine(Fold, "validation")));
    }

    private RunClaim Take() => RunClaim.Take(Fold, "cpu, fp32, 2 threads", TimeProvider.System);
}

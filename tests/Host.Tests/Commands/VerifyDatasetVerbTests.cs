using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;
using ActorSeg.Host.Tests.Support;

namespace ActorSeg.Host.Tests.Commands;

public sealed class VerifyDatasetVerbTests : IDisposable
{
    private static readonly DatasetPaths Roots = new("/raw", "/preprocessed", "/results");
    private readonly CommandLine _line = new();

    public void Dispose() => _line.Dispose();

    [Fact]
    public void Each_data_set_is_a_job_with_the_flags()
    {
        var jobs = _line.Request("verify-dataset", "-d", "Dataset001_A", "Dataset002_B", "--fix", "-np", "3").Jobs;

        Assert.Equal([new VerifyJob(Roots, "Dataset001_A", 3, true), new VerifyJob(Roots, "Dataset002_B", 3, true)], jobs);
        Assert.Equal(new VerifyJob(Roots, "Dataset001_A", 0, false), _line.Job<VerifyJob>("verify-dataset", "-d", "Dataset001_A"));
    }

    [Fact]
    public async Task A_data_set_without_problems_ends_well_and_its_json_has_a_case_each()
    {
        _line.Runner.Gives(new VerifyResult("Dataset001_A", [], [Case([], ["odd"])], []));

        Assert.Equal(0, await _line.Run("verify-dataset", "-d", "Dataset001_A", "--json"));
        Assert.Equal(
            """{"dataset":"Dataset001_A","cases":[{"case":"a","shape":[3,2,1],"spacing":[1.5,1,1],"origin":[1,2,3],"direction":[1,0,0,0,1,0,0,0,1],"""
            + """
              "labels":[0,2],"nan":0,"problems":[],"warnings":["odd"]}],"dataset_problems":[],"problems":0,"warnings":1,"fixed":["/l.nii.gz"],"quarantined":[]}
              """,
            _line.Out.TrimEnd());
    }

    [Fact]
    public async Task A_problem_ends_with_exit_code_3_after_the_table()
    {
        _line.Runner.Gives(new VerifyResult("Dataset001_A", ["numTraining is wrong"], [Case(["bad"], ["odd"])], []));

        Assert.Equal(3, await _line.Run("verify-dataset", "-d", "Dataset001_A"));
        Assert.Contains("problem: bad; warning: odd", _line.Out);
        Assert.Contains("fixed: /l.nii.gz", _line.Out);
        Assert.Contains("Dataset001_A: 1 case, 2 problems, 1 warning, 1 fixed", _line.Out);
    }

    [Fact]
    public async Task A_case_that_could_not_be_looked_at_is_listed_and_ends_in_part()
    {
        var lost = new QuarantinedCase(new CaseId("b"), "verify", 3, "needs more memory", FaultKind.Resource);
        _line.Runner.Gives(new VerifyResult("Dataset001_A", [], [Case([], [])], [lost]));

        Assert.Equal(5, await _line.Run("verify-dataset", "-d", "Dataset001_A"));
        Assert.Contains("needs more memory", _line.Out);
    }

    [Fact]
    public async Task Of_several_data_sets_the_json_is_a_list()
    {
        _line.Runner.Gives(new VerifyResult("Dataset001_A", [], [], []), new VerifyResult("Dataset002_B", ["bad"], [], []));

        Assert.Equal(3, await _line.Run("verify-dataset", "-d", "Dataset001_A", "Dataset002_B", "--json"));
        Assert.StartsWith("""{"datasets":[{"dataset":"Dataset001_A",""", _line.Out);
    }

    private static VerifiedCase Case(string[] problems, string[] warnings) => new(new CaseId("a"), new CaseFindings(problems, warnings)
    {
        Shape = new VolumeShape(3, 2, 1),
        Spacing = new Spacing(1.5, 1, 1),
        Geometry = new ImageGeometry([1, 1, 1.5], [1, 2, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1]),
        Labels = [0, 2],
    }, ["/l.nii.gz"]);
}

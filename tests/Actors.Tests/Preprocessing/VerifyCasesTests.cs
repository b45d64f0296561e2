using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Preprocessing;
using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;
using Akka.TestKit.Xunit2;
using static ActorSeg.Actors.Shared.StageProtocol;

namespace ActorSeg.Actors.Tests.Preprocessing;

public sealed class VerifyCasesTests : TestKit
{
    private const string Dataset = "Dataset905_Checked";

    private readonly TemporaryFolder _folder = new();

    public VerifyCasesTests()
        : base(TestConfig.Hocon) => PhantomDataset.Create(_folder.Path, Dataset, 3, 1, 1);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _folder.Dispose();
    }

    [Fact]
    public void a_damaged_file_is_a_finding_of_its_case_and_not_a_failed_try()
    {
        File.WriteAllText(_folder.File(Dataset, "imagesTr", "phantom_000_0000.nii.gz"), "no image");
        var (job, _) = Job(required: false);
        var budget = Sys.ActorOf(RamBudget.Props(new MemoryBudget(1L << 32, 1L << 32)));
        Sys.ActorOf(PreprocessingFarm.Props(job, TestActor, budget, new FarmRules(2, 3, TimeSpan.FromMinutes(10))));

        var said = ReceiveWhile<object>(m => m is JobEvent ? m : null!, TimeSpan.FromSeconds(30));
        Assert.All(said, m => Assert.IsType<JobProgress>(m));
        var result = Assert.IsType<VerifyResult>(ExpectMsg<StageFinished>().Result);
        Assert.Empty(result.Quarantined);
        Assert.Equal([1, 0, 0], result.Cases.Select(c => c.Findings.Problems.Count));
        Assert.NotNull(result.Cases[1].Findings.Geometry);
    }

    [Fact]
    public void before_a_fingerprint_every_problem_is_told_and_the_first_is_the_failure()
    {
        foreach (var n in new[] { 0, 2 }) File.Delete(_folder.File(Dataset, "labelsTr", $"phantom_00{n}.nii.gz"));
        var (job, told) = Job(required: true);
        var results = job.Cases.ToDictionary(id => id, id => job.Do(id, CancellationToken.None));

        Assert.Contains("2 problems", Assert.Throws<DataException>(() => job.Finish(results, [])).Message);
        Assert.Equal(2, told.Count);
        Assert.All(told, sentence => Assert.Contains("labelsTr", sentence));
    }

    [Fact]
    public void a_case_that_was_given_up_is_listed_beside_the_others_and_fails_the_check_before_a_fingerprint()
    {
        var lost = new QuarantinedCase(new CaseId("phantom_001"), "verify", 3, "too little memory", FaultKind.Resource);
        var (job, _) = Job(required: false);
        var results = job.Cases.Where(id => id != lost.Case).ToDictionary(id => id, id => job.Do(id, CancellationToken.None));

        var result = Assert.IsType<VerifyResult>(job.Finish(results, [lost]));
        Assert.Equal(["phantom_000", "phantom_002"], result.Cases.Select(c => c.Case.Value));
        Assert.Equal([lost], result.Quarantined);
        Assert.Contains("too little memory", Assert.Throws<DataException>(() => Job(required: true).Job.Finish(results, [lost])).Message);
    }

    [Fact]
    public void memory_is_asked_for_by_the_largest_header_and_a_header_that_cannot_be_read_asks_for_none()
    {
        var (job, _) = Job(required: false);
        var (shape, _) = new SimpleItkReaderWriter().ReadHeader(_folder.File(Dataset, "imagesTr", "phantom_000_0000.nii.gz"));
        Assert.Equal(4 * shape.Voxels, job.PeakBytes(new CaseId("phantom_000")));

        foreach (var file in new[] { _folder.File(Dataset, "imagesTr", "phantom_001_0000.nii.gz"), _folder.File(Dataset, "labelsTr", "phantom_001.nii.gz") })
            File.WriteAllText(file, "");
        Assert.Equal(0, job.PeakBytes(new CaseId("phantom_001")));
    }

    private (VerifyCases Job, List<string> Told) Job(bool required)
    {
        var (told, paths) = (new List<string>(), new DatasetPaths(_folder.Path, null, null));
        var (dataset, problems) = RawDataset.OpenForInspection(paths.RawFolder(Dataset));
        return (new VerifyCases(new VerifyJob(paths, Dataset, 0, Fix: false), dataset, problems, VerifyCases.ReaderOf(dataset), required, told.Add), told);
    }
}

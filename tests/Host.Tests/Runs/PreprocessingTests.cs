using System.Text.Json.Nodes;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Preprocessing.Storage;
using ActorSeg.SampleSteps;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>Preprocessing as its users run it, and as their machines break it.</summary>
public class PreprocessingTests(PhantomFolder phantom) : IClassFixture<PhantomFolder>
{
    private static readonly string Assembly = typeof(InvertedContrast).Assembly.Location;

    [Fact, Trait("Category", "Long")]
    public void killed_at_fifty_points_and_repeated_it_leaves_the_bytes_of_a_run_never_killed() => KillAndRepeat(50, seed: 11);

    [Fact]
    public void killed_at_any_point_and_repeated_it_leaves_the_bytes_of_a_run_never_killed() => KillAndRepeat(4, seed: 5);

    [Fact]
    public void a_bit_flipped_in_a_stored_case_has_that_case_made_again()
    {
        var folder = phantom.NewPreprocessed();
        using (new ActorSegProcess(phantom.Preprocess(folder)).Ends(0)) { }
        Flip(Directory.GetFiles(PhantomFolder.CaseFolder(folder), "*.npz").Order().First());
        using var again = new ActorSegProcess(phantom.Preprocess(folder, "--json")).Ends(0);
        Assert.Equal((6, 5), Counts(again));
        Assert.Equal(Expected(), Files(folder));
    }

    [Fact]
    public void a_training_that_meets_a_damaged_case_makes_it_again_and_goes_on()
    {
        var folder = phantom.NewPreprocessed();
        using (new ActorSegProcess(phantom.Preprocess(folder)).Ends(0)) { }
        foreach (var file in Directory.GetFiles(PhantomFolder.CaseFolder(folder), "*.npz")) Flip(file);
        using var run = new ActorSegProcess(
            "train", "901", "3d_fullres", "0", "--epochs", "1", "--iterations", "1", "--val-iterations", "1", "--batch-size", "2", "-device", "cpu",
            "--raw", phantom.Raw, "--preprocessed", folder, "--results", phantom.NewResults()).Ends(0);
        Assert.Contains("it was made again from its raw files", run.Errors);
    }

    [Fact]
    public void three_at_once_make_each_case_once()
    {
        var folder = phantom.NewPreprocessed();
        var runs = Enumerable.Range(0, 3).Select(_ => new ActorSegProcess(phantom.Preprocess(folder, "--json"))).ToArray();
        try
        {
            foreach (var run in runs) run.Ends(0);
            Assert.Equal(6, runs.Sum(run => Counts(run).Done - Counts(run).Kept));
            Assert.Equal(Expected(), Files(folder));
        }
        finally
        {
            foreach (var run in runs) run.Dispose();
        }
    }

    [Fact]
    public void a_full_disk_ends_it_with_4_and_the_same_command_goes_on()
    {
        var folder = phantom.NewPreprocessed();
        var size = Expected().Max(file => file.Value.Length) >> 10;
        using (var full = ActorSegProcess.WithSmallFiles(size / 2, phantom.Preprocess(folder)).Ends(4))
        {
            Assert.Contains("nnUNetPlans_3d_fullres", full.Errors);
            Assert.Contains("the same command goes on from here", full.Errors);
        }

        Assert.Empty(Directory.GetFiles(PhantomFolder.CaseFolder(folder)));
        using (new ActorSegProcess(phantom.Preprocess(folder)).Ends(0)) { }
        Assert.Equal(Expected(), Files(folder));
    }

    [Fact]
    public void fresh_makes_every_case_again_and_another_planning_those_it_changes()
    {
        var folder = phantom.NewPreprocessed();
        using (new ActorSegProcess(phantom.Preprocess(folder)).Ends(0)) { }
        using (var kept = new ActorSegProcess(phantom.Preprocess(folder, "--json")).Ends(0)) Assert.Equal((6, 6), Counts(kept));
        using (var fresh = new ActorSegProcess(phantom.Preprocess(folder, "--json", "--fresh")).Ends(0)) Assert.Equal((6, 0), Counts(fresh));
        Plan(folder, plans => plans["configurations"]!["3d_fullres"]!["spacing"] = new JsonArray(3.0, 3.0, 3.0));
        using (var other = new ActorSegProcess(phantom.Preprocess(folder, "--json")).Ends(0)) Assert.Equal((6, 0), Counts(other));
        Assert.NotEqual(Expected(), Files(folder));
    }

    [Fact]
    public void steps_of_an_assembly_of_ones_own_are_taken_and_unknown_ones_refused()
    {
        var folder = phantom.NewPreprocessed();
        Plan(folder, plans => plans["configurations"]!["3d_fullres"]!["preprocessor_name"] = nameof(InvertedContrast));
        using (var unknown = new ActorSegProcess(phantom.Preprocess(folder)).Ends(3)) Assert.Contains(nameof(InvertedContrast), unknown.Errors);
        using (var nowhere = new ActorSegProcess(phantom.Preprocess(folder, "--set", "actorseg.plugins=/nowhere.dll")).Ends(2))
            Assert.Contains("/nowhere.dll", nowhere.Errors);
        using (new ActorSegProcess(phantom.Preprocess(folder, "--set", $"actorseg.plugins={Assembly}")).Ends(0)) { }
        var (plain, inverted) = (new CaseStore(PhantomFolder.CaseFolder(phantom.Preprocessed)), new CaseStore(PhantomFolder.CaseFolder(folder)));
        var (values, others) = (plain.Load(plain.Cases[0]).Data.Data, inverted.Load(plain.Cases[0]).Data.Data);
        for (var i = 0; i < values.Length; i++) Assert.Equal(values[i], -others[i], 1e-5f);
    }

    [Fact]
    public void a_case_that_hangs_for_ever_is_quarantined_and_does_not_keep_the_process()
    {
        var folder = phantom.NewPreprocessed();
        Plan(folder, plans => plans["configurations"]!["3d_fullres"]!["preprocessor_name"] = nameof(HangingStep));
        var image = new SimpleItkReaderWriter().ReadImages([Path.Combine(phantom.Raw, PhantomFolder.Dataset, "imagesTr", "phantom_002_0000.nii.gz")]);
        using var run = ActorSegProcess.With(HangingStep.Variable, HangingStep.SumOf(image.Data), phantom.Preprocess(
            folder, "--json", "--set", $"actorseg.plugins={Assembly}", "--set", "actorseg.preprocessing.stall-after=6s",
            "--set", "actorseg.supervision.case-worker.tries=1")).Ends(5);
        var lost = Assert.Single(JsonNode.Parse(run.Output)!["quarantined"]!.AsArray())!;
        Assert.Equal("phantom_002", lost["case"]!.GetValue<string>());
        Assert.Contains("case-worker", lost["cause"]!.GetValue<string>());
        Assert.Equal((5, 0), Counts(run));
    }

    private void KillAndRepeat(int kills, int seed)
    {
        var (random, expected) = (new Random(seed), Expected());
        for (var n = 0; n < kills; n++)
        {
            var folder = phantom.NewPreprocessed();
            var (files, spins) = (random.Next(14), random.Next(20_000));
            using (var run = new ActorSegProcess(phantom.Preprocess(folder)))
            {
                // A moment after some number of files has come to be: in the middle of reading, computing or writing.
                var cases = PhantomFolder.CaseFolder(folder);
                SpinWait.SpinUntil(() => (Directory.Exists(cases) && Directory.GetFiles(cases).Length >= files) || run.HasEnded, TimeSpan.FromMinutes(2));
                Thread.SpinWait(spins);
                if (!run.HasEnded) run.Signal(9);
                run.Wait();
            }

            using (new ActorSegProcess(phantom.Preprocess(folder)).Ends(0)) { }
            Assert.Equal(expected, Files(folder));
        }
    }

    private SortedDictionary<string, byte[]> Expected() => Files(phantom.Preprocessed);

    private static SortedDictionary<string, byte[]> Files(string preprocessed) =>
        new(Directory.GetFiles(PhantomFolder.CaseFolder(preprocessed)).ToDictionary(file => Path.GetFileName(file)!, File.ReadAllBytes), StringComparer.Ordinal);

    private static (int Done, int Kept) Counts(ActorSegProcess run)
    {
        var result = JsonNode.Parse(run.Output)!;
        return (result["done"]!.GetValue<int>(), result["kept"]!.GetValue<int>());
    }

    private static void Plan(string preprocessed, Action<JsonNode> change)
    {
        var file = Path.Combine(preprocessed, PhantomFolder.Dataset, "nnUNetPlans.json");
        var plans = JsonNode.Parse(File.ReadAllText(file))!;
        change(plans);
        File.WriteAllText(file, plans.ToJsonString());
    }

    private static void Flip(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 4;
        File.WriteAllBytes(file, bytes);
    }
}

using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Tests.Datasets;

public class CrossValidationTests
{
    public static TheoryData<int> GoldenSizes() => new(NnUnetJson.ReadObject(TestPaths.Golden("k_eval", "crossval_splits.json")).Select(e => int.Parse(e.Key)));

    [Theory]
    [MemberData(nameof(GoldenSizes))]
    public void Folds_are_nnUNets(int cases)
    {
        var expected = NnUnetJson.Read(TestPaths.Golden("k_eval", "crossval_splits.json"))[$"{cases}"]!.AsArray();
        var ids = expected[0]!["train"]!.AsArray().Concat(expected[0]!["val"]!.AsArray()).Select(id => new CaseId(id!.GetValue<string>())).Reverse().ToArray();
        var found = CrossValidation.Create(ids);
        Assert.Equal(5, found.Count);
        foreach (var (fold, split) in expected.Zip(found))
        {
            Assert.Equal(fold!["train"]!.AsArray().Select(id => id!.GetValue<string>()), split.Train.Select(id => id.Value));
            Assert.Equal(fold["val"]!.AsArray().Select(id => id!.GetValue<string>()), split.Validation.Select(id => id.Value));
        }
    }

    [SharedFact("golden/a_dataset904")]
    public void The_file_is_written_byte_for_byte_as_nnUNet_writes_it()
    {
        using var folder = new TemporaryFolder();
        var golden = TestPaths.SharedPath("golden", "a_dataset904", "splits_final.json");
        var ids = NnUnetJson.Read(golden)[0]!.AsObject().SelectMany(e => e.Value!.AsArray()).Select(id => new CaseId(id!.GetValue<string>())).ToArray();
        CrossValidation.LoadOrCreate(folder.Path, ids, new Fold(0));
        Assert.Equal(File.ReadAllText(golden), File.ReadAllText(folder.File("splits_final.json")));
    }

    [Fact]
    public void Fewer_than_five_cases_are_refused_with_a_way_out_and_fold_all_needs_no_file()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<DataException>(() => CrossValidation.LoadOrCreate(folder.Path, Ids(4), new Fold(0)));
        Assert.Contains("'all'", error.Message);
        var all = CrossValidation.LoadOrCreate(folder.Path, Ids(4), Fold.All);
        Assert.Equal(all.Train, all.Validation);
        Assert.Equal(4, all.Train.Count);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_fold_beyond_the_file_is_a_seeded_eighty_to_twenty_division_that_is_not_written()
    {
        using var folder = new TemporaryFolder();
        CrossValidation.LoadOrCreate(folder.Path, Ids(10), new Fold(0));
        var before = File.ReadAllText(folder.File("splits_final.json"));
        var split = CrossValidation.LoadOrCreate(folder.Path, Ids(10), new Fold(5));
        Assert.Equal(Names(0, 3, 4, 5, 6, 7, 8, 9), split.Train);
        Assert.Equal(Names(1, 2), split.Validation);
        Assert.Equal(before, File.ReadAllText(folder.File("splits_final.json")));
    }

    [Fact]
    public void A_file_of_ones_own_is_used_as_it_is()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("splits_final.json"), """[{"train": ["c2", "c0"], "val": ["c1"]}]""");
        var split = CrossValidation.LoadOrCreate(folder.Path, Ids(3), new Fold(0));
        Assert.Equal(Names(0, 2), split.Train);
        Assert.Equal(Names(1), split.Validation);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("[7]")]
    [InlineData("""[{"train": ["c0"]}]""")]
    [InlineData("""[{"train": [], "val": ["c0"]}]""")]
    [InlineData("""[{"train": ["c0"], "val": [1]}]""")]
    [InlineData("""[{"train": ["c0", "stranger"], "val": ["c1"]}]""")]
    [InlineData("""[{"train": """)]
    public void A_broken_file_is_one_clear_error(string text)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("splits_final.json"), text);
        var error = Assert.Throws<DataException>(() => CrossValidation.LoadOrCreate(folder.Path, Ids(5), new Fold(0)));
        Assert.StartsWith(folder.File("splits_final.json"), error.Message);
    }

    private static CaseId[] Ids(int count) => [.. Enumerable.Range(0, count).Select(i => new CaseId($"c{i}"))];

    private static CaseId[] Names(params int[] numbers) => [.. numbers.Select(i => new CaseId($"c{i}"))];
}

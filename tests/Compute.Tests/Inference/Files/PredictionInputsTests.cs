using ActorSeg.Compute.Inference.Files;

namespace ActorSeg.Compute.Tests.Inference.Files;

public sealed class PredictionInputsTests : IDisposable
{
    private const string Ending = ".nii.gz";

    private readonly TemporaryFolder _folder = new();

    public PredictionInputsTests() => Directory.CreateDirectory(In());

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void a_folders_cases_are_found_in_order_with_their_channels()
    {
        Touch("b_0001.nii.gz", "b_0000.nii.gz", "a_0000.nii.gz", "notes.txt");
        var inputs = Find();
        Assert.Equal(["a", "b"], inputs.Cases.Select(c => c.Id.Value));
        Assert.Equal(["b_0000.nii.gz", "b_0001.nii.gz"], inputs.Cases[1].Images.Select(Path.GetFileName));
        Assert.Equal(Out("a.nii.gz"), inputs.Cases[0].LabelFile(Ending));
        Assert.Equal(Out(), inputs.Folder);
        Assert.Null(inputs.Cases[0].PreviousStage);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(7)]
    public void parts_share_the_cases_without_a_gap_and_without_a_case_twice(int parts)
    {
        Touch([.. Enumerable.Range(0, 5).Select(i => $"c{i}_0000.nii.gz")]);
        var shared = Enumerable.Range(0, parts).Select(part => Find().Part(part, parts).Cases.Select(c => c.Id.Value).ToArray()).ToArray();
        Assert.Equal(["c0", "c1", "c2", "c3", "c4"], shared.SelectMany(p => p).Order());
        if (parts == 2) Assert.Equal(["c0", "c2", "c4"], shared[0]);
    }

    [Fact]
    public void what_is_there_is_left_out_and_probabilities_count_where_they_are_wanted()
    {
        Touch("a_0000.nii.gz", "b_0000.nii.gz", "c_0000.nii.gz");
        Directory.CreateDirectory(Out());
        foreach (var file in (string[])["a.nii.gz", "a.npz", "b.nii.gz", "c.npz"]) File.WriteAllText(Out(file), "");
        Assert.Equal(["c"], Find().Missing(probabilities: false).Cases.Select(c => c.Id.Value));
        Assert.Equal(["b", "c"], Find().Missing(probabilities: true).Cases.Select(c => c.Id.Value));
    }

    [Fact]
    public void what_is_older_than_model_image_or_the_stage_before_is_predicted_again()
    {
        Touch("a_0000.nii.gz", "b_0000.nii.gz", "c_0000.nii.gz", "d_0000.nii.gz", "e_0000.nii.gz");
        Directory.CreateDirectory(Out());
        Directory.CreateDirectory(_folder.File("low"));
        var (model, now) = (_folder.File("model.pth"), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        void Write(string file, int day)
        {
            File.WriteAllText(file, "");
            File.SetLastWriteTimeUtc(file, now.AddDays(day));
        }

        Write(model, 0);
        foreach (var id in (string[])["a", "b", "c", "d", "e"])
        {
            Write(In($"{id}_0000.nii.gz"), id == "c" ? 3 : 1);
            Write(_folder.File("low", $"{id}.nii.gz"), id == "d" ? 3 : 1);
            if (id != "e") Write(Out($"{id}.nii.gz"), id == "b" ? -1 : 2);
        }

        var inputs = PredictionInputs.Find(In(), Out(), Ending, previousStage: _folder.File("low"));
        Assert.Equal(["b", "c", "d", "e"], inputs.Outdated(probabilities: false, [model]).Cases.Select(c => c.Id.Value));
        Assert.Equal(["a", "b", "c", "d", "e"], inputs.Outdated(probabilities: true, [model]).Cases.Select(c => c.Id.Value));
        Write(model, 4);
        Assert.Equal(5, inputs.Outdated(probabilities: false, [model]).Cases.Count);
    }

    [Fact]
    public void a_list_of_files_names_cases_by_their_first_file()
    {
        var list = Json("cases.json", """[["in/b_0000.nii.gz", "in/b_0001.nii.gz"], ["in/plain.nii.gz"]]""");
        var inputs = PredictionInputs.Find(list, Out(), Ending, previousStage: _folder.File("low"));
        Assert.Equal(["b", "plain"], inputs.Cases.Select(c => c.Id.Value));
        Assert.Equal([In("b_0000.nii.gz"), In("b_0001.nii.gz")], inputs.Cases[0].Images);
        Assert.Equal(_folder.File("low", "plain.nii.gz"), inputs.Cases[1].PreviousStage);
    }

    [Fact]
    public void a_list_of_outputs_says_where_each_goes_and_side_files_go_with_the_first()
    {
        var list = Json("cases.json", """[["in/b_0000.nii.gz"], ["in/a_0000.nii.gz"]]""");
        var inputs = PredictionInputs.Find(list, Json("outputs.json", """["x/one", "y/two"]"""), Ending, null);
        Assert.Equal([_folder.File("x", "one.nii.gz"), _folder.File("y", "two.nii.gz")], inputs.Cases.Select(c => c.LabelFile(Ending)));
        Assert.Equal(_folder.File("x"), inputs.Folder);
    }

    [Theory]
    [InlineData("""[["in/a_0000.nii.gz"]]""", """["x/one", "y/two"]""", "2 outputs for 1 cases"), InlineData("""[[]]""", null, "case without any")]
    [InlineData("""{"a": 1}""", null, "no such list"), InlineData("""[["in/a_0000.nrrd"]]""", null, "does not end in .nii.gz")]
    public void a_list_that_says_something_else_is_refused_with_what_it_should_say(string input, string? output, string words)
    {
        var refused = Assert.Throws<DataException>(
            () => PredictionInputs.Find(Json("cases.json", input), output is null ? Out() : Json("outputs.json", output), Ending, null));
        Assert.Contains(words, refused.Message);
    }

    [Fact]
    public void the_folder_of_the_images_is_no_output_folder_even_through_a_link()
    {
        Touch("a_0000.nii.gz");
        Assert.Contains("written over", Assert.Throws<UsageException>(() => PredictionInputs.Find(In(), In(), Ending, null)).Message);
        Assert.Throws<UsageException>(() => PredictionInputs.Find(In(), In() + "/", Ending, null));
        Directory.CreateSymbolicLink(_folder.File("link"), In());
        Assert.Throws<UsageException>(() => PredictionInputs.Find(In(), _folder.File("link"), Ending, null));
    }

    [Fact]
    public void no_output_lies_on_an_image_or_on_another_output()
    {
        Assert.Contains("over an image", Refused("""[["in/plain.nii.gz"]]""", In()));
        Assert.Contains("two cases", Refused("""[["in/a_0000.nii.gz"], ["other/a_0000.nii.gz"]]""", Out()));

        string Refused(string list, string output) => Assert.Throws<UsageException>(() => PredictionInputs.Find(Json("cases.json", list), output, Ending, null)).Message;
    }

    [Fact]
    public void an_input_that_is_not_there_or_holds_nothing_is_told()
    {
        Assert.Contains("is not there", Assert.Throws<DataException>(() => PredictionInputs.Find(_folder.File("nowhere"), Out(), Ending, null)).Message);
        Assert.Contains(Ending, Assert.Throws<DataException>(() => Find()).Message);
        Touch("a.nii.gz");
        Assert.Contains("channel number", Assert.Throws<DataException>(() => Find()).Message);
    }

    private PredictionInputs Find() => PredictionInputs.Find(In(), Out(), Ending, null);

    private string In(string name = "") => name.Length == 0 ? _folder.File("in") : _folder.File("in", name);

    private string Out(string name = "") => name.Length == 0 ? _folder.File("out") : _folder.File("out", name);

    private void Touch(params string[] names)
    {
        foreach (var name in names) File.WriteAllText(In(name), "");
    }

    private string Json(string name, string content)
    {
        File.WriteAllText(_folder.File(name), content);
        return _folder.File(name);
    }
}

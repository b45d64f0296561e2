using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Pickling;
using ActorSeg.Compute.Postprocessing;
using ActorSeg.Compute.Tests.Networks;

namespace ActorSeg.Compute.Tests.Postprocessing;

public sealed class PostprocessingFileTests : IDisposable
{
    private static readonly EvaluationSummary Scores = new([new CaseMetrics("p", "r", [new ClassMetrics(1, 0, 0, 0), new ClassMetrics(1, 0, 0, 0)])], SmallNetworks.Labels(2));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData("postprocessing.pkl"), InlineData("postprocessing.json")]
    public void the_references_own_files_are_read(string name) =>
        Assert.Equal([new PostprocessingStep([1, 2], StepForm.List)], PostprocessingFile.Read(TestPaths.Golden("k_eval", "pp_pred", name)));

    [SharedTheory("golden/l_run"), InlineData("postprocessing.pkl"), InlineData("postprocessing.json")]
    public void the_references_file_of_a_real_ensemble_is_read(string name) => Assert.Equal(
        [new PostprocessingStep([1], StepForm.Label), new PostprocessingStep([2], StepForm.Label)],
        PostprocessingFile.Read(TestPaths.SharedPath("golden", "l_run", "find_best", "ensembles", "ensemble_2d_3d_fullres_0", name)));

    [Fact]
    public void what_is_written_is_read_again_with_its_forms()
    {
        PostprocessingStep[] steps = [new([1, 2], StepForm.List), new([2], StepForm.Label), new([1, 2], StepForm.Region), new([2], StepForm.Region)];
        PostprocessingFile.Write(_folder.Path, steps, Scores, Scores);
        Assert.Equal(steps, PostprocessingFile.Read(_folder.File("postprocessing.pkl")));
        Assert.Equal(steps.Select(s => s.Labels), PostprocessingFile.Read(_folder.File("postprocessing.json")).Select(s => s.Labels));
    }

    [Fact]
    public void no_step_is_a_file_too()
    {
        PostprocessingFile.Write(_folder.Path, [], Scores, Scores);
        Assert.Empty(PostprocessingFile.Read(_folder.File("postprocessing.pkl")));
        Assert.Empty(PostprocessingFile.Read(_folder.File("postprocessing.json")));
    }

    [Theory]
    [InlineData("os", "system", "allowed")]
    [InlineData("nnunetv2.postprocessing.remove_connected_components", "load_postprocess", "allowed")]
    public void another_function_is_refused_by_name(string module, string name, string said)
    {
        var step = new PickleDict();
        step.Add("labels_or_regions", 1L);
        File.WriteAllBytes(_folder.File("p.pkl"), Pickle.Write(new PickleTuple([new List<object?> { new PickleFunction(module, name) }, new List<object?> { step }])));
        var message = Assert.Throws<DataException>(() => PostprocessingFile.Read(_folder.File("p.pkl"))).Message;
        Assert.Contains(name, message);
        Assert.Contains(said, message);
    }

    [Fact]
    public void the_function_is_no_word_for_other_pickles()
    {
        var name = new PickleFunction("nnunetv2.postprocessing.remove_connected_components", PostprocessingFile.Function);
        Assert.Contains("not among", Assert.Throws<DataException>(() => Pickle.Read(Pickle.Write(name), "file")).Message);
    }

    [Theory]
    [InlineData("""{"postprocessing_fns": ["other"], "postprocessing_kwargs": [{"labels_or_regions": 1}]}""", "postprocessing_fns")]
    [InlineData("""{"postprocessing_fns": [], "postprocessing_kwargs": [{"labels_or_regions": 1}]}""", "postprocessing_kwargs")]
    [InlineData("""{"postprocessing_fns": ["remove_all_but_largest_component_from_segmentation"], "postprocessing_kwargs": [{"labels_or_regions": -1}]}""", "-1")]
    [InlineData("""{"postprocessing_fns": ["remove_all_but_largest_component_from_segmentation"], "postprocessing_kwargs": [{"labels_or_regions": []}]}""", "[]")]
    [InlineData("""{"postprocessing_fns": ["remove_all_but_largest_component_from_segmentation"], "postprocessing_kwargs": [3]}""", "postprocessing_kwargs")]
    [InlineData("[]", "object")]
    public void a_wrong_json_is_said_to_be_wrong(string json, string said)
    {
        File.WriteAllText(_folder.File("p.json"), json);
        Assert.Contains(said, Assert.Throws<DataException>(() => PostprocessingFile.Read(_folder.File("p.json"))).Message);
    }

    [Fact]
    public void damaged_and_missing_files_are_sentences()
    {
        Assert.Contains("is not there", Assert.Throws<DataException>(() => PostprocessingFile.Read(_folder.File("none.pkl"))).Message);
        var whole = File.ReadAllBytes(TestPaths.Golden("k_eval", "pp_pred", "postprocessing.pkl"));
        for (var length = 0; length < whole.Length; length += 7)
        {
            File.WriteAllBytes(_folder.File("cut.pkl"), whole[..length]);
            Assert.Throws<DataException>(() => PostprocessingFile.Read(_folder.File("cut.pkl")));
        }
    }
}

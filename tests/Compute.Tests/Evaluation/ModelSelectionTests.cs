using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Tests.Evaluation;

public class ModelSelectionTests
{
    private static readonly ModelName Flat = new("T", "P", "2d"), Full = new("T", "P", "3d_fullres"), Cascade = new("T", "P", "3d_cascade_fullres");

    [Fact]
    public void models_are_considered_trainer_by_trainer_then_by_configuration() => Assert.Equal(
        ["a__p__2d", "a__q__2d", "a__p__3d", "a__q__3d", "b__p__2d", "b__q__2d", "b__p__3d", "b__q__3d"],
        ModelSelection.Candidates(["a", "b"], ["2d", "3d"], ["p", "q"]).Select(m => m.ToString()));

    [Fact]
    public void the_first_of_equal_models_wins_and_one_without_a_mean_cannot()
    {
        RankedModel Ranked(ModelName name, double dice) => new([name], "/f", dice);
        Assert.Equal(Full, ModelSelection.BestOf([Ranked(Flat, 0.5), Ranked(Full, 0.6), Ranked(Cascade, 0.6)], "d").Members[0]);
        Assert.Equal(Full, ModelSelection.BestOf([Ranked(Flat, double.NaN), Ranked(Full, 0.1)], "d").Members[0]);
        Assert.Contains("no model has a mean Dice", Assert.Throws<DataException>(() => ModelSelection.BestOf([Ranked(Flat, double.NaN)], "d")).Message);
    }

    [SharedFact("golden/l_run")]
    public void the_information_is_the_references_to_the_character()
    {
        ModelName flat = new("nnUNetTrainerTiny", "nnUNetPlans", "2d"), full = flat with { Configuration = "3d_fullres" };
        var folder = $"/data/nnUNet_results/Dataset904_HippocampusTiny/ensembles/{ModelSelection.EnsembleName([flat, full], [0])}";
        var best = new RankedModel([flat, full], folder, 0.7468578655256402);
        var selection = new ModelSelection(
            "Dataset904_HippocampusTiny", [0], true, [flat, full], [new([flat], "", 0.7077781630860067), new([full], "", 0.6556408462587815), best], best, 0.7476985971172866);
        Assert.Equal(
            File.ReadAllText(TestPaths.SharedPath("golden", "l_run", "find_best", "inference_information.json")), NnUnetJson.Write(selection.ToJson(), sortKeys: true));
    }

    [Fact]
    public void a_single_model_is_one_command_and_postprocessing()
    {
        var text = Instructions(new RankedModel([Full], "/results/my data/f", 0.5));
        Assert.Contains("actorseg predict -d Dataset004_X -i INPUT_FOLDER -o OUTPUT_FOLDER -f 0 1 -tr T -c 3d_fullres -p P\n", text);
        Assert.DoesNotContain("ensemble", text);
        Assert.Contains("-pp_pkl_file '/results/my data/f/postprocessing.pkl' -plans_json '/results/my data/f/plans.json'\n", text);
    }

    [Fact]
    public void an_ensemble_saves_probabilities_and_a_cascade_is_given_its_first_stage()
    {
        var text = Instructions(new RankedModel([Full, Cascade], "/f", 0.5)).Split('\n');
        Assert.Equal(
        [
            "actorseg predict -d Dataset004_X -i INPUT_FOLDER -o OUTPUT_FOLDER_PREV_STAGE -f 0 1 -tr T -c 3d_lowres -p P",
            "actorseg predict -d Dataset004_X -i INPUT_FOLDER -o OUTPUT_FOLDER_MODEL_1 -f 0 1 -tr T -c 3d_fullres -p P --save_probabilities",
            "actorseg predict -d Dataset004_X -i INPUT_FOLDER -o OUTPUT_FOLDER_MODEL_2 -f 0 1 -tr T -c 3d_cascade_fullres -p P -prev_stage_predictions OUTPUT_FOLDER_PREV_STAGE --save_probabilities",
            "actorseg ensemble -i OUTPUT_FOLDER_MODEL_1 OUTPUT_FOLDER_MODEL_2 -o OUTPUT_FOLDER",
            "actorseg apply-postprocessing -i OUTPUT_FOLDER -o OUTPUT_FOLDER_PP -pp_pkl_file /f/postprocessing.pkl -plans_json /f/plans.json",
        ], text.Where(line => line.StartsWith("actorseg", StringComparison.Ordinal)));
    }

    private static string Instructions(RankedModel best) => InferenceInstructions.Of(
        new ModelSelection("Dataset004_X", [0, 1], true, best.Members, [best], best, 0.6), model => model.Configuration == "3d_cascade_fullres" ? "3d_lowres" : null);
}

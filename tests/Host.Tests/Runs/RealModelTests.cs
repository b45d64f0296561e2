using System.Text.Json.Nodes;

namespace ActorSeg.Host.Tests.Runs;

public class RealModelTests
{
    private const string Golden = "golden/l_run";

    [SharedFact(Golden)]
    public void a_model_trained_by_nnunet_predicts_real_images_as_nnunet_does()
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("out");
        using (new ActorSegProcess(
            "predict-from-modelfolder", "-m", TestPaths.SharedPath(Golden, "model3d"), "-i", TestPaths.SharedPath(Golden, "imagesTs"),
            "-o", output, "-f", "0", "--disable_tta", "-device", "cpu").Ends(0)) { }
        using var scored = new ActorSegProcess(
            "evaluate-folder", TestPaths.SharedPath(Golden, "pred_3d_notta"), output, "-djfile", Path.Combine(output, "dataset.json"),
            "-pfile", Path.Combine(output, "plans.json"), "--chill", "--json").Ends(0);
        var result = JsonNode.Parse(scored.Output)!;
        Assert.Equal(5, result["cases"]!.GetValue<int>());
        Assert.All(result["dice"]!.AsObject(), dice => Assert.InRange(dice.Value!.GetValue<double>(), 0.9999, 1));
    }
}

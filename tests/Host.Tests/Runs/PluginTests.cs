using System.Text.Json.Nodes;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>The sample of docs/plugins.md as its users run it.</summary>
public class PluginTests(PhantomFolder phantom) : IClassFixture<PhantomFolder>
{
    private static string Plugin => typeof(MyPlugin.OwnTrainers).Assembly.Location;

    [Fact]
    public void a_trainer_and_a_network_of_ones_own_train_go_on_and_predict()
    {
        var (results, predictions) = (phantom.NewResults(), phantom.NewResults());
        string[] own = ["-tr", "NarrowTrainer", "--plugin", Plugin];
        using (phantom.Train(results, own).Ends(0)) { }
        var model = Path.Combine(results, PhantomFolder.Dataset, "NarrowTrainer__nnUNetPlans__3d_fullres");
        using (var described = new ActorSegProcess("describe", "checkpoint", Path.Combine(model, "fold_0", "checkpoint_final.pth"), "--json").Ends(0))
        {
            var json = JsonNode.Parse(described.Output)!;
            Assert.Equal("NarrowTrainer", (string)json["trainer"]!);
            Assert.Equal(8, (int)json["parameters"]!.AsArray().Single(p => (string)p!["name"]! == "encoder.stages.2.0.convs.0.conv.weight")!["shape"]![0]!);
        }

        using (var again = new ActorSegProcess(phantom.TrainArguments(results, epochs: 4, own)).Ends(0)) Assert.Contains("resuming at epoch 3", again.Errors);
        string[] predict = ["predict-from-modelfolder", "-m", model, "-f", "0", "-i", Path.Combine(phantom.Raw, PhantomFolder.Dataset, "imagesTs"), "-o", predictions, "-device", "cpu"];
        using (var without = new ActorSegProcess(predict).Ends(3)) Assert.Contains("shape (8,", without.Errors);
        using (new ActorSegProcess([.. predict, "--plugin", Plugin]).Ends(0)) { }
        Assert.Single(Directory.GetFiles(predictions, "*.nii.gz"));
    }

    [Fact]
    public void what_is_wrong_with_a_plugin_is_told_in_a_sentence()
    {
        var results = phantom.NewResults();
        void Refused(string told, params string[] flags)
        {
            using var run = phantom.Train(results, flags).Ends(2);
            Assert.Contains(told, run.Errors);
            Assert.DoesNotContain("   at ", run.Errors);
        }

        Refused("-tr NarrowTrainer is not known", "-tr", "NarrowTrainer");
        Refused("nowhere.dll cannot be loaded", "-tr", "NarrowTrainer", "--plugin", "/nowhere.dll");
        Refused("cannot be loaded", "-tr", "NarrowTrainer", "--plugin", Path.Combine(phantom.Raw, PhantomFolder.Dataset, "dataset.json"));
        Refused("has no public class", "-tr", "NarrowTrainer", "--plugin", Path.Combine(AppContext.BaseDirectory, "ActorSeg.Actors.dll"));
        Refused("the nearest are NarrowTrainer", "-tr", "NarowTrainer", "--plugin", Plugin);
        Refused("has a name that another has", "-tr", "NarrowTrainer", "--plugin", Plugin, "--plugin", Plugin);
        Assert.False(Directory.Exists(results));
    }
}

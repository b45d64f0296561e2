using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Networks;

namespace ActorSeg.Compute.Tests.Inference;

/// <summary>Models that nnU-Net trained, on real images, against what nnU-Net predicted with them (golden l).</summary>
public class RealModelTests
{
    private const string Golden = "golden/l_run";

    [SharedTheory(Golden), NoTensorLeak]
    [InlineData("3d", "notta", false), InlineData("3d", "tta", true), InlineData("2d", "notta", false), InlineData("2d", "tta", true)]
    public void logits_of_a_preprocessed_case_equal_nnU_Nets_within_a_rounding(string model, string variant, bool mirror)
    {
        var npz = new Npz(Shared("logits", $"{model}_hippocampus_352_{variant}.npz"));
        using var predictor = Open(model, mirror);
        var data = npz["data"];
        using var logits = predictor.Logits(new Volume<float>(data.Shape[0], new VolumeShape(data.Shape[1], data.Shape[2], data.Shape[3]), data.Floats()));
        var expected = npz["logits"].Floats();
        var actual = Enumerable.Range(0, logits.Heads).SelectMany(head => logits.Head(head).ToArray()).Select(v => (float)v).ToArray();
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++) Assert.InRange(Math.Abs(expected[i] - actual[i]), 0, 1e-2 * Math.Max(1, Math.Abs(expected[i])));
        Assert.InRange(expected.Zip(actual, (e, a) => e != a).Count(differs => differs), 0, expected.Length / 20);
    }

    [SharedTheory(Golden), NoTensorLeak]
    [InlineData("3d", "pred_3d_notta", false), InlineData("2d", "pred_2d", true)]
    public void labels_and_probabilities_of_real_images_equal_nnU_Nets(string model, string folder, bool mirror)
    {
        using var predictor = Open(model, mirror);
        foreach (var id in (string[])["hippocampus_352", "hippocampus_353"]) Compare(predictor, folder, id);
    }

    [SharedFact(Golden), NoTensorLeak]
    public void so_do_those_of_the_3D_network_with_mirroring()
    {
        using var predictor = Open("3d", mirror: true);
        Compare(predictor, "pred_3d", "hippocampus_353");
    }

    [SharedTheory(Golden), NoTensorLeak]
    [InlineData("3d", "pred_3d_notta", false), InlineData("2d", "pred_2d", true)]
    public void in_bf16_the_Dice_between_our_labels_and_nnU_Nets_stays_close_to_one(string model, string folder, bool mirror)
    {
        using var predictor = Open(model, mirror, Precision.Bf16);
        foreach (var id in (string[])["hippocampus_352", "hippocampus_353"])
        {
            var ours = predictor.Predict([Shared("imagesTs", $"{id}_0000.nii.gz")]).Labels;
            var theirs = Labels(folder, id);
            for (var label = 1; label <= 2; label++) Assert.InRange(Dice(label, theirs, ours), 0.995, 1);
            Assert.NotEqual(theirs, ours); // equal, it would not be bf16
        }
    }

    private static void Compare(Predictor predictor, string folder, string id)
    {
        var segmentation = predictor.Predict([Shared("imagesTs", $"{id}_0000.nii.gz")], probabilities: true);
        var labels = Labels(folder, id);
        Assert.InRange(labels.Zip(segmentation.Labels).Count(pair => pair.First != pair.Second), 0, labels.Length / 10_000);
        for (var label = 1; label <= 2; label++) Assert.InRange(Dice(label, labels, segmentation.Labels), 0.9999, 1);

        var probabilities = new Npz(Shared(folder, $"{id}_probs_f16.npz"))["probabilities"].Floats();
        Assert.InRange(probabilities.Zip(segmentation.Probabilities!.Data, (e, a) => Math.Abs(e - a)).Max(), 0, 2e-3);
    }

    private static ushort[] Labels(string folder, string id) =>
        Array.ConvertAll(new SimpleItkReaderWriter().ReadLabels(Shared(folder, $"{id}.nii.gz")).Data.Data, label => (ushort)label);

    private static double Dice(int label, ushort[] first, ushort[] second) =>
        2.0 * first.Zip(second).Count(pair => pair.First == label && pair.Second == label) / (first.Count(l => l == label) + second.Count(l => l == label));

    private static Predictor Open(string model, bool mirror, Precision precision = Precision.Fp32) =>
        Predictor.Open(Shared($"model{model}"), options: new PredictorOptions { Mirroring = mirror, Precision = precision });

    private static string Shared(params string[] parts) => TestPaths.SharedPath([.. Golden.Split('/'), .. parts]);
}

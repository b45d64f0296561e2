using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Prediction;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Preprocessing.Storage;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Tests.Prediction;

/// <summary>The final validation of a training, case by case, without its actors.</summary>
public sealed class ValidationWorkTests : IDisposable
{
    private const string Dataset = "Dataset905_Small";
    private static readonly VolumeShape Shape = new(9, 22, 18);
    private static readonly CaseId A = new("a");

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _told = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void preprocessed_cases_are_predicted_as_raw_ones_are_with_probabilities_when_asked_for()
    {
        var setup = Setup("3d_fullres");
        Validate(setup, new ValidationOptions(Probabilities: true));
        var folder = ValidationWork.FolderOf(setup);
        Assert.Equal(["a.nii.gz", "a.npz", "a.pkl"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
        using var predictor = Compute.Inference.Predictor.Open(setup.ModelFolder);
        var expected = predictor.Predict([Image], probabilities: true);
        Assert.Equal(expected.Labels.Select(l => (float)l), new SimpleItkReaderWriter().ReadLabels(Path.Combine(folder, "a.nii.gz")).Data.Data);
        Assert.Equal(expected.Probabilities!.Data, new Npz(Path.Combine(folder, "a.npz"))["probabilities"].Floats());
        Assert.Empty(_told);
    }

    [Fact]
    public void the_next_stage_of_a_cascade_gets_labels_on_its_own_grid_and_takes_them_in()
    {
        var low = Setup("3d_lowres");
        var full = Preprocess(low.Plans, "3d_cascade_fullres");
        Validate(low, new ValidationOptions());
        var labels = new PreviousStage(low.StageFolder("3d_lowres", "3d_cascade_fullres"));
        using (var opened = labels.Open(A)) Assert.Equal(full.Data.Shape, opened.Shape);

        var cascade = Setup("3d_cascade_fullres");
        Validate(cascade, new ValidationOptions());
        var with = File.ReadAllBytes(Path.Combine(ValidationWork.FolderOf(cascade), "a.nii.gz"));
        labels.Save(A, new Volume<short>(1, full.Data.Shape));
        Validate(cascade, new ValidationOptions());
        Assert.NotEqual(with, File.ReadAllBytes(Path.Combine(ValidationWork.FolderOf(cascade), "a.nii.gz")));
        File.Delete(Path.Combine(low.StageFolder("3d_lowres", "3d_cascade_fullres"), "a.npz"));
        Assert.Contains("a.np", Assert.Throws<DataException>(() => Validate(cascade, new ValidationOptions())).Message);
    }

    [Fact]
    public void a_case_that_the_next_stage_does_not_have_is_told_and_validated_all_the_same()
    {
        var low = Setup("3d_lowres");
        Validate(low, new ValidationOptions());
        Assert.Contains("'3d_cascade_fullres' has no case a", Assert.Single(_told));
        Assert.True(File.Exists(Path.Combine(ValidationWork.FolderOf(low), "a.nii.gz")));
    }

    private string Image => _folder.File("raw", "a_0000.nii.gz");

    private void Validate(TrainingSetup setup, ValidationOptions options)
    {
        var work = ValidationWork.Open(setup, options, 1L << 30, _told.Add);
        Assert.InRange(work.PeakBytes(A), 1, 100 << 20);
        var loaded = work.Load(A, CancellationToken.None);
        using var engine = work.CreateEngine();
        using var logits = work.Average(work.AddFold(null, engine.Predict(loaded, 0, new Progress<(int, int)>(), CancellationToken.None)));
        work.Export(A, logits, loaded.Properties, CancellationToken.None);
        Assert.Equal(1, ((PredictResult)work.Finish(1, [])).Done);
    }

    private TrainingSetup Setup(string configuration)
    {
        var paths = new DatasetPaths(null, _folder.File("preprocessed"), _folder.File("results"));
        var model = new SmallModel(paths.ModelFolder(Dataset, "nnUNetTrainer", "nnUNetPlans", configuration), configuration);
        var plans = Plans.Load(Path.Combine(model.Folder, "plans.json"));
        Preprocess(plans, configuration);
        var job = new TrainJob(paths, Dataset, configuration, new Fold(0), "nnUNetTrainer", "nnUNetPlans", new TrainingOverrides(null, null, null, null, null), false, "cpu");
        var store = new CaseStore(_folder.File("preprocessed", Dataset, plans.Configurations[configuration].DataIdentifier));
        return new TrainingSetup(
            job, plans, TrainerCatalog.Find("nnUNetTrainer"), plans.Configurations[configuration], DatasetJson.Load(Path.Combine(model.Folder, "dataset.json")), store, new Split([A], [A]), new TrainingOptions { BatchSize = 2 }, "cpu");
    }

    private PreprocessedCase Preprocess(Plans plans, string configuration)
    {
        SmallModel.WriteImage(Image, Shape);
        SmallModel.WriteLabels(_folder.File("raw", "a.nii.gz"), Shape);
        var reader = new SimpleItkReaderWriter();
        var dataset = DatasetJson.Load(Directory.GetFiles(_folder.File("results"), "dataset.json", SearchOption.AllDirectories)[0]);
        var recipe = new CaseRecipe(plans, plans.Configurations[configuration], dataset.Labels);
        var made = CasePreprocessor.Run(reader.ReadImages([Image]), reader.ReadLabels(_folder.File("raw", "a.nii.gz")), recipe, CancellationToken.None);
        CaseStore.Save(_folder.File("preprocessed", Dataset, plans.Configurations[configuration].DataIdentifier), A, made);
        return made;
    }
}

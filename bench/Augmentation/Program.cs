using System.Globalization;
using ActorSeg.Bench.Augmentation;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing.Storage;

// Batches of a preprocessed data set with full augmentation: processor seconds of each on one thread, managed bytes, and what a second thread brings.
if (args.Length < 2)
{
    Console.Error.WriteLine("usage: PREPROCESSED_DATASET_FOLDER CONFIGURATION [BATCHES [BATCH_SIZE [TRAINER]]]");
    return 2;
}

var plans = Plans.Load(Path.Combine(args[0], "nnUNetPlans.json"));
var configuration = plans.Configurations[args[1]];
var batches = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 100;
var size = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : configuration.BatchSize;
var variant = TrainerAugmentations.Of(args.Length > 4 ? args[4] : "nnUNetTrainer");
var store = new CaseStore(Path.Combine(args[0], configuration.DataIdentifier));
var labels = DatasetJson.Load(Path.Combine(args[0], "dataset.json")).Labels;
using var builder = new BatchBuilder(store, store.Cases, configuration, labels, new BatchOptions(size, 0.33) { Variant = variant });
Console.WriteLine($"{plans.DatasetName} {configuration.Name}: {store.Cases.Count} cases, batches of {size} x {string.Join("x", configuration.PatchSize)}");

var measured = new Measurement(builder, new Fold(0));
measured.Run(1, 0, Math.Max(10, batches / 5));
for (var repeat = 0; repeat < 3; repeat++)
{
    var one = measured.Run(1, 1 + repeat, batches);
    Console.WriteLine(one);
}

measured.Scale(batches);
return 0;

using System.Collections.Concurrent;
using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Prediction;
using ActorSeg.Compute;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Actors.Tests.Prediction;

/// <summary>A prediction whose folds give their number, and whose case travels as the second voxel, so that later stages know whom they serve.</summary>
internal sealed class FakePrediction(int folds, params string[] cases) : IPredictionWork
{
    private readonly ConcurrentDictionary<(string, string), int> _attempts = new();
    private readonly ConcurrentDictionary<string, long> _held = new();
    private string _atEnsembler = "";
    private int _predicted;

    public Func<string, string, int, Exception?> Fail { get; init; } = (_, _, _) => null;

    public Func<string, long> Bytes { get; init; } = _ => 10;

    public bool BadModel { get; init; }

    public ManualResetEventSlim ExporterGate { get; } = new(true);

    /// <summary>When set, each loader waits there until all have come.</summary>
    public Barrier? LoadersMeet { get; init; }

    public ConcurrentBag<(string Case, float Value)> Exported { get; } = [];

    /// <summary>All logits ever made.</summary>
    public ConcurrentBag<Logits> Made { get; } = [];

    public int Predicted => _predicted;

    /// <summary>The most bytes of cases that were between the beginning of their loading and the end of their export at once.</summary>
    public long MostHeld { get; private set; }

    public string Stage => "fake";

    public IReadOnlyList<CaseId> Cases { get; } = [.. cases.Select(c => new CaseId(c))];

    public int Folds => folds;

    public int Loaders { get; init; } = 1;

    public int Exporters { get; init; } = 1;

    public int TriesAt(string worker, string id) => _attempts.GetValueOrDefault((worker, id));

    public long PeakBytes(CaseId id)
    {
        Meet("header", id.Value);
        return Bytes(id.Value);
    }

    public PreprocessedCase Load(CaseId id, CancellationToken stop)
    {
        Hold(id.Value, Bytes(id.Value));
        Meet("case-loader", id.Value);
        LoadersMeet?.SignalAndWait(stop);
        var geometry = new ImageGeometry([Array.FindIndex(cases, c => c == id.Value)], [], []);
        return new PreprocessedCase(new Volume<float>(1, new VolumeShape(1, 1, 1)), null, new CaseProperties(default, geometry, default, default, default, null));
    }

    public IPredictionEngine CreateEngine() => BadModel ? throw new DataException("model.pth", "is truncated", "copy it again") : new Engine(this);

    public Logits AddFold(Logits? sum, Logits logits)
    {
        Meet("ensembler", _atEnsembler = cases[(int)logits.Head(0)[1]]);
        using (logits) return Make((sum is null ? 0 : (float)sum.Head(0)[0]) + (float)logits.Head(0)[0], (float)logits.Head(0)[1], sum);
    }

    public Logits Average(Logits sum) => Make((float)sum.Head(0)[0] / folds, (float)sum.Head(0)[1], sum);

    public void Export(CaseId id, Logits logits, CaseProperties properties, CancellationToken stop)
    {
        ExporterGate.Wait(stop);
        Meet("exporter", id.Value);
        Exported.Add((id.Value, (float)logits.Head(0)[0]));
        Hold(id.Value, 0);
    }

    public JobResult Finish(int done, IReadOnlyList<QuarantinedCase> quarantined) => new PredictResult("", done, 0, quarantined);

    private Logits Make(float value, float index, Logits? instead = null)
    {
        instead?.Dispose();
        var logits = new Logits(1, new VolumeShape(1, 1, 2));
        (logits.Head(0)[0], logits.Head(0)[1]) = ((Half)value, (Half)index);
        Made.Add(logits);
        return logits;
    }

    private void Hold(string id, long bytes)
    {
        lock (_held)
        {
            _held[id] = bytes;
            MostHeld = Math.Max(MostHeld, _held.Values.Sum());
        }
    }

    private void Meet(string worker, string id)
    {
        if (Fail(worker, id, _attempts.AddOrUpdate((worker, id), 1, (_, n) => n + 1)) is { } error) throw error;
    }

    private sealed class Engine(FakePrediction owner) : IPredictionEngine
    {
        public Logits Predict(PreprocessedCase loaded, int fold, IProgress<(int Done, int Tiles)> progress, CancellationToken stop)
        {
            var index = (float)loaded.Properties.Geometry.Spacing[0];
            owner.Meet("predictor", owner.Cases[(int)index].Value);
            progress.Report((1, 2));
            Interlocked.Increment(ref owner._predicted);
            return owner.Make(fold + 1, index);
        }

        public void Dispose()
        {
        }
    }
}

using System.Diagnostics;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Tests.Imaging.Fuzz;
using Xunit.Abstractions;

namespace ActorSeg.Compute.Tests.Checkpoints.Fuzz;

/// <summary>
/// Damaged checkpoints are read or refused with a sentence that names the file; nothing else happens, and memory stays within what their length
/// justifies. What can be read can be written again. A seeded sample each time, 100 000 damages a kind in the long run.
/// </summary>
public sealed class DamagedCheckpointsTests(ITestOutputHelper output)
{
    private const long Fixed = 16 << 20, PerByte = 40, PerByteOfWeights = 8;

    public static TheoryData<string> Kinds() =>
        new([CheckpointSamples.Ours, CheckpointSamples.StateDict, CheckpointSamples.Safetensors, CheckpointSamples.Legacy]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_sample_of_damages_is_read_or_refused(string kind) => Damage(kind, 800, seed: 1);

    [SharedFact(CheckpointSamples.Shared)]
    public void A_sample_of_damages_to_nnunets_own_is_read_or_refused() => Damage(CheckpointSamples.Nnunet, 800, seed: 1);

    [SharedFact(CheckpointSamples.Shared)]
    public void A_sample_of_damages_to_nnunets_own_at_full_size_is_read_or_refused() => DamageReal(150, seed: 1);

    [Trait("Category", "Long")]
    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_hundred_thousand_damages_are_read_or_refused(string kind) => Damage(kind, 100_000, seed: 2);

    [Trait("Category", "Long")]
    [SharedFact(CheckpointSamples.Shared)]
    public void A_hundred_thousand_damages_to_nnunets_own_are_read_or_refused() => Damage(CheckpointSamples.Nnunet, 100_000, seed: 2);

    [Trait("Category", "Long")]
    [SharedFact(CheckpointSamples.Shared)]
    public void Ten_thousand_damages_to_nnunets_own_at_full_size_are_read_or_refused() => DamageReal(10_000, seed: 2);

    private void Damage(string kind, int times, int seed)
    {
        using var folder = new TemporaryFolder();
        var sample = CheckpointSamples.Make(kind, folder);
        var members = sample is [(byte)'P', (byte)'K', ..] ? CheckpointSamples.Members(sample) : null;
        var (mutator, random) = (new Mutator(seed), new Random(seed));
        var tally = new Tally(hasWeightsOnly: kind is CheckpointSamples.StateDict or CheckpointSamples.Safetensors);
        var path = folder.File("damaged.pth");
        File.WriteAllBytes(path, sample);
        var graph = members is null ? null : new GraphMutator(Root(path), seed);
        Assert.False(tally.Try(path, "undamaged", sample.Length, PerByte)); // it can be read, so that what follows is about the damage
        for (var i = 0; i < times; i++)
        {
            var way = random.Next(4);
            var damaged = members is not null && way == 0 ? WithPickle(members, graph!.Mutate())
                : members is not null && way < 3 ? Inside(members, mutator, random)
                : random.Next(2) == 0 ? mutator.Mutate(sample)
                : AtEnd(sample, mutator, random);
            File.WriteAllBytes(path, damaged);
            _ = tally.Try(path, $"damage {i} of {kind}", damaged.Length, PerByte);
        }

        tally.Report(output, kind, times);
    }

    // The records stay where they are in the file; only what lies behind them, pickle and directory, is written anew.
    private void DamageReal(int times, int seed)
    {
        using var folder = new TemporaryFolder();
        var members = CheckpointSamples.Members(File.ReadAllBytes(TestPaths.SharedPath(CheckpointSamples.Shared)));
        var pickle = members.Find(m => m.Name.EndsWith("data.pkl", StringComparison.Ordinal));
        _ = members.Remove(pickle);
        var (mutator, tally) = (new Mutator(seed), new Tally(hasWeightsOnly: false));
        var path = folder.File("damaged.pth");
        var whole = CheckpointSamples.Zip([.. members, pickle]);
        var records = whole.AsSpan().LastIndexOf(pickle.Content.AsSpan(0, 100));
        File.WriteAllBytes(path, whole);
        Assert.False(tally.Try(path, "undamaged", whole.Length, PerByteOfWeights));
        for (var i = 0; i < times; i++)
        {
            using (var file = File.Open(path, FileMode.Open))
            {
                using var tail = new TailStream(file, records);
                var zip = new ZipWriter(tail);
                foreach (var (name, content) in members) zip.Add(name, content);
                zip.Add(pickle.Name, mutator.Mutate(pickle.Content));
                zip.Finish();
                file.SetLength(file.Position);
            }

            _ = tally.Try(path, $"damage {i} of the pickle", whole.Length, PerByteOfWeights);
        }

        tally.Report(output, "nnunet at full size", times);
    }

    private static object? Root(string path)
    {
        using var archive = TorchArchive.Open(path);
        return archive.Root;
    }

    private static byte[] WithPickle(List<(string Name, byte[] Content)> members, byte[] pickle) =>
        CheckpointSamples.Zip(members.Select(m => m.Name.EndsWith("data.pkl", StringComparison.Ordinal) ? (m.Name, pickle) : m));

    private static byte[] Inside(List<(string Name, byte[] Content)> members, Mutator mutator, Random random)
    {
        var damaged = members.ToList();
        var pickle = damaged.FindIndex(m => m.Name.EndsWith("data.pkl", StringComparison.Ordinal));
        var at = random.Next(4) > 0 ? pickle : random.Next(damaged.Count);
        switch (random.Next(12))
        {
            case 0: damaged.RemoveAt(at); break;
            case 1: damaged.Insert(random.Next(damaged.Count), damaged[at]); break;
            case 2: damaged[at] = (damaged[random.Next(damaged.Count)].Name, damaged[at].Content); break;
            case 3: damaged[at] = ("x/" + damaged[at].Name, damaged[at].Content); break;
            default: damaged[at] = (damaged[at].Name, mutator.Mutate(damaged[at].Content)); break;
        }

        return CheckpointSamples.Zip(damaged);
    }

    private static byte[] AtEnd(byte[] sample, Mutator mutator, Random random)
    {
        var start = Math.Max(0, sample.Length - 1 - random.Next(3_000));
        return [.. sample[..start], .. mutator.Mutate(sample[start..])];
    }

    private sealed class Tally(bool hasWeightsOnly)
    {
        private int _read, _refused;
        private long _most;
        private TimeSpan _slowest;

        /// <summary>Whether a reader refuses the file.</summary>
        public bool Try(string path, string what, long length, long perByte)
        {
            var refused = false;
            Action whole = hasWeightsOnly ? () => CheckpointFile.ReadWeights(path) : () => Again(CheckpointFile.Read(path));
            Action[] readers = [whole, () => CheckpointFile.Describe(path)];
            foreach (var reader in readers)
            {
                var (before, clock) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
                var error = Record.Exception(reader);
                var taken = GC.GetAllocatedBytesForCurrentThread() - before;
                (_most, _slowest) = (Math.Max(_most, taken), clock.Elapsed > _slowest ? clock.Elapsed : _slowest);
                Assert.True(taken <= Fixed + (perByte * length), $"{what}: {taken} bytes taken for a file of {length}");
                if (error is null) continue;
                Assert.True(error is DataException, $"{what}: {error}");
                Assert.StartsWith(path, error.Message);
                Assert.InRange(error.Message.Length - path.Length, 20, 1_000);
                refused = true;
            }

            (_read, _refused) = refused ? (_read, _refused + 1) : (_read + 1, _refused);
            return refused;
        }

        public void Report(ITestOutputHelper output, string kind, int times)
        {
            output.WriteLine($"{kind}: {times} damaged files, {_read - 1} read, {_refused} refused, slowest {_slowest.TotalMilliseconds:F0} ms, at most {_most >> 10} KiB");
            Assert.True(_refused > 0, "no damage was noticed");
        }

        private static void Again(Checkpoint checkpoint) => _ = CheckpointEncoding.Encode(checkpoint, new TorchStorages());
    }
}

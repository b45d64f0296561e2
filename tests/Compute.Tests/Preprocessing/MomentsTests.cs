using ActorSeg.Compute.Preprocessing;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Preprocessing;

public class MomentsTests
{
    [Property(MaxTest = 200)]
    public Property Mean_and_deviation_are_those_of_the_values_that_count() => Prop.ForAll(
        (from length in Gen.Choose(0, 100) from masked in Gen.Elements(true, false) from seed in Gen.Choose(0, 10_000) select (length, masked, seed)).ToArbitrary(),
        p =>
        {
            var random = new Random(p.seed);
            var values = Enumerable.Range(0, p.length).Select(_ => (float)((random.NextDouble() * 2000) - 500)).ToArray();
            short[] marks = p.masked ? [.. values.Select(_ => (short)random.Next(-1, 3))] : [];
            double[] counted = [.. values.Where((_, i) => !p.masked || marks[i] >= 0).Select(v => (double)v)];
            var (mean, deviation) = Moments.Of(values, marks);
            var expected = counted.Length == 0 ? 0 : counted.Average();
            Assert.Equal(expected, mean, 1e-9);
            Assert.Equal(counted.Length == 0 ? 0 : Math.Sqrt(counted.Average(v => (v - expected) * (v - expected))), deviation, 1e-9);

            var changed = (float[])values.Clone();
            Moments.Standardize(changed, marks, 3, 7);
            Assert.Equal(values.Select((v, i) => !p.masked || marks[i] >= 0 ? (v - 3f) / 7f : v), changed);
        });
}

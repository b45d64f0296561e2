using ActorSeg.Compute.Checkpoints;

namespace ActorSeg.Compute.Tests.Checkpoints;

/// <summary>A kill is simulated by an exception at every place where files change.</summary>
public sealed class CheckpointGenerationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Latest => _folder.File(CheckpointSet.Latest);

    private string Previous => _folder.File(CheckpointSet.Previous);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_newest_two_generations_are_kept()
    {
        for (var epoch = 1; epoch <= 4; epoch++) CheckpointFile.WriteGeneration(_folder.Path, SampleCheckpoint.Make(epoch));
        Assert.Equal([3, 4], new[] { Previous, Latest }.Select(p => CheckpointFile.Read(p).CurrentEpoch));
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
        Assert.Equal((Latest, 4), (Newest().Path, Newest().Checkpoint!.CurrentEpoch));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5_000)]
    [InlineData(12_000)]
    public void A_write_that_fails_anywhere_leaves_both_generations_as_they_were(int bytes)
    {
        CheckpointFile.WriteGeneration(_folder.Path, SampleCheckpoint.Make(1));
        CheckpointFile.WriteGeneration(_folder.Path, SampleCheckpoint.Make(2));
        var (latest, previous) = (File.ReadAllBytes(Latest), File.ReadAllBytes(Previous));
        var error = Assert.Throws<ResourceException>(() =>
            CheckpointFile.WriteGeneration(_folder.Path, SampleCheckpoint.Make(3), stream => new FailingStream(stream, bytes), () => { }));
        Assert.Contains("no space left", error.Message, StringComparison.Ordinal);
        Assert.Equal(latest, File.ReadAllBytes(Latest));
        Assert.Equal(previous, File.ReadAllBytes(Previous));
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
    }

    [Fact]
    public void A_file_that_reads_back_wrong_never_takes_the_name()
    {
        CheckpointFile.Write(Latest, SampleCheckpoint.Make(1));
        Assert.Throws<DataException>(() => CheckpointFile.Write(Latest, SampleCheckpoint.Make(2), stream => new FlippingStream(stream, 6_000), () => { }));
        Assert.Equal(1, CheckpointFile.Read(Latest).CurrentEpoch);
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Killed_between_the_two_renames_the_older_generation_is_found_and_the_next_write_goes_on()
    {
        CheckpointFile.WriteGeneration(_folder.Path, SampleCheckpoint.Make(1));
        CheckpointFile.WriteGeneration(_folder.Path, SampleCheckpoint.Make(2));
        Assert.Throws<InvalidOperationException>(() => CheckpointFile.WriteGeneration(_folder.Path, SampleCheckpoint.Make(3), stream => stream,
            () => throw new InvalidOperationException("killed")));
        Assert.False(File.Exists(Latest));
        Assert.Equal((Previous, 2), (Newest().Path, Newest().Checkpoint!.CurrentEpoch));
        CheckpointFile.WriteGeneration(_folder.Path, SampleCheckpoint.Make(3));
        Assert.Equal([2, 3], new[] { Previous, Latest }.Select(p => CheckpointFile.Read(p).CurrentEpoch));
    }

    [Fact]
    public void A_latest_file_gone_bad_never_takes_the_place_of_a_good_previous_one()
    {
        CheckpointFile.WriteGeneration(_folder.Path, SampleCheckpoint.Make(1));
        CheckpointFile.WriteGeneration(_folder.Path, SampleCheckpoint.Make(2));
        Damage(Latest);
        CheckpointFile.WriteGeneration(_folder.Path, SampleCheckpoint.Make(3));
        Assert.Equal([1, 3], new[] { Previous, Latest }.Select(p => CheckpointFile.Read(p).CurrentEpoch));
    }

    [Fact]
    public void What_a_killed_writer_left_is_cleared_away()
    {
        File.WriteAllText(Latest + ".tmp-123", "half");
        CheckpointFile.WriteGeneration(_folder.Path, SampleCheckpoint.Make(1));
        Assert.Equal([Latest], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void The_search_takes_the_first_readable_file_and_tells_why_the_others_were_refused()
    {
        CheckpointFile.Write(_folder.File(CheckpointSet.Best), SampleCheckpoint.Make(1));
        CheckpointFile.WriteGeneration(_folder.Path, SampleCheckpoint.Make(2));
        CheckpointFile.WriteGeneration(_folder.Path, SampleCheckpoint.Make(3));
        Damage(Latest);
        File.WriteAllText(_folder.File(CheckpointSet.Final), "");
        var choice = Newest();
        Assert.Equal((Previous, 2), (choice.Path, choice.Checkpoint!.CurrentEpoch));
        Assert.Equal([_folder.File(CheckpointSet.Final), Latest], choice.Refused.Select(r => r.Path));
        Assert.All(choice.Refused, r => Assert.Contains("damaged", r.Why, StringComparison.Ordinal));
        File.Delete(Previous);
        Assert.Equal(1, Newest().Checkpoint!.CurrentEpoch);
    }

    [Fact]
    public void An_empty_or_missing_folder_has_no_checkpoint()
    {
        Assert.Equal((null, null), (Newest().Path, Newest().Checkpoint));
        Assert.Empty(CheckpointFile.FindNewest(_folder.File("missing")).Refused);
    }

    private CheckpointChoice Newest() => CheckpointFile.FindNewest(_folder.Path);

    private static void Damage(string path)
    {
        var bytes = File.ReadAllBytes(path);
        for (var at = 200; at < bytes.Length - 2000; at += 100) bytes[at] ^= 0xFF;
        File.WriteAllBytes(path, bytes);
    }

    private class PassingStream(Stream inner) : Stream
    {
        protected long Written { get; set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position { get => Written; set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            inner.Write(buffer);
            Written += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }

    private sealed class FailingStream(Stream inner, long after) : PassingStream(inner)
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var fits = (int)Math.Min(buffer.Length, after - Written);
            base.Write(buffer[..fits]);
            if (fits < buffer.Length) throw new IOException("no space left on device");
        }
    }

    // What a bad cable or memory does: one bit differs, nobody is told.
    private sealed class FlippingStream(Stream inner, long at) : PassingStream(inner)
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var copy = buffer.ToArray();
            if (at >= Written && at < Written + copy.Length) copy[at - Written] ^= 1;
            base.Write(copy);
        }
    }
}

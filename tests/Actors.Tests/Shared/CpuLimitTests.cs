using ActorSeg.Actors.Shared;

namespace ActorSeg.Actors.Tests.Shared;

public sealed class CpuLimitTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void without_a_group_it_is_the_processors_the_process_runs_on() => Assert.Equal(16, CpuLimit.Read(16, _root.Path));

    [Fact]
    public void the_smallest_quota_of_the_group_and_those_above_it_counts()
    {
        Write("proc/self/cgroup", "0::/slurm/job_7/step_0\n");
        Write("sys/fs/cgroup/slurm/job_7/step_0/cpu.max", "max 100000\n");
        Write("sys/fs/cgroup/slurm/job_7/cpu.max", "350000 100000\n");
        Write("sys/fs/cgroup/slurm/cpu.max", "1600000 100000\n");
        Assert.Equal(3.5, CpuLimit.Read(16, _root.Path));
        Assert.Equal(2, CpuLimit.Read(2, _root.Path));
    }

    [Fact]
    public void in_a_container_the_quota_is_at_the_root()
    {
        Write("proc/self/cgroup", "0::/docker/0123456789\n");
        Write("sys/fs/cgroup/cpu.max", "50000 100000\n");
        Assert.Equal(0.5, CpuLimit.Read(16, _root.Path));
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("cpu,cpuacct")]
    public void version_1_has_it_in_two_files_and_says_minus_one_for_none(string mount)
    {
        Write("proc/self/cgroup", "4:memory:/a\n11:cpu,cpuacct:/a/b\n");
        Write($"sys/fs/cgroup/{mount}/a/b/cpu.cfs_quota_us", "-1\n");
        Write($"sys/fs/cgroup/{mount}/a/b/cpu.cfs_period_us", "100000\n");
        Write($"sys/fs/cgroup/{mount}/a/cpu.cfs_quota_us", "400000\n");
        Write($"sys/fs/cgroup/{mount}/a/cpu.cfs_period_us", "200000\n");
        Assert.Equal(2, CpuLimit.Read(16, _root.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("100000")]
    [InlineData("many 100000")]
    [InlineData("100000 0")]
    public void what_cannot_be_understood_limits_nothing(string text)
    {
        Write("proc/self/cgroup", "0::/\nnonsense\n");
        Write("sys/fs/cgroup/cpu.max", text);
        Assert.Equal(16, CpuLimit.Read(16, _root.Path));
    }

    private void Write(string path, string text)
    {
        var file = _root.File(path.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}

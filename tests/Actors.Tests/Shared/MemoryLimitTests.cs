using ActorSeg.Actors.Shared;

namespace ActorSeg.Actors.Tests.Shared;

public sealed class MemoryLimitTests : IDisposable
{
    private const long GiB = 1L << 30;
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void without_a_group_it_is_the_machines_memory()
    {
        Write("proc/meminfo", "MemTotal:       24683520 kB\nMemFree:        1 kB\n");
        Assert.Equal(24683520L << 10, MemoryLimit.Read(_root.Path));
    }

    [Fact]
    public void the_smallest_limit_of_the_group_and_those_above_it_counts()
    {
        Write("proc/meminfo", "MemTotal:       24683520 kB\n");
        Write("proc/self/cgroup", "0::/slurm/job_7/step_0\n");
        Write("sys/fs/cgroup/slurm/job_7/step_0/memory.max", "max\n");
        Write("sys/fs/cgroup/slurm/job_7/memory.max", $"{2 * GiB}\n");
        Write("sys/fs/cgroup/slurm/memory.max", $"{8 * GiB}\n");
        Assert.Equal(2 * GiB, MemoryLimit.Read(_root.Path));
    }

    [Fact]
    public void in_a_container_the_limit_is_at_the_root()
    {
        Write("proc/self/cgroup", "0::/docker/0123456789\n");
        Write("sys/fs/cgroup/memory.max", $"{3 * GiB}\n");
        Assert.Equal(3 * GiB, MemoryLimit.Read(_root.Path));
    }

    [Fact]
    public void version_1_says_it_under_another_name_and_no_limit_as_a_large_number()
    {
        Write("proc/meminfo", "MemTotal:       24683520 kB\n");
        Write("proc/self/cgroup", "11:cpu,cpuacct:/a\n4:memory:/a/b\n");
        Write("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712\n");
        Write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", $"{GiB}\n");
        Assert.Equal(GiB, MemoryLimit.Read(_root.Path));
    }

    [Fact]
    public void where_nothing_is_told_the_runtimes_figure_is_taken() => Assert.Equal(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, MemoryLimit.Read(_root.Path));

    [Fact]
    public void several_share_a_part_and_one_alone_may_have_all_but_the_runtimes_own()
    {
        Assert.Equal(new MemoryBudget((long)(2 * GiB * 0.6), (2 * GiB) - (256L << 20)), MemoryBudget.Within(2 * GiB, 0.6));
        Assert.Equal(new MemoryBudget(100, 100), MemoryBudget.Within(200, 0.9));
    }

    private void Write(string path, string text)
    {
        var file = _root.File(path.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}

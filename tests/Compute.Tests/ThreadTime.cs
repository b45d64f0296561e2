using System.Globalization;

namespace ActorSeg.Compute.Tests;

/// <summary>Processor time of one thread: what work takes however busy the machine is.</summary>
public static class ThreadTime
{
    // Fields 14 and 15 of proc_pid_stat(5), user and system, in hundredths of a second; the second, the name, is in brackets and may hold spaces.
    private const int User = 11, System = 12;

    /// <summary>Seconds that the calling thread has had so far.</summary>
    public static double Seconds
    {
        get
        {
            var stat = File.ReadAllText("/proc/thread-self/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (long.Parse(fields[User], CultureInfo.InvariantCulture) + long.Parse(fields[System], CultureInfo.InvariantCulture)) / 100.0;
        }
    }
}

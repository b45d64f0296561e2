using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using Akka.Configuration;

namespace ActorSeg.Actors.Prediction;

/// <summary>The <c>actorseg.predict</c> section of the configuration.</summary>
/// <param name="Loaders">Cases read at once at most where a job does not say; 0 goes by the device.</param>
/// <param name="Exporters">Cases written at once at most where a job does not say; 0 goes by the device.</param>
/// <param name="ActivationShare">Of the memory limit, for what goes through the network at once.</param>
public sealed record PredictionSettings(int Loaders, int Exporters, double ActivationShare)
{
    // Beside a GPU the processors are free; on the CPU the network needs them.
    private const int OnCpu = 1, BesideGpu = 3;

    /// <summary>Reads the section.</summary>
    /// <exception cref="UsageException">A value is out of range.</exception>
    public static PredictionSettings From(Config config)
    {
        var settings = new PredictionSettings(
            config.GetInt("actorseg.predict.loaders"), config.GetInt("actorseg.predict.exporters"), config.GetDouble("actorseg.predict.activation-share", 0.25));
        if (settings.Loaders < 0) throw new UsageException($"actorseg.predict.loaders = {settings.Loaders} is not allowed; give 0 or more");
        if (settings.Exporters < 0) throw new UsageException($"actorseg.predict.exporters = {settings.Exporters} is not allowed; give 0 or more");
        if (settings.ActivationShare is not (> 0 and <= 1))
            throw new UsageException(FormattableString.Invariant($"actorseg.predict.activation-share = {settings.ActivationShare} is not allowed; give a fraction between 0 and 1"));
        return settings;
    }

    /// <summary>The job with the numbers it leaves open.</summary>
    public PredictJob Fill(PredictJob job, string device)
    {
        var usual = device == "cpu" ? OnCpu : BesideGpu;
        return job with { Loaders = First(job.Loaders, Loaders, usual), Exporters = First(job.Exporters, Exporters, usual) };
    }

    private static int First(params ReadOnlySpan<int> wishes)
    {
        foreach (var wish in wishes)
            if (wish > 0)
                return wish;
        return 1;
    }
}

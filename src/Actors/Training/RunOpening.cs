using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Runs;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Networks;
using Akka.Actor;
using static ActorSeg.Actors.Experiments.ExperimentProtocol;

namespace ActorSeg.Actors.Training;

/// <summary>How a process comes to own a run: the claim first, then a look at what lies there, and only then a word in the run's history and to the user.</summary>
internal static class RunOpening
{
    /// <summary>Takes the run and tells the experiment, which gives it back.</summary>
    /// <exception cref="Compute.ResourceException">Another process holds it.</exception>
    /// <exception cref="Compute.ActorSegException">What lies there was begun with other plans or options; nothing is changed then.</exception>
    public static RunClaim Open(TrainingSetup setup, StageContext context)
    {
        var claim = RunClaim.Take(setup.FoldFolder, Computing(setup, context), context.Time);
        try
        {
            if (setup.Job.Fresh) setup.StartAfresh();
            var newest = CheckpointFile.FindNewestHeader(setup.FoldFolder);
            IReadOnlyList<ValueChange> changes =
                newest is var (path, header) ? [.. ResumeRules.Check(path, header, setup), .. ResumeRules.ComputingChange(claim.Previous?.Computing, claim.Owner.Computing)] : [];
            var known = newest?.Header.History ?? [];
            var journal = RunJournal.Props(
                claim.Folder, claim.Owner.Token, [.. known.Select(e => RunHistory.Of(e, setup.Options.Epochs))], context.Rules["journal-writer"], RunJournal.BeginAfter,
                context.Time);
            context.Owner.Tell(new OpenRun(journal, claim) { Control = RunControl.Props(claim.Folder.Control(claim.Owner)) });
            context.Owner.Tell(new RunNews(Started(setup, context, claim.Owner)));
            if (changes.Count > 0)
                context.Owner.Tell(new RunDecision(
                    new SettingsChanged(changes), $"the run goes on with other settings: {string.Join("; ", changes)}"));
            if (!claim.Owner.Locked)
                context.Owner.Tell(new JobWarning(
                    $"{claim.Folder.Own}: this file system keeps no locks, so that a second start of this run is only noticed at the next checkpoint; the later one goes on then"));
            return claim;
        }
        catch
        {
            claim.Dispose();
            throw;
        }
    }

    // Torch adds up in another order on another number of threads or devices.
    private static string Computing(TrainingSetup setup, StageContext context)
    {
        var precision = PrecisionChoice.NameOf(setup.Options.Precision);
        var device = setup.Options.Devices == 1 ? setup.Device : string.Create(CultureInfo.InvariantCulture, $"{setup.Options.Devices} x {setup.Device}");
        if (setup.Device != "cpu") return $"{device}, {precision}";
        var threads = context.Settings.TorchThreads > 0 ? context.Settings.TorchThreads : Environment.ProcessorCount;
        return string.Create(CultureInfo.InvariantCulture, $"{device}, {precision}, {threads} threads");
    }

    private static RunStarted Started(TrainingSetup setup, StageContext context, RunOwner owner)
    {
        var (job, o) = (setup.Job, setup.Options);
        var plans = SHA256.HashData(Encoding.UTF8.GetBytes(NnUnetJson.Write(setup.Plans.Source, sortKeys: true)));
        return new RunStarted(
            job.Dataset, job.Configuration, job.Fold.ToString(), job.Trainer, setup.Plans.PlansName, Convert.ToHexStringLower(plans), setup.Split.Train.Count,
            setup.Split.Validation.Count, job.Fresh, o.Epochs, o.IterationsPerEpoch, o.ValidationIterations, o.BatchSize, o.Seed.ToString(CultureInfo.InvariantCulture),
            o.InitialLearningRate, PrecisionChoice.NameOf(o.Precision), setup.Device, context.Settings.TorchThreads, owner.Host, owner.Pid,
            typeof(RunOpening).Assembly.GetName().Version?.ToString(3) ?? "");
    }
}

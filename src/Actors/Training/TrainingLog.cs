using System.Globalization;

namespace ActorSeg.Actors.Training;

/// <summary>A run's log as nnU-Net keeps it (spec 05 sections 1 and 10): one file a start, each line with its local time. Used from one thread.</summary>
/// <param name="folder">The fold's.</param>
internal sealed class TrainingLog(string folder)
{
    private string? _path;

    /// <summary>Adds a line; the file is named by the time of the first.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Append(DateTimeOffset time, string text)
    {
        if (_path is null)
        {
            Directory.CreateDirectory(folder);
            _path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"training_log_{time:yyyy_M_d_HH_mm_ss}.txt"));
        }

        File.AppendAllText(_path, string.Create(CultureInfo.InvariantCulture, $"{time:yyyy-MM-dd HH:mm:ss.ffffff}: {text} \n"));
    }
}

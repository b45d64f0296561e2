using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Training;

/// <summary>A run's log under nnU-Net's name and in its form: one file a start. Used from one thread.</summary>
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
            _path = Path.Combine(folder, TrainingLogText.FileName(time.DateTime));
        }

        File.AppendAllText(_path, TrainingLogText.Line(time.DateTime, text));
    }
}

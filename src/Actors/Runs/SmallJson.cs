using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ActorSeg.Actors.Runs;

/// <summary>Small files of one JSON object that explain and decide nothing: one that cannot be read is as good as none.</summary>
internal static class SmallJson
{
    private const long Most = 1 << 16;

    /// <summary>The object; null where there is none.</summary>
    public static T? Read<T>(string path, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            var file = new FileInfo(path);
            return file is { Exists: true, Length: <= Most } ? JsonSerializer.Deserialize(File.ReadAllBytes(path), type) : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>The five row filters of PNG (specification, section 9.2), undone.</summary>
internal static class PngFilters
{
    /// <summary>Turns a filtered row into its bytes.</summary>
    /// <param name="filter">0 none, 1 left, 2 up, 3 mean, 4 Paeth.</param>
    /// <param name="row">Changed.</param>
    /// <param name="above">The row before, zero for the first.</param>
    /// <param name="step">Bytes a pixel, at least 1.</param>
    /// <param name="file">Named in errors.</param>
    /// <exception cref="DataException">There is no such filter.</exception>
    public static void Undo(int filter, Span<byte> row, ReadOnlySpan<byte> above, int step, string file)
    {
        switch (filter)
        {
            case 0: break;
            case 1:
                for (var i = step; i < row.Length; i++) row[i] += row[i - step];
                break;
            case 2:
                for (var i = 0; i < row.Length; i++) row[i] += above[i];
                break;
            case 3:
                for (var i = 0; i < row.Length; i++) row[i] += (byte)(((i < step ? 0 : row[i - step]) + above[i]) / 2);
                break;
            case 4:
                for (var i = 0; i < row.Length; i++) row[i] += i < step ? above[i] : Paeth(row[i - step], above[i], above[i - step]);
                break;
            default:
                throw new DataException(file, $"has a row with filter {filter}, which PNG has not", "it is damaged; export it again");
        }
    }

    private static byte Paeth(int left, int up, int corner)
    {
        var guess = left + up - corner;
        var (toLeft, toUp, toCorner) = (Math.Abs(guess - left), Math.Abs(guess - up), Math.Abs(guess - corner));
        return (byte)(toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner);
    }
}

namespace ActorSeg.Compute.Preprocessing.Storage;

/// <summary>
/// A store whose damaged or missing cases are made again from the raw ones at first touch, one at a time, so that a long training outlives a bad block.
/// </summary>
/// <param name="store">The cases.</param>
/// <param name="builder">Makes them; called when first needed. Throws where there is no raw data set.</param>
/// <param name="told">Told what was found and done, in a sentence; called from any thread.</param>
public sealed class RepairingCaseStore(CaseStore store, Func<CaseBuilder> builder, Action<string> told) : ICaseStore
{
    private readonly Lazy<CaseBuilder> _builder = new(builder);
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public IReadOnlyList<CaseId> Cases => store.Cases;

    /// <inheritdoc/>
    public IStoredCase Open(CaseId id)
    {
        try
        {
            return store.Open(id);
        }
        catch (DataException damage)
        {
            lock (_lock) return Repair(id, damage);
        }
    }

    private IStoredCase Repair(CaseId id, DataException damage)
    {
        try
        {
            // Another thread or process may have been first; then this makes nothing.
            var made = _builder.Value.Build(id, CancellationToken.None);
            var repaired = store.Open(id);
            if (made) told($"{damage.Message.TrimEnd()}: it was made again from its raw files");
            return repaired;
        }
        catch (ActorSegException why)
        {
            throw new DataException(damage.File, $"{damage.Message[(damage.File.Length + 2)..]}; and it cannot be made again", why.Message, why);
        }
    }
}

using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>An optimizer's state as the dict that torch's <c>load_state_dict</c> takes, and back (spec 10 section 3.2).</summary>
internal static class OptimizerEncoding
{
    private const string StateKey = "state", GroupsKey = "param_groups", ParametersKey = "params";
    private const string Advice = "use a checkpoint that nnU-Net or ActorSeg wrote";

    /// <exception cref="ArgumentException">It has other parameters than the network.</exception>
    public static PickleDict? Encode(OptimizerState? optimizer, IReadOnlyList<NamedTensor> weights, TorchStorages storages)
    {
        if (optimizer is null) return null;
        if (optimizer.Parameters.Count != weights.Count)
            throw new ArgumentException($"{weights.Count} parameters have an optimizer's state for {optimizer.Parameters.Count}");
        if (!optimizer.Groups.SelectMany(g => g.Parameters).Order().SequenceEqual(Enumerable.Range(0, weights.Count)))
            throw new ArgumentException($"the optimizer's groups do not hold each of {weights.Count} parameters once");
        var state = new PickleDict();
        for (var i = 0; i < weights.Count; i++)
        {
            if (optimizer.Parameters[i].Count == 0) continue;
            var slots = new PickleDict();
            foreach (var slot in optimizer.Parameters[i])
            {
                var isMomentum = slot is { Name: OptimizerState.MomentumBuffer, Tensor: not null } && optimizer.Groups.Count == 1;
                if (isMomentum && !slot.Tensor!.Shape.SequenceEqual(weights[i].Shape))
                    throw new ArgumentException($"the momentum of '{weights[i].Name}' has another shape");
                slots.Add(slot.Name, slot.Tensor is { } tensor ? storages.Add(tensor.Shape, tensor.Values) : slot.Plain);
            }

            state.Add((long)i, slots);
        }

        var groups = new List<object?>();
        foreach (var group in optimizer.Groups)
        {
            var dict = new PickleDict();
            dict.Entries.AddRange(group.Settings.Entries);
            dict.Add(ParametersKey, group.Parameters.Select(i => (object?)(long)i).ToList());
            groups.Add(dict);
        }

        var result = new PickleDict();
        result.Add(StateKey, state);
        result.Add(GroupsKey, groups);
        return result;
    }

    /// <summary>Whether a dict has the form of an optimizer's state for that many parameters, without a look at the tensors.</summary>
    public static bool IsFor(PickleDict? optimizer, int parameters) =>
        optimizer?[StateKey] is PickleDict state
        && PickleFields.Items(optimizer[GroupsKey]) is { Count: > 0 } groups
        && groups.All(g => g is PickleDict group && PickleFields.Items(group[ParametersKey]) is not null)
        && groups.Sum(g => (long)PickleFields.Items(((PickleDict)g!)[ParametersKey])!.Count) == parameters
        && state.Entries.All(e => e.Value is PickleDict);

    /// <summary>null where the file carries no state for these weights: models to predict with often come without one.</summary>
    /// <exception cref="DataException">It has one, and that makes no sense or is damaged.</exception>
    public static OptimizerState? Decode(TorchArchiveReader archive, PickleDict? optimizer, IReadOnlyList<NamedTensor> weights)
    {
        if (!IsFor(optimizer, weights.Count)) return null;
        var groups = PickleFields.Items(optimizer![GroupsKey])!.Select(g => Group(archive, (PickleDict)g!)).ToArray();
        if (!groups.SelectMany(g => g.Parameters).Order().SequenceEqual(Enumerable.Range(0, weights.Count)))
            throw Bad(archive, $"has an optimizer whose groups do not hold each of {weights.Count} parameters once");
        var parameters = new IReadOnlyList<OptimizerSlot>[weights.Count];
        Array.Fill(parameters, []);
        // One record under ever more names is cheap in a file and not in memory that is written out again.
        var elementsLeft = archive.TotalBytes - weights.Sum(w => w.Values.LongLength);
        foreach (var (key, value) in optimizer.Required<PickleDict>(StateKey, archive.Path).Entries)
        {
            if (key is not long index || index < 0 || index >= parameters.Length)
                throw Bad(archive, $"has an optimizer's state for parameter '{PickleFields.Shown(key)}' of {parameters.Length}");
            if (parameters[index].Count > 0) throw Bad(archive, $"has an optimizer's state twice for parameter {index}");
            parameters[index] = [.. ((PickleDict)value!).Entries.Select(e => Slot(e.Key, e.Value, groups.Length == 1 ? weights[(int)index] : null))];
        }

        return new OptimizerState { Parameters = parameters, Groups = groups };

        OptimizerSlot Slot(object key, object? value, NamedTensor? weight)
        {
            var of = weight is null ? "a parameter" : $"'{weight.Name}'";
            var name = key is string text && PickleFields.IsName(text) ? text : throw Bad(archive, $"has a slot '{PickleFields.Shown(key)}' for {of}, which is no name");
            if (value is not TensorReference reference)
            {
                return PlainValues.Of(value) is var plain and (null or bool or long or double)
                    ? new OptimizerSlot(name, null, plain)
                    : throw Bad(archive, $"has {PickleFields.Shown(value)} in the slot '{name}' of {of} where a tensor or a number is due");
            }

            if (name == OptimizerState.MomentumBuffer && weight is not null && !reference.Shape.SequenceEqual(weight.Shape))
                throw Bad(archive, $"the momentum of {of} has another shape than the parameter");
            var values = archive.ReadFloats(reference);
            if ((elementsLeft -= values.LongLength) < 0) throw Bad(archive, "has an optimizer's state that is far larger than the file");
            return new OptimizerSlot(name, new NamedTensor(weight?.Name ?? name, reference.Shape, values));
        }
    }

    private static OptimizerGroup Group(TorchArchiveReader archive, PickleDict group)
    {
        var settings = new PickleDict();
        foreach (var (key, value) in group.Entries)
            if (key is not ParametersKey)
                settings.Add(key, Setting(archive, key, value));
        var parameters = PickleFields.Items(group[ParametersKey])!.Select(i => PickleFields.Int(i, ParametersKey, archive.Path));
        return new OptimizerGroup(settings, [.. parameters]);
    }

    // A learning rate may be a tensor of one value; nothing else in a group is one.
    private static object? Setting(TorchArchiveReader archive, object key, object? value) => value is not TensorReference tensor ? PlainValues.Of(value)
        : archive.ReadFloats(tensor) is [var number] ? (double)number
        : throw Bad(archive, $"has a tensor in the optimizer's setting '{PickleFields.Shown(key)}'");

    private static DataException Bad(TorchArchiveReader archive, string problem) => new(archive.Path, problem, Advice);
}

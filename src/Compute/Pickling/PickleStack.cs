namespace ActorSeg.Compute.Pickling;

/// <summary>The stack, the marks and the memo of the pickle machine; each is bounded, and nothing below an open mark can be taken.</summary>
internal sealed class PickleStack(PickleLimits limits)
{
    private const int MostScattered = 1 << 16;

    private readonly List<object?> _values = [];
    private readonly List<int> _marks = [];

    // Writers count their entries up; an index from elsewhere must not take memory for those before it.
    private readonly List<object?> _memo = [];
    private readonly Dictionary<long, object?> _scattered = [];

    public void Push(object? value)
    {
        if (_values.Count >= limits.StackDepth) throw new PickleFaultException($"the stack grows beyond {limits.StackDepth} values");
        _values.Add(value);
    }

    public object? Pop()
    {
        var value = Peek();
        _values.RemoveAt(_values.Count - 1);
        return value;
    }

    public object? Peek() =>
        _values.Count > (_marks.Count > 0 ? _marks[^1] : 0) ? _values[^1] : throw new PickleFaultException("a value is taken from an empty stack");

    public void Mark()
    {
        if (_marks.Count >= limits.MarkDepth) throw new PickleFaultException($"more than {limits.MarkDepth} marks are open");
        _marks.Add(_values.Count);
    }

    /// <summary>Takes everything above the last mark, and the mark.</summary>
    public object?[] PopToMark()
    {
        if (_marks.Count == 0) throw new PickleFaultException("a mark is taken where none is open");
        var start = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        var items = _values[start..].ToArray();
        _values.RemoveRange(start, items.Length);
        return items;
    }

    /// <summary>POP takes a value, or the mark when nothing lies above it.</summary>
    public void Discard()
    {
        if (_marks.Count > 0 && _marks[^1] == _values.Count) _marks.RemoveAt(_marks.Count - 1);
        else _ = Pop();
    }

    public void Memoize(long? index = null)
    {
        var value = Peek();
        var count = _memo.Count + _scattered.Count;
        if (count >= limits.MemoEntries || _scattered.Count >= MostScattered) throw new PickleFaultException($"the memo grows beyond {(count >= limits.MemoEntries ? "" : $"{MostScattered} scattered of ")}{limits.MemoEntries} entries");
        var at = index ?? count;
        if (at < _memo.Count)
        {
            _memo[(int)at] = value;
        }
        else if (at == _memo.Count)
        {
            _ = _scattered.Remove(at);
            _memo.Add(value);
        }
        else
        {
            _scattered[at] = value;
        }
    }

    public object? Recall(long index) =>
        index < _memo.Count ? _memo[(int)index]
        : _scattered.TryGetValue(index, out var value) ? value
        : throw new PickleFaultException($"memo entry {index} is used before it is set");

    /// <summary>The result: the one value left.</summary>
    public object? Last()
    {
        if (_marks.Count > 0 || _values.Count != 1)
            throw new PickleFaultException($"it stops with {_values.Count} values and {_marks.Count} marks left, where one value is due");
        return _values[0];
    }
}

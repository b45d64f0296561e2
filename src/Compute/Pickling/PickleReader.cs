using System.Text;

namespace ActorSeg.Compute.Pickling;

/// <summary>The restricted pickle machine: one pass over the opcodes of spec 10 section 2, with budgets instead of trust.</summary>
internal ref struct PickleReader(ReadOnlySpan<byte> bytes, string source, PickleLimits limits, bool isWhole = true, IReadOnlyList<PickleFunction>? functions = null)
{
    private const string Advice = "use a file that nnU-Net or ActorSeg wrote, or write it again";
    private readonly PickleStack _stack = new(limits);
    private readonly PickleBudget _budget = new(bytes.Length);
    private PickleBytes _input = new(bytes);

    public object? Run(out int length)
    {
        if (_input.Left > limits.Bytes) throw new DataException(source, $"holds a pickle of {_input.Left} bytes where at most {limits.Bytes} are read", Advice);
        var (start, opcode) = (0, (byte)0);
        try
        {
            for (var count = 0; ; count++)
            {
                start = _input.At;
                if (count >= limits.Opcodes) throw new PickleFaultException($"it has more than {limits.Opcodes} opcodes");
                opcode = _input.Byte();
                if (count == 0 && opcode != 0x80) throw new PickleFaultException("it does not begin with a protocol number (protocols 2 to 5 do)");
                if (opcode == (byte)'.') break;
                Step(opcode);
            }

            if (isWhole && _input.Left > 0) throw new PickleFaultException($"{_input.Left} bytes follow its end");
            var result = Settle(_stack.Last());
            PickleGraph.Check(result, limits.For(_input.At));
            length = _input.At;
            return result;
        }
        catch (Exception e) when (e is PickleFaultException or OverflowException)
        {
            throw new DataException(source, $"its pickle is refused at byte {start} (opcode 0x{opcode:X2}): {Why(e)}", Advice, e);
        }
    }

    private static string Why(Exception e) => e is OverflowException ? "a size in it is beyond 64 bits" : e.Message;

    private void Step(byte opcode)
    {
        switch (opcode)
        {
            case 0x80:
                var protocol = _input.Byte();
                if (protocol is < 2 or > 5) throw new PickleFaultException($"its protocol is {protocol}; 2 to 5 are read");
                break;
            case 0x95: // FRAME: only a hint for buffered readers
                if (_input.UInt64() > (ulong)_input.Left) throw new PickleFaultException("a frame reaches beyond the end");
                break;

            case (byte)'N': _stack.Push(null); break;
            case 0x88: _stack.Push(true); break;
            case 0x89: _stack.Push(false); break;
            case (byte)'K': _stack.Push((long)_input.Byte()); break;
            case (byte)'M': _stack.Push((long)_input.UInt16()); break;
            case (byte)'J': _stack.Push((long)_input.Int32()); break;
            case 0x8A: _stack.Push(_input.Integer(_input.Byte())); break;
            case 0x8B: _stack.Push(_input.Integer(_input.UInt32())); break;
            case (byte)'G': _stack.Push(_input.Double()); break;
            case (byte)'X': _stack.Push(_input.Text(_input.UInt32())); break;
            case 0x8C: _stack.Push(_input.Text(_input.Byte())); break;
            case 0x8D: _stack.Push(_input.Text(_input.UInt64())); break;
            case (byte)'U': _stack.Push(Encoding.Latin1.GetString(_input.Take(_input.Byte()))); break;
            case (byte)'T': _stack.Push(Encoding.Latin1.GetString(_input.Take(_input.UInt32()))); break;
            case (byte)'C': _stack.Push(_input.Take(_input.Byte()).ToArray()); break;
            case (byte)'B': _stack.Push(_input.Take(_input.UInt32()).ToArray()); break;
            case 0x8E or 0x96: _stack.Push(_input.Take(_input.UInt64()).ToArray()); break;

            case (byte)'}': _stack.Push(new PickleDict()); break;
            case (byte)']' or 0x8F: _stack.Push(new List<object?>()); break;
            case (byte)')': _stack.Push(PickleTuple.Empty); break;
            case 0x85: Tuple(1); break;
            case 0x86: Tuple(2); break;
            case 0x87: Tuple(3); break;
            case (byte)'t': _stack.Push(new PickleTuple(Settle(_stack.PopToMark()))); break;
            case 0x91: _stack.Push(new List<object?>(Settle(_stack.PopToMark()))); break;
            case (byte)'a': Add(_stack.Pop()); break;
            case (byte)'e' or 0x90: Add(_stack.PopToMark()); break;
            case (byte)'s':
                var last = _stack.Pop();
                Set(_stack.Pop(), last);
                break;
            case (byte)'u': Set(_stack.PopToMark()); break;

            case (byte)'(': _stack.Mark(); break;
            case (byte)'0': _stack.Discard(); break;
            case (byte)'1': _ = _stack.PopToMark(); break;
            case (byte)'2': _stack.Push(_stack.Peek()); break;
            case (byte)'q': _stack.Memoize(_input.Byte()); break;
            case (byte)'r': _stack.Memoize(_input.UInt32()); break;
            case 0x94: _stack.Memoize(); break;
            case (byte)'h': _stack.Push(_stack.Recall(_input.Byte())); break;
            case (byte)'j': _stack.Push(_stack.Recall(_input.UInt32())); break;

            case (byte)'c':
                var module = _input.Line();
                _stack.Push(Find(module, _input.Line()));
                break;
            case 0x93:
                var name = _stack.Pop();
                _stack.Push(Find(_stack.Pop() as string, name as string));
                break;
            case (byte)'R' or 0x81:
                var arguments = _stack.Pop() as PickleTuple ?? throw new PickleFaultException("a constructor's arguments are not a tuple");
                var global = _stack.Pop() as PickleGlobal ?? throw new PickleFaultException("a value that is no constructor is called");
                _stack.Push(global.Construct(arguments.Items, _budget));
                break;
            case (byte)'b': Build(_stack.Pop()); break;
            case (byte)'Q': _stack.Push(PickleTorch.Storage(_stack.Pop())); break;
            default: throw new PickleFaultException("this opcode is not one that nnU-Net's files use");
        }
    }

    private readonly object Find(string? module, string? name) =>
        functions?.FirstOrDefault(f => f.Module == module && f.Name == name) ?? PickleGlobals.Find(module, name);

    // An array is complete only after its BUILD, which comes before it is put anywhere.
    private static object? Settle(object? value) => value is PickleArrayBuilder builder ? builder.Value : value;

    private static object?[] Settle(object?[] values)
    {
        foreach (ref var value in values.AsSpan()) value = Settle(value);
        return values;
    }

    private readonly void Tuple(int count)
    {
        var items = new object?[count];
        while (count > 0) items[--count] = Settle(_stack.Pop());
        _stack.Push(new PickleTuple(items));
    }

    private readonly void Add(params ReadOnlySpan<object?> items)
    {
        var list = _stack.Peek() as List<object?> ?? throw new PickleFaultException("something is appended to a value that is no list");
        foreach (var item in items) list.Add(Settle(item));
    }

    private readonly void Set(params ReadOnlySpan<object?> pairs)
    {
        if (pairs.Length % 2 != 0) throw new PickleFaultException("a dict is given a key without a value");
        var dict = _stack.Peek() as PickleDict ?? throw new PickleFaultException("a key is set in a value that is no dict");
        for (var i = 0; i < pairs.Length; i += 2) dict.Add(PickleGlobals.Key(pairs[i]), Settle(pairs[i + 1]));
    }

    private readonly void Build(object? state)
    {
        switch (_stack.Peek())
        {
            case PickleDtype dtype: dtype.SetState(state); break;
            case PickleArrayBuilder array: array.SetState(state, _budget); break;
            case PickleDict { IsOrdered: true } when state is PickleDict: break; // attributes such as _metadata (spec 10 section 2.4)
            default: throw new PickleFaultException("a state is given to a value that takes none");
        }
    }
}

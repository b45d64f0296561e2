using System.Text;
using ActorSeg.Compute.Pickling;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Pickling;

/// <summary>Pickles that were made to do harm. Each must be refused by name, quickly, and without much memory.</summary>
public sealed class PickleHostileTests
{
    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("builtins", "getattr")]
    [InlineData("__builtin__", "exec")]
    [InlineData("subprocess", "Popen")]
    [InlineData("torch", "load")]
    [InlineData("numpy", "load")]
    [InlineData("torch.storage", "_load_from_bytes")]
    public void A_global_that_is_not_on_the_list_is_refused_by_name(string module, string name)
    {
        byte[] pickle = [0x80, 2, .. Encoding.ASCII.GetBytes($"c{module}\n{name}\nX\u0004\0\0\0echo"), 0x85, .. "R."u8];
        var error = Refused(pickle);
        Assert.Contains($"{module} {name}", error.Message, StringComparison.Ordinal);
        Assert.Contains("byte 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("bad.pth", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_global_named_from_the_stack_is_refused_as_well() => Refused([0x80, 4, 0x8C, 2, .. "os"u8, 0x8C, 6, .. "system"u8, 0x93, (byte)'.']);

    [Theory]
    [InlineData('i')] // INST
    [InlineData('o')] // OBJ
    [InlineData('P')] // PERSID
    [InlineData('\u0082')] // EXT1
    [InlineData('\u0092')] // NEWOBJ_EX
    [InlineData('\u0097')] // NEXT_BUFFER
    [InlineData('I')] // INT, protocol 0
    public void Opcodes_that_nnunet_does_not_use_are_refused(char opcode) => Refused([0x80, 2, (byte)'N', (byte)opcode, 0, 0, (byte)'\n', (byte)'.']);

    [Fact]
    public void A_persistent_id_that_is_no_storage_is_refused() => Refused([0x80, 2, .. "X\u0001\0\0\0xQ."u8]);

    [Fact]
    public void Announced_lengths_are_compared_with_what_is_left_before_memory_is_taken()
    {
        Refused([0x80, 4, 0x8E, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, (byte)'.']);
        Refused([0x80, 4, 0x8D, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, (byte)'.']);
        Refused([0x80, 2, (byte)'X', 0xFF, 0xFF, 0xFF, 0x7F, (byte)'.']);
        Refused([0x80, 2, 0x8B, 0xFF, 0xFF, 0xFF, 0xFF, (byte)'.']);
        Refused([0x80, 4, 0x95, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, (byte)'.']);
    }

    [Fact]
    public void An_integer_of_many_digits_is_refused_without_computing_it()
    {
        byte[] digits = new byte[1_000_000];
        Array.Fill(digits, (byte)0x7F);
        Refused([0x80, 2, 0x8B, .. BitConverter.GetBytes(digits.Length), .. digits, (byte)'.']);
        Assert.Equal(-2L, Pickle.Read([0x80, 2, 0x8A, 10, 0xFE, 255, 255, 255, 255, 255, 255, 255, 255, 255, (byte)'.'], "test"));
        Refused([0x80, 2, 0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, (byte)'.']);
    }

    [Fact]
    public void Marks_stack_and_memo_cannot_grow_without_end()
    {
        Refused([0x80, 2, .. Enumerable.Repeat((byte)'(', 100_000), (byte)'.']);
        Refused([0x80, 2, .. Enumerable.Repeat((byte)'N', 3_000_000), (byte)'.']);
        Refused([0x80, 4, (byte)'N', .. Enumerable.Repeat((byte)0x94, 5_000_000), (byte)'.']);
        Refused([0x80, 2, .. Enumerable.Range(0, 11_000_000).Select(i => i % 2 == 0 ? (byte)'N' : (byte)'0'), (byte)'.']);
    }

    [Fact]
    public void Memo_indices_from_the_file_take_no_memory_of_their_own()
    {
        Assert.Null(Pickle.Read([0x80, 2, (byte)'N', (byte)'r', 255, 255, 255, 255, (byte)'.'], "test"));
        Refused([0x80, 2, (byte)'h', 7, (byte)'.']);
    }

    [Fact]
    public void A_nest_deeper_than_any_stack_is_refused()
    {
        byte[] nest = [0x80, 2, .. Enumerable.Repeat((byte)']', 100_000), .. Enumerable.Repeat((byte)'a', 99_999), (byte)'.'];
        Refused(nest);

        // the same through the memo, each list put into the next, so that the stack stays flat
        Refused([0x80, 2, (byte)']', .. Enumerable.Repeat<byte[]>([0x85], 100_000).SelectMany(b => b), (byte)'.']);
    }

    [Fact]
    public void A_list_that_holds_itself_is_refused() => Refused([0x80, 2, (byte)']', (byte)'q', 0, (byte)'h', 0, (byte)'a', (byte)'.']);

    [Fact]
    public void A_billion_laughs_are_refused()
    {
        // each of 40 tuples holds the one before it twice: 2^40 leaves from 120 bytes
        byte[] pickle = [0x80, 2, (byte)'N', .. Enumerable.Repeat<byte[]>([(byte)'2', 0x86], 40).SelectMany(b => b), (byte)'.'];
        Refused(pickle);
    }

    [Fact]
    public void Constructors_cannot_make_more_bytes_than_the_pickle_has()
    {
        var text = new byte[100_000];
        Array.Fill(text, (byte)'a');
        byte[] pickle =
        [
            0x80, 2, (byte)'X', .. BitConverter.GetBytes(text.Length), .. text, (byte)'q', 0, .. "c_codecs\nencode\nq\u0001X\u0006\0\0\0latin1q\u0002]"u8,
            .. Enumerable.Repeat<byte[]>([(byte)'h', 1, (byte)'h', 0, (byte)'h', 2, 0x86, (byte)'R', (byte)'a'], 10_000).SelectMany(b => b), (byte)'.',
        ];
        Assert.Contains("more bytes", Refused(pickle).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_constructor_is_no_value() =>
        Assert.Contains("as a value", Refused([0x80, 2, .. "]ccollections\nOrderedDict\na."u8]).Message, StringComparison.Ordinal);

    [Fact]
    public void A_tensor_that_reaches_beyond_its_storage_is_refused()
    {
        Refused(Pickle.Write(new TensorReference("FloatStorage", "0", 10, 0, [11], [1])));
        Refused(Pickle.Write(new TensorReference("FloatStorage", "0", 10, 5, [6], [1])));
        Refused(Pickle.Write(new TensorReference("FloatStorage", "0", 10, 0, [1_000_000], [0])));
        Refused(Pickle.Write(new TensorReference("FloatStorage", "0", 10, 0, [long.MaxValue, 2], [long.MaxValue, 1])));
    }

    [Fact]
    public void An_empty_tensor_whose_strides_no_number_holds_is_refused() =>
        Refused(Pickle.Write(new TensorReference("FloatStorage", "0", 10, 0, [1L << 62, 1L << 62, 0], [0, 0, 0])));

    [Fact]
    public void Tensors_made_again_and_again_from_one_argument_are_refused()
    {
        // five bytes each time, and a thousand in memory if each may have 64 extents of its own
        byte[] call = [(byte)'h', 1, (byte)'h', 2, (byte)'R'];
        byte[] sixtyfour = [(byte)'(', .. Enumerable.Repeat<byte[]>([(byte)'K', 1], 64).SelectMany(b => b), (byte)'t', (byte)'q', 3];
        byte[] pickle =
        [
            0x80, 2, (byte)']', .. "ctorch._utils\n_rebuild_tensor_v2\nq\u00010("u8, .. sixtyfour, (byte)'0', (byte)'(', (byte)'(',
            .. "X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuK\u0001tQK\0h\u0003h\u0003"u8, 0x89, (byte)'N', (byte)'t', (byte)'q', 2, (byte)'0',
            (byte)'1', (byte)'(', .. Enumerable.Repeat(call, 100_000).SelectMany(b => b), (byte)'e', (byte)'.',
        ];
        Assert.Contains("more bytes", Refused(pickle, 1 << 25).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_short_pickle_cannot_unfold_to_many_values_nor_to_long_texts()
    {
        // 1000 times a list of 1000
        byte[] thousand = [(byte)']', (byte)'q', 0, (byte)'(', .. Enumerable.Repeat((byte)'N', 1_000), (byte)'e', (byte)'0'];
        Refused([0x80, 2, .. thousand, (byte)']', (byte)'(', .. Enumerable.Repeat<byte[]>([(byte)'h', 0], 1_000).SelectMany(b => b), (byte)'e', (byte)'.'], 1 << 20);

        // 10000 times a text of 100 kB
        byte[] text = [(byte)'X', .. BitConverter.GetBytes(100_000), .. Enumerable.Repeat((byte)'a', 100_000), (byte)'q', 0, (byte)'0'];
        Refused([0x80, 2, .. text, (byte)']', (byte)'(', .. Enumerable.Repeat<byte[]>([(byte)'h', 0], 10_000).SelectMany(b => b), (byte)'e', (byte)'.'], 1 << 21);
    }

    [Fact]
    public void A_flood_of_small_containers_is_refused()
    {
        byte[] ones = [.. Enumerable.Range(0, 4_000_000).Select(i => i % 2 == 0 ? (byte)'N' : (byte)0x85)];
        var parts = ones.Chunk(1_000_000).SelectMany(part => (byte[])[(byte)'(', .. part, (byte)'e']);
        Assert.Contains("lists, tuples and dicts", Refused([0x80, 2, (byte)']', .. parts, (byte)'.']).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_in_a_message_are_short_and_without_control_characters()
    {
        var error = Refused([0x80, 2, .. Encoding.ASCII.GetBytes($"c\u001b[2J{new string('x', 200)}\nsystem\n."), (byte)'.']);
        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.InRange(error.Message.Length, 1, 400);
    }

    [Fact]
    public void Memo_entries_are_found_in_whatever_order_they_were_set()
    {
        // 2, 0, then by counting 2 again and 3: what was set last under a number is found
        byte[] pickle =
        [
            0x80, 4, (byte)'K', 12, (byte)'q', 2, (byte)'K', 10, (byte)'q', 0, (byte)'K', 11, (byte)'q', 1, (byte)'K', 22, (byte)'q', 2, (byte)'K', 13, 0x94,
            (byte)'1', (byte)'.',
        ];
        byte[] read = [.. pickle[..2], (byte)'(', .. pickle[2..^2], (byte)'1', (byte)'(', .. "h\0h\u0001h\u0002h\u0003t."u8];
        var tuple = Assert.IsType<PickleTuple>(Pickle.Read(read, "test"));
        Assert.Equal([10L, 11L, 22L, 13L], tuple.Items);
    }

    [Fact]
    public void Every_truncation_of_a_pickle_is_refused()
    {
        var tensor = new TensorReference("FloatStorage", "0", 1, 0, [], []);
        var whole = Pickle.Write(new PickleTuple([new NumpyArray("<f4", [1], [1, 2, 3, 4]), "text", 1.5, 70000L, tensor]));
        for (var length = 0; length < whole.Length; length++) Refused(whole[..length]);
    }

    [Property(MaxTest = 300)]
    public void Random_bytes_give_a_value_or_a_data_error_and_nothing_else(byte[] noise)
    {
        try
        {
            _ = Pickle.Read([0x80, 4, .. noise, (byte)'.'], "noise");
        }
        catch (DataException)
        {
        }
    }

    [Property(MaxTest = 300)]
    public void A_flipped_byte_gives_a_value_or_a_data_error_and_nothing_else(int position, byte value)
    {
        var tensor = new TensorReference("LongStorage", "3", 7, 0, [7], [1]);
        var array = new NumpyArray("<i8", [1, 4], new byte[32]);
        var bytes = Pickle.Write(new PickleTuple([array, new List<object?> { "a", 2L, 0.5 }, tensor, new TorchDevice("cpu", 3)]));
        bytes[(int)((uint)position % bytes.Length)] = value;
        try
        {
            _ = Pickle.Read(bytes, "flipped");
        }
        catch (DataException)
        {
        }
    }

    private static DataException Refused(byte[] pickle, long most = 1 << 29)
    {
        var (before, begun) = (GC.GetAllocatedBytesForCurrentThread(), ThreadTime.Seconds);
        var error = Assert.Throws<DataException>(() => Pickle.Read(pickle, "bad.pth"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, most);
        Assert.InRange(ThreadTime.Seconds - begun, 0, 5);
        return error;
    }
}

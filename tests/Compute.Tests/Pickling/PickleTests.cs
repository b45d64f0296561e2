using System.Runtime.InteropServices;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Tests.Pickling;

public sealed class PickleTests
{
    [Fact]
    public void Plain_values_come_back_as_they_were()
    {
        object?[] values =
        [
            null, true, false, 0L, 255L, 256L, 65535L, 65536L, -1L, int.MinValue, long.MaxValue, long.MinValue, 0.1, double.NaN,
            double.NegativeInfinity, "", "Größe \U0001F9E0", "ASCII",
        ];
        var read = Assert.IsType<List<object?>>(Pickle.Read(Pickle.Write(new List<object?>(values)), "test"));
        Assert.Equal(values.Select(v => v is int i ? (long)i : v), read);
    }

    [Fact]
    public void Bytes_of_every_value_come_back_through_latin1_text()
    {
        var bytes = Enumerable.Range(0, 5000).Select(i => (byte)(i * 37)).ToArray();
        Assert.Equal(bytes, Pickle.Read(Pickle.Write(bytes), "test"));
        Assert.Equal(Array.Empty<byte>(), Pickle.Read(Pickle.Write(Array.Empty<byte>()), "test"));
    }

    [Fact]
    public void Tuples_of_every_length_and_dicts_keep_order_and_kind()
    {
        var dict = new PickleDict(ordered: true);
        for (var n = 0; n < 6; n++) dict.Add((long)n, new PickleTuple([.. Enumerable.Range(0, n).Select(i => (object?)(long)i)]));
        dict.Add(new PickleTuple([1L, 2L]), "regions");
        var read = Assert.IsType<PickleDict>(Pickle.Read(Pickle.Write(dict), "test"));
        Assert.True(read.IsOrdered);
        for (var n = 0; n < 6; n++) Assert.Equal(Enumerable.Range(0, n).Select(i => (object?)(long)i), Assert.IsType<PickleTuple>(read.Entries[n].Value).Items);
        Assert.Equal([1L, 2L], Assert.IsType<PickleTuple>(read.Entries[6].Key).Items);
        Assert.False(Assert.IsType<PickleDict>(Pickle.Read(Pickle.Write(new PickleDict()), "test")).IsOrdered);
    }

    [Fact]
    public void Numpy_scalars_and_arrays_come_back()
    {
        long[] numbers = [0, 1, -2, long.MaxValue, 128, 255];
        var array = new NumpyArray("<i8", [3, 2], MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray());
        List<object?> values = [array, new NumpyScalar("<f4", [0, 0, 128, 63]), new NumpyScalar("|b1", [1])];
        var read = Assert.IsType<List<object?>>(Pickle.Read(Pickle.Write(values), "test"));
        var again = Assert.IsType<NumpyArray>(read[0]);
        Assert.Equal("<i8", again.Dtype);
        Assert.Equal(array.Bytes, again.Bytes);
        Assert.Equal([3L, 2L], again.Shape);
        Assert.Equal("<f4", Assert.IsType<NumpyScalar>(read[1]).Dtype);
        Assert.Equal([1], Assert.IsType<NumpyScalar>(read[2]).Bytes);
    }

    [Fact]
    public void Tensors_and_devices_come_back()
    {
        var tensor = new TensorReference("HalfStorage", "17", 100, 4, [2, 3], [30, 1]);
        var tuple = new PickleTuple([tensor, new TorchDevice("cuda", 1), new TorchDevice("cpu", null)]);
        var read = Assert.IsType<PickleTuple>(Pickle.Read(Pickle.Write(tuple), "test"));
        var again = Assert.IsType<TensorReference>(read.Items[0]);
        Assert.Equal(("HalfStorage", "17", 100L, 4L), (again.StorageType, again.Key, again.StorageElements, again.Offset));
        Assert.Equal([2L, 3L], again.Shape);
        Assert.Equal([30L, 1L], again.Strides);
        Assert.Equal(new TorchDevice("cuda", 1), read.Items[1]);
        Assert.Equal(new TorchDevice("cpu", null), read.Items[2]);
    }

    [Fact]
    public void Protocols_4_and_5_as_python_writes_them_are_read()
    {
        // pickle.dumps({"a": [1, 2.5, None, True, (1, 2)], "b": b"\xff\x00", 3: {4}}, protocol=4)
        var python = Convert.FromHexString(
            "80049531000000000000007d94288c0161945d94284b014740040000000000004e884b014b028694658c0162944302ff0094" +
            "4b038f94284b0490752e");
        var dict = Assert.IsType<PickleDict>(Pickle.Read(python, "test"));
        var list = Assert.IsType<List<object?>>(dict["a"]);
        Assert.Equal([1L, 2.5, null, true], list.Take(4));
        Assert.Equal([1L, 2L], Assert.IsType<PickleTuple>(list[4]).Items);
        Assert.Equal(new byte[] { 255, 0 }, dict["b"]);
        Assert.Equal([4L], Assert.IsType<List<object?>>(dict.Entries[2].Value));

        // pickle.dumps(bytearray(b"xyz"), protocol=5)
        Assert.Equal("xyz"u8.ToArray(), Pickle.Read(Convert.FromHexString("8005950e0000000000000096030000000000000078797a942e"), "test"));
    }

    [Fact]
    public void Arrays_in_fortran_order_are_turned_into_c_order()
    {
        // numpy's pickle of an int8 array [[1, 2, 3], [4, 5, 6]] with the fortran flag set: the bytes run down the columns
        byte[] pickle =
        [
            0x80, 2, .. "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0"u8, 0x85, .. "c_codecs\nencode\nX\x01\0\0\0bX\x06\0\0\0latin1"u8, 0x86,
            (byte)'R', 0x87, (byte)'R',
            .. "(K\x01K\x02K\x03"u8, 0x86, .. "cnumpy\ndtype\nX\x02\0\0\0i1"u8, 0x89, 0x88, 0x87, (byte)'R', .. "(K\x03X\x01\0\0\0|NNNJ"u8, 255, 255, 255,
            255, (byte)'J', 255, 255, 255, 255,
            .. "K\0tb"u8, 0x88, .. "c_codecs\nencode\nX\x06\0\0\0\x01\x04\x02\x05\x03\x06X\x06\0\0\0latin1"u8, 0x86, .. "Rtb."u8,
        ];
        var array = Assert.IsType<NumpyArray>(Pickle.Read(pickle, "test"));
        Assert.Equal([2L, 3L], array.Shape);
        Assert.Equal([1, 2, 3, 4, 5, 6], array.Bytes);
    }

    [SharedFact("golden/m_checkpoint/preprocessed_case/3d_fullres_hippocampus_001.pkl")]
    public void Properties_that_numpy_2_pickled_are_read()
    {
        var path = TestPaths.SharedPath("golden/m_checkpoint/preprocessed_case/3d_fullres_hippocampus_001.pkl");
        var root = Assert.IsType<PickleDict>(Pickle.Read(File.ReadAllBytes(path), path));
        var locations = Assert.IsType<PickleDict>(root["class_locations"]);
        Assert.Equal([1324L, 4L], Assert.IsType<NumpyArray>(locations.Entries[0].Value).Shape);
        Assert.Equal([1624L, 4L], Assert.IsType<NumpyArray>(locations.Entries[1].Value).Shape);
        Assert.All(Assert.IsType<List<object?>>(root["spacing"]), v => Assert.Equal("<f8", Assert.IsType<NumpyScalar>(v).Dtype));
    }
}

using System.Globalization;
using System.Numerics;

namespace ActorSeg.Compute.Imaging;

/// <summary>What one number of a voxel is.</summary>
public enum VoxelType
{
    /// <summary>Signed, 1 byte.</summary>
    Int8,

    /// <summary>Unsigned, 1 byte.</summary>
    UInt8,

    /// <summary>Signed, 2 bytes.</summary>
    Int16,

    /// <summary>Unsigned, 2 bytes.</summary>
    UInt16,

    /// <summary>Signed, 4 bytes.</summary>
    Int32,

    /// <summary>Unsigned, 4 bytes.</summary>
    UInt32,

    /// <summary>Signed, 8 bytes.</summary>
    Int64,

    /// <summary>Unsigned, 8 bytes.</summary>
    UInt64,

    /// <summary>IEEE 754, 4 bytes.</summary>
    Float32,

    /// <summary>IEEE 754, 8 bytes.</summary>
    Float64,
}

/// <summary>What follows from a voxel type.</summary>
public static class VoxelTypes
{
    /// <summary>Bytes of one number.</summary>
    public static int Bytes(this VoxelType type) => type switch
    {
        VoxelType.Int8 or VoxelType.UInt8 => 1,
        VoxelType.Int16 or VoxelType.UInt16 => 2,
        VoxelType.Int32 or VoxelType.UInt32 or VoxelType.Float32 => 4,
        _ => 8,
    };

    /// <summary>Whether it is a whole number.</summary>
    public static bool IsInteger(this VoxelType type) => type is not (VoxelType.Float32 or VoxelType.Float64);

    /// <summary>numpy's name: <c>int8</c>, <c>float32</c>.</summary>
    public static string NumpyName(this VoxelType type) => type.ToString().ToLower(CultureInfo.InvariantCulture);

    /// <summary>The type a C# number is stored as.</summary>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> is none of the ten.</exception>
    public static VoxelType Of<T>() where T : unmanaged => default(T) switch
    {
        sbyte => VoxelType.Int8,
        byte => VoxelType.UInt8,
        short => VoxelType.Int16,
        ushort => VoxelType.UInt16,
        int => VoxelType.Int32,
        uint => VoxelType.UInt32,
        long => VoxelType.Int64,
        ulong => VoxelType.UInt64,
        float => VoxelType.Float32,
        double => VoxelType.Float64,
        _ => throw new ArgumentException($"{typeof(T).Name} is no voxel type", nameof(T)),
    };

    /// <summary>Calls generic code with the C# number of a type.</summary>
    public static void With(this VoxelType type, IVoxelAction action)
    {
        switch (type)
        {
            case VoxelType.Int8: action.Run<sbyte>(); break;
            case VoxelType.UInt8: action.Run<byte>(); break;
            case VoxelType.Int16: action.Run<short>(); break;
            case VoxelType.UInt16: action.Run<ushort>(); break;
            case VoxelType.Int32: action.Run<int>(); break;
            case VoxelType.UInt32: action.Run<uint>(); break;
            case VoxelType.Int64: action.Run<long>(); break;
            case VoxelType.UInt64: action.Run<ulong>(); break;
            case VoxelType.Float32: action.Run<float>(); break;
            default: action.Run<double>(); break;
        }
    }
}

/// <summary>What is done with numbers of a type that is known only when it runs.</summary>
public interface IVoxelAction
{
    /// <summary>Does it with numbers of <typeparamref name="T"/>.</summary>
    void Run<T>() where T : unmanaged, INumber<T>;
}

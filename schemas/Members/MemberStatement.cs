using System.Buffers.Binary;
using System.Text;

namespace KpTelemetry.Schemas.Members;

/// <summary>What a portal said of one member.</summary>
public readonly record struct MemberStatement(string Member, MemberFlags Flags)
{
    /// <summary>What a sealed statement is sealed with, so that nothing else opens as one.</summary>
    public static ReadOnlySpan<byte> Associated => "member-statement"u8;

    /// <summary>As it is sealed: the flags, four bytes, and the member in UTF-8.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[sizeof(int) + Encoding.UTF8.GetByteCount(Member)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, (int)Flags);
        Encoding.UTF8.GetBytes(Member, bytes.AsSpan(sizeof(int)));
        return bytes;
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    public static MemberStatement Of(ReadOnlySpan<byte> bytes) =>
        new(Encoding.UTF8.GetString(bytes[sizeof(int)..]), (MemberFlags)BinaryPrimitives.ReadInt32BigEndian(bytes));

    /// <summary>Tells no name.</summary>
    public override string ToString() => nameof(MemberStatement);
}

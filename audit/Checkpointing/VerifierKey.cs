using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Audit.Checkpointing;

/// <summary>What a signature of a note is made with (C2SP signed-note, "Signature types").</summary>
public enum SignatureType : byte
{
    /// <summary>Ed25519 over the text.</summary>
    Ed25519 = 0x01,

    /// <summary>A witness's: Ed25519 over the time and the text (C2SP tlog-cosignature).</summary>
    Cosignature = 0x04,
}

/// <summary>
/// The name and public key of somebody who signs notes. Written <c>name+id+key</c>, which is how others are told whom to
/// trust.
/// </summary>
public sealed record VerifierKey
{
    private const int TimestampBytes = sizeof(ulong);
    private const int MostNameBytes = 256;
    private readonly byte[] _publicKey;

    private VerifierKey(string name, SignatureType type, byte[] publicKey) =>
        (Name, Type, _publicKey, Id) = (name, type, publicKey, IdOf(name, type, publicKey));

    /// <summary>Who signs: no space and no plus in it.</summary>
    public string Name { get; }

    public SignatureType Type { get; }

    /// <summary>With the name, tells which key a signature is of. Too short to prove anything.</summary>
    public uint Id { get; }

    /// <summary>The verifier of what <paramref name="publicKey"/>, 32 bytes, signs under a name that <see cref="IsName"/>.</summary>
    public static VerifierKey Of(string name, SignatureType type, byte[] publicKey) =>
        IsName(name) ? new(name, type, publicKey) : throw new ArgumentException("no name of a key", nameof(name));

    /// <summary>Whether a key may be called so: 1 to 256 bytes of UTF-8 without white space, control characters and pluses.</summary>
    public static bool IsName(string name) =>
        name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= MostNameBytes && !name.Any(c => c == '+' || char.IsWhiteSpace(c) || char.IsControl(c));

    /// <summary>Reads <c>name+id+key</c>; null where it is anything else, or a type of key that is not known here.</summary>
    public static VerifierKey? TryParse(string text)
    {
        var parts = text.Split('+', 3);
        if (parts.Length != 3 || !IsName(parts[0]) || Base64.Decode(parts[2]) is not { Length: 1 + Ed25519.PublicKeyBytes } typed)
            return null;
        if ((SignatureType)typed[0] is not (SignatureType.Ed25519 or SignatureType.Cosignature))
            return null;
        var key = new VerifierKey(parts[0], (SignatureType)typed[0], typed[1..]);
        return key.Hex == parts[1] ? key : null;
    }

    /// <summary>Whether a signature's bytes, those after the key's id, are one of <paramref name="text"/>.</summary>
    public bool IsValid(string text, ReadOnlySpan<byte> signature) => Type switch
    {
        SignatureType.Ed25519 => Ed25519.IsValid(_publicKey, Encoding.UTF8.GetBytes(text), signature),
        _ => signature.Length == TimestampBytes + Ed25519.SignatureBytes
            && BinaryPrimitives.ReadUInt64BigEndian(signature) is var at and <= long.MaxValue
            && Ed25519.IsValid(_publicKey, Cosigned(text, (long)at), signature[TimestampBytes..]),
    };

    /// <summary>What a witness signs who saw <paramref name="text"/> at that second since 1970.</summary>
    public static byte[] Cosigned(string text, long at) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"cosignature/v1\ntime {at}\n{text}"));

    public override string ToString() => $"{Name}+{Hex}+{Convert.ToBase64String([(byte)Type, .. _publicKey])}";

    public bool Equals(VerifierKey? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => (int)Id;

    private string Hex => Id.ToString("x8", CultureInfo.InvariantCulture);

    private static uint IdOf(string name, SignatureType type, byte[] publicKey) =>
        BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', (byte)type, .. publicKey]));
}

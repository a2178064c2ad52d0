using System.Buffers.Binary;
using System.Security.Cryptography;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Audit.Grants;

/// <summary>
/// What the entries of each grant that can be read with come to, in a file beside the keys (<c>keys/grants</c>), there before
/// the entries are committed and gone before an end is. Who has the database alone thus gets no line by taking away, changing
/// or putting back entries of a grant: they come to something else. A crash between file and commit leaves a grant that gives
/// nothing.
/// </summary>
internal sealed class GrantMarks(KeyStore keys)
{
    private readonly string _directory = Path.Combine(keys.Location, "grants");

    /// <summary>What no entries come to.</summary>
    public static byte[] OfNothing { get; } = new byte[SHA256.HashSizeInBytes];

    /// <summary>What entries come to with one more: its place, its time and its sealed body.</summary>
    public static byte[] After(byte[] mark, long index, DateTimeOffset at, byte[] body)
    {
        var place = new byte[2 * sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(place, index);
        BinaryPrimitives.WriteInt64BigEndian(place.AsSpan(sizeof(long)), at.ToUnixTimeMilliseconds());
        return SHA256.HashData((byte[])[.. mark, .. place, .. body]);
    }

    /// <summary>Whether these are the entries of a grant that can be read with.</summary>
    public bool Is(string id, byte[] mark) => File.Exists(PathOf(id)) && CryptographicOperations.FixedTimeEquals(File.ReadAllBytes(PathOf(id)), mark);

    /// <summary>Keeps what its entries come to from now on; on disk when it returns.</summary>
    public void Keep(string id, byte[] mark)
    {
        DurableFile.CreatePrivateDirectory(_directory);
        DurableFile.Replace(PathOf(id), mark);
    }

    /// <summary>Lets nothing be read with it ever again; on disk when it returns.</summary>
    public void Drop(string id)
    {
        if (!File.Exists(PathOf(id)))
            return;
        File.Delete(PathOf(id));
        DurableFile.SynchroniseDirectory(_directory);
    }

    private string PathOf(string id) => Path.Combine(_directory, id);
}

using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Settings;

namespace KpTelemetry.Ingest.Authorising;

/// <summary>Who may send: whoever has the local stack's key, and loopback without one where a setting says so.</summary>
public sealed class IngestKeys
{
    /// <summary>The file of the local key in the keys directory: its text, mode 0600.</summary>
    public const string LocalKeyFile = "ingest-local";

    /// <summary>What the local key is called where a sender is told from others; loopback without a key counts as it.</summary>
    public const string LocalKeyId = "local";

    private const int KeyBytes = 32;
    private const string Scheme = "Bearer ";
    private readonly byte[] _localKeyHash;
    private readonly bool _allowsLoopback;

    public IngestKeys(KpSettings settings, IngestSettings ingest)
    {
        DurableFile.CreatePrivateDirectory(settings.KeysDirectory);
        var path = Path.Combine(settings.KeysDirectory, LocalKeyFile);
        if (!File.Exists(path))
            DurableFile.TryCreate(path, Encoding.ASCII.GetBytes(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(KeyBytes))));
        _localKeyHash = SHA256.HashData(File.ReadAllBytes(path));
        _allowsLoopback = ingest.AllowLoopback;
    }

    /// <summary>Whether the request may send.</summary>
    public bool Allows(HttpContext http)
    {
        var authorization = http.Request.Headers.Authorization.ToString();
        if (authorization.Length > 0)
            return authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && IsLocalKey(authorization.AsSpan(Scheme.Length));
        // A page in a browser on this machine is on the loopback too, and must not send in its user's place.
        return _allowsLoopback && http.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) && !http.Request.Headers.ContainsKey("Origin") && !http.Request.Headers.ContainsKey("Sec-Fetch-Site");
    }

    // Hashes have one length and tell nothing of the key, so that comparing them takes one time.
    private bool IsLocalKey(ReadOnlySpan<char> presented)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(presented.Length)];
        var length = Encoding.UTF8.GetBytes(presented, bytes);
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(bytes.AsSpan(0, length)), _localKeyHash);
    }
}

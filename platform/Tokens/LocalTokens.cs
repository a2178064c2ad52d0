using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Platform.Tokens;

/// <summary>
/// Tokens of a local stack: JWT (RFC 7519) under HS256 with the key <see cref="KeyNames.Tokens"/>. In production an
/// OIDC provider issues them instead.
/// </summary>
public sealed class LocalTokens(KeyStore keys, TimeProvider time)
{
    /// <summary>Who issues them.</summary>
    public const string Issuer = "kp-local";

    /// <summary>The audience of bearer tokens for the query API.</summary>
    public const string ApiAudience = "kp-local";

    /// <summary>The audience of tickets: they sign on to the dashboards once, and the API refuses them.</summary>
    public const string TicketAudience = "kp-sign-in";

    /// <summary>The claim that names the role.</summary>
    public const string RoleClaim = "role";

    private static readonly byte[] Header = """{"alg":"HS256","typ":"JWT"}"""u8.ToArray();

    /// <summary>A bearer token of <paramref name="user"/> in <paramref name="role"/>.</summary>
    public string MintBearer(string user, string role, TimeSpan lifetime) => Mint(user, role, ApiAudience, lifetime);

    /// <summary>A ticket that signs <paramref name="user"/> on to the dashboards, once.</summary>
    public string MintTicket(string user, string role, TimeSpan lifetime) => Mint(user, role, TicketAudience, lifetime);

    private string Mint(string user, string role, string audience, TimeSpan lifetime)
    {
        var now = time.GetUtcNow();
        var claims = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["iss"] = Issuer,
            ["aud"] = audience,
            ["sub"] = user,
            [RoleClaim] = role,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + lifetime).ToUnixTimeSeconds(),
            ["jti"] = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
        });
        var content = $"{Base64Url.EncodeToString(Header)}.{Base64Url.EncodeToString(claims)}";
        var signature = HMACSHA256.HashData(keys.GetOrCreate(KeyNames.Tokens), Encoding.ASCII.GetBytes(content));
        return $"{content}.{Base64Url.EncodeToString(signature)}";
    }
}

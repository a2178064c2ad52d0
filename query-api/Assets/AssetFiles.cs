using System.Collections.Frozen;
using System.Security.Cryptography;

namespace KpTelemetry.QueryApi.Assets;

/// <summary>
/// The pages' own style, script and icon, from the program itself. Addresses carry a digest of the content, so that a
/// browser keeps a file for as long as it is the same.
/// </summary>
public static class AssetFiles
{
    private const string Folder = "assets/";
    private const int DigestLetters = 16;

    private static readonly FrozenDictionary<string, Asset> ByName = Load();

    private sealed record Asset(string Url, string ContentType, byte[] Content);

    /// <summary>The address of a file by its plain name, such as <c>dashboard.css</c>.</summary>
    public static string Url(string name) => ByName[name].Url;

    /// <summary>Maps every file; they hold no figure and need no sign-on.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var asset in ByName.Values)
        {
            routes.MapGet(asset.Url, (HttpContext http) =>
            {
                http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
                http.Response.Headers.Pragma = default;
                return Results.Bytes(asset.Content, asset.ContentType);
            }).AllowAnonymous().ExcludeFromDescription();
        }
    }

    private static FrozenDictionary<string, Asset> Load()
    {
        var assembly = typeof(AssetFiles).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(resource => resource.StartsWith(Folder, StringComparison.Ordinal))
            .ToFrozenDictionary(resource => resource[Folder.Length..], resource => Read(assembly.GetManifestResourceStream(resource)!, resource[Folder.Length..]));
    }

    private static Asset Read(Stream stream, string name)
    {
        using var memory = new MemoryStream();
        using (stream)
            stream.CopyTo(memory);
        var digest = Convert.ToHexStringLower(SHA256.HashData(memory.ToArray()))[..DigestLetters];
        return new Asset($"/assets/{Path.GetFileNameWithoutExtension(name)}-{digest}{Path.GetExtension(name)}", TypeOf(Path.GetExtension(name)), memory.ToArray());
    }

    private static string TypeOf(string extension) => extension switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => throw new InvalidOperationException($"no content type is known for assets that end in {extension}"),
    };
}

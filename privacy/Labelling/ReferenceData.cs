using System.Buffers.Binary;
using System.Security.Cryptography;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>The lists that labels depend on, loaded once. Which lists they were is part of the fold's version.</summary>
public sealed class ReferenceData : IDisposable
{
    private const string Agents = "regexes.yaml";
    private const string Crawlers = "crawler-user-agents.json";
    private const string CountryFile = "iptoasn-country.mmdb";

    private ReferenceData(AgentClassifier agents, Countries countries, int version) =>
        (AgentClassifier, Countries, Version) = (agents, countries, version);

    /// <summary>Bots, browsers, systems, devices.</summary>
    public AgentClassifier AgentClassifier { get; }

    /// <summary>Countries of addresses.</summary>
    public Countries Countries { get; }

    /// <summary>A number that differs when any of the files differs.</summary>
    public int Version { get; }

    /// <summary>Where the build puts the files: <c>KP_ASSETS</c>, else <c>assets</c> beside the program.</summary>
    public static string DefaultDirectory => Environment.GetEnvironmentVariable("KP_ASSETS") is { Length: > 0 } named
        ? named
        : Path.Combine(AppContext.BaseDirectory, "assets");

    /// <summary>Loads the files from a directory. Throws <see cref="FileNotFoundException"/> that names the file which is missing.</summary>
    public static ReferenceData Load(string directory)
    {
        var (agents, crawlers, countries) = (Path.Combine(directory, Agents), Path.Combine(directory, Crawlers), Path.Combine(directory, CountryFile));
        using var yaml = File.OpenText(agents);
        using var json = File.OpenRead(crawlers);
        return new ReferenceData(
            new AgentClassifier(AgentRules.Parse(yaml), CrawlerList.Parse(json)), new Countries(countries), VersionOf([agents, crawlers, countries]));
    }

    public void Dispose() => Countries.Dispose();

    private static int VersionOf(string[] files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        return BinaryPrimitives.ReadInt32BigEndian(hash.GetHashAndReset());
    }
}

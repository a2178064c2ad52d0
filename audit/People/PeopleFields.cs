using System.Text.Json;
using System.Text.Json.Serialization;

namespace KpTelemetry.Audit.People;

/// <summary>What an entry says of people, in clear; stored sealed only.</summary>
public sealed record PeopleFields
{
    /// <summary>Whom the entry is about: a member, or the member of staff who read.</summary>
    public required string Subject { get; init; }

    /// <summary>Who acted, where it was not the subject.</summary>
    public string? Actor { get; init; }

    /// <summary>For whom the subject acted.</summary>
    public string? OnBehalfOf { get; init; }

    /// <summary>The service used. What someone uses tells of their health.</summary>
    public string? Service { get; init; }

    /// <summary>What exactly a member of staff asked for: free text may name anybody.</summary>
    public string? Query { get; init; }

    /// <summary>The case that a read belongs to.</summary>
    public string? Case { get; init; }
}

/// <summary>The people of one entry, sealed.</summary>
/// <param name="Key">The name of the key in the key store that this person's key comes from.</param>
/// <param name="Body">Nonce, ciphertext, tag.</param>
public sealed record SealedPeople(string Key, byte[] Body);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PeopleFields))]
internal sealed partial class PeopleJson : JsonSerializerContext;

using System.Text.Json;
using System.Text.Json.Serialization;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.Verifying.Offline;

/// <summary>
/// One line of an export, a JSON object: the head of the file, then entries in their order, each checkpoint right after the
/// last entry that it is over. Times are whole numbers since 1970, bytes base64 (docs/AUDIT.md).
/// </summary>
internal sealed record ExportLine
{
    /// <summary>The form of the file, 1; on its first line only.</summary>
    public int? Export { get; init; }

    /// <summary>The verifier key. A word of the file's own: who verifies brings the key along.</summary>
    public string? Key { get; init; }

    /// <summary>How many entries the file has.</summary>
    public long? Entries { get; init; }

    /// <summary>A signed note.</summary>
    public string? Checkpoint { get; init; }

    public long? Index { get; init; }
    public long? Sequence { get; init; }
    public Guid? Id { get; init; }
    public Guid? Stream { get; init; }
    public long? Version { get; init; }

    /// <summary>Milliseconds.</summary>
    public long? At { get; init; }

    /// <summary>Microseconds.</summary>
    public long? Stored { get; init; }

    /// <summary>Microseconds.</summary>
    public long? Recorded { get; init; }

    public byte[]? Kind { get; init; }
    public byte[]? Body { get; init; }
    public byte[]? Leaf { get; init; }

    /// <summary>The line of an entry.</summary>
    public static ExportLine Of(StoredEntry entry, byte[] leaf) => new()
    {
        Index = entry.Index,
        Sequence = entry.Sequence,
        Id = entry.Id,
        Stream = entry.Stream,
        Version = entry.Version,
        At = entry.At.ToUnixTimeMilliseconds(),
        Stored = Storing.Leaf.Microseconds(entry.Stored),
        Recorded = Storing.Leaf.Microseconds(entry.Recorded),
        Kind = entry.Kind,
        Body = entry.Body,
        Leaf = leaf,
    };

    /// <summary>
    /// How many fields a line of its kind has. One with another number, or with a field twice, is none: it says more than one
    /// thing, or not the whole of one.
    /// </summary>
    [JsonIgnore]
    public int Fields => Export is not null ? 3 : Checkpoint is not null ? 1 : 11;

    /// <summary>The entry of the line; null where it is none.</summary>
    public StoredLine? ToStored() =>
        this is { Index: { } index, Sequence: { } sequence, Id: { } id, Stream: { } stream, Version: { } version, Kind: { } kind, Body: { } body, Leaf: { } leaf }
        && TimeOf(At, TimeSpan.TicksPerMillisecond) is { } at && TimeOf(Stored, TimeSpan.TicksPerMicrosecond) is { } stored && TimeOf(Recorded, TimeSpan.TicksPerMicrosecond) is { } recorded
            ? new StoredLine(index, new StoredEntry(index, sequence, id, stream, version, at, stored, recorded, kind, body), leaf, null)
            : null;

    // Some thousand years each way; a number that only comes to a time by running over is none.
    private static DateTimeOffset? TimeOf(long? number, long ticks) =>
        number is { } units && Math.Abs((decimal)units * ticks) < 600_000_000_000_000_000m ? DateTimeOffset.UnixEpoch.AddTicks(units * ticks) : null;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ExportLine))]
internal sealed partial class ExportJson : JsonSerializerContext;

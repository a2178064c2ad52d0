using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace KpTelemetry.Audit.Storing;

/// <summary>An entry's content as it is sealed: the event, its kind, its subject's name, and where the others who are named are found.</summary>
internal sealed record EntryContent(RecordedEvent Event, string? Name, IReadOnlyList<(string Role, Guid Stream)> Others)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static byte[] Write(RecordedEvent recorded, string? name, IReadOnlyList<(string Role, Guid Stream)> others)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("kind", EventKinds.Of(recorded));
            if (name is not null)
                json.WriteString("name", name);
            foreach (var (role, stream) in others)
                json.WriteString($"of-{role}", stream);
            json.WritePropertyName("event");
            JsonSerializer.Serialize(json, recorded, recorded.GetType(), Json);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>The content; null where its kind is not known here, or where it is none, which only content in clear can be.</summary>
    public static EntryContent? Read(byte[] content)
    {
        try
        {
            return ReadKnown(content);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or NullReferenceException or FormatException)
        {
            return null;
        }
    }

    private static EntryContent? ReadKnown(byte[] content)
    {
        var told = JsonNode.Parse(content)!.AsObject();
        return EventKinds.TypeOf(told["kind"]!.GetValue<string>()) is { } type
            ? new EntryContent(
                (RecordedEvent)told["event"]!.Deserialize(type, Json)!,
                told["name"]?.GetValue<string>(),
                [.. told.Where(property => property.Key.StartsWith("of-", StringComparison.Ordinal)).Select(property => (property.Key[3..], property.Value!.GetValue<Guid>()))])
            : null;
    }
}

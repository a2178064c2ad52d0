using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using KpTelemetry.Ingest.Answering;
using ZstdSharp;

namespace KpTelemetry.Ingest.Access;

/// <summary>Reads the body of an access request: a JSON array of at most 10,000 elements and 1 MiB, whatever its encoding.</summary>
internal static class AccessBody
{
    /// <summary>Most events of one request.</summary>
    public const int MostEvents = 10_000;

    private const int MaxBytes = 1024 * 1024;

    private static readonly Problem NoArray = Problem.BadRequest("bad-request", "The body is no JSON array of events", "nothing was taken");
    private static readonly Problem TooMany = Problem.BadRequest("too-many", $"A request has at most {MostEvents} events", "send them in several");

    /// <summary>The elements, or what is wrong with the whole.</summary>
    public static async Task<(JsonElement[] Events, Problem? Problem)> ReadAsync(PipeReader body, CancellationToken cancellation)
    {
        try
        {
            var read = await body.ReadAtLeastAsync(MaxBytes + 1, cancellation);
            if (read.Buffer.Length > MaxBytes)
                return ([], Problem.Of(StatusCodes.Status413PayloadTooLarge));
            var content = read.Buffer.ToArray();
            body.AdvanceTo(read.Buffer.End);
            using var json = JsonDocument.Parse(content);
            return json.RootElement switch
            {
                { ValueKind: not JsonValueKind.Array } => ([], NoArray),
                var root when root.GetArrayLength() > MostEvents => ([], TooMany),
                var root => ([.. root.EnumerateArray().Select(element => element.Clone())], null),
            };
        }
        catch (JsonException)
        {
            return ([], NoArray);
        }
        catch (Exception problem) when (problem is InvalidDataException or EndOfStreamException or ZstdException)
        {
            return ([], Problem.BadRequest("corrupt-body", "The body does not decompress", "nothing of it was stored"));
        }
    }
}

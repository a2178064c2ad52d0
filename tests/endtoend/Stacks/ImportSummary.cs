using System.Text.Json;

namespace KpTelemetry.EndToEnd.Tests.Stacks;

/// <summary>What <c>kp import --json</c> says at its end.</summary>
internal sealed record ImportSummary(long Lines, long Accepted, Dictionary<string, long> Rejected, long Duplicates, long StoredBefore)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static ImportSummary Parse(string output) => JsonSerializer.Deserialize<ImportSummary>(output, Json)!;
}

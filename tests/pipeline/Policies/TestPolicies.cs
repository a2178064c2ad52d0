using System.Text.Json.Nodes;
using KpTelemetry.Schemas.Policies;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Policies;

/// <summary>Revisions as tests need them: the built-in one, with other values and dates.</summary>
internal static class TestPolicies
{
    /// <summary>The document of a revision that takes effect on a day, with notice from 30 days before.</summary>
    public static string Document(DateOnly effective, params IEnumerable<(string Key, JsonNode Value)> values) => Document(effective.AddDays(-30), effective, values);

    public static string Document(DateOnly notice, DateOnly effective, params IEnumerable<(string Key, JsonNode Value)> values)
    {
        var document = JsonNode.Parse(PolicyBook.BuiltIn.Document)!;
        (document["revision"], document["noticeFrom"], document["effectiveFrom"]) = ($"{effective:yyyyMMdd}", $"{notice:yyyy-MM-dd}", $"{effective:yyyy-MM-dd}");
        foreach (var (key, value) in values)
            document["values"]![key] = value.DeepClone();
        return document.ToJsonString();
    }

    public static PolicyRevision Read(string document)
    {
        var revision = PolicyDocument.Read(document, out var problems);
        Assert.Empty(problems);
        return revision!;
    }
}

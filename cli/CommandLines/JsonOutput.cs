using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KpTelemetry.Cli.CommandLines;

/// <summary>What <c>--json</c> means: one JSON document a line on standard output and nothing else there.</summary>
public static class JsonOutput
{
    /// <summary>How every JSON document of <c>kp</c> is written: camelCase, no indentation, nulls kept.</summary>
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The <c>--json</c> option; add this instance to each command that has machine-readable output.</summary>
    public static readonly Option<bool> Option = new("--json")
    {
        Description = "Write JSON to standard output, and nothing else there",
    };

    /// <summary>Writes one document as one line to standard output.</summary>
    public static void Write<T>(T document) => Console.Out.WriteLine(JsonSerializer.Serialize(document, Options));
}

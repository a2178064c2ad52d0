using System.Globalization;

namespace KpTelemetry.Local.Broker;

/// <summary>The broker program's arguments.</summary>
internal static class CommandLine
{
    public const string Usage =
        "usage: KpTelemetry.Local.Broker --home DIR --port N [--retention-hours H] [--retention-bytes B] [--auto-create-topics]";

    /// <summary>The options that the arguments name, or null and what is wrong with them.</summary>
    public static BrokerOptions? Parse(string[] args, out string? wrong)
    {
        var options = new BrokerOptions { Home = "" };
        wrong = null;
        for (var i = 0; i < args.Length && wrong is null; i++)
        {
            if (args[i] == "--auto-create-topics")
            {
                options = options with { AutoCreateTopics = true };
                continue;
            }

            (options, wrong) = Apply(options, args[i], i + 1 < args.Length ? args[++i] : null);
        }

        wrong ??= options.Home.Length == 0 ? "--home is missing" : null;
        return wrong is null ? options : null;
    }

    private static (BrokerOptions Options, string? Wrong) Apply(BrokerOptions options, string name, string? value) => (name, value) switch
    {
        (_, null) => (options, $"{name} needs a value"),
        ("--home", _) => (options with { Home = value }, null),
        ("--port", _) when Number(value, 0, ushort.MaxValue) is { } port => (options with { Port = (int)port }, null),
        ("--retention-hours", _) when Number(value, 1, 1_000_000) is { } hours => (options with { Retention = TimeSpan.FromHours(hours) }, null),
        ("--retention-bytes", _) when Number(value, 1, long.MaxValue) is { } bytes => (options with { RetentionBytes = bytes }, null),
        _ => (options, $"{name} {value}: not understood"),
    };

    private static long? Number(string text, long least, long most) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : null;
}

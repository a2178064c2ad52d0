using System.Globalization;

namespace KpTelemetry.Local.ClickHouse.Options;

/// <summary>What the command line says.</summary>
/// <param name="Home">The data directory; made where it does not exist.</param>
/// <param name="Port">TCP port on 127.0.0.1; 0 takes a free one.</param>
/// <param name="Library">Path of libchdb.so.</param>
public sealed record CommandLine(string Home, int Port, string Library)
{
    public const string Usage = "usage: KpTelemetry.Local.ClickHouse --home DIR --port N --library PATH";

    /// <summary>Reads <c>--name value</c> and <c>--name=value</c>.</summary>
    /// <returns>The options, or null and what is wrong in one line.</returns>
    public static CommandLine? Parse(IReadOnlyList<string> arguments, out string error)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Count; i++)
        {
            var (name, value) = arguments[i].Split('=', 2) is [var left, var right]
                ? (left, right)
                : (arguments[i], i + 1 < arguments.Count ? arguments[++i] : null);
            if (name is not ("--home" or "--port" or "--library")) return Fail($"unknown argument {name}", out error);
            if (string.IsNullOrEmpty(value)) return Fail($"{name} needs a value", out error);
            values[name] = value;
        }
        foreach (var name in (string[])["--home", "--port", "--library"])
            if (!values.ContainsKey(name)) return Fail($"{name} is missing", out error);
        if (!ushort.TryParse(values["--port"], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return Fail("--port is a number from 0 to 65535", out error);
        error = "";
        return new CommandLine(Path.GetFullPath(values["--home"]), port, Path.GetFullPath(values["--library"]));
    }

    private static CommandLine? Fail(string what, out string error)
    {
        error = what;
        return null;
    }
}

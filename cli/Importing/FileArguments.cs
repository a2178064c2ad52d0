using System.Globalization;
using System.Text;
using KpTelemetry.Cli.CommandLines;

namespace KpTelemetry.Cli.Importing;

/// <summary>The files that a command line means: patterns that no shell has expanded, oldest log first.</summary>
internal static class FileArguments
{
    private const string TimeForm = "dd/MMM/yyyy:HH:mm:ss zzz";
    private const int TimeLength = 26;

    /// <summary>Looks at every file before anything is sent of any.</summary>
    /// <exception cref="KpFailure">One of them cannot be imported, or a pattern matches nothing.</exception>
    public static IReadOnlyList<LogFile> Examine(IEnumerable<string> arguments) =>
        [.. arguments.SelectMany(Expand).Distinct(StringComparer.Ordinal).Select(LogFile.Examine).OrderBy(FirstTime)];

    private static IEnumerable<string> Expand(string argument)
    {
        if (argument.IndexOfAny(['*', '?']) < 0 || File.Exists(argument))
            return [argument];
        var directory = Path.GetDirectoryName(argument) is { Length: > 0 } named ? named : ".";
        if (!Directory.Exists(directory))
            throw new KpFailure($"there is no directory {directory}", "look at the spelling; paths are relative to where you are");
        var files = Directory.EnumerateFiles(directory, Path.GetFileName(argument)).Order(StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new KpFailure($"no file matches {argument}", "look at the spelling; a pattern may stand in the last part of the path");
    }

    // Rotated logs come oldest first, whatever their names, so that visits go on from one file to the next.
    private static DateTimeOffset FirstTime(LogFile file)
    {
        var bracket = Array.IndexOf(file.Start, (byte)'[');
        return bracket >= 0 && file.Start.Length > bracket + TimeLength
            && DateTimeOffset.TryParseExact(Encoding.ASCII.GetString(file.Start, bracket + 1, TimeLength).Insert(24, ":"), TimeForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time
            : DateTimeOffset.MaxValue;
    }
}

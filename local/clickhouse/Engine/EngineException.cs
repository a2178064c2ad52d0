using System.Globalization;
using System.Text.RegularExpressions;

namespace KpTelemetry.Local.ClickHouse.Engine;

/// <summary>
/// An error of the engine, or one of ours in its form: <c>Code: 62. DB::Exception: … (SYNTAX_ERROR)</c>.
/// The code is ClickHouse's own.
/// </summary>
public sealed partial class EngineException : Exception
{
    private EngineException(int code, string message)
        : base(message) => Code = code;

    /// <summary>ClickHouse's number of the error; 1002 (UNKNOWN_EXCEPTION) where the text names none.</summary>
    public int Code { get; }

    /// <summary>An error that the engine reported in words.</summary>
    public static EngineException FromEngine(string message)
    {
        var match = CodePattern().Match(message);
        var code = match.Success ? int.Parse(match.Groups["code"].ValueSpan, CultureInfo.InvariantCulture) : ErrorCode.UnknownException;
        return new EngineException(code, match.Success ? message : $"Code: {code}. DB::Exception: {message} (UNKNOWN_EXCEPTION)");
    }

    /// <summary>An error of the host itself, told as the engine would tell it.</summary>
    /// <param name="code">One of <see cref="ErrorCode"/>.</param>
    /// <param name="message">A sentence without its closing point.</param>
    public static EngineException Of(int code, string message) =>
        new(code, string.Create(CultureInfo.InvariantCulture, $"Code: {code}. DB::Exception: {message}. ({ErrorCode.NameOf(code)})"));

    [GeneratedRegex(@"\ACode: (?<code>\d{1,6})\.", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CodePattern();
}

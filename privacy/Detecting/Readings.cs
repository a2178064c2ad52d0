using System.Buffers;
using System.Buffers.Text;
using System.Text;
using KpTelemetry.Privacy.Labelling;

namespace KpTelemetry.Privacy.Detecting;

/// <summary>The ways in which a label can be read.</summary>
internal static class Readings
{
    private const int FewestEncoded = 12;

    /// <summary>The label in lower case, with escapes taken off, every script's digits as ASCII, and <c>-</c> for spaces and underscores.</summary>
    public static string Plain(string label) =>
        FoldedText.Of(PathText.Decode(Encoding.UTF8.GetBytes(HostText.Decode(label) ?? label))).ToLowerInvariant().Replace(' ', '-').Replace('_', '-');

    /// <summary>Text that runs of letters and digits hold in base64.</summary>
    public static IEnumerable<string> Hidden(string label)
    {
        foreach (var token in label.Split('/', '.', ',', '{', '}'))
        {
            if (token.Length >= FewestEncoded && token.Length % 4 != 1 && Decoded(token) is { } text)
                yield return Plain(text);
        }
    }

    private static string? Decoded(string token)
    {
        var bytes = new byte[token.Length];
        return Base64Url.DecodeFromChars(token, bytes, out _, out var length) == OperationStatus.Done && !bytes.AsSpan(0, length).ContainsAnyExceptInRange((byte)' ', (byte)'~')
            ? Encoding.ASCII.GetString(bytes, 0, length)
            : null;
    }
}

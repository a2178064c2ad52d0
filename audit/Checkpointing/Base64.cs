namespace KpTelemetry.Audit.Checkpointing;

/// <summary>Base64 (RFC 4648, section 4) in its one form: two texts of one content would be two notes that both verify.</summary>
internal static class Base64
{
    /// <summary>The content; null where the text has anything else in it, white space or bits that are not used included.</summary>
    public static byte[]? Decode(string text)
    {
        var content = new byte[text.Length / 4 * 3];
        return Convert.TryFromBase64String(text, content, out var length) && Convert.ToBase64String(content, 0, length) == text ? content[..length] : null;
    }
}

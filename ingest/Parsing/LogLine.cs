namespace KpTelemetry.Ingest.Parsing;

/// <summary>
/// The declared fields of a line, as spans of the line or of the parser's scratch memory, so that nothing is allocated.
/// Empty where the line has none or <c>-</c>; escapes are resolved.
/// </summary>
public ref struct LogLine
{
    public ReadOnlySpan<byte> Address;
    public ReadOnlySpan<byte> User;
    /// <summary>Milliseconds of Unix time.</summary>
    public long TimeMs;
    public ReadOnlySpan<byte> Method;
    /// <summary>The request target as it was sent: not minimised.</summary>
    public ReadOnlySpan<byte> Target;
    /// <summary>100 to 599; 0 for a request without one (nginx's 009 of HTTP/0.9).</summary>
    public uint Status;
    public ulong Bytes;
    public ReadOnlySpan<byte> Referrer;
    public ReadOnlySpan<byte> Agent;
}

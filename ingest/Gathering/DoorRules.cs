using KpTelemetry.Privacy.Minimising;

namespace KpTelemetry.Ingest.Gathering;

/// <summary>The door's rules that need no more than the value itself.</summary>
internal static class DoorRules
{
    /// <summary>What stands for a method that no server knows: it could be anything a client wrote.</summary>
    public static ReadOnlySpan<byte> OtherMethod => "(other)"u8;

    public static int Method(ReadOnlySpan<byte> method, Span<byte> destination, ref Removed removed)
    {
        var kept = IsKnown(method) ? method : OtherMethod;
        kept.CopyTo(destination);
        return kept.Length;
    }

    // An address is what it is until the processors have used and dropped it; the parser has bounded it.
    public static int Address(ReadOnlySpan<byte> address, Span<byte> destination, ref Removed removed)
    {
        address.CopyTo(destination);
        return address.Length;
    }

    private static bool IsKnown(ReadOnlySpan<byte> method) =>
        method.SequenceEqual("GET"u8) || method.SequenceEqual("POST"u8) || method.SequenceEqual("HEAD"u8) || method.SequenceEqual("PUT"u8)
        || method.SequenceEqual("DELETE"u8) || method.SequenceEqual("OPTIONS"u8) || method.SequenceEqual("PATCH"u8) || method.SequenceEqual("CONNECT"u8)
        || method.SequenceEqual("TRACE"u8) || method.SequenceEqual("PROPFIND"u8);
}

using System.Text;

namespace KpTelemetry.Local.Simulator.Sites;

/// <summary>What follows a page's path in requests: things that a web site carries and that must not be kept.</summary>
public enum Tail
{
    None,
    /// <summary>A number that names a person or a case: <c>/…/4471093</c>.</summary>
    Number,
    /// <summary>A random identifier: <c>/…/8f14e45f-ceea-4671-9ecd-2ae0d5b5f6d5</c>.</summary>
    Guid,
    /// <summary>What somebody searched for: <c>?q=…</c>.</summary>
    Search,
    /// <summary>A mail address in the path.</summary>
    Mail,
}

/// <summary>One page of a simulated site.</summary>
/// <param name="Path">Without what the tail adds.</param>
/// <param name="Tail">What requests carry behind the path.</param>
/// <param name="SignedOn">Whether only people who are signed on get there.</param>
/// <param name="Assets">Scripts, styles and images that the page loads, most common first.</param>
/// <param name="MedianBytes">Size of the document in the middle.</param>
public sealed record Page(string Path, Tail Tail, bool SignedOn, IReadOnlyList<byte[]> Assets, double MedianBytes)
{
    /// <summary>The path's bytes.</summary>
    public byte[] Utf8 { get; } = Encoding.ASCII.GetBytes(Path);
}

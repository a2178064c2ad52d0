using KpTelemetry.Canaries.Tests.Searching;

namespace KpTelemetry.Canaries.Tests.Planting;

/// <summary>A value that is planted, as it is sent.</summary>
/// <param name="Form">What it is.</param>
/// <param name="Number">Which one.</param>
/// <param name="Writing">How it is disguised.</param>
/// <param name="Position">Where it stands, in words.</param>
internal sealed record Canary(CanaryForm Form, int Number, Writing Writing, string Position)
{
    /// <summary>The value in plain.</summary>
    public string Value { get; } = Form.Write(Number);

    /// <summary>The value as it is sent.</summary>
    public string Sent => _sent ??= Writing.Write(Value);

    /// <summary>The value as a search compares it.</summary>
    public byte[] Canonical => _canonical ??= CanonicalText.Of(Value);

    /// <summary>What was sent as a search compares it, percent-encoding resolved.</summary>
    public byte[] CanonicalSent => _canonicalSent ??= CanonicalText.Of(Decodings.Percent(Sent));

    private string? _sent;
    private byte[]? _canonical, _canonicalSent;

    /// <summary>Whether a rule can tell it from words as it stands there.</summary>
    public bool HasShapeAt(LogPosition position) => Form.HasShapeIn(Writing) && !(position.LosesCase && (Form.NeedsCase || Writing.NeedsCase));

    public override string ToString() => $"{Form.Class} ({Form.Name}), {Writing.Name}, {Position}";
}

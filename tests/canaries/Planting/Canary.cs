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

    private string? _sent;

    public override string ToString() => $"{Form.Class} ({Form.Name}), {Writing.Name}, {Position}";
}

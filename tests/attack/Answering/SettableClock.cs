namespace KpTelemetry.Attack.Tests.Answering;

/// <summary>A clock that is set.</summary>
internal sealed class SettableClock : TimeProvider
{
    public DateTimeOffset Now { get; set; }

    public override DateTimeOffset GetUtcNow() => Now;
}

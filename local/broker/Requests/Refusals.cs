namespace KpTelemetry.Local.Broker.Requests;

/// <summary>What the broker says where it refuses.</summary>
internal static class Refusals
{
    /// <summary>The answer to everything about transactions.</summary>
    public const string NoTransactions = "this broker does not offer transactions";
}

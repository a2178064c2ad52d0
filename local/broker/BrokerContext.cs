using KpTelemetry.Local.Broker.Groups;
using KpTelemetry.Local.Broker.Topics;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Local.Broker;

/// <summary>What every request may need of the running broker.</summary>
internal sealed record BrokerContext(
    BrokerOptions Options,
    string ClusterId,
    int Port,
    TopicCatalog Topics,
    GroupCoordinator Groups,
    TimeProvider Time,
    ILogger Log,
    CancellationToken Stopping)
{
    /// <summary>This broker's number; it is the only one, leader of all and controller.</summary>
    public const int NodeId = 1;

    /// <summary>The only address that it listens on.</summary>
    public const string Host = "127.0.0.1";
}

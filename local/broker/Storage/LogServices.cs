using Microsoft.Extensions.Logging;

namespace KpTelemetry.Local.Broker.Storage;

/// <summary>What every partition shares.</summary>
internal sealed record LogServices(Flusher Flusher, TimeProvider Time, ILogger Log);

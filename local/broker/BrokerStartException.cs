namespace KpTelemetry.Local.Broker;

/// <summary>Why a broker could not start, in one line for whoever started it.</summary>
public sealed class BrokerStartException(string message, Exception? cause = null) : Exception(message, cause);

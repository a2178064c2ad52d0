using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>A request whose header has been read.</summary>
internal sealed record Request(
    Api Api, short Version, int CorrelationId, string ClientId, Memory<byte> Body, BrokerContext Broker, CancellationToken Closing)
{
    public bool Flexible => Version >= Api.FlexibleFrom;

    public WireReader Read() => new(Body.Span, Flexible);

    // The header of an ApiVersions response stays in its first form, so that a client can read it before it knows anything.
    public WireWriter Respond() => new(CorrelationId, Flexible, Flexible && Api.Key != ApiKey.ApiVersions);
}

/// <summary>How a request was answered: with a response, with none because none was wanted, or by closing the connection.</summary>
internal readonly record struct Reply(WireWriter? Response, string? Refusal) : IDisposable
{
    public static Reply None => default;

    public static Reply Malformed => new(null, "a request");

    public static implicit operator Reply(WireWriter response) => new(response, null);

    public void Dispose() => Response?.Dispose();
}

/// <summary>A kind of request: the versions offered, from which on its fields are compact and tagged, and its handler.</summary>
internal sealed record Api(ApiKey Key, short Least, short Most, short FlexibleFrom, Func<Request, ValueTask<Reply>> Handle)
{
    /// <summary>For requests that have no flexible version.</summary>
    public const short Never = short.MaxValue;
}

namespace KpTelemetry.Processors.Publishing;

/// <summary>How the publisher paces itself. The defaults fit one machine and a cluster alike.</summary>
public sealed record PublisherOptions
{
    /// <summary>How often the head of the done blocks is looked at.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How often claims are renewed and unclaimed sites are tried.</summary>
    public TimeSpan Renew { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>How long a claim that is not renewed is left to its owner.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How long a site rests after a failure, before it is claimed anew.</summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The most blocks decided upon at once; bounds the memory of catching up.</summary>
    public int BlocksAtOnce { get; init; } = 500;

    /// <summary>Rows after which a release is written although more days are to be decided; whole days stay together.</summary>
    public int RowsOfRelease { get; init; } = 100_000;
}

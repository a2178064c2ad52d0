using Google.Protobuf;

namespace KpTelemetry.Schemas.Raw;

/// <summary>The rows of one site in a batch under construction, column-wise.</summary>
internal sealed class SectionColumns
{
    // By field number of SiteSection, from 2; entries 0 and 1 stay unused.
    private const int Time = 2, Position = 3, Flags = 4, Reason = 5, Address = 6, Agent = 7, Method = 8, Path = 9, Referrer = 10, Status = 11, Bytes = 12, Event = 13, SealedLine = 14,
        Client = 15, ClientAge = 16, Campaign = 17, Nonce = 18, Counter = 19;

    private readonly VarintColumn[] _columns = [.. Enumerable.Range(0, Counter + 1).Select(_ => new VarintColumn())];
    private byte[] _site = [];
    private long _lastTime;
    private long _lastPosition;
    private SiteStamp? _stamp;

    /// <summary>Whether its rows have that stamp: site, revision of the site, revision of the policy.</summary>
    public bool IsOf(SiteStamp? site) =>
        ReferenceEquals(_stamp, site) || (_stamp is not null && site is not null && _stamp.Name == site.Name && _stamp.Revision == site.Revision && _stamp.Policy == site.Policy);

    public void Reset(SiteStamp? site)
    {
        foreach (var column in _columns)
            column.Reset();
        (_lastTime, _lastPosition) = (0, 0);
        _stamp = site;
        _site = site?.ToByteArray() ?? [];
    }

    public void Add(in EventRow row)
    {
        _columns[Time].AddZigZag(row.TimeMs - _lastTime);
        _lastTime = row.TimeMs;
        _columns[Position].AddZigZag(row.Position - _lastPosition);
        _lastPosition = row.Position;
        _columns[Flags].Add((uint)row.Flags);
        _columns[Reason].Add((uint)row.Reason);
        _columns[Address].Add((uint)row.Address);
        _columns[Agent].Add((uint)row.Agent);
        _columns[Method].Add((uint)row.Method);
        _columns[Path].Add((uint)row.Path);
        _columns[Referrer].Add((uint)row.Referrer);
        _columns[Status].Add(row.Status);
        _columns[Bytes].Add(row.Bytes);
        _columns[Event].Add((uint)row.Event);
        _columns[SealedLine].Add((uint)row.SealedLine);
        _columns[Client].Add((uint)row.Client);
        _columns[ClientAge].Add(row.ClientAge);
        _columns[Campaign].Add((uint)row.Campaign);
        _columns[Nonce].Add((uint)row.Nonce);
        _columns[Counter].Add(row.Counter);
    }

    public int EncodedLength
    {
        get
        {
            var length = _stamp is null ? 0 : WireWriter.FieldLength(1, _site.Length);
            for (var number = Time; number < _columns.Length; number++)
            {
                if (IsWritten(number))
                    length += WireWriter.FieldLength(number, _columns[number].Length);
            }

            return length;
        }
    }

    public void WriteTo(ref WireWriter writer)
    {
        if (_stamp is not null)
            writer.Field(1, _site);
        for (var number = Time; number < _columns.Length; number++)
        {
            if (IsWritten(number))
                writer.Field(number, _columns[number].Bytes);
        }
    }

    // The time column tells the number of rows, so it is there even where every time is zero.
    private bool IsWritten(int number) => number == Time || _columns[number].HasValues;
}

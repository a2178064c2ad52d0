using System.Buffers.Text;
using KpTelemetry.Local.Simulator.Chance;
using KpTelemetry.Local.Simulator.Sites;

namespace KpTelemetry.Local.Simulator.Traffic;

/// <summary>One request as the web server sees it. Filled anew for each request: what it spans is valid until the next.</summary>
internal sealed class Hit
{
    private static readonly byte[][] Searches = [.. new[] { "?q=flu+shot", "?q=dr+smith", "?q=mri+results", "?q=refill", "?q=urgent+care&zip=94612" }.Select(System.Text.Encoding.ASCII.GetBytes)];
    private static readonly byte[][] Names = [.. new[] { "maria.lopez", "j.smith", "thuy.nguyen", "dan.k", "p.oneill" }.Select(System.Text.Encoding.ASCII.GetBytes)];

    private readonly byte[] _path = new byte[512];
    private readonly byte[] _referrer = new byte[512];
    private int _pathLength;
    private int _referrerLength;

    public long UnixMilliseconds;
    public Visit Visit = new();
    public bool IsSignedOn;
    public bool IsHead;
    public int Status;
    /// <summary>Bytes of the body; 0 where none is sent.</summary>
    public long Bytes;

    public ReadOnlySpan<byte> Path => _path.AsSpan(0, _pathLength);

    /// <summary>Empty where the request names none.</summary>
    public ReadOnlySpan<byte> Referrer => _referrer.AsSpan(0, _referrerLength);

    public void ClearPath() => _pathLength = 0;

    public void ClearReferrer() => _referrerLength = 0;

    public void AddToPath(ReadOnlySpan<byte> part)
    {
        part.CopyTo(_path.AsSpan(_pathLength));
        _pathLength += part.Length;
    }

    public void AddToReferrer(ReadOnlySpan<byte> part)
    {
        part.CopyTo(_referrer.AsSpan(_referrerLength));
        _referrerLength += part.Length;
    }

    /// <summary>Adds what requests carry behind the path of a page.</summary>
    public void AddTail(Tail tail, ref Dice dice)
    {
        switch (tail)
        {
            case Tail.Number:
                AddToPath("/"u8);
                AddNumber(1_000_000 + dice.Below(9_000_000));
                break;
            case Tail.Guid:
                AddToPath("/"u8);
                AddGuid(ref dice);
                break;
            case Tail.Search:
                AddToPath(Searches[dice.Below(Searches.Length)]);
                break;
            case Tail.Mail:
                AddToPath("/"u8);
                AddToPath(Names[dice.Below(Names.Length)]);
                AddToPath("%40example.com"u8);
                break;
        }
    }

    /// <summary>Adds the query by which a campaign knows its visitors.</summary>
    public void AddCampaign(ref Dice dice)
    {
        AddToPath("?utm_source=newsletter&utm_campaign=flu-season&gclid="u8);
        AddNumber(100_000_000 + dice.Below(900_000_000));
    }

    private void AddNumber(long number)
    {
        Utf8Formatter.TryFormat(number, _path.AsSpan(_pathLength), out var length);
        _pathLength += length;
    }

    private void AddGuid(ref Dice dice)
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, dice.Bits());
        BitConverter.TryWriteBytes(bytes[8..], dice.Bits());
        Utf8Formatter.TryFormat(new Guid(bytes), _path.AsSpan(_pathLength), out var length);
        _pathLength += length;
    }
}

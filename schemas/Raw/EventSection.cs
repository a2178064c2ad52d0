using Google.Protobuf;

namespace KpTelemetry.Schemas.Raw;

/// <summary>
/// The rows of one site in a batch that was read. Every column has <see cref="Rows"/> entries; text columns are value
/// numbers of the batch. Valid until its reader reads the next batch.
/// </summary>
public sealed class EventSection
{
    private const int FirstField = 2, LastField = 19;

    private readonly ulong[][] _columns = [.. Enumerable.Repeat<ulong[]>([], LastField + 1)];
    private long[] _times = [];
    private long[] _positions = [];

    /// <summary>Null where the site is not known; every row is rejected then.</summary>
    public SiteStamp? Site { get; private set; }

    public int Rows { get; private set; }

    /// <summary>Event times, milliseconds of Unix time.</summary>
    public ReadOnlySpan<long> TimesMs => _times.AsSpan(0, Rows);

    /// <summary>Byte offsets of lines in their source.</summary>
    public ReadOnlySpan<long> Positions => _positions.AsSpan(0, Rows);

    public EventFlags Flags(int row) => (EventFlags)_columns[4][row];

    /// <summary>A number that this version does not know reads as <see cref="Schemas.Reason.Unreadable"/>.</summary>
    public Reason Reason(int row) => _columns[5][row] is var number && number <= int.MaxValue && Enum.IsDefined((Reason)number) ? (Reason)number : Schemas.Reason.Unreadable;

    public int Address(int row) => (int)_columns[6][row];

    public int Agent(int row) => (int)_columns[7][row];

    public int Method(int row) => (int)_columns[8][row];

    public int Path(int row) => (int)_columns[9][row];

    public int Referrer(int row) => (int)_columns[10][row];

    public int Status(int row) => (int)_columns[11][row];

    public long Bytes(int row) => (long)_columns[12][row];

    public int Event(int row) => (int)_columns[13][row];

    public int SealedLine(int row) => (int)_columns[14][row];

    public int Client(int row) => (int)_columns[15][row];

    public uint ClientAge(int row) => (uint)_columns[16][row];

    public int Campaign(int row) => (int)_columns[17][row];

    public int Nonce(int row) => (int)_columns[18][row];

    public long Counter(int row) => (long)_columns[19][row];

    internal bool TryRead(ReadOnlySpan<byte> section, int values)
    {
        (Site, Rows) = (null, 0);
        Span<bool> present = stackalloc bool[LastField + 1];
        var reader = new WireReader(section);
        while (!reader.AtEnd)
        {
            if (!reader.TryField(out var number, out var content))
                return false;
            if (number == 1 && !TrySite(content))
                return false;
            if (number is < FirstField or > LastField)
                continue;
            if (present[number] || !TryColumn(number, content, number == FirstField))
                return false;
            present[number] = true;
        }

        if (!FillAbsent(present) || !InRange(values))
            return false;
        SumDeltas();
        return true;
    }

    private bool TrySite(ReadOnlySpan<byte> content)
    {
        try
        {
            Site = SiteStamp.Parser.ParseFrom(content);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }

    // The time column comes first and tells the number of rows.
    private bool TryColumn(int number, ReadOnlySpan<byte> packed, bool tellsRows)
    {
        if (tellsRows)
            Rows = Count(packed);
        ref var column = ref _columns[number];
        if (column.Length < Rows)
            column = new ulong[Math.Max(Rows, column.Length * 2)];
        var reader = new WireReader(packed);
        for (var row = 0; row < Rows; row++)
        {
            if (!reader.TryVarint(out column[row]))
                return false;
        }

        return reader.AtEnd;
    }

    private static int Count(ReadOnlySpan<byte> packed)
    {
        var count = 0;
        foreach (var b in packed)
            count += b < 0x80 ? 1 : 0;
        return count;
    }

    private bool FillAbsent(ReadOnlySpan<bool> present)
    {
        for (var number = FirstField; number <= LastField; number++)
        {
            if (present[number])
                continue;
            ref var column = ref _columns[number];
            if (column.Length < Rows)
                column = new ulong[Rows];
            column.AsSpan(0, Rows).Clear();
        }

        return present[FirstField] || Rows == 0;
    }

    private void SumDeltas()
    {
        if (_times.Length < Rows)
            (_times, _positions) = (new long[Rows], new long[Rows]);
        long time = 0, position = 0;
        for (var row = 0; row < Rows; row++)
        {
            _times[row] = time += ZigZag(_columns[2][row]);
            _positions[row] = position += ZigZag(_columns[3][row]);
        }
    }

    private bool InRange(int values)
    {
        foreach (var number in (ReadOnlySpan<int>)[6, 7, 8, 9, 10, 13, 14, 15, 17, 18])
        {
            if (!AllBelow(number, (ulong)values))
                return false;
        }

        return AllBelow(11, int.MaxValue) && AllBelow(12, long.MaxValue) && AllBelow(16, EventRow.OldestClient + 1) && AllBelow(19, long.MaxValue);
    }

    private bool AllBelow(int number, ulong end)
    {
        ulong most = 0;
        foreach (var value in _columns[number].AsSpan(0, Rows))
            most = Math.Max(most, value);
        return Rows == 0 || most < end;
    }

    private static long ZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}

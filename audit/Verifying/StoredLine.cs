using System.Runtime.CompilerServices;
using KpTelemetry.Audit.Storing;
using Npgsql;

namespace KpTelemetry.Audit.Verifying;

/// <summary>An entry as it was read, with the leaf that is stored for it, or why it cannot be one.</summary>
internal readonly record struct StoredLine(long Index, StoredEntry? Entry, byte[] Leaf, string? Wrong);

/// <summary>Reads entries and their events in the order of the record, some thousand at a time, so that memory stays flat.</summary>
internal static class StoredLines
{
    /// <summary>How many at a time.</summary>
    public const int AtATime = 10_000;

    private const string Select =
        "select e.index, e.seq, e.stream, e.at, e.recorded, e.kind, e.leaf, m.seq_id is not null, m.id, m.stream_id, m.version, m.timestamp, m.type, m.tenant_id, m.mt_dotnet_type, m.is_archived, m.data::text " +
        "from audit.entries e left join audit.mt_events m on m.seq_id = e.seq where e.index >= $1 and e.index < $2 order by e.index";

    private const string Before = "{\"body\": \"";
    private const string After = "\"}";
    private static readonly string DotnetType = $"{typeof(Entry).FullName}, {typeof(Entry).Assembly.GetName().Name}";

    /// <summary>Those from <paramref name="from"/> on, <paramref name="to"/> excluded.</summary>
    public static async IAsyncEnumerable<StoredLine> ReadAsync(NpgsqlTransaction transaction, long from, long to, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Select, transaction.Connection, transaction) { Parameters = { new() { Value = from }, new() { Value = to } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            yield return LineOf(reader);
    }

    // A superuser can put into a column what no entry has, also what this program cannot even read.
    private static StoredLine LineOf(NpgsqlDataReader reader)
    {
        var index = reader.GetInt64(0);
        try
        {
            return Wrong(reader) is { } wrong ? new(index, null, [], wrong) : Parsed(index, reader);
        }
        catch (Exception unreadable) when (unreadable is InvalidCastException or OverflowException or ArgumentException or FormatException)
        {
            return new(index, null, [], "a column holds what no entry has");
        }
    }

    private static string? Wrong(NpgsqlDataReader reader)
    {
        if (!reader.GetBoolean(7))
            return "its event is missing";
        if (reader.GetGuid(2) != reader.GetGuid(9))
            return "its event is in another stream than the entry says";
        if (reader.GetString(12) != RecordStore.EntryType || reader.GetString(14) != DotnetType || reader.GetString(13) != "*DEFAULT*" || reader.GetBoolean(15))
            return "its event has another type, tenant or state than events of the record have";
        return reader.GetFieldValue<DateTimeOffset>(3).UtcTicks % TimeSpan.TicksPerMillisecond == 0 ? null : "its time is finer than entries' times are";
    }

    // Base64 leaves bits of the last group unread, and blanks: what nobody reads could be written otherwise.
    private static bool IsAsWritten(ReadOnlySpan<char> encoded, ReadOnlySpan<byte> body) =>
        (body.Length + 2) / 3 * 4 == encoded.Length && (body.Length == 0 || encoded[^4..].SequenceEqual(Convert.ToBase64String(body[((body.Length - 1) / 3 * 3)..])));

    private static StoredLine Parsed(long index, NpgsqlDataReader reader)
    {
        var data = reader.GetString(16);
        if (!data.StartsWith(Before, StringComparison.Ordinal) || !data.EndsWith(After, StringComparison.Ordinal) || data.Length < Before.Length + After.Length)
            return new(index, null, [], "its event holds other than a sealed body");
        var encoded = data.AsSpan(Before.Length, data.Length - Before.Length - After.Length);
        var body = new byte[encoded.Length / 4 * 3];
        if (!Convert.TryFromBase64Chars(encoded, body, out var length) || !IsAsWritten(encoded, body.AsSpan(0, length)))
            return new(index, null, [], "its event holds other than a sealed body");
        var entry = new StoredEntry(
            index,
            reader.GetInt64(1),
            reader.GetGuid(8),
            reader.GetGuid(2),
            reader.GetInt64(10),
            reader.GetFieldValue<DateTimeOffset>(3),
            reader.GetFieldValue<DateTimeOffset>(11),
            reader.GetFieldValue<DateTimeOffset>(4),
            reader.GetFieldValue<byte[]>(5),
            body.Length == length ? body : body[..length]);
        return new(index, entry, reader.GetFieldValue<byte[]>(6), null);
    }
}

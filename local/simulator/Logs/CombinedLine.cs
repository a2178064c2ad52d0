using System.Buffers.Text;
using System.Globalization;
using System.Text;
using KpTelemetry.Local.Simulator.People;
using KpTelemetry.Local.Simulator.Traffic;

namespace KpTelemetry.Local.Simulator.Logs;

/// <summary>Writes requests in Apache's combined format, at the clock of a server in California.</summary>
internal sealed class CombinedLine
{
    /// <summary>No line is longer.</summary>
    public const int Longest = 2_048;

    private readonly Zone _zone = Zone.All[0];
    private byte[] _time = [];
    private long _second = long.MinValue;

    /// <summary>Writes a line with its newline.</summary>
    /// <returns>Its length.</returns>
    public int Write(Hit hit, Span<byte> line)
    {
        var to = new Cursor(line);
        to.Add(hit.Visit.Address.AsSpan(0, hit.Visit.AddressLength));
        to.Add(" - "u8);
        AddUser(ref to, hit);
        to.Add(Time(hit.UnixMilliseconds / 1000));
        to.Add(hit.IsHead ? "HEAD "u8 : "GET "u8);
        to.Add(hit.Path);
        to.Add(" HTTP/1.1\" "u8);
        to.Add(hit.Status);
        to.Add(" "u8);
        if (hit.Bytes > 0)
            to.Add(hit.Bytes);
        else
            to.Add("-"u8);
        to.Add(" \""u8);
        to.Add(hit.Referrer.IsEmpty ? "-"u8 : hit.Referrer);
        to.Add("\" \""u8);
        to.Add(hit.Visit.Agent);
        to.Add("\"\n"u8);
        return to.Length;
    }

    private static void AddUser(ref Cursor to, Hit hit)
    {
        if (!hit.IsSignedOn)
        {
            to.Add("-"u8);
            return;
        }

        to.Add("m"u8);
        to.Add(hit.Visit.Member);
    }

    private byte[] Time(long second)
    {
        if (second != _second)
        {
            var offset = _zone.Offset(second);
            var local = DateTimeOffset.FromUnixTimeSeconds(second).ToOffset(offset);
            var sign = offset < TimeSpan.Zero ? '-' : '+';
            _time = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $" [{local:dd/MMM/yyyy:HH:mm:ss} {sign}{offset:hhmm}] \""));
            _second = second;
        }

        return _time;
    }

    private ref struct Cursor(Span<byte> line)
    {
        private readonly Span<byte> _line = line;

        public int Length { get; private set; }

        public void Add(ReadOnlySpan<byte> part)
        {
            part.CopyTo(_line[Length..]);
            Length += part.Length;
        }

        public void Add(long number)
        {
            Utf8Formatter.TryFormat(number, _line[Length..], out var length);
            Length += length;
        }
    }
}

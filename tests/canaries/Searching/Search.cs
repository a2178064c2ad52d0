using System.Text;
using KpTelemetry.Canaries.Tests.Planting;

namespace KpTelemetry.Canaries.Tests.Searching;

/// <summary>Looks for canaries in bytes, as they stand and in every reading that the text in them has. Not thread-safe.</summary>
internal sealed class Search(Needles needles)
{
    private const int Chunk = 4 << 20;
    private const int ShortestRun = 12;

    // Longer than any value in any encoding.
    private const int Overlap = 4096;

    private readonly CanonicalText _text = new();
    private Func<string, bool> _isExpected = _ => false;
    private readonly byte[] _buffer = new byte[Chunk];

    /// <summary>What was found, each once: class, form, writing and place.</summary>
    public HashSet<string> Found { get; } = new(StringComparer.Ordinal);

    /// <summary>The positions whose canaries were found.</summary>
    public HashSet<string> Positions { get; } = new(StringComparer.Ordinal);

    /// <summary>Bytes looked through.</summary>
    public long Bytes { get; private set; }

    /// <summary>Looks through text.</summary>
    public void In(string place, string text) => In(place, Encoding.UTF8.GetBytes(text));

    /// <summary>Looks through bytes.</summary>
    public void In(string place, ReadOnlySpan<byte> bytes)
    {
        Bytes += bytes.Length;
        Look(place, bytes);
        for (var at = 0; at < bytes.Length;)
        {
            var end = bytes[at..].IndexOfAnyExceptInRange((byte)' ', (byte)'~');
            var run = end < 0 ? bytes[at..] : bytes.Slice(at, end);
            if (run.Length >= ShortestRun)
            {
                foreach (var reading in Decodings.Of(Encoding.ASCII.GetString(run)))
                    Look(place, reading);
            }

            at += run.Length + 1;
        }
    }

    /// <summary>Looks through bytes in which values of some positions belong.</summary>
    public void In(string place, ReadOnlySpan<byte> bytes, Func<string, bool> isExpected)
    {
        _isExpected = isExpected;
        In(place, bytes);
        _isExpected = _ => false;
    }

    /// <summary>Looks through a stream, in pieces that overlap.</summary>
    public void In(string place, Stream stream)
    {
        var kept = 0;
        while (stream.Read(_buffer, kept, _buffer.Length - kept) is > 0 and var read)
        {
            var filled = kept + read;
            In(place, _buffer.AsSpan(0, filled));
            kept = Math.Min(Overlap, filled);
            _buffer.AsSpan(filled - kept, kept).CopyTo(_buffer);
        }
    }

    private void Look(string place, ReadOnlySpan<byte> bytes)
    {
        _text.Reduce(bytes);
        needles.Find(_text, bytes, (form, writing, position) =>
        {
            if (_isExpected(position))
                return;
            Positions.Add(position);
            Found.Add($"{form.Class} ({form.Name}), {writing}, planted in {position}: {place}");
        });
    }
}

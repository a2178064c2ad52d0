namespace KpTelemetry.Privacy.Counting;

/// <summary>What is known of an event that its client may have sent before.</summary>
internal enum Repeat
{
    New,
    Known,
    /// <summary>It happened so long before its receipt, or so many runs ago, that nothing is known.</summary>
    TooOld,
}

/// <summary>
/// Which events of clients have been received, as intervals of numbers per run, kept by spans of log time. An event that
/// happened within the window was first received within it, and what has been received within it is known.
/// </summary>
internal sealed class ClientEvents
{
    private const long SpanMs = 7L * 60 * 60 * 1000;

    // The window, and what the watermark may be behind receipts: five minutes, rounded up to spans, beside the one at hand.
    private const int KeptSpans = (int)(FoldBounds.RepeatWindowMs / SpanMs) + 2;

    private readonly Queue<Span> _spans = [];
    private Span? _current;

    /// <summary>Where the log must be read from to know what is known; null where that is nothing.</summary>
    public long? OldestOffset => _spans.TryPeek(out var oldest) ? oldest.FirstOffset : null;

    /// <summary>How many runs are known.</summary>
    public long Entries => _spans.Sum(span => (long)span.Count);

    /// <summary>Goes on to a time of the log, and forgets what lies behind the window.</summary>
    public void Advance(long watermarkMs)
    {
        var number = watermarkMs / SpanMs;
        while (_spans.TryPeek(out var oldest) && oldest.Number <= number - KeptSpans)
            _spans.Dequeue();
        if (_current?.Number != number)
            _current = null;
    }

    /// <summary>Takes note of an event of a run.</summary>
    /// <param name="stateLivesMs">For how long state of what happened then is kept.</param>
    public Repeat Take(UInt128 run, long counter, long timeMs, in RowOrigin origin, long stateLivesMs)
    {
        // No longer than states of days live: where the day of a repeat had ended, who replays from behind the first would begin it again.
        // And none that happened before the window of log time, however long its group waited in a spool: what was known then is forgotten.
        if (timeMs < Math.Max(origin.ReceivedMs, origin.WatermarkMs) - Math.Min(FoldBounds.RepeatWindowMs, stateLivesMs))
            return Repeat.TooOld;
        foreach (var span in _spans)
        {
            if (span.Contains(run, counter))
                return Repeat.Known;
        }

        if (_current is null)
            _spans.Enqueue(_current = new Span(origin.WatermarkMs / SpanMs, origin.Offset));
        return _current.TryAdd(run, counter) ? Repeat.New : Repeat.TooOld;
    }

    private sealed class Span(long number, long firstOffset)
    {
        private readonly KeyTable _runs = new();
        private Numbers[] _numbers = new Numbers[16];

        public long Number { get; } = number;

        public long FirstOffset { get; } = firstOffset;

        public int Count => _runs.Count;

        public bool Contains(UInt128 run, long counter) => _runs.Find(run) is >= 0 and var found && _numbers[found].Contains(counter);

        // False where there is no room for another run.
        public bool TryAdd(UInt128 run, long counter)
        {
            var found = _runs.Find(run);
            if (found < 0)
            {
                if (_runs.Count == FoldBounds.MostRuns)
                    return false;
                found = _runs.Add(run);
                if (found == _numbers.Length)
                    Array.Resize(ref _numbers, found * 2);
                _numbers[found] = new Numbers { From = counter, To = counter };
            }

            _numbers[found].Add(counter);
            return true;
        }
    }

    // Nearly every run is one interval: the others have a set of their own.
    private struct Numbers
    {
        public long From, To;
        private IntervalSet? _others;

        public readonly bool Contains(long counter) => (counter >= From && counter < To) || (_others?.Contains(counter) ?? false);

        public void Add(long counter)
        {
            if (counter == To)
            {
                To++;
                return;
            }

            _others ??= new IntervalSet();
            _others.Add(counter, counter + 1);
            if (_others.Intervals.Count > FoldBounds.MostGaps)
                _others.Add(_others.Intervals[0].From, _others.Intervals[1].To);
        }
    }
}

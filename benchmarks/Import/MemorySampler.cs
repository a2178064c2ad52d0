using System.Globalization;

namespace KpTelemetry.Benchmarks.Import;

/// <summary>Samples the resident memory of processes, to show whether it grows with what went through.</summary>
internal sealed class MemorySampler : IDisposable
{
    private const int Quarters = 4;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly IReadOnlyDictionary<string, int> _processes;
    private readonly Dictionary<string, List<double>> _megabytes;
    private readonly Timer _timer;

    public MemorySampler(IReadOnlyDictionary<string, int> processes)
    {
        _processes = processes;
        _megabytes = processes.Keys.ToDictionary(name => name, _ => new List<double>(), StringComparer.Ordinal);
        _timer = new Timer(_ => Sample(), null, TimeSpan.Zero, Interval);
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>Prints the highest of each quarter of the time, per process and in all.</summary>
    public void Report(Action<FormattableString> say)
    {
        lock (_megabytes)
        {
            say($"resident memory, MB, highest in each quarter of the run");
            foreach (var (name, samples) in _megabytes)
                say($"  {name,-12}{string.Concat(Peaks(samples).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p,8:N0}")))}");
            var all = Enumerable.Range(0, _megabytes.Values.Min(s => s.Count)).Select(i => _megabytes.Values.Sum(s => s[i])).ToList();
            say($"  {"all",-12}{string.Concat(Peaks(all).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p,8:N0}")))}");
        }
    }

    private static IEnumerable<double> Peaks(List<double> samples) =>
        Enumerable.Range(0, Quarters).Select(q => samples.Skip(q * samples.Count / Quarters).Take(Math.Max(1, samples.Count / Quarters)).DefaultIfEmpty().Max());

    private void Sample()
    {
        lock (_megabytes)
        {
            foreach (var (name, id) in _processes)
                _megabytes[name].Add(Resident(id));
        }
    }

    // A database's workers share its memory, so the proportional size of all of them would be needed; of the postmaster
    // its own figure is told.
    private static double Resident(int id)
    {
        try
        {
            var line = File.ReadLines($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
            return long.Parse(line.AsSpan(6, line.Length - 8).Trim(), CultureInfo.InvariantCulture) / 1024.0;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or InvalidOperationException)
        {
            return 0;
        }
    }
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Broker.Tests;

/// <summary>Keeps what the broker logged.</summary>
internal sealed class RecordingLog : ILogger
{
    private readonly ConcurrentDictionary<string, byte> _requests = [];

    public ConcurrentQueue<(LogLevel Level, string Text)> Entries { get; } = [];

    public IEnumerable<string> Errors => Entries.Where(e => e.Level >= LogLevel.Error).Select(e => e.Text);

    /// <summary>The requests that were made, with their versions.</summary>
    public IEnumerable<string> Requests => _requests.Keys;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Name == "Asked")
        {
            _requests[formatter(state, exception)] = 0;
        }
        else
        {
            Entries.Enqueue((logLevel, $"{formatter(state, exception)} {exception}"));
        }
    }
}

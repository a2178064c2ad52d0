using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Service.Tests;

/// <summary>Every line of the log, of every level, and every activity of a trace with all it carries, as text.</summary>
internal sealed class ToldOfItself : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _told = new();
    private readonly ActivityListener _listener;

    public ToldOfItself()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => _told.Enqueue(string.Join(' ', activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}").Concat(activity.Events.Select(told => told.Name)).Prepend(activity.DisplayName))),
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>All of it so far.</summary>
    public IReadOnlyCollection<string> All => _told;

    public ILogger CreateLogger(string categoryName) => new Listening(_told);

    public void Dispose() => _listener.Dispose();

    private sealed class Listening(ConcurrentQueue<string> told) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            told.Enqueue($"{state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            told.Enqueue($"{formatter(state, exception)} {exception}");
    }
}

using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.SigningOn;

namespace KpTelemetry.QueryApi.SigningIn;

/// <summary>Ends sessions that were left, and puts that on the record. What could not be recorded is tried again.</summary>
public sealed class SignOffAfterInactivity(Sessions sessions, AccessRecord record, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await EndAsync(stoppingToken);
    }

    private async Task EndAsync(CancellationToken cancellation)
    {
        foreach (var session in sessions.Over())
        {
            try
            {
                await record.RecordSignOnAsync(new StaffSignOn { User = session.Account.User, Step = StaffSignOnStep.EndedByInactivity }, cancellation);
                sessions.End(session.Id);
            }
            catch (RecordUnavailableException)
            {
                // The session is over whatever the record does: its cookie is refused. It stays in the list until the
                // record has it.
                return;
            }
        }
    }
}

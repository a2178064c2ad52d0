using System.Data.Common;
using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.RecordingReads;

namespace KpTelemetry.QueryApi.Granting;

/// <summary>Puts the end of grants on the record once their time is over. They cannot be read with before that either, so a late look is harmless.</summary>
public sealed class EndGrantsWhenDue(GrantBook grants, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await grants.EndDueAsync(stoppingToken);
            }
            catch (Exception away) when (away is RecordUnavailableException or DbException)
            {
                // The next look finds the same grants.
            }
        }
    }
}

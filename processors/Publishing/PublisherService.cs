using System.Security.Cryptography;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Privacy.Release;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace KpTelemetry.Processors.Publishing;

/// <summary>
/// Publishes every site whose claim it gets. Looks at the head of the done blocks a few times a second, so that what
/// they ask for is decided at once. A failure of one site rests that site only.
/// </summary>
public sealed class PublisherService(
    NpgsqlDataSource database, ClickHouseStore store, KeyStore keys, ReleasePolicy policy, PublisherOptions options, PublisherMetrics metrics, TimeProvider time, ILogger<PublisherService> logger)
    : BackgroundService
{
    private readonly ReleasePolicies _policies = new(database, policy, time);
    private readonly Claims _claims = new(database, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), options);
    private readonly Dictionary<string, SitePublisher> _held = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _restingSince = new(StringComparer.Ordinal);
    private long? _renewedAt;
    private bool _hasFailed;

    /// <summary>Whether the last look at the databases succeeded and no site is resting.</summary>
    public bool IsHealthy { get; private set; } = true;

    /// <summary>Renews, claims where it is due, and brings every held site up to the head.</summary>
    public async Task CycleAsync(CancellationToken cancellation)
    {
        if (_renewedAt is not { } last || time.GetElapsedTime(last) >= options.Renew)
        {
            await _policies.RefreshAsync(cancellation);
            await RenewAsync(cancellation);
            await ClaimAsync(cancellation);
            _renewedAt = time.GetTimestamp();
        }

        var head = await _claims.HeadAsync(cancellation);
        foreach (var publisher in _held.Values.Where(p => p.Decided < head).ToList())
            await AdvanceAsync(publisher, head, cancellation);
        IsHealthy = _restingSince.Count == 0;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = options.Poll;
            try
            {
                await CycleAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // Said once: while stores start or are away, every look fails alike.
                if (IsHealthy || !_hasFailed)
                    PublisherLog.CycleFailed(logger, failure.GetType().Name);
                (IsHealthy, _hasFailed) = (false, true);
                pause = options.Rest;
            }

            await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await _claims.ReleaseAllAsync(cancellationToken);
    }

    private async Task RenewAsync(CancellationToken cancellation)
    {
        if (_held.Count == 0)
            return;
        var kept = await _claims.RenewAsync([.. _held.Values.Select(p => (p.Claim.Site, p.Claim.Epoch, p.Decided))], cancellation);
        foreach (var lost in _held.Keys.Where(site => !kept.Contains(site)).ToList())
            Drop(lost);
    }

    private async Task ClaimAsync(CancellationToken cancellation)
    {
        foreach (var site in await _claims.SitesAsync(cancellation))
        {
            if (_held.ContainsKey(site) || IsResting(site))
                continue;
            if (await _claims.TryClaimAsync(site, cancellation) is not { } claim)
                continue;
            PublisherLog.Claimed(logger, site, claim.Decided, claim.Epoch);
            var work = new SiteWorkReader(database);
            _held[site] = new SitePublisher(
                claim, work, new PendingReader(store, work, keys, logger), new ReleaseWriter(database, store, metrics, time, logger), _policies, options, time);
        }
    }

    private async Task AdvanceAsync(SitePublisher publisher, long head, CancellationToken cancellation)
    {
        var site = publisher.Claim.Site;
        var started = time.GetTimestamp();
        metrics.Behind(site, head - publisher.Decided);
        try
        {
            await publisher.AdvanceAsync(head, cancellation);
            metrics.Decided(site, time.GetElapsedTime(started));
        }
        catch (FencedException)
        {
            Drop(site);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            // What was written is unknown here; the next claim reads it, and its epoch ends what is still under way.
            _held.Remove(site);
            _restingSince[site] = time.GetTimestamp();
            metrics.Failed();
            PublisherLog.SiteFailed(logger, site, failure.GetType().Name);
        }
    }

    private bool IsResting(string site)
    {
        if (!_restingSince.TryGetValue(site, out var since))
            return false;
        if (time.GetElapsedTime(since) < options.Rest)
            return true;
        _restingSince.Remove(site);
        return false;
    }

    private void Drop(string site)
    {
        _held.Remove(site);
        metrics.Gone(site);
        PublisherLog.Lost(logger, site);
    }
}

using KpTelemetry.Privacy.Detecting;
using KpTelemetry.Privacy.Release;

namespace KpTelemetry.Processors.Publishing;

/// <summary>
/// Publishes one site under one claim: reads what done blocks ask for, decides by the release rule, writes. Holds the
/// steps of open days, which a successor reads again. After an exception it is not used any more: what it holds may be
/// ahead of what is written.
/// </summary>
internal sealed class SitePublisher(
    SiteClaim claim, SiteWorkReader work, PendingReader pending, ReleaseWriter writer, ReleasePolicies policies, PublisherOptions options, TimeProvider time)
{
    private readonly Dictionary<DateOnly, StepGathering> _steps = [];
    private readonly List<DayDecision> _decisions = [];
    private readonly LabelGuard _labels = new();
    private long _lastRelease = claim.LastRelease;

    /// <summary>The claim it works under.</summary>
    public SiteClaim Claim => claim;

    /// <summary>Every done block up to here is decided upon.</summary>
    public long Decided { get; private set; } = claim.Decided;

    /// <summary>Decides upon all done blocks up to <paramref name="head"/>. Throws <see cref="FencedException"/> when the claim is lost.</summary>
    public async Task AdvanceAsync(long head, CancellationToken cancellation)
    {
        while (Decided < head)
            await DecideAsync(Math.Min(head, Decided + options.BlocksAtOnce), cancellation);
    }

    private async Task DecideAsync(long through, CancellationToken cancellation)
    {
        var asked = await work.ReadAsync(claim.Site, Decided, through, cancellation);
        foreach (var day in asked.Open)
            await DecideOpenAsync(day, through, cancellation);
        if (asked.Settling.Count > 0)
            await SettleAsync(asked.Settling, through, cancellation);
        if (asked.IsSettling)
            await JoinAsync(through, cancellation);

        // A span that does not concern the site is written with the claim's next renewal.
        if (!asked.IsNothing)
            await WriteAsync(through, decidedThrough: through, cancellation);
        Decided = through;
    }

    private async Task DecideOpenAsync(DayState day, long through, CancellationToken cancellation)
    {
        // A day that was over before its first step is told at its close, in runs of hours instead of steps: an import.
        if (day.Steps == 0 && day.Day < SiteDays.Today(claim.Zone, time))
        {
            _steps.Remove(day.Day);
            _decisions.Add(new DayDecision([], DayRelease.Wait(day, null, through)));
            return;
        }

        var policy = await policies.OfAsync(claim.Site, [day.Day], through, cancellation);
        // Under other numbers than before, what is not released is gathered anew.
        if (!_steps.TryGetValue(day.Day, out var gathering) || gathering.Policy != policy)
            _steps[day.Day] = gathering = new StepGathering(policy, day.SiteCovered);
        foreach (var (seq, cells) in await pending.StepsAsync(claim.Site, day.Day, gathering.Through, through, cancellation))
        {
            if (gathering.Gather(cells, seq) is not { } full)
                continue;
            var released = DayRelease.Release(day, full);
            _decisions.Add(released);
            day = released.State;
        }

        _decisions.Add(new DayDecision([], DayRelease.Wait(day, gathering, through)));
    }

    private async Task SettleAsync(IReadOnlyList<DayState> days, long through, CancellationToken cancellation)
    {
        var forgotten = await work.ForgottenAsync(claim.Site, [.. days.Select(day => day.Day)], through, cancellation);
        var known = new List<DayState>();
        foreach (var day in days)
            known.Add(await ForgetAsync(day, forgotten[day.Day], cancellation));
        await SettleKnownAsync(known, through, cancellation);
    }

    // However late the publisher is: what was counted until visitors were forgotten is settled before what comes after.
    private async Task<DayState> ForgetAsync(DayState day, IEnumerable<Forgetting> forgotten, CancellationToken cancellation)
    {
        foreach (var (known, forgottenThrough) in forgotten)
            day = (known > day.Evaluated ? await SettleKnownAsync([day], known, cancellation) : day).Forgotten(forgottenThrough);
        return day;
    }

    // The state of the last of the days.
    private async Task<DayState> SettleKnownAsync(IReadOnlyList<DayState> days, long through, CancellationToken cancellation)
    {
        var last = days[^1];
        await foreach (var (day, gain) in pending.GainsAsync(claim.Site, days, through, cancellation))
        {
            _steps.Remove(day.Day);
            var policy = await policies.OfAsync(claim.Site, [day.Day], through, cancellation);
            var decision = DayRelease.Settle(day, gain, policy, _labels.MayBeNamed);
            _decisions.Add(decision);
            last = decision.State;
            if (_decisions.Sum(d => d.Rows.Count) >= options.RowsOfRelease)
                await WriteAsync(through, decidedThrough: null, cancellation);
        }

        return last;
    }

    // What the publisher has decided and not written yet goes before what is written.
    private async Task JoinAsync(long through, CancellationToken cancellation)
    {
        var days = (await work.WaitingAsync(claim.Site, cancellation)).ToDictionary(day => day.Day);
        foreach (var decision in _decisions)
            days[decision.State.Day] = decision.State;
        var closed = days.Values.Where(day => day.Closed).ToList();
        if (closed.Count == 0)
            return;
        var policy = await policies.OfAsync(claim.Site, [.. closed.Select(day => day.Day)], through, cancellation);
        _decisions.AddRange(JoinRelease.Decide(closed, [.. days.Values.Where(day => !day.Closed).Select(day => day.Day)], closed.Max(day => day.Day), policy));
    }

    private async Task WriteAsync(long through, long? decidedThrough, CancellationToken cancellation)
    {
        // Of a day that took several steps, the last state is what is decided.
        DayDecision[] decisions = [.. _decisions.GroupBy(d => d.State.Day).Select(day => new DayDecision([.. day.SelectMany(d => d.Rows)], day.Last().State))];
        _decisions.Clear();
        if (decisions.Any(d => d.Rows.Count > 0))
            await writer.WriteAsync(claim, ++_lastRelease, policies.InForce, decisions, through, decidedThrough, cancellation);
        else if (decidedThrough is { } decided)
            await writer.WriteStatesAsync(claim, decisions.Select(d => d.State), decided, cancellation);
        foreach (var (found, labels) in _labels.Take())
            writer.TellWithheld(claim.Site, found, labels);
    }
}

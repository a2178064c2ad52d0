using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.PlacingHolds;
using KpTelemetry.Audit.RestrictingSubjects;
using KpTelemetry.Audit.StatingFlags;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Audit.ErasingSubjects;

/// <summary>
/// Erases a subject (P11). The secret is destroyed before the commit: a record that says so while it lives would be a lie, and
/// where the commit fails the request is open still and the next erasure is harmless.
/// </summary>
public sealed class SubjectErasure(RecordStore store, LegalHolds holds, TimeProvider time)
{
    private readonly RequestWork _work = new(store, time);

    /// <summary>Erases; a legal hold stops it. <paramref name="answer"/> is <see cref="ErasureAnswer"/>.</summary>
    public Task<RequestOutcome> EraseAsync(Guid id, IReadOnlyList<string> answer, Acting acting, CancellationToken cancellation) => _work.DoAsync(
        id, RequestCommand.Erase, acting,
        async (turn, ending) =>
        {
            if (await holds.StoppingAsync(turn.Transaction, turn.Subject, ending) is { } hold)
                return $"the legal hold {hold} stops it";
            if (turn.Subject.Class == PersonClass.Member)
            {
                await AgreedFlags.EraseAsync(turn.Transaction, store.Keys, turn.Subject, turn.Now, ending);
                await MemberStatements.DropAsync(turn.Transaction, store.Keys, turn.Subject, ending);
            }

            // From here on nothing else is appended: what was stated before is destroyed, what is stated after is not.
            await Head.LockAsync(turn.Transaction, store.Keys.GetOrCreate(KeyNames.RecordHead), ending);
            store.Vault.Erase(turn.Subject);
            var erased = new SubjectErased { At = turn.Now, Outcome = Outcomes.Success, Channel = acting.Channel, Origin = Acting.Origin, Answer = answer };
            turn.OnCase(erased);
            turn.OnSubject(erased);
            return null;
        },
        cancellation);
}

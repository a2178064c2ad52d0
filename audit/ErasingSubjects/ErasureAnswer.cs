using System.Globalization;
using KpTelemetry.Schemas.Policies;

namespace KpTelemetry.Audit.ErasingSubjects;

/// <summary>What an erasure does, in words, with the numbers of the policy in force. Pure.</summary>
public static class ErasureAnswer
{
    /// <summary>One sentence a kind of data.</summary>
    public static IReadOnlyList<string> Of(PolicyValues policy, DateOnly today)
    {
        // A key ends at a look after the policy's time; its wrapping key is rotated after that (docs/KEYS.md).
        var raw = today.AddDays(1 + policy[PolicyKeys.RawDays]);
        var state = today.AddDays(1 + policy[PolicyKeys.StateKeyUseDays] + policy[PolicyKeys.RawDays]);
        return
        [
            "preferences and statements on the access record: destroyed, the key that opened them is gone",
            "what a portal or a case had the door know (opted out, restricted): taken back, and forgotten within a day of the next statement of a portal",
            $"sealed telemetry: is not kept by person and cannot be singled out; the keys of its days end by themselves, those of today after {Text(raw)}, and copies open nothing after the next rotation",
            $"the processors' state is kept by cookie or address, under keys that end after {Text(state)}",
            "published figures hold nothing that was made from a person",
            string.Create(CultureInfo.InvariantCulture, $"who accessed what, and disclosures: kept for {policy[PolicyKeys.AccessRecordYears]} years after the year they were recorded in, since the law gives an accounting of them"),
        ];
    }

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Detecting;

/// <summary>
/// Looks at each label that is about to be published for what identifies a person. The rules that made the label should
/// have left nothing to find: where a detector fires, a rule is wrong. So the label is withheld (its figures stay in the
/// rest of its table) and an alarm raised; nothing is repaired here. The detectors share no pattern with the rules.
/// </summary>
public static class LabelDetectors
{
    /// <summary>The class that was found, or null. <paramref name="label"/> is a label in clear, of a pair too.</summary>
    public static IdentifierClass? Find(string label)
    {
        var (first, second) = Labels.SplitPair(label);
        return FindInOne(first) ?? FindInOne(second);
    }

    private static IdentifierClass? FindInOne(string label)
    {
        // (other), (direct) and the like are ours.
        if (label is "" or ['(', .., ')'])
            return null;
        return Readings.Hidden(label).Select(FindIn).FirstOrDefault(found => found is not null) ?? FindIn(Readings.Plain(label));
    }

    private static IdentifierClass? FindIn(string text)
    {
        var hasDigit = text.AsSpan().ContainsAnyInRange('0', '9');
        foreach (var (found, needsDigit, detects) in Detectors)
        {
            if ((hasDigit || !needsDigit) && detects(text))
                return found;
        }

        return null;
    }

    // The exact ones first, so that the alarm names the class that it most likely is.
    private static readonly (IdentifierClass Class, bool NeedsDigit, Func<string, bool> Detects)[] Detectors =
    [
        (IdentifierClass.Card, true, DetectNumbers.Card),
        (IdentifierClass.Email, false, DetectAddresses.Email),
        (IdentifierClass.Url, false, DetectAddresses.Url),
        (IdentifierClass.Device, true, DetectCodes.Device),
        (IdentifierClass.IpAddress, false, DetectAddresses.Ip),
        (IdentifierClass.SocialSecurity, true, DetectNumbers.SocialSecurity),
        (IdentifierClass.Fax, true, DetectNumbers.Fax),
        (IdentifierClass.Date, true, DetectDates.Date),
        (IdentifierClass.Telephone, true, DetectNumbers.Telephone),
        (IdentifierClass.MedicalRecord, true, DetectNumbers.MedicalRecord),
        (IdentifierClass.HealthPlan, true, DetectNumbers.HealthPlan),
        (IdentifierClass.Account, true, DetectNumbers.Account),
        (IdentifierClass.Licence, true, DetectNumbers.Licence),
        (IdentifierClass.Vehicle, true, DetectCodes.Vehicle),
        (IdentifierClass.Biometric, true, DetectCodes.Biometric),
        (IdentifierClass.Photograph, false, DetectCodes.Photograph),
        (IdentifierClass.Geography, true, DetectAddresses.Place),
        (IdentifierClass.Name, false, DetectAddresses.Name),
        (IdentifierClass.OtherCode, false, DetectCodes.Other),
    ];
}

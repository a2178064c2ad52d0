using System.Text.RegularExpressions;
using KpTelemetry.Privacy.Labelling;

namespace KpTelemetry.Privacy.Detecting;

/// <summary>Numbers by their form, or by the word before them.</summary>
internal static partial class DetectNumbers
{
    private const RegexOptions Options = RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant;

    // Labels are short and no pattern repeats a repetition: the limit is for a pattern that would.
    private const int LimitMs = 10_000;
    private const string Then = "s?-?(id|no|nr|num|number)?[-/=:#.]*";
    private const int FewestCardDigits = 13, MostCardDigits = 19;

    public static bool SocialSecurity(string text) => SocialSecurityForm().IsMatch(text);

    public static bool Telephone(string text) => TelephoneForm().IsMatch(text);

    public static bool Fax(string text) => FaxForm().IsMatch(text);

    public static bool MedicalRecord(string text) => HasNumber(MedicalRecordForm(), text);

    public static bool HealthPlan(string text) => BeneficiaryForm().IsMatch(text) || HasNumber(HealthPlanForm(), text);

    public static bool Account(string text) => HasNumber(AccountForm(), text) || EndOfCard().IsMatch(text);

    public static bool Licence(string text) => LicenceForm().IsMatch(text) || HasNumber(NamedLicenceForm(), text);

    public static bool Card(string text)
    {
        Span<int> digits = stackalloc int[text.Length];
        for (var from = 0; from < text.Length; from++)
        {
            if (!char.IsAsciiDigit(text[from]))
                continue;
            var count = Digits(text.AsSpan(from), digits);
            for (var length = Math.Min(count, MostCardDigits); length >= FewestCardDigits; length--)
            {
                if (PassesLuhn(digits[..length]))
                    return true;
            }
        }

        return false;
    }

    private static int Digits(ReadOnlySpan<char> text, Span<int> digits)
    {
        var (count, separators) = (0, 0);
        foreach (var character in text)
        {
            if (char.IsAsciiDigit(character))
                (digits[count++], separators) = (character - '0', 0);
            else if (char.IsLetter(character) || ++separators > 2)
                break;
        }

        return count;
    }

    private static bool PassesLuhn(ReadOnlySpan<int> digits)
    {
        var (sum, any) = (0, 0);
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)];
            any |= digit;
            sum += (i & 1) == 0 ? digit : (digit * 2 / 10) + (digit * 2 % 10);
        }

        return any != 0 && sum % 10 == 0;
    }

    // A year beside a word says nothing of a person, nor does a number that everybody has.
    private static bool HasNumber(Regex form, string text)
    {
        var number = form.Match(text).Groups["number"].ValueSpan;
        return number.Length > 0 && !NumberRules.IsYear(number) && !Vocabulary.IsPublic(number);
    }

    [GeneratedRegex("(^|[^0-9])([0-9]{3}[-./]{1,4}[0-9]{2}[-./]{1,4}[0-9]{4}|[0-9]{9})($|[^0-9])|(^|[^a-z])ssns?[-/=:.]?[0-9]{2}|(^|[^a-z])(ssns?[-/]last-?(four|4)[-/]|last-?(four|4)[-/](?!(19|20)[0-9]{2}))(digits-)?[0-9]{4}|(^|[^a-z])xxx-xx-[0-9]{4}", Options, LimitMs)]
    private static partial Regex SocialSecurityForm();

    [GeneratedRegex("(^|[^0-9])([(]?[0-9]{3}[)]?[-./]{0,3}[0-9]{3}[-./][0-9]{4}|1?[2-9][0-9]{9})($|[^0-9])|(^|/)[0-9]{3}[-.][0-9]{4}($|[/.])|[+][0-9]{7}|(^|[^a-z])(tel|phone|mobile|cell)[-/=:.]?[+]?[0-9]{5}", Options, LimitMs)]
    private static partial Regex TelephoneForm();

    [GeneratedRegex("(^|[^a-z])fax[-/=:.+(]*[0-9]{3}[-.()]*[0-9]{2}", Options, LimitMs)]
    private static partial Regex FaxForm();

    [GeneratedRegex($"(^|[^a-z])(mr{Then}|(mrn|hrn|medrec|medical-?record|chart|patient){Then}[a-z]{{0,2}})(?<number>[0-9]{{3,}})", Options, LimitMs)]
    private static partial Regex MedicalRecordForm();

    [GeneratedRegex("[1-9][a-z][a-z0-9][0-9]-?[a-z][a-z0-9][0-9]-?[a-z]{2}[0-9]{2}|(^|[^a-z0-9])[0-9]{9}[a-z][0-9]?($|[^a-z0-9])", Options, LimitMs)]
    private static partial Regex BeneficiaryForm();

    [GeneratedRegex($"(^|[^a-z])((member|subscriber|beneficiary|medicaid|hicn|policy){Then}[a-z]{{0,4}}|(group|plan){Then}[a-z]{{0,4}}(?![0-9]{{2,3}}000($|[^0-9])))(?<number>[0-9]{{5,}})", Options, LimitMs)]
    private static partial Regex HealthPlanForm();

    [GeneratedRegex($"(^|[^a-z])(account|acct|iban|customer|client|invoice|claim|order|user|uid|id){Then}(?<number>[0-9]{{3,}})", Options, LimitMs)]
    private static partial Regex AccountForm();

    [GeneratedRegex("(^|[^a-z])((card|visa|mastercard|amex)s?-end(ing|s)-(in-|with-)?|tarjeta-terminada-en-|(xxxx-?){1,3})[0-9]{4}($|[^0-9])", Options, LimitMs)]
    private static partial Regex EndOfCard();

    [GeneratedRegex("(^|[^a-z0-9])[a-z][0-9]{7}($|[^a-z0-9])", Options, LimitMs)]
    private static partial Regex LicenceForm();

    [GeneratedRegex($"(^|[^a-z])(licen[sc]e|lic|dea|npi|certificate|cert|passport){Then}[a-z]{{0,2}}(?<number>[0-9]{{4,}})", Options, LimitMs)]
    private static partial Regex NamedLicenceForm();
}
